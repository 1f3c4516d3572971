# SPDX-License-Identifier: GPL-3.0-or-later
"""A simple set for showing a character: camera, lights and floor."""

from collections.abc import Iterable
from typing import cast

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from ..stage import set_input

Array = NDArray[np.float64]


def set_up(scene: bpy.types.Scene, joints: Array, facing: Array) -> None:
    """Add a camera in front of a character and slightly above, a key light, a rim light and a soft sky.

    Args:
        scene: the scene.
        joints: (k, 3) positions of its joints over the whole motion, in world space, Z up.
        facing: (3,) direction it faces at rest.
    """
    turn = Matrix.Rotation(float(np.arctan2(facing[0], -facing[1])), 3, "Z")
    seen = joints @ np.array(turn)  # Rotated by the inverse, so that it faces -Y.
    low, high = seen.min(axis=0), seen.max(axis=0)
    # The body extends beyond its joints, most of all at the top of the head.
    margin = 0.15 * (high[2] - low[2])
    low, high = low - margin * np.array([1.0, 1.0, 0.3]), high + margin
    middle, size = Vector((0.5 * (low + high)).tolist()), float(np.linalg.norm(high - low))

    lens = bpy.data.cameras.new("Camera")
    lens.lens = 50.0
    across = max(high[0] - low[0], (high[2] - low[2]) * scene.render.resolution_x / scene.render.resolution_y)
    distance = across * lens.lens / lens.sensor_width + 0.5 * float(high[1] - low[1])
    lens.clip_end = max(100.0, 4.0 * distance)
    camera = _add(scene, "Camera", lens)
    _place(camera, turn @ (middle + Vector((0.0, -distance, 0.08 * distance))), turn @ middle)
    scene.camera = camera
    for name, at, strength in (("Key Light", (-0.6, -1.0, 0.9), 3.0), ("Rim Light", (0.8, 1.0, 0.9), 2.0)):
        sun = cast(bpy.types.SunLight, bpy.data.lights.new(name, "SUN"))
        sun.energy, sun.angle = strength, 0.2
        _place(_add(scene, name, sun), turn @ (middle + Vector(at) * size), turn @ middle)
    world = bpy.data.worlds.new("World")
    set_input(world, "Background", "Color", (0.35, 0.38, 0.42, 1.0))
    scene.world = world


def floor(scene: bpy.types.Scene, *, size: float) -> None:
    """Add a plain floor at z = 0, `size` metres wide, to show how the feet stand."""
    half = 0.5 * size
    mesh = bpy.data.meshes.new("Floor")
    mesh.from_pydata(
        [(-half, -half, 0.0), (half, -half, 0.0), (half, half, 0.0), (-half, half, 0.0)], [], [(0, 1, 2, 3)]
    )
    material = bpy.data.materials.new("Floor")
    set_input(material, "Principled BSDF", "Base Color", (0.42, 0.44, 0.47, 1.0))
    set_input(material, "Principled BSDF", "Roughness", 0.9)
    material.diffuse_color = (0.42, 0.44, 0.47, 1.0)
    mesh.materials.append(material)
    _add(scene, "Floor", mesh)


def look_through_camera(screens: Iterable[bpy.types.Screen]) -> None:
    """Show the camera's view and the materials' colours in all 3D viewports."""
    for screen in screens:
        for area in screen.areas:
            if area.type == "VIEW_3D":
                space = cast(bpy.types.SpaceView3D, area.spaces.active)
                cast(bpy.types.RegionView3D, space.region_3d).view_perspective = "CAMERA"
                space.shading.color_type = "MATERIAL"


def _add(scene: bpy.types.Scene, name: str, data: bpy.types.ID) -> bpy.types.Object:
    thing = bpy.data.objects.new(name, data)
    scene.collection.objects.link(thing)
    return thing


def _place(thing: bpy.types.Object, at: Vector, towards: Vector) -> None:
    thing.location = at
    thing.rotation_mode = "QUATERNION"
    thing.rotation_quaternion = (towards - at).to_track_quat("-Z", "Y")

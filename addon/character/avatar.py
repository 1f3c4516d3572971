# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in character: a body with a Mixamo skeleton, for users without a character of their own."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import ModuleType
from typing import cast

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...models import body as body_data
from ...models.body.joints import PARENTS
from ..stage import current_layer, set_input
from .armature import bones_of


@dataclass(frozen=True)
class Avatar:
    """Mesh, skeleton and materials. Metres; Z up, facing -Y, its left +X, the floor at z = 0.

    Attributes:
        vertices: (v, 3).
        faces: (f, 4) vertex indices of each face, counter-clockwise seen from outside; a triangle ends in -1.
        weights_joint: (v, 4) joints that deform each vertex, as indices into `joints.JOINTS`.
        weights: (v, 4) weights of those joints; 0 for none.
        face_material: (f,) material index.
        material_names: m names.
        material_colors: (m, 4) red, green, blue, alpha, linear.
        material_roughness: (m,).
        bone_names: (52,) in the order of the joints.
        bone_heads, bone_tails: (52, 3) ends of the bones in their rest pose.
        bone_z: (52, 3) direction of each bone's Z axis.
    """

    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    weights_joint: NDArray[np.uint8]
    weights: NDArray[np.float16]
    face_material: NDArray[np.uint8]
    material_names: NDArray[np.str_]
    material_colors: NDArray[np.float32]
    material_roughness: NDArray[np.float32]
    bone_names: NDArray[np.str_]
    bone_heads: NDArray[np.float64]
    bone_tails: NDArray[np.float64]
    bone_z: NDArray[np.float64]


@cache
def built_in(package: ModuleType = body_data) -> Avatar:
    """Load the avatar from `avatar.npz`, which is stored with the body's data."""
    file = resources.files(package) / "avatar.npz"
    with resources.as_file(file) as path, np.load(path) as data:
        return Avatar(**{name: data[name] for name in Avatar.__dataclass_fields__})


def add_avatar(scene: bpy.types.Scene, avatar: Avatar | None = None, *, name: str = "Avatar") -> bpy.types.Object:
    """Add the character to a scene and make it active.

    Returns:
        The armature object. The mesh is its child.
    """
    avatar = built_in() if avatar is None else avatar
    armature = _skeleton(scene, avatar, name)
    mesh = bpy.data.objects.new(f"{name} Body", _mesh(avatar, f"{name} Body"))
    scene.collection.objects.link(mesh)
    mesh.parent = armature
    modifier = cast(bpy.types.ArmatureModifier, mesh.modifiers.new("Armature", "ARMATURE"))
    modifier.object = armature
    _weigh(mesh, avatar)
    return armature


def _skeleton(scene: bpy.types.Scene, avatar: Avatar, name: str) -> bpy.types.Object:
    """Add the armature object, select it alone and make it active (edit bones exist only in its edit mode)."""
    if bpy.context.object is not None and bpy.context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    scene.collection.objects.link(armature)
    for other in bpy.context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    current_layer().objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = bones_of(armature).edit_bones
    for joint, label in enumerate(avatar.bone_names.tolist()):
        bone = bones.new(label)
        bone.head, bone.tail = Vector(avatar.bone_heads[joint]), Vector(avatar.bone_tails[joint])
        bone.align_roll(Vector(avatar.bone_z[joint]))
        if PARENTS[joint] >= 0:
            bone.parent = bones[avatar.bone_names[PARENTS[joint]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    bones_of(armature).display_type = "STICK"
    armature.show_in_front = True
    return armature


def _mesh(avatar: Avatar, name: str) -> bpy.types.Mesh:
    """Make the skin, shaded smooth, with its materials."""
    mesh = bpy.data.meshes.new(name)
    faces = [[vertex for vertex in face if vertex >= 0] for face in avatar.faces.tolist()]
    mesh.from_pydata(avatar.vertices.astype(float).tolist(), [], faces)
    looks = zip(avatar.material_names, avatar.material_colors, avatar.material_roughness, strict=True)
    for label, color, roughness in looks:
        mesh.materials.append(_material(str(label), [float(c) for c in color], float(roughness)))
    mesh.polygons.foreach_set("material_index", avatar.face_material.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    mesh.update()
    return mesh


def _material(name: str, color: list[float], roughness: float) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    set_input(material, "Principled BSDF", "Base Color", color)
    set_input(material, "Principled BSDF", "Roughness", roughness)
    # Colours for solid shading.
    material.diffuse_color = color
    material.roughness = roughness
    return material


def _weigh(mesh: bpy.types.Object, avatar: Avatar) -> None:
    """Add the vertex groups, one for each joint that deforms any vertex."""
    for joint, label in enumerate(avatar.bone_names.tolist()):
        vertices, slots = np.nonzero((avatar.weights_joint == joint) & (avatar.weights > 0.0))
        if not len(vertices):
            continue
        group = mesh.vertex_groups.new(name=label)
        for vertex, weight in zip(vertices.tolist(), avatar.weights[vertices, slots].tolist(), strict=True):
            group.add([vertex], weight, "REPLACE")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Render `performer.mp4`, the clip that tests and the README's demo use, and `performer.npz`, what is true in it.

    python tests/clips/render_performer.py reject.npz dance-reach-hip.npz --frames FOLDER

The built-in avatar moves by two clips of Mesh2Motion's animations (CC0, github.com/Mesh2Motion/mesh2motion-assets,
as matrices in .npz: names, rest, world, fps); the fingers' wave is added here. Frames that lie in FOLDER already
are not rendered again, so that the work can be interrupted. Some ten seconds a frame on one core.

performer.npz
    time (n,)              seconds
    rotations (n, 52, 4)   parent-relative, as `models/body/motion.py` defines them
    root (n, 3)            hips in metres, camera at the origin looking along +Y, Z up
    focal (1,)             focal length in pixels; the principal point is the middle of the picture
    size (2,)              width and height in pixels
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import bpy
import motion_capture as mocap
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from mimic.addon.character.avatar import Avatar, add_avatar, built_in
from mimic.models.body import rotations as rot
from mimic.models.body.model import Body, neutral_body

HERE = Path(__file__).resolve().parent
SIZE = (480, 640)
FOCAL = 960.0
CAMERA = np.array([0.03, -3.45, 1.04])
SAMPLES = 6
OVERLAP = 8


@dataclass(frozen=True)
class Performance:
    """The body's rotations (n, 52, 4) and root (n, 3) in the world, and frames per second."""

    rotations: NDArray[np.float64]
    root: NDArray[np.float64]
    fps: float


def perform(wave: Path, dance: Path, body: Body) -> Performance:
    """Hands that wave towards the camera, then a dance; fingers curl all along."""
    first, second = mocap.read(wave, body), mocap.read(dance, body)
    # Before and after these frames the hands hang behind the legs.
    rotations, root = mocap.crossfade((first[0][11:62], first[1][11:62]), (second[0], second[1]), OVERLAP)
    amount = np.interp(np.arange(len(root)), [0, 44, 56], [0.8, 0.8, 0.3])
    rotations = mocap.wave_fingers(rotations, body, amount, per_frame=1.0 / 22.0)
    rotations = rot.continuous(rotations)
    return Performance(rotations, mocap.stand_on_floor(rotations, root, body), first[2])


def skinned(
    avatar: Avatar, body: Body, rotations: NDArray[np.float64], root: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(v, 3) the avatar's vertices in a pose, by linear blending."""
    turns = rot.to_matrix(body.globals(rotations))
    at = body.positions(rotations, root)
    joints, weights = avatar.weights_joint.astype(int), avatar.weights.astype(float)
    weights /= weights.sum(axis=1, keepdims=True)
    offsets = avatar.vertices[:, None] - body.rest[joints]
    moved = np.einsum("vkij,vkj->vki", turns[joints], offsets) + at[joints]
    return np.asarray(np.einsum("vk,vki->vi", weights, moved))


def studio() -> bpy.types.Scene:
    """An empty scene with a backdrop that runs into the floor, two soft lights and the camera."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    _sweep(scene)
    _light(scene, "Key", (-2.2, -3.0, 3.2), power=180.0, size=1.6, color=(1.0, 0.95, 0.88))
    _light(scene, "Fill", (2.8, -2.6, 1.8), power=70.0, size=2.4, color=(0.85, 0.92, 1.0))
    world = bpy.data.worlds.new("Studio")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.75, 0.80, 0.90, 1.0)
    world.node_tree.nodes["Background"].inputs["Strength"].default_value = 0.6
    scene.world = world
    lens = bpy.data.cameras.new("Camera")
    lens.sensor_fit = "VERTICAL"
    lens.sensor_height = 24.0
    lens.lens = FOCAL / SIZE[1] * lens.sensor_height
    camera = bpy.data.objects.new("Camera", lens)
    camera.location = CAMERA
    camera.rotation_euler = (np.pi / 2.0, 0.0, 0.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    _quality(scene)
    return scene


def _quality(scene: bpy.types.Scene) -> None:
    scene.render.engine = "CYCLES"
    scene.cycles.device = "CPU"
    scene.cycles.samples = SAMPLES
    scene.cycles.use_denoising = True
    scene.cycles.denoising_quality = "FAST"
    scene.cycles.max_bounces = 2
    scene.cycles.seed = 1
    scene.render.threads_mode = "FIXED"
    scene.render.threads = 1
    scene.render.use_persistent_data = True
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.image_settings.file_format = "PNG"
    scene.view_settings.view_transform = "Standard"


def _sweep(scene: bpy.types.Scene) -> None:
    """Floor and wall in one curve, as photographers have them."""
    angles = np.linspace(-np.pi / 2.0, 0.0, 12)
    curve = np.stack([1.2 + 1.3 * np.cos(angles), 1.3 + 1.3 * np.sin(angles)], axis=1)
    profile = np.concatenate([[[-8.0, 0.0]], curve, [[2.5, 7.0]]])
    vertices = [(x, y, z) for y, z in profile for x in (-9.0, 9.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(profile) - 1)]
    mesh = bpy.data.meshes.new("Sweep")
    mesh.from_pydata(vertices, [], faces)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    paper = bpy.data.materials.new("Paper")
    paper.use_nodes = True
    paper.node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value = (0.62, 0.55, 0.47, 1.0)
    paper.node_tree.nodes["Principled BSDF"].inputs["Roughness"].default_value = 0.9
    mesh.materials.append(paper)
    scene.collection.objects.link(bpy.data.objects.new("Sweep", mesh))


def _light(
    scene: bpy.types.Scene,
    name: str,
    at: tuple[float, float, float],
    *,
    power: float,
    size: float,
    color: tuple[float, float, float],
) -> None:
    light = bpy.data.lights.new(name, "AREA")
    light.energy, light.size, light.color = power, size, color
    lamp = bpy.data.objects.new(name, light)
    lamp.location = at
    lamp.rotation_euler = (Vector((0.0, 0.0, 1.1)) - lamp.location).to_track_quat("-Z", "Y").to_euler()
    scene.collection.objects.link(lamp)


def render(performance: Performance, folder: Path, numbers: list[int]) -> None:
    """Write `0000.png`, ... of the frames that are not there yet."""
    body, avatar = neutral_body(), built_in()
    scene = studio()
    skin = add_avatar(scene, avatar).children[0]
    # The skin is posed here, vertex by vertex: what the clip shows owes nothing to bones and keys.
    skin.modifiers.clear()
    mesh = skin.data
    for number in numbers:
        file = folder / f"{number:04d}.png"
        if file.is_file():
            continue
        vertices = skinned(avatar, body, performance.rotations[number], performance.root[number])
        mesh.vertices.foreach_set("co", vertices.ravel())
        mesh.update()
        scene.render.filepath = str(file)
        bpy.ops.render.render(write_still=True)


def encode(folder: Path, count: int, fps: float, target: Path) -> None:
    """Join the pictures to an H.264 video."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    strip = scene.sequence_editor_create().strips.new_image("Frames", str(folder / "0000.png"), 1, 1)
    for number in range(1, count):
        strip.elements.append(f"{number:04d}.png")
    scene.frame_start, scene.frame_end = 1, count
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.fps = round(fps)
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "FFMPEG"
    video = scene.render.ffmpeg
    video.format, video.codec = "MPEG4", "H264"
    video.constant_rate_factor, video.ffmpeg_preset = "PERC_LOSSLESS", "BEST"
    video.gopsize, video.max_b_frames = 24, 2
    scene.render.filepath = str(target)
    bpy.ops.render.render(animation=True)


def main() -> None:
    """Render what is missing, then write the clip and its truth beside this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wave", type=Path)
    parser.add_argument("dance", type=Path)
    parser.add_argument("--frames", type=Path, required=True, help="folder of the rendered pictures")
    parser.add_argument("--only", type=int, nargs="+", help="render these frames and stop")
    options = parser.parse_args()
    options.frames.mkdir(parents=True, exist_ok=True)
    performance = perform(options.wave, options.dance, neutral_body())
    count = len(performance.root)
    render(performance, options.frames.resolve(), options.only or list(range(count)))
    if options.only:
        return
    encode(options.frames.resolve(), count, performance.fps, HERE / "performer.mp4")
    np.savez_compressed(
        HERE / "performer.npz",
        time=np.arange(count) / performance.fps,
        rotations=performance.rotations,
        root=performance.root - CAMERA,
        focal=np.array([FOCAL]),
        size=np.array(SIZE),
    )


if __name__ == "__main__":
    main()

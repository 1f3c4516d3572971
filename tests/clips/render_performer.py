# SPDX-License-Identifier: GPL-3.0-or-later
"""Render `performer.mp4`, the clip that tests and the README's demo use, and `performer.npz`, what is true in it.

    python tests/clips/render_performer.py reject.npz dance-reach-hip.npz idle-listening.npz --frames FOLDER
    python tests/clips/render_performer.py --join --frames FOLDER

The built-in avatar moves by three clips of Mesh2Motion's animations (CC0, github.com/Mesh2Motion/mesh2motion-assets,
as matrices in .npz: names, rest, world, fps); the fingers' wave and the face are added here. The first command needs
the `train` extra; frames that lie in FOLDER already are not drawn again, so that the work can be interrupted, or shared
(`--only`). The second one needs Blender's module.

performer.npz
    time (n,)              seconds
    rotations (n, 52, 4)   parent-relative, as `models/body/motion.py` defines them
    root (n, 3)            hips in metres, camera at the origin looking along +Y, Z up
    expressions (n, 52)    0..1, in the order of `models/body/expressions.py`
    eyes (n, 2, 4)         rotations of the left and the right eye in the head's frame, from looking straight ahead
    focal (1,)             focal length in pixels; the principal point is the middle of the picture
    size (2,)              width and height in pixels
"""

import argparse
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import motion_capture as mocap
import numpy as np
from numpy.typing import NDArray
from spoken_face import face_over

from mimic.models import body as body_package
from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import Body, neutral_body

HERE = Path(__file__).resolve().parent
SIZE = (960, 1280)
FOCAL = 1920.0
CAMERA = np.array([0.03, -3.45, 1.04])
OVERLAP = 8
LISTENING = 112
"""Frames of the last part, in which the performer stands and speaks."""

Avatar = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Performance:
    """What moves, in the world, over n frames at `fps`: rotations (n, 52, 4), root (n, 3), expressions (n, 52), eyes
    (n, 2, 4)."""

    rotations: NDArray[np.float64]
    root: NDArray[np.float64]
    expressions: NDArray[np.float64]
    eyes: NDArray[np.float64]
    fps: float


def perform(wave: Path, dance: Path, listening: Path, body: Body) -> Performance:
    """Hands that wave towards the camera, a dance, then standing at ease; the face speaks all along."""
    first, second, third = (mocap.read(file, body) for file in (wave, dance, listening))
    # Before and after these frames the hands hang behind the legs.
    rotations, root = mocap.crossfade((first[0][11:62], first[1][11:62]), (second[0], second[1]), OVERLAP)
    amount = np.interp(np.arange(len(root)), [0, 44, 56], [0.8, 0.8, 0.3])
    rotations = mocap.wave_fingers(rotations, body, amount, per_frame=1.0 / 22.0)
    again = np.arange(LISTENING) % (len(third[1]) - 1)  # It ends as it begins, to be repeated.
    ease = third[0][again], third[1][again] + (root[-1] - third[1][0]) * [1.0, 1.0, 0.0]
    rotations, root = mocap.crossfade((rotations, root), ease, 2 * OVERLAP)
    rotations = rot.continuous(rotations)
    expressions, eyes = face_over(np.arange(len(root)) / first[2])
    return Performance(rotations, mocap.stand_on_floor(rotations, root, body), expressions, eyes, first[2])


def built_in() -> Avatar:
    """The arrays of the avatar's file, which `models/training/anny/export.py` describes."""
    file = resources.files(body_package) / "avatar.npz"
    with resources.as_file(file) as path, np.load(path) as data:
        return dict(data)


def posed(avatar: Avatar, body: Body, performance: Performance, frame: int) -> NDArray[np.float64]:
    """(v, 3) the avatar's vertices in a frame: its shape keys, then linear blending of its bones."""
    turns = body.globals(performance.rotations[frame])
    at = body.positions(performance.rotations[frame], performance.root[frame])
    head = INDEX["Head"]
    pupils = avatar["bone_heads"][len(JOINTS) :]
    heads = np.concatenate([body.rest, pupils])
    at = np.concatenate([at, at[head] + rot.rotate(turns[head], pupils - body.rest[head])])
    turns = np.concatenate([turns, rot.multiply(turns[head], performance.eyes[frame])])
    joints, weights = avatar["weights_joint"].astype(int), avatar["weights"].astype(float)
    weights /= weights.sum(axis=1, keepdims=True)
    offsets = shaped(avatar, performance.expressions[frame])[:, None] - heads[joints]
    moved = np.einsum("vkij,vkj->vki", rot.to_matrix(turns)[joints], offsets) + at[joints]
    return np.asarray(np.einsum("vk,vki->vi", weights, moved))


def shaped(avatar: Avatar, expressions: NDArray[np.float64]) -> NDArray[np.float64]:
    """(v, 3) the avatar's vertices at rest with expressions (52,)."""
    amount = np.repeat(expressions, avatar["key_counts"])[:, None] * avatar["key_unit"]
    vertices = avatar["vertices"].astype(float)
    np.add.at(vertices, avatar["key_vertices"], amount * avatar["key_moves"])
    return vertices


def render(performance: Performance, folder: Path, numbers: list[int]) -> None:
    """Write `0000.png`, ... of the frames that are not there yet."""
    import cv2
    from studio_light import Paint, Studio

    body, avatar = neutral_body(), built_in()
    faces = avatar["faces"].astype(int)
    four = faces[:, 3] >= 0
    triangles = np.concatenate([faces[:, :3], faces[four][:, [0, 2, 3]]])
    materials = np.concatenate([avatar["face_material"], avatar["face_material"][four]]).astype(int)
    paint = Paint.of(
        triangles, materials, avatar["material_colors"][:, :3].astype(float), avatar["material_roughness"].astype(float)
    )
    studio = Studio(SIZE, FOCAL, CAMERA, triangles, paint)
    for number in numbers:
        file = folder / f"{number:04d}.png"
        if not file.is_file():
            cv2.imwrite(str(file), studio.draw(posed(avatar, body, performance, number)))


def encode(folder: Path, count: int, fps: float, target: Path) -> None:
    """Join the pictures to an H.264 video."""
    import bpy

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
    video.constant_rate_factor, video.ffmpeg_preset = "HIGH", "BEST"
    video.gopsize, video.max_b_frames = 24, 2
    scene.render.filepath = str(target)
    bpy.ops.render.render(animation=True)


def main() -> None:
    """Draw what is missing and write what is true, or join the pictures to the clip; both lie beside this script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("motions", type=Path, nargs="*", help="the clips of the wave, the dance and standing at ease")
    parser.add_argument("--frames", type=Path, required=True, help="folder of the pictures")
    parser.add_argument("--only", type=int, nargs="+", help="draw these frames and stop")
    parser.add_argument("--join", action="store_true", help="write the clip from the pictures")
    options = parser.parse_args()
    folder = options.frames.resolve()
    if options.join:
        with np.load(HERE / "performer.npz") as truth:
            count, fps = len(truth["time"]), 1.0 / float(truth["time"][1])
        encode(folder, count, fps, HERE / "performer.mp4")
        return
    folder.mkdir(parents=True, exist_ok=True)
    performance = perform(*options.motions, neutral_body())
    count = len(performance.root)
    render(performance, folder, options.only or list(range(count)))
    if options.only:
        return
    np.savez_compressed(
        HERE / "performer.npz",
        time=np.arange(count) / performance.fps,
        rotations=performance.rotations,
        root=performance.root - CAMERA,
        expressions=performance.expressions,
        eyes=performance.eyes,
        focal=np.array([FOCAL]),
        size=np.array(SIZE),
    )


if __name__ == "__main__":
    main()

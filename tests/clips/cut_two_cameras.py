# SPDX-License-Identifier: GPL-3.0-or-later
"""Make `two_cameras/` from the clip “walk” that `mimic evaluate --cameras` renders: its first seconds, half as large.

    .venv/bin/python tests/clips/cut_two_cameras.py DATASETS/scenes/cameras/walk

It needs Blender's Python module, which encodes the videos. `truth.npz` then holds: `rotation (4,)` quaternion from the
side camera's axes to the front one's, `position (3,)` m of the side camera in the front one's axes, `focal (2,)` px,
`offset ()` s of the side camera's first frame by the front one's clock, `points (n, 12, 3)` m of the front camera's
frames in its axes: shoulders, elbows, wrists, hips, knees and ankles, left then right.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from mimic.models.training.evaluation.metrics import POINTS
from mimic.models.training.scenes.film import Truth

HERE: Final = Path(__file__).parent / "two_cameras"
CAMERAS: Final = {"a": "front", "b": "side"}
FRAMES: Final = 150
SIZE: Final = (424, 240)
FPS: Final = 30


def shrink(video: Path, folder: Path) -> float:
    """Write the first frames as small pictures; returns the factor."""
    film = cv2.VideoCapture(str(video))
    for number in range(FRAMES):
        found, frame = film.read()
        if not found:
            raise SystemExit(f"{video} has only {number} frames.")
        cv2.imwrite(str(folder / f"{number:04d}.png"), cv2.resize(frame, SIZE, interpolation=cv2.INTER_AREA))
    return SIZE[0] / frame.shape[1]


def encode(folder: Path, target: Path) -> None:
    """Join the pictures to an H.264 video."""
    import bpy

    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    strip = scene.sequence_editor_create().strips.new_image("Frames", str(folder / "0000.png"), 1, 1)
    for number in range(1, FRAMES):
        strip.elements.append(f"{number:04d}.png")
    scene.frame_start, scene.frame_end = 1, FRAMES
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    scene.render.fps = FPS
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "FFMPEG"
    video = scene.render.ffmpeg
    video.format, video.codec, video.constant_rate_factor = "MPEG4", "H264", "MEDIUM"
    video.gopsize = FPS
    scene.render.filepath = str(target)
    bpy.ops.render.render(animation=True)


def main() -> None:
    """Write both videos and what is true of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, help="folder of the rendered clip")
    clip = parser.parse_args().clip
    HERE.mkdir(exist_ok=True)
    for letter, name in CAMERAS.items():
        with tempfile.TemporaryDirectory() as pictures:
            factor = shrink(clip / f"{letter}.mp4", Path(pictures))
            encode(Path(pictures), HERE / f"{name}.mp4")
    with np.load(clip / "cameras.npz") as cameras:
        np.savez_compressed(
            HERE / "truth.npz",
            rotation=cameras["rotation"][1],
            position=cameras["position"][1],
            focal=factor * cameras["focal"],
            offset=cameras["offset"][1],
            points=Truth.read(clip / "a.npz").points[0, :FRAMES, POINTS].transpose(1, 0, 2).astype(np.float32),
        )


if __name__ == "__main__":
    main()

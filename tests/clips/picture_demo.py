# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the README's picture from what its first command wrote: frames of the overlay, each beside the avatar.

    .venv/bin/python tests/clips/picture_demo.py demo.blend demo.mp4 docs/demo.jpg

Takes about a minute a frame (Cycles, on the processor).
"""

import os
import sys
import tempfile
from pathlib import Path

import bpy
import cv2
import numpy as np

FRAMES = (16, 78, 100)
WIDTH, HEIGHT = 240, 320
# The part of the camera's picture that holds the avatar: top, bottom, left, right, as shares.
CROP = (0.22, 0.97, 0.335, 0.665)


def seen(film: Path, frame: int) -> np.ndarray:
    """One frame of the overlay, numbered from 1 as Blender numbers them."""
    reader = cv2.VideoCapture(str(film))
    for _ in range(frame):
        picture = reader.read()[1]
    return cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def avatar(frame: int, folder: Path) -> np.ndarray:
    """The open scene's camera picture of a frame, cut to the avatar."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    scene.render.filepath = str(folder / f"{frame}.png")
    bpy.ops.render.render(write_still=True)
    picture = cv2.imread(scene.render.filepath)
    height, width = picture.shape[:2]
    top, bottom, left, right = CROP
    cut = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    wide = cv2.resize(cut, (WIDTH, round(cut.shape[0] * WIDTH / cut.shape[1])), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(wide, 0, max(0, HEIGHT - len(wide)), 0, 0, cv2.BORDER_REPLICATE)[:HEIGHT]


def main(blend: str, film: str, out: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=blend)
    render = bpy.context.scene.render
    render.engine = "CYCLES"
    render.resolution_percentage = 60
    bpy.context.scene.cycles.samples = 24
    bpy.context.scene.cycles.use_denoising = True
    with tempfile.TemporaryDirectory() as folder:
        tiles = [tile for frame in FRAMES for tile in (seen(Path(film), frame), avatar(frame, Path(folder)))]
    cv2.imwrite(out, np.hstack(tiles), [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang while the interpreter takes it down

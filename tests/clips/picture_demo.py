# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the README's picture from what its first command wrote: frames of the overlay, each beside the avatar.

    .venv/bin/python tests/clips/picture_demo.py demo.blend demo.mp4 docs/demo.jpg

Above the whole bodies, below the faces. Takes about two minutes a frame (Cycles, on the processor).
"""

import os
import sys
import tempfile
from pathlib import Path

import bpy
import cv2
import numpy as np

from mimic.models.body.model import neutral_body

FRAMES = (16, 86, 131)
WIDTH, HEIGHT = 240, 320
FACE = 0.30
"""Side of the square about a face, in metres."""
LOW = -0.16
"""How far the clip's camera is above the face, as a share of its distance."""
NOSE = 0
# The part of the camera's picture that holds the avatar: top, bottom, left, right, as shares.
CROP = (0.12, 0.97, 0.31, 0.69)


def seen(film: Path, frame: int) -> tuple[np.ndarray, np.ndarray]:
    """One frame of the overlay, numbered from 1 as Blender numbers them, and the face in it."""
    reader = cv2.VideoCapture(str(film))
    for _ in range(frame):
        picture = reader.read()[1]
    with np.load(Path(__file__).with_name("performer.npz")) as truth:
        i = frame - 1
        x, y, z = neutral_body().landmark_positions(truth["rotations"][i], truth["root"][i])[NOSE]
        scale = float(truth["focal"][0]) / y * len(picture) / truth["size"][1]
        middle = 0.5 * np.array(picture.shape[1::-1]) + scale * np.array([x, -z])
    place = WIDTH / (FACE * scale) * np.array([[1.0, 0.0, -middle[0]], [0.0, 1.0, -middle[1]]]) + [[0, 0, WIDTH / 2]]
    face = cv2.warpAffine(picture, place, (WIDTH, WIDTH), flags=cv2.INTER_CUBIC)
    return cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), face


def avatar(frame: int, folder: Path) -> np.ndarray:
    """The open scene's camera picture of a frame, cut to the avatar."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    picture = rendered(folder)
    height, width = picture.shape[:2]
    top, bottom, left, right = CROP
    cut = picture[round(top * height) : round(bottom * height), round(left * width) : round(right * width)]
    wide = cv2.resize(cut, (WIDTH, round(cut.shape[0] * WIDTH / cut.shape[1])), interpolation=cv2.INTER_AREA)
    return cv2.copyMakeBorder(wide, 0, max(0, HEIGHT - len(wide)), 0, 0, cv2.BORDER_REPLICATE)[:HEIGHT]


def avatar_face(frame: int, folder: Path) -> np.ndarray:
    """The avatar's face, seen from where the scene's camera is, but as low as the clip's, which is at the waist."""
    scene = bpy.context.scene
    scene.frame_set(frame)
    rig = next(thing for thing in scene.objects if thing.type == "ARMATURE")
    eyes = [rig.matrix_world @ rig.pose.bones[f"mixamorig:{side}Eye"].head for side in ("Left", "Right")]
    middle = 0.5 * (eyes[0] + eyes[1])
    whole, size = scene.camera, (scene.render.resolution_x, scene.render.resolution_y)
    near = bpy.data.objects.new("Near", bpy.data.cameras.new("Near"))
    scene.collection.objects.link(near)
    near.data.type, near.data.ortho_scale = "ORTHO", FACE
    away = whole.matrix_world.translation - middle
    away.z = 0.0
    away.normalize()
    away.z = LOW
    away.normalize()
    near.rotation_euler = away.to_track_quat("Z", "Y").to_euler()
    near.location = middle + away
    near.location.z -= 0.15 * FACE
    scene.camera, scene.render.resolution_x, scene.render.resolution_y = near, WIDTH, WIDTH
    scene.render.resolution_percentage, before = 100, scene.render.resolution_percentage
    picture = rendered(folder)
    scene.camera, (scene.render.resolution_x, scene.render.resolution_y) = whole, size
    scene.render.resolution_percentage = before
    bpy.data.objects.remove(near)
    return picture


def rendered(folder: Path) -> np.ndarray:
    scene = bpy.context.scene
    scene.render.filepath = str(folder / "picture.png")
    bpy.ops.render.render(write_still=True)
    return cv2.imread(scene.render.filepath)


def main(blend: str, film: str, out: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=blend)
    render = bpy.context.scene.render
    render.engine = "CYCLES"
    render.resolution_percentage = 60
    bpy.context.scene.cycles.samples = 24
    bpy.context.scene.cycles.use_denoising = True
    columns = []
    with tempfile.TemporaryDirectory() as folder:
        for frame in FRAMES:
            body, face = seen(Path(film), frame)
            columns.append(np.vstack([body, face]))
            columns.append(np.vstack([avatar(frame, Path(folder)), avatar_face(frame, Path(folder))]))
    cv2.imwrite(out, np.hstack(columns), [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang while the interpreter takes it down

# SPDX-License-Identifier: GPL-3.0-or-later
"""Bake videos onto several rigs and draw moments of each beside the video: feet, knees, forearms, hips to look at.

    .venv/bin/python tests/clips/rigs_beside_video.py ../shared/data docs/rigs_beside_video.jpg \
        [--takes FOLDER] [--moments N] [--clip NAME] [--rig NAME] [--solver NAME] [--side]

The folder is the team's shared data. Landmarks are captured once and kept in --takes. Rendered with Workbench.
"""

import argparse
import os
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import bpy
import cv2
import numpy as np
from mathutils import Matrix

from mimic.addon.command_line import main as mimic
from mimic.models.body import rotations as rot
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.solve.settings import DEFAULT_SOLVER

CLIPS = {
    "bodypose3d": ("groundtruth/bodypose3d/media/cam0_test.mp4", (0.02, 0.5, 0.66, 0.98)),
    "squats": ("groundtruth/pose-detection/test_data/pose_squats.mp4", (0.02, 0.21, 0.62)),
    "gestures": ("media/mediapipe-samples/gesture_recognizer__test_video.mp4", (0.2, 0.5)),
}
RIGS = {
    "Mixamo": "makehuman_mixamo_CC0/mh_mixamo_male.fbx",
    "VRM": "vrm/cryptovoxels.vrm",
    "Unreal-like": "mesh2motion/human-male.glb",
    "Quaternius": "quaternius/modular_men_Suit.glb",
    "Biped": "rocketbox/Male_Adult_08.fbx",
    "Rigify": "rigify/human",
}
WIDTH, HEIGHT, LABEL = 150, 190, 16
FLOOR = 1.6
"""Half of the floor's width, in heights of the character."""


def beside(name: str) -> ModuleType:
    """A module of the Blender tests' folder."""
    spec = spec_from_file_location(name, Path(__file__).parents[1] / "blender" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def performance(video: Path, takes: Path, solver: str) -> tuple[BodyMotion, np.ndarray]:
    """What a solver makes of a video, and the corners (2, 2) of the part of it in which the body is.

    Landmarks are captured unless they are in `takes`.
    """
    from mimic.pipeline.solve.solving import solve_take
    from mimic.pipeline.takes.take import Take

    take = takes / f"{video.stem}.take"
    if not take.exists() and mimic(["capture", str(video), "-o", str(take)]) != 0:
        raise SystemExit(f"{video} could not be captured")
    with Take.open(take) as opened:
        points = opened.track().pose_image[..., :2]
        points = points[np.isfinite(points).all(axis=(1, 2))].reshape(-1, 2)
        margin = 0.08 * np.ptp(points[:, 1])
        return solve_take(opened, solver=solver), np.stack(
            [points.min(axis=0) - [margin, 2.0 * margin], points.max(axis=0) + margin]
        )


def pictures(video: Path, frames: list[int], part: np.ndarray) -> list[np.ndarray]:
    """Frames of a video, cut to a part (2, 2) of it and fitted into the tiles."""
    reader, found, number = cv2.VideoCapture(str(video)), [], -1
    for frame in frames:
        while number < frame:
            picture, number = reader.read()[1], number + 1
        limits = np.array(picture.shape[1::-1])
        (left, top), (right, bottom) = np.clip(part, 0, limits).astype(int)
        found.append(fitted(picture[top:bottom, left:right]))
    return found


def fitted(picture: np.ndarray) -> np.ndarray:
    """A picture in the middle of a grey tile."""
    scale = min(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    tile[top : top + small.shape[0], left : left + small.shape[1]] = small
    return tile


def look(armature, rig, rig_map, frames, *, side: bool) -> None:
    """A camera before the character (or at its left) that sees it at all the frames, and a floor under its rest."""
    from mimic.retarget.rig.rest import body_axes, joint_positions

    world = np.array(armature.matrix_world)
    axes = world[:3, :3] @ rot.to_matrix(body_axes(joint_positions(rig, rig_map)))
    axes /= np.linalg.norm(axes, axis=0)
    scene, points = bpy.context.scene, []
    for frame in frames:
        scene.frame_set(int(frame))
        points += [world @ [*armature.pose.bones[bone].head, 1.0] for bone in rig_map.bones.values()]
    points = np.array(points)[:, :3]
    rest = rig.rest[[rig.names.index(bone) for bone in rig_map.bones.values()], :3, 3] @ world[:3, :3].T + world[:3, 3]
    soles = float((rest @ axes[:, 2]).min())
    height = float(np.ptp(rest @ axes[:, 2])) * 1.12
    soles -= 0.02 * height
    out = axes @ rot.unit([1.0, -0.15, 0.1] if side else [0.0, -1.0, 0.12])
    across = rot.unit(np.cross(axes[:, 2], out))
    turn = np.stack([across, np.cross(out, across), out], axis=-1)
    seen = np.concatenate([points, rest]) @ turn
    low, high = seen.min(axis=0), seen.max(axis=0)
    camera = bpy.data.objects.new("Sheet", bpy.data.cameras.new("Sheet"))
    scene.collection.objects.link(camera)
    camera.data.type, camera.data.clip_end = "ORTHO", 100.0 * height
    camera.data.clip_start = 0.01 * height
    margin = 0.15 * height
    camera.data.sensor_fit = "VERTICAL"
    camera.data.ortho_scale = max(high[1] - low[1] + 2 * margin, (high[0] - low[0] + 2 * margin) * HEIGHT / WIDTH)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, turn @ (0.5 * (low + high)) + out * 10.0 * height
    camera.matrix_world = Matrix(matrix.tolist())
    scene.camera = camera
    middle = points.mean(axis=0)
    middle += axes[:, 2] * (soles - middle @ axes[:, 2])
    floor(middle, axes, FLOOR * height)


def floor(middle: np.ndarray, axes: np.ndarray, half: float) -> None:
    """A chequered floor, so that sliding and floating are seen."""
    steps = np.linspace(-half, half, 13)
    for shade, odd in (((0.5, 0.52, 0.55, 1.0), 0), ((0.62, 0.64, 0.67, 1.0), 1)):
        corners, faces = [], []
        for i in range(12):
            for j in range(12):
                if (i + j) % 2 == odd:
                    faces.append(range(len(corners), len(corners) + 4))
                    ends = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
                    corners += [middle + axes[:, 0] * steps[a] + axes[:, 1] * steps[b] for a, b in ends]
        mesh = bpy.data.meshes.new("Floor")
        mesh.from_pydata([tuple(corner) for corner in corners], [], [tuple(face) for face in faces])
        thing = bpy.data.objects.new("Floor", mesh)
        thing.color = shade
        bpy.context.scene.collection.objects.link(thing)


def strip(load, motion: BodyMotion, moments: list[int], folder: Path, *, side: bool) -> list[np.ndarray]:
    """Pictures of a rig at some frames of a motion."""
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.character.armature import rig_of
    from mimic.retarget.motion.options import MotionOptions
    from mimic.retarget.rig.rest import rest_as_posed

    sheet = beside("contact_sheet")
    armature = load(bpy)
    scene = bpy.context.scene
    applied = apply_motion(armature, motion, name="Clip", options=MotionOptions())
    rig = rest_as_posed(rig_of(armature), applied.rig_map)
    shown = sheet.skins_of(armature)
    if not shown:
        scene.frame_set(0)
        sheet.solid_bones(armature, rig, applied.rig_map)
    for thing in scene.objects:
        thing.hide_render = bool(shown) and thing.type == "MESH" and thing not in shown
        thing.hide_render |= thing.name.startswith("WGT")
        thing.color = (0.75, 0.62, 0.5, 1.0)
    frames = applied.frames[moments]
    look(armature, rig, applied.rig_map, np.unique(np.linspace(*applied.frames[[0, -1]], 25).round()), side=side)
    sheet.workbench()
    scene.display.shading.color_type = "OBJECT"
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    found = []
    for frame in frames:
        scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
        scene.render.filepath = str(folder / "tile.png")
        bpy.ops.render.render(write_still=True)
        found.append(cv2.imread(scene.render.filepath)[:, :, :3])
    return found


def titled(column: list[np.ndarray], title: str) -> np.ndarray:
    bar = np.full((LABEL, WIDTH, 3), 40, np.uint8)
    cv2.putText(bar, title, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255,) * 3, 1, cv2.LINE_AA)
    return np.concatenate([bar, *column])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--takes", type=Path)
    parser.add_argument("--moments", type=int, default=0, help="evenly spread, in place of the chosen ones")
    parser.add_argument("--clip", default="")
    parser.add_argument("--rig", default="")
    parser.add_argument("--solver", default=DEFAULT_SOLVER, choices=("analytic", "lifter"))
    parser.add_argument("--side", action="store_true", help="seen from the left")
    options = parser.parse_args()
    gallery = beside("rig_gallery").gallery(options.data / "rigs")
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for clip, (path, chosen) in CLIPS.items():
            if options.clip not in clip:
                continue
            motion, part = performance(options.data / path, options.takes or folder, options.solver)
            parts = np.linspace(0.02, 0.98, options.moments) if options.moments else chosen
            moments = [round(part * (len(motion.time) - 1)) for part in parts]
            columns = [titled(pictures(options.data / path, moments, part), clip)]
            for label, rig in RIGS.items():
                if options.rig in label:
                    columns.append(titled(strip(gallery[rig], motion, moments, folder, side=options.side), label))
            rows.append(np.concatenate(columns, axis=1))
    cv2.imwrite(str(options.out), np.concatenate(rows), [cv2.IMWRITE_JPEG_QUALITY, 78])
    sys.stdout.flush()
    os._exit(0)  # Blender's own way out may hang.


if __name__ == "__main__":
    main()

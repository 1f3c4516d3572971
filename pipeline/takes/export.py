# SPDX-License-Identifier: GPL-3.0-or-later
"""Exporting takes for other programs: as JSON in the format of TensorFlow.js, or as a table with one row per frame.

JSON: an object with `source`, `fps`, `size` and `frames`. Each frame has `time` (s), `index` and three lists, with
the results of the TensorFlow.js model of that name for one picture:

- `poses` (pose-detection, BlazePose): `score`, `keypoints` and `keypoints3D`, each `{x, y, z, score, name}`;
- `hands` (hand-pose-detection): `handedness`, `score`, `keypoints`, `keypoints3D`, each `{x, y, z, name}`;
- `faces` (face-landmarks-detection): `box` and `keypoints` `{x, y, z}`, with a `name` on the contours; and
  `blendshapes`, the scores of MediaPipe's network by their names, null in takes from before they were recorded.

`keypoints` are in pixels of the frame (z too, smaller is nearer), `keypoints3D` in metres from the mid-hip, x
image-right, y down, z away from the camera, also those of hands. `score` is the visibility. Left, right and
handedness are the person's own.
"""

import csv
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from ..errors import OutputUnwritable
from ..landmarks import connections, names
from ..landmarks.data import COEFFICIENTS, FaceLandmarks, Floats, HandLandmarks, Landmarks, PoseLandmarks
from ..outputs import replacing
from .take import Take

PIXEL_DIGITS: Final = 3
METRE_DIGITS: Final = 5
SCORE_DIGITS: Final = 4
FACE_POINTS: Final = 478

_FACE_NAMES: Final = {i: name for name, chains in connections.FACE.items() for chain in chains for i in chain}


def export(take: Take, path: Path, *, person: int = 0, force: bool = False) -> None:
    """Write a person's landmarks in a take as .json or .csv, depending on the path's suffix.

    Raises:
        OutputExists, OutputUnwritable: the path cannot be written, or has another suffix.
        TakeCorrupt: the take is damaged; nothing is written.
    """
    writers = {".json": _write_json, ".csv": _write_csv}
    write = writers.get(path.suffix.lower())
    if write is None:
        raise OutputUnwritable(f"“{path}” ends in neither .json nor .csv: choose a name that ends in one of them.")
    with replacing(path, force=force) as part, part.open("w", encoding="utf-8", newline="") as file:
        write(take, file, person)


def _write_json(take: Take, file: TextIO, person: int) -> None:
    head = {"source": take.info.source, "fps": take.info.fps, "size": list(take.info.size)}
    file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "frames": [')
    separator = "\n"
    for frame in take.frames(person):
        file.write(separator + json.dumps(as_web(frame), allow_nan=False))
        separator = ",\n"
    file.write("\n]}\n")


def as_web(frame: Landmarks) -> dict[str, Any]:
    """Return one frame in the format of TensorFlow.js (see the module's docstring). NaN and infinity become None."""
    hands = [
        _hand(hand, side) for hand, side in ((frame.left_hand, "Left"), (frame.right_hand, "Right")) if hand is not None
    ]
    return {
        "time": round(frame.time, 6),
        "index": frame.index,
        "poses": [] if frame.pose is None else [_pose(frame.pose)],
        "hands": hands,
        "faces": [] if frame.face is None else [_face(frame.face)],
    }


def _number(value: float, digits: int) -> float | None:
    return round(float(value), digits) if math.isfinite(value) else None


def _points(points: Floats, digits: int) -> list[dict[str, Any]]:
    return [{axis: _number(value, digits) for axis, value in zip("xyz", point, strict=True)} for point in points]


def _pose(pose: PoseLandmarks) -> dict[str, Any]:
    marks = [
        {"score": _number(score, SCORE_DIGITS), "name": name}
        for score, name in zip(pose.visibility, names.POSE, strict=True)
    ]
    return {
        "score": _number(pose.score, SCORE_DIGITS),
        "keypoints": [p | mark for p, mark in zip(_points(pose.image, PIXEL_DIGITS), marks, strict=True)],
        "keypoints3D": [p | mark for p, mark in zip(_points(pose.world, METRE_DIGITS), marks, strict=True)],
    }


def _hand(hand: HandLandmarks, side: str) -> dict[str, Any]:
    marks = [{"name": name} for name in names.HAND]
    return {
        "handedness": side,
        "score": _number(hand.presence, SCORE_DIGITS),
        "keypoints": [p | mark for p, mark in zip(_points(hand.image, PIXEL_DIGITS), marks, strict=True)],
        "keypoints3D": [p | mark for p, mark in zip(_points(hand.world, METRE_DIGITS), marks, strict=True)],
    }


def _face(face: FaceLandmarks) -> dict[str, Any]:
    keypoints = _points(face.image, PIXEL_DIGITS)
    for i, name in _FACE_NAMES.items():
        if i < len(keypoints):
            keypoints[i]["name"] = name
    low, high = np.nanmin(face.image, axis=0), np.nanmax(face.image, axis=0)
    edges = {"xMin": low[0], "yMin": low[1], "xMax": high[0], "yMax": high[1]}
    sides = {"width": high[0] - low[0], "height": high[1] - low[1]}
    box = {name: _number(value, PIXEL_DIGITS) for name, value in (edges | sides).items()}
    return {"box": box, "keypoints": keypoints, "blendshapes": _blendshapes(face)}


def _blendshapes(face: FaceLandmarks) -> dict[str, float | None] | None:
    if face.coefficients is None:
        return None
    return {name: _number(value, SCORE_DIGITS) for name, value in zip(COEFFICIENTS, face.coefficients, strict=True)}


def _write_csv(take: Take, file: TextIO, person: int) -> None:
    with_face = take.has_face
    table = csv.writer(file, lineterminator="\n")
    table.writerow(header(with_face=with_face))
    for frame in take.frames(person):
        table.writerow("" if value is None else value for value in _row(frame, with_face=with_face))


def header(*, with_face: bool) -> list[str]:
    """Return the names of the table's columns.

    `_x`, `_y`, `_z` are pixels, `_world_x` and so on metres, `blendshape_jawOpen` and so on 0..1.
    """
    columns = ["time", "index"]
    for name in names.POSE:
        columns += [f"pose_{name}_{what}" for what in ("x", "y", "z", "world_x", "world_y", "world_z", "score")]
    for side in ("left", "right"):
        columns.append(f"{side}_hand_score")
        for name in names.HAND:
            columns += [f"{side}_hand_{name}_{what}" for what in ("x", "y", "z", "world_x", "world_y", "world_z")]
    if with_face:
        columns += [f"face_{i}_{axis}" for i in range(FACE_POINTS) for axis in "xyz"]
        columns += [f"blendshape_{name}" for name in COEFFICIENTS]
    return columns


def _row(frame: Landmarks, *, with_face: bool) -> Iterator[float | None]:
    yield round(frame.time, 6)
    yield frame.index
    pose = frame.pose
    if pose is None:
        yield from [None] * (7 * len(names.POSE))
    else:
        for image, world, score in zip(pose.image, pose.world, pose.visibility, strict=True):
            yield from (_number(value, PIXEL_DIGITS) for value in image)
            yield from (_number(value, METRE_DIGITS) for value in world)
            yield _number(score, SCORE_DIGITS)
    for hand in (frame.left_hand, frame.right_hand):
        if hand is None:
            yield from [None] * (1 + 6 * len(names.HAND))
            continue
        yield _number(hand.presence, SCORE_DIGITS)
        for image, world in zip(hand.image, hand.world, strict=True):
            yield from (_number(value, PIXEL_DIGITS) for value in image)
            yield from (_number(value, METRE_DIGITS) for value in world)
    if with_face:
        points = np.empty((0, 3)) if frame.face is None else frame.face.image
        yield from (_number(value, PIXEL_DIGITS) for value in points.ravel())
        yield from [None] * (3 * (FACE_POINTS - len(points)))
        shapes = None if frame.face is None else _blendshapes(frame.face)
        yield from [None] * len(COEFFICIENTS) if shapes is None else shapes.values()

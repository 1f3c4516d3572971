# SPDX-License-Identifier: GPL-3.0-or-later
"""A contact sheet of rendered faces, to judge by eye whether the landmarks fit them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import FaceLandmarks
from ....pipeline.outputs import replacing
from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from .face_sets import FaceSettings, anny_people, other_people
from .pictures import Photographer, Shot

Image = NDArray[np.uint8]

_SHOWN: Final[tuple[tuple[Mapping[str, float], float], ...]] = (
    ({}, 0.0),
    ({"jawOpen": 0.8}, 15.0),
    ({"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8, "eyeSquintLeft": 0.5, "eyeSquintRight": 0.5}, -20.0),
    ({"eyeBlinkLeft": 1.0, "mouthLeft": 0.8}, 0.0),
    ({"mouthPucker": 0.9, "eyeLookOutLeft": 0.9, "eyeLookInRight": 0.9}, 10.0),
    ({"browInnerUp": 1.0, "browOuterUpLeft": 0.8, "browOuterUpRight": 0.8, "mouthFunnel": 0.8}, -10.0),
    ({"tongueOut": 1.0, "jawOpen": 0.5}, 0.0),
    ({"noseSneerLeft": 1.0, "noseSneerRight": 1.0, "browDownLeft": 1.0, "browDownRight": 1.0}, 30.0),
)
"""Expressions, and the turn of the head in degrees."""
_ANNY: Final = 3
_TILE: Final = 150
_MARGIN: Final = 1.3
_QUALITY: Final = 68
_GREEN: Final = (60, 255, 60)


def write_face_sheet(path: Path, characters: Path | None, *, seed: int = 3) -> None:
    """Draw faces of Anny and, if there are any in the folder `characters`, of another maker; write a JPEG file."""
    import cv2

    settings = FaceSettings(test_people=_ANNY, looks=1)
    people = anny_people(settings, shard=None) + other_people(settings, characters)
    photographer, rng = Photographer(), np.random.default_rng(seed)
    rows = []
    for number, (head, look) in enumerate(people):
        row = []
        for shown, turn in _SHOWN:
            expressions = np.zeros(len(EXPRESSIONS))
            for name, value in shown.items():
                expressions[EXPRESSION_INDEX[name]] = value
            picture, face, _ = photographer.take(rng, head, look, Shot(number, expressions, (turn, 0.0, 0.0)))
            row.append(_tile(picture, face))
        rows.append(np.concatenate(row, axis=1))
    sheet = np.concatenate(rows)[..., ::-1]
    with replacing(path, force=True) as part:
        part.write_bytes(cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes())


def _tile(picture: Image, face: FaceLandmarks | None) -> Image:
    """Return the face, with its landmarks, in a square."""
    import cv2

    finer = 2
    big = cv2.resize(picture, None, fx=finer, fy=finer, interpolation=cv2.INTER_CUBIC)
    low, high = np.zeros(2), np.array(big.shape[1::-1], dtype=float)
    if face is not None:
        points = face.image[:, :2] * finer
        for x, y in points:
            cv2.circle(big, (round(float(x)), round(float(y))), 1, _GREEN, -1, cv2.LINE_AA)
        middle = 0.5 * (points.min(axis=0) + points.max(axis=0))
        half = 0.5 * _MARGIN * float(np.ptp(points, axis=0).max())
        low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, high)
    (left, upper), (right, lower) = low.astype(int), high.astype(int)
    cut = big[upper:lower, left:right]
    return np.asarray(cv2.resize(cut, (_TILE, _TILE), interpolation=cv2.INTER_AREA), np.uint8)

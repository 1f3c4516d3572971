# SPDX-License-Identifier: GPL-3.0-or-later
"""How a take lies on disk: the SQLite schema, and each part of a frame as little-endian float32.

A part is one run of floats: arrays first, in the order of the dataclass, then its numbers, then its region. A part
that was not found is NULL. Times are REAL (float64).
"""

from pathlib import Path
from typing import Final

import numpy as np

from .errors import TakeCorrupt
from .landmarks import FaceLandmarks, Floats, HandLandmarks, Landmarks, PoseLandmarks, Region

APPLICATION_ID: Final = 0x4D494D43
"""SQLite's mark of whose file this is, "MIMC"."""

VERSION: Final = 1
"""SQLite's user_version; raised when an older Mimic could not read what a newer one writes."""

SCHEMA: Final = (
    "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE frame (number INTEGER PRIMARY KEY, time REAL NOT NULL, source_index INTEGER NOT NULL,"
    " width INTEGER NOT NULL, height INTEGER NOT NULL, pose BLOB, left_hand BLOB, right_hand BLOB, face BLOB)",
)

JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
"""How a journal of SQLite's begins."""

COLUMNS: Final = "time, source_index, width, height, pose, left_hand, right_hand, face"

Row = tuple[float, int, int, int, bytes | None, bytes | None, bytes | None, bytes | None]

_STORED: Final = np.dtype("<f4")
_REGION: Final = 5
_POSE: Final = ((33, 3), (33, 3), (33,), (33,))
_HAND: Final = ((21, 3), (21, 3))


def journal_of(path: Path) -> Path:
    """Where SQLite keeps what it needs to undo a transaction that a crash cut short."""
    return path.with_name(f"{path.name}-journal")


def to_row(frame: Landmarks) -> Row:
    """A frame as a row of the table `frame`, without its number."""
    pose, face = frame.pose, frame.face
    return (
        float(frame.time),
        int(frame.index),
        int(frame.size[0]),
        int(frame.size[1]),
        None
        if pose is None
        else _pack(pose.image, pose.world, pose.visibility, pose.presence, numbers=(pose.score,), region=pose.region),
        _pack_hand(frame.left_hand),
        _pack_hand(frame.right_hand),
        None if face is None else _pack(face.image, numbers=(face.presence,), region=face.region),
    )


def from_row(row: Row) -> Landmarks:
    """The frame that `to_row` stored; arrays are float64 with float32's precision.

    Raises:
        TakeCorrupt: a part has the wrong length.
    """
    time, index, width, height, pose, left, right, face = row
    return Landmarks(
        time=time,
        index=index,
        size=(width, height),
        pose=None if pose is None else _pose(pose),
        left_hand=None if left is None else _hand(left),
        right_hand=None if right is None else _hand(right),
        face=None if face is None else _face(face),
    )


def _pack(*arrays: Floats, numbers: tuple[float, ...], region: Region) -> bytes:
    place = (region.cx, region.cy, region.width, region.height, region.rotation)
    parts = [np.asarray(array, _STORED).ravel() for array in arrays]
    return np.concatenate([*parts, np.array([*numbers, *place], _STORED)]).astype(_STORED, copy=False).tobytes()


def _pack_hand(hand: HandLandmarks | None) -> bytes | None:
    if hand is None:
        return None
    return _pack(hand.image, hand.world, numbers=(hand.presence, hand.right_handed), region=hand.region)


def _unpack(
    blob: bytes, shapes: tuple[tuple[int, ...], ...], *, numbers: int
) -> tuple[list[Floats], list[float], Region]:
    lengths = [int(np.prod(shape)) for shape in shapes]
    if len(blob) != _STORED.itemsize * (sum(lengths) + numbers + _REGION):
        raise TakeCorrupt("The take is damaged: a frame in it has the wrong length; capture it again.")
    values = np.frombuffer(blob, _STORED).astype(np.float64)
    *arrays, tail = np.split(values, np.cumsum(lengths))
    shaped: list[Floats] = [array.reshape(shape) for array, shape in zip(arrays, shapes, strict=True)]
    plain = [float(number) for number in tail]
    return shaped, plain[:numbers], Region(*plain[numbers:])


def _pose(blob: bytes) -> PoseLandmarks:
    (image, world, visibility, presence), (score,), region = _unpack(blob, _POSE, numbers=1)
    return PoseLandmarks(image=image, world=world, visibility=visibility, presence=presence, score=score, region=region)


def _hand(blob: bytes) -> HandLandmarks:
    (image, world), (presence, right_handed), region = _unpack(blob, _HAND, numbers=2)
    return HandLandmarks(image=image, world=world, presence=presence, right_handed=right_handed, region=region)


def _face(blob: bytes) -> FaceLandmarks:
    points = (len(blob) // _STORED.itemsize - 1 - _REGION) // 3  # 478, or 468 without attention
    (image,), (presence,), region = _unpack(blob, ((points, 3),), numbers=1)
    return FaceLandmarks(image=image, presence=presence, region=region)

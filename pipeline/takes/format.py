# SPDX-License-Identifier: GPL-3.0-or-later
"""The file format of takes: the SQLite schema, and each part of a frame as little-endian float32.

A part is one sequence of floats: its arrays, in the order of the dataclass, then its numbers, then its region. A part
that was not found is NULL, and a face's coefficients that are unknown are left out. Times are REAL (float64).

A take may come from an untrusted source: everything read is checked before it is used.
"""

import json
import math
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

import numpy as np

from ...models.body.expressions import EXPRESSIONS
from ...models.body.motion import Vertical
from ..landmarks.data import (
    COEFFICIENTS,
    MAX_PEOPLE,
    FaceLandmarks,
    Floats,
    HandLandmarks,
    Landmarks,
    PoseLandmarks,
    Region,
)
from .geometry import MAX_SIDE, CameraGeometry, read_cameras

APPLICATION_ID: Final = 0x4D494D43
"""SQLite's application_id of takes, "MIMC"."""

VERSION: Final = 4
"""The latest of SQLite's user_version; raised when older versions of Mimic cannot read the new format, so with every
change of the tables. Takes of version 1, whose faces have no coefficients, and of version 2, whose poses were smoothed
before they were stored, are read as well."""

ONE_CAMERA_VERSION: Final = 3
"""Version of a take of one camera, which Mimic reads that does not know of several."""

AS_FOUND_VERSION: Final = 3
"""From this version on, poses are stored as they were found, and smoothed when they are read."""

SCHEMA: Final = {
    "about": "CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "frame": "CREATE TABLE frame (number INTEGER PRIMARY KEY, time REAL NOT NULL, source_index INTEGER NOT NULL,"
    " width INTEGER NOT NULL, height INTEGER NOT NULL, pose BLOB, left_hand BLOB, right_hand BLOB, face BLOB)",
    "other": "CREATE TABLE other (number INTEGER PRIMARY KEY, frame INTEGER NOT NULL, person INTEGER NOT NULL,"
    " pose BLOB, left_hand BLOB, right_hand BLOB, face BLOB)",
    "recheck": "CREATE TABLE recheck (number INTEGER PRIMARY KEY, frame INTEGER NOT NULL, person INTEGER NOT NULL,"
    " pose BLOB NOT NULL)",
}
"""The tables of a take. Frames are numbered from 1, without gaps, and hold person 0. `other` holds the other people in
them, in order of frames and people, and `recheck` the poses that the heavy network found in doubtful frames."""

CAMERAS: Final = "cameras"
"""Key of `about` under which a take of several cameras keeps their geometry."""

CAMERAS_SAID: Final = "cameras_said"
"""Key of `about` under which it keeps how well they were found, or why they were not."""

PEOPLE: Final = "people"
"""Key of `about` under which a take names the people in it, since finding them would read the whole file."""

COLUMNS: Final = "time, source_index, width, height, pose, left_hand, right_hand, face"

CALIBRATION: Final = "calibration"
"""Key in a take's settings: the rotation (w, x, y, z) that makes its calibrated performer upright."""
NEUTRAL_FACE: Final = "neutral_face"
"""Key in a take's settings: the calibrated performer's face at rest, as `solve.face.neutral.Neutral.numbers`."""
FIELD_OF_VIEW: Final = "field_of_view"
"""Key in a take's settings: its camera's field of view in degrees along the longer side, None if unknown."""

MAX_TIME: Final = 1e7
"""Seconds: a third of a year."""

MIN_ROW_BYTES: Final = 12
"""Least size in the file of a frame in which nothing was found."""

_MAX_FACTS: Final = 64
_MAX_FPS: Final = 1e6

Parts = tuple[bytes | None, bytes | None, bytes | None, bytes | None]
Row = tuple[float, int, int, int, bytes | None, bytes | None, bytes | None, bytes | None]

_STORED: Final = np.dtype("<f4")
_REGION: Final = 5
_POSE: Final = ((33, 3), (33, 3), (33,), (33,))
_POSE_NUMBERS: Final = (1, 3)
"""Numbers of a pose: its score, and from version 3 on its size and whether it was tracked."""
_HAND: Final = ((21, 3), (21, 3))
_FACES: Final = (
    ((468, 3),),  # without attention
    ((478, 3),),  # before version 2, or no coefficients could be found
    ((478, 3), (len(COEFFICIENTS),)),
)


@dataclass(frozen=True)
class TakeInfo:
    """The metadata of a take.

    Attributes:
        source: name of the video, folder or camera.
        size: (width, height) of the first frame, px.
        fps: the nominal frame rate; the times of the frames are exact.
        mirrored: whether frames were flipped left to right before the landmarks were found.
        settings: the settings of the landmark pipeline, as plain values.
        networks: SHA-256 of each installed network, by name.
        mimic: version of Mimic that wrote it.
        created: date and time, ISO 8601 in UTC.
        complete: whether the writer closed it; False after a crash, or while it is being recorded.
        warning: a problem that did not stop the capture, or None.
        verticals: what its pictures show of the vertical, in Blender's axes relative to the camera.
        cameras: where the cameras stood, in their order; empty for one camera, and if it could not be found.
        cameras_said: how well they were found, or why they were not, in words.
    """

    source: str
    size: tuple[int, int]
    fps: float
    mirrored: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    mimic: str = ""
    created: str = ""
    complete: bool = False
    warning: str | None = None
    verticals: tuple[Vertical, ...] = ()
    cameras: tuple[CameraGeometry, ...] = ()
    cameras_said: str = ""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What casts doubt on the take, in sentences."""
        unclear = self.cameras_said if not self.cameras else ""
        return tuple(sentence for sentence in (self.warning, unclear) if sentence)


def schema(version: int, cameras: int = 1) -> dict[str, str]:
    """Return the statements that create the tables of a take by their names.

    The first camera has the tables `SCHEMA`, camera k of several the same with k as a suffix, from 2.
    """
    if version < AS_FOUND_VERSION:
        return {name: SCHEMA[name] for name in ("about", "frame")}
    further = {
        table_of(name, camera): statement.replace(f"TABLE {name}", f"TABLE {table_of(name, camera)}", 1)
        for camera in range(1, cameras)
        for name, statement in SCHEMA.items()
    }
    return SCHEMA | further


def table_of(name: str, camera: int) -> str:
    """Return the name of a camera's table; cameras count from 0."""
    return f"{name}_{camera + 1}" if camera else name


def checked_time(value: object) -> float:
    """Return a stored value if it is a valid time of a frame.

    Raises:
        ValueError: it is not.
    """
    if not isinstance(value, float) or not 0.0 <= value <= MAX_TIME:
        raise ValueError("has an invalid time")
    return value


def to_row(frame: Landmarks) -> Row:
    """Convert a frame to a row of the table `frame`, without its number."""
    return (float(frame.time), int(frame.index), int(frame.size[0]), int(frame.size[1]), *to_parts(frame))


def to_parts(frame: Landmarks) -> Parts:
    """Convert what was found in a frame to the last columns of a row."""
    return (
        None if frame.pose is None else pack_pose(frame.pose),
        _pack_hand(frame.left_hand),
        _pack_hand(frame.right_hand),
        None if frame.face is None else _pack_face(frame.face),
    )


def from_row(row: Row) -> Landmarks:
    """Convert a row back to a frame; arrays are float64 with the precision of float32.

    Raises:
        ValueError: the row is not valid; the message continues a sentence that begins with “frame 3”.
    """
    time, index, width, height, *parts = row
    sides = (width, height)
    if not all(isinstance(side, int) and 1 <= side <= MAX_SIDE for side in sides):
        raise ValueError("has an invalid size")
    if not isinstance(index, int) or index < 0:
        raise ValueError("has an invalid index")
    return with_parts(Landmarks(time=checked_time(time), index=index, size=sides), parts)


def with_parts(frame: Landmarks, parts: Sequence[object], *, person: int = 0) -> Landmarks:
    """Return a frame with a person's parts from a row.

    Raises:
        ValueError: as for `from_row`.
    """
    if type(person) is not int or not 0 <= person < MAX_PEOPLE:
        raise ValueError("has an invalid number of a person")
    checked = [part for part in parts if part is None or isinstance(part, bytes)]
    if len(checked) < len(parts):
        raise ValueError("has a part of the wrong length")
    pose, left, right, face = checked
    return replace(
        frame,
        person=person,
        pose=None if pose is None else unpack_pose(pose),
        left_hand=None if left is None else _hand(left),
        right_hand=None if right is None else _hand(right),
        face=None if face is None else _face(face),
    )


def _size(shapes: Iterable[tuple[int, ...]], *, numbers: int) -> int:
    """Return the size of a part in bytes."""
    return _STORED.itemsize * (sum(math.prod(shape) for shape in shapes) + numbers + _REGION)


def _pack(*arrays: Floats, numbers: tuple[float, ...], region: Region) -> bytes:
    place = (region.cx, region.cy, region.width, region.height, region.rotation)
    parts = [np.asarray(array, _STORED).ravel() for array in arrays]
    return np.concatenate([*parts, np.array([*numbers, *place], _STORED)]).astype(_STORED, copy=False).tobytes()


def pack_pose(pose: PoseLandmarks) -> bytes:
    """Convert a pose to a part."""
    numbers = (pose.score, pose.size, float(pose.tracked))
    return _pack(pose.image, pose.world, pose.visibility, pose.presence, numbers=numbers, region=pose.region)


def _pack_hand(hand: HandLandmarks | None) -> bytes | None:
    if hand is None:
        return None
    return _pack(hand.image, hand.world, numbers=(hand.presence, hand.right_handed), region=hand.region)


def _pack_face(face: FaceLandmarks) -> bytes:
    arrays = [face.image] if face.coefficients is None else [face.image, face.coefficients]
    return _pack(*arrays, numbers=(face.presence,), region=face.region)


def _unpack(
    blob: bytes, shapes: tuple[tuple[int, ...], ...], *, numbers: int
) -> tuple[list[Floats], list[float], Region]:
    if len(blob) != _size(shapes, numbers=numbers):
        raise ValueError("has a part of the wrong length")
    lengths = [math.prod(shape) for shape in shapes]
    values = np.frombuffer(blob, _STORED).astype(np.float64)
    *arrays, tail = np.split(values, np.cumsum(lengths))
    shaped: list[Floats] = [array.reshape(shape) for array, shape in zip(arrays, shapes, strict=True)]
    plain = [float(number) for number in tail]
    return shaped, plain[:numbers], Region(*plain[numbers:])


def unpack_pose(blob: bytes) -> PoseLandmarks:
    """Convert a part back to a pose.

    Raises:
        ValueError: as for `from_row`.
    """
    counts = {_size(_POSE, numbers=count): count for count in _POSE_NUMBERS}
    arrays, numbers, region = _unpack(blob, _POSE, numbers=counts.get(len(blob), _POSE_NUMBERS[-1]))
    image, world, visibility, presence = arrays
    score, size, tracked = (*numbers, 0.0, 1.0)[:3]
    return PoseLandmarks(
        image=image,
        world=world,
        visibility=visibility,
        presence=presence,
        score=score,
        region=region,
        size=size,
        tracked=tracked > 0.0,
    )


def _hand(blob: bytes) -> HandLandmarks:
    (image, world), (presence, right_handed), region = _unpack(blob, _HAND, numbers=2)
    return HandLandmarks(image=image, world=world, presence=presence, right_handed=right_handed, region=region)


def _face(blob: bytes) -> FaceLandmarks:
    layouts = {_size(shapes, numbers=1): shapes for shapes in _FACES}
    (image, *more), (presence,), region = _unpack(blob, layouts.get(len(blob), _FACES[0]), numbers=1)
    coefficients = more[0] if more else None
    if coefficients is not None and not ((coefficients >= 0.0) & (coefficients <= 1.0)).all():
        raise ValueError("has facial expressions that are not between 0 and 1")
    return FaceLandmarks(image=image, presence=presence, region=region, coefficients=coefficients)


def read_info(database: sqlite3.Connection, camera: int = 0) -> TakeInfo:
    """Read and check the metadata of a camera's stream; of the first one, they are those of the take.

    Raises:
        ValueError, TypeError, RecursionError, sqlite3.Error: it cannot be read, or is not valid.
    """
    facts = _facts(database, table_of("about", camera))
    known = {name: facts[name] for name in facts.keys() & {item.name for item in fields(TakeInfo)}}
    verticals = _verticals(known.get("verticals", []))
    cameras = read_cameras(known.get(CAMERAS, []))
    size = tuple(known.get("size", ()))
    info = TakeInfo(**{**known, "size": size, "verticals": verticals, "cameras": cameras})
    warning = "" if info.warning is None else info.warning
    texts = (info.source, info.mimic, info.created, info.cameras_said, warning)
    if (
        not all(isinstance(text, str) for text in texts)
        or len(info.size) != 2
        or not all(type(side) is int and 1 <= side <= MAX_SIDE for side in info.size)
        or type(info.fps) not in (int, float)
        or not 0.0 < info.fps <= _MAX_FPS
        or not isinstance(info.settings, dict)
        or not isinstance(info.networks, dict)
        or not all(isinstance(digest, str) for digest in info.networks.values())
        or not all(isinstance(flag, bool) for flag in (info.mirrored, info.complete))
        or not _is_quaternion(info.settings.get(CALIBRATION))
        or not _is_neutral_face(info.settings.get(NEUTRAL_FACE))
    ):
        raise ValueError("metadata is not valid")
    source, mimic, created, said, warning = map(_printable, texts)
    return replace(
        info, source=source, mimic=mimic, created=created, cameras_said=said,
        warning=None if info.warning is None else warning, fps=float(info.fps),
    )  # fmt: skip


def _facts(database: sqlite3.Connection, table: str) -> dict[str, Any]:
    """Read the metadata of a take, decoded from JSON but not checked.

    Raises:
        ValueError, RecursionError, sqlite3.Error: it cannot be read.
    """
    rows = database.execute(f"SELECT name, value FROM {table} LIMIT ?", (_MAX_FACTS + 1,)).fetchall()
    if len(rows) > _MAX_FACTS:
        raise ValueError("metadata has too many entries")
    if not all(isinstance(part, str) for row in rows for part in row):
        raise ValueError("metadata is not text")
    return {name: json.loads(value) for name, value in rows}


def _verticals(value: object) -> tuple[Vertical, ...]:
    """Return stored verticals.

    Raises:
        ValueError: they are not valid.
    """
    if not isinstance(value, list):
        raise ValueError("verticals are no list")
    return tuple(map(_vertical, value))


def _vertical(value: object) -> Vertical:
    match value:
        case [str(source), [float(x), float(y), float(z)], float(doubt)]:
            if abs(math.hypot(x, y, z) - 1.0) < 1e-3 and 0.0 < doubt <= math.pi:
                return Vertical(_printable(source), (x, y, z), doubt)
    raise ValueError("a vertical is not valid")


def _is_quaternion(value: object) -> bool:
    """Whether a value is None or a quaternion."""
    if value is None:
        return True
    if not isinstance(value, list) or len(value) != 4 or not all(type(part) in (int, float) for part in value):
        return False
    return all(abs(part) < 1e3 for part in value) and math.hypot(*value) > 1e-3


def _is_neutral_face(value: object) -> bool:
    """Whether a value is None or a face at rest: expressions from 0 to 1, then angles of the eyes in radians."""
    if value is None:
        return True
    count = len(EXPRESSIONS)
    if not isinstance(value, list) or len(value) != count + 4 or not all(type(part) in (int, float) for part in value):
        return False
    return all(0.0 <= part <= 1.0 for part in value[:count]) and all(abs(part) <= math.pi for part in value[count:])


def _printable(text: str) -> str:
    """Replace control characters, and characters that cannot be encoded as UTF-8."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)

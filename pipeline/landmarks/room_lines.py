# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertical as lines of the room show it: door frames, corners of walls and shelves all lead to one point.

Parallel lines meet in a picture at their vanishing point, and the line of sight to it is parallel to them. That of
upright lines is the vertical. A few pictures of a source are enough, since the camera stands still; where they
disagree, nothing is said. They also show whether the camera moved.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import radians, tan
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.camera_tilt import angles_of, up_of
from ...models.body.motion import Vertical
from .camera_motion import Scene, moved

if TYPE_CHECKING:
    from ..sources.frame import Frame
    from .data import Landmarks

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

ASSUMED_VIEW: Final = 65.0
"""Degrees that a camera of unknown field of view is taken to cover along the longer side of its picture."""

PICTURES: Final = 4
"""Number of pictures in which lines are looked for."""

FIRST_WAIT: Final = 15
"""Frames from the first picture to the next one, where the length is unknown; each wait is three times the last one."""

LONGER_SIDE: Final = 640
"""Pixels of the longer side of the pictures in which lines are looked for."""

SHORTEST: Final = 0.07
"""Length of the shortest line that counts, as a fraction of the longer side."""

STEEPEST: Final = radians(55.0)
"""Largest angle between upright lines and the picture's own."""

STRAIGHT: Final = radians(1.5)
"""Angle between a line and the one to the vanishing point at which it counts half."""

LEAST_LENGTH: Final = 0.8
"""Least length of all lines that lead to the vanishing point, as a multiple of the longer side."""

LEAST_LINES: Final = 4
"""Least number of lines that lead there."""

LINE_ERROR: Final = radians(0.8)
"""Error of the direction of one line: lenses bend them, and some lines lean."""

VIEW_ERROR: Final = 0.15
"""Error of the focal length of a camera of unknown field of view, as a fraction."""

MAX_PITCH, MAX_ROLL = radians(48.0), radians(35.0)
"""Largest tilt of a camera; beyond it, lines are of something else."""

USUAL_PITCH, PITCH_SPREAD, ROLL_SPREAD = radians(10.0), radians(35.0), radians(15.0)
"""Usual pitch of a camera, and how far from it and from no roll lines are still nearly as likely to be the room's."""

ALIKE: Final = radians(4.0)
"""Angle below which two pictures show the same vertical."""

APART: Final = radians(8.0)
"""Angle from which another point to which lines lead is another vertical."""

RIVAL: Final = 0.65
"""Likelihood from which a second point to which lines lead may be the vertical too, as a share of the best one's."""

RIVALS: Final = 3
"""Most points to which lines lead that are kept."""

LARGEST_DOUBT: Final = radians(15.0)
"""Error above which lines show too little to be kept."""

_STRONGEST: Final = 40
_RANKED: Final = 300
_TRIED: Final = 8
_AROUND: Final = 0.09
_BONES: Final = (
    (0, 11), (0, 12), (11, 12), (11, 23), (12, 24), (11, 24), (12, 23), (23, 24), (11, 13), (13, 15), (15, 19),
    (12, 14), (14, 16), (16, 20), (23, 25), (25, 27), (27, 31), (24, 26), (26, 28), (28, 32),
)  # fmt: skip
"""Points of a pose between which a person is in the picture."""


@dataclass(frozen=True)
class Meeting:
    """A point to which upright lines may lead: pitch and roll (2,) of the camera, in radians, if they do.

    `doubt` is the error in radians, `support` the length of the lines that lead there, weighed by how usual it is.
    """

    angles: Array
    doubt: float
    support: float


@dataclass
class RoomLines:
    """Keeps a few pictures of a source as they pass, and finds the vertical in them at the end.

    Args:
        expected: number of frames to come; None if unknown.
    """

    expected: int | None = None
    _pictures: list[tuple[int, tuple[int, int], Image]] = field(default_factory=list)
    _next: int = 0
    _seen: int = 0
    _people: dict[int, list[Array]] = field(default_factory=dict)

    def watched(self, frames: "Iterable[Frame]") -> "Iterator[Frame]":
        """Yield frames, and take note of their pictures."""
        for frame in frames:
            self.picture(frame.index, frame.image)
            yield frame

    def picture(self, index: int, image: Image) -> None:
        """Take note of a frame's picture (H, W, 3), RGB; keeps a small copy of few of them."""
        number, self._seen = self._seen, self._seen + 1
        if number < self._next or len(self._pictures) >= PICTURES:
            return
        self._pictures.append((index, (image.shape[1], image.shape[0]), _small(image)))
        wait = self.expected // PICTURES if self.expected else FIRST_WAIT * 3 ** (len(self._pictures) - 1)
        self._next = number + max(1, wait)

    def people(self, found: "Sequence[Landmarks]") -> None:
        """Take note of who was found in a frame, so that no lines are looked for on people."""
        if found and any(found[0].index == index for index, _, _ in self._pictures):
            poses = [each.pose.image[:, :2] for each in found if each.pose is not None]
            self._people[found[0].index] = [np.asarray(pose, float) for pose in poses if np.isfinite(pose).all()]

    def moved(self) -> bool:
        """Whether the camera moved between the pictures, as far as what is around the people shows it."""
        scenes = [
            Scene(small, [max(small.shape) / max(size) * pose for pose in self._people.get(index, [])])
            for index, size, small in self._pictures
        ]
        return moved([scene for scene in scenes if scene.picture.shape == scenes[0].picture.shape])

    def verticals(self, *, moved: bool) -> tuple[Vertical, ...]:
        """Return the vertical, in Blender's axes relative to the camera, if lines show it; else nothing.

        It is that of a camera with the field of view `ASSUMED_VIEW`: see `with_view`. Where lines lead to several
        points, all are returned that may be the vertical, the likeliest first. Most pictures must agree, and all of
        them if the camera `moved`.
        """
        pictures = [each for picture in self._pictures if (each := self._meetings(*picture))]
        least = len(pictures) if moved else len(pictures) // 2 + 1
        everything = [meeting for meetings in pictures for meeting in meetings]
        chosen: list[tuple[float, Meeting]] = []
        for one in sorted(everything, key=lambda meeting: -meeting.support):
            if any(_apart(one, other) < APART for _, other in chosen):
                continue
            alike = [[each for each in meetings if _apart(one, each) < ALIKE] for meetings in pictures]
            same = [max(each, key=lambda meeting: meeting.support) for each in alike if each]
            if len(same) >= least:
                chosen.append((sum(each.support for each in same) / len(pictures), _middle(same)))
        chosen.sort(key=lambda each: -each[0])
        kept = [meeting for support, meeting in chosen[:RIVALS] if support >= RIVAL * chosen[0][0]]
        return tuple(_vertical(meeting) for meeting in kept if meeting.doubt < LARGEST_DOUBT)

    def _meetings(self, index: int, size: tuple[int, int], small: Image) -> list[Meeting]:
        scale = max(small.shape) / max(size)
        segments = segments_of(small)
        for pose in self._people.get(index, []):
            segments = segments[~_touches(segments, scale * pose)]
        return meetings_of(segments, small.shape[1], small.shape[0])


def with_view(vertical: Vertical, field_of_view: float) -> Vertical:
    """Return the vertical as a camera of another field of view, in degrees, sees the same vanishing point."""
    if vertical.source != "lines":
        return vertical
    up = np.array(vertical.up) * [1.0, tan(radians(0.5 * ASSUMED_VIEW)) / tan(radians(0.5 * field_of_view)), 1.0]
    up /= np.linalg.norm(up)
    return Vertical(vertical.source, (float(up[0]), float(up[1]), float(up[2])), vertical.doubt)


def segments_of(picture: Image) -> Array:
    """Return the longest line segments (m, 4) of a grey picture (h, w): x and y of both ends, in pixels."""
    from ..opencv import load

    found = load().createLineSegmentDetector().detect(picture)[0]
    if found is None:
        return np.empty((0, 4))
    segments = found.reshape(-1, 4).astype(float)
    length = np.linalg.norm(segments[:, 2:] - segments[:, :2], axis=1)
    return np.asarray(segments[length >= SHORTEST * max(picture.shape)])


def meetings_of(segments: Array, width: int, height: int) -> list[Meeting]:
    """Return the points to which lines in a picture lead where upright lines would, the likeliest first.

    Args:
        segments: (m, 4) x and y of both ends, in pixels of a picture of this width and height.
        width: of the picture.
        height: of the picture.
    """
    focal = 0.5 * max(width, height) / tan(radians(0.5 * ASSUMED_VIEW))
    ends = (segments.reshape(-1, 2, 2) - [0.5 * width, 0.5 * height]) / focal
    along = ends[:, 1] - ends[:, 0]
    length = np.linalg.norm(along, axis=1)
    upright = np.abs(np.arctan2(along[:, 0], along[:, 1]))
    kept = np.flatnonzero(np.minimum(upright, np.pi - upright) < STEEPEST)
    kept = kept[np.argsort(-length[kept])][:_STRONGEST]
    if len(kept) < LEAST_LINES:
        return []
    lines = _Lines.of(ends[kept], along[kept] / length[kept, None], length[kept])
    least = LEAST_LENGTH * max(width, height) / focal
    found: list[Meeting] = []
    tried: list[Array] = []
    for direction in lines.candidates():
        angles = angles_of(direction)
        if len(found) == RIVALS or len(tried) == _TRIED:
            break
        if any(np.linalg.norm(angles - other) < ALIKE for other in tried):
            continue
        tried.append(angles)
        meeting = lines.meeting(direction, least)
        if meeting is not None and all(_apart(meeting, other) >= APART for other in found):
            found.append(meeting)
    return sorted(found, key=lambda meeting: -meeting.support)


@dataclass(frozen=True)
class _Lines:
    """Lines in a picture: normals (m, 3) of their planes through the camera, middles and directions (m, 2), lengths."""

    planes: Array
    middle: Array
    along: Array
    length: Array

    @classmethod
    def of(cls, ends: Array, along: Array, length: Array) -> "_Lines":
        rays = np.stack([ends[..., 0], np.ones(ends.shape[:2]), -ends[..., 1]], axis=-1)
        planes = np.cross(rays[:, 0], rays[:, 1])
        return cls(planes / np.linalg.norm(planes, axis=1, keepdims=True), ends.mean(axis=1), along, length)

    def candidates(self) -> Array:
        """Return the common directions (k, 3) of pairs of lines, the likeliest first."""
        first, second = np.array(list(combinations(range(len(self.planes)), 2))).T
        common = np.cross(self.planes[first], self.planes[second])
        size = np.linalg.norm(common, axis=1)
        common = common[size > 1e-6] / size[size > 1e-6, None]
        common *= np.where(common[:, 2:] < 0.0, -1.0, 1.0)
        common = common[_likely(angles_of(common))]
        return np.asarray(common[np.argsort(-self.support(common))][:_RANKED])

    def support(self, directions: Array) -> Array:
        """Return the length (k,) of lines that lead to each vanishing point, weighed by how usual such a camera is."""
        away = (angles_of(directions) - [USUAL_PITCH, 0.0]) / [PITCH_SPREAD, ROLL_SPREAD]
        off = _off(directions, self.middle, self.along)
        return np.asarray(
            (self.length / (1.0 + (off / STRAIGHT) ** 2)).sum(axis=1) * np.exp(-0.25 * (away**2).sum(axis=1))
        )

    def meeting(self, direction: Array, least: float) -> Meeting | None:
        """Return where lines near a vanishing point meet; None if fewer and shorter ones than `least` do."""
        for _ in range(5):
            off = _off(direction[None], self.middle, self.along)[0]
            weights = self.length / (1.0 + (off / STRAIGHT) ** 2) ** 2
            direction = np.linalg.eigh((self.planes * weights[:, None]).T @ self.planes)[1][:, 0]
            direction = direction * (1.0 if direction[2] >= 0.0 else -1.0)
        near = _off(direction[None], self.middle, self.along)[0] < STRAIGHT
        angles = angles_of(direction)
        if near.sum() < LEAST_LINES or self.length[near].sum() < least or not _likely(angles):
            return None
        return Meeting(
            angles, _doubt(angles, self.middle[near], self.along[near]), float(self.support(direction[None])[0])
        )


def _off(directions: Array, middle: Array, along: Array) -> Array:
    """Return the angles (k, m) in the picture between lines and those to the vanishing points of directions (k, 3)."""
    x, y, z = directions.T[:, :, None]
    towards = np.stack([x - middle[:, 0] * y, -z - middle[:, 1] * y], axis=-1)
    cross = towards[..., 0] * along[:, 1] - towards[..., 1] * along[:, 0]
    return np.asarray(np.arctan2(np.abs(cross), np.abs((towards * along).sum(axis=-1))))


def _doubt(angles: Array, middle: Array, along: Array) -> float:
    """Return the error of the pitch, which is the larger one: how far lines converge shows it."""
    step = 1e-3
    signed = [
        _turn(up_of(angles + delta), middle, along) - _turn(up_of(angles - delta), middle, along)
        for delta in step * np.eye(2)
    ]
    change = np.stack(signed, axis=1) / (2.0 * step)
    precision = change.T @ change / LINE_ERROR**2 + np.eye(2) / radians(40.0) ** 2
    pitch = float(np.sqrt(np.linalg.inv(precision)[0, 0]))
    return float(np.hypot(pitch, VIEW_ERROR * 0.5 * abs(np.sin(2.0 * angles[0]))))


def _turn(direction: Array, middle: Array, along: Array) -> Array:
    """Return the signed angles (m,) from lines to those to a vanishing point, small ones."""
    x, y, z = direction
    towards = np.stack([x - middle[:, 0] * y, -z - middle[:, 1] * y], axis=-1)
    cross = along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]
    return np.asarray(np.arctan(cross / (towards * along).sum(axis=-1)))


def _likely(angles: Array) -> NDArray[np.bool_]:
    return np.asarray((np.abs(angles[..., 0]) < MAX_PITCH) & (np.abs(angles[..., 1]) < MAX_ROLL))


def _small(image: Image) -> Image:
    """Return a grey copy of a picture, no larger than `LONGER_SIDE`."""
    from ..opencv import load

    cv2 = load()
    scale = min(1.0, LONGER_SIDE / max(image.shape[:2]))
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    return np.asarray(cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY), np.uint8)


def _touches(segments: Array, pose: Array) -> NDArray[np.bool_]:
    """Return which segments (m,) have their middle on or beside a person with the points `pose` (33, 2)."""
    size = float(np.ptp(pose, axis=0).max())
    start, along = pose[[first for first, _ in _BONES]], pose[[second for _, second in _BONES]]
    along = along - start
    middle = 0.5 * (segments[:, None, :2] + segments[:, None, 2:])
    share = ((middle - start) * along).sum(axis=-1) / np.maximum((along * along).sum(axis=-1), 1e-9)
    nearest = start + np.clip(share, 0.0, 1.0)[..., None] * along
    return np.asarray((np.linalg.norm(middle - nearest, axis=-1) < _AROUND * size).any(axis=1))


def _apart(one: Meeting, other: Meeting) -> float:
    return float(np.linalg.norm(one.angles - other.angles))


def _middle(alike: list[Meeting]) -> Meeting:
    """Return what several pictures show together."""
    angles = np.median([each.angles for each in alike], axis=0)
    spread = float(np.median([np.linalg.norm(each.angles - angles) for each in alike]))
    return Meeting(angles, float(np.hypot(np.median([each.doubt for each in alike]), spread)), 0.0)


def _vertical(meeting: Meeting) -> Vertical:
    x, y, z = up_of(meeting.angles)
    return Vertical("lines", (float(x), float(y), float(z)), meeting.doubt)

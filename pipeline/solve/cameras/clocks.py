# SPDX-License-Identifier: GPL-3.0-or-later
"""The take's clock: its times, and what a view shows at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.motion import SEEN
from ...takes.geometry import CameraGeometry
from .view import View

Array = NDArray[np.float64]

_LONGEST: Final = 0.25
"""Seconds between two frames over which is interpolated, if a camera is not so slow anyway."""
_SLOW: Final = 2.5
"""As many usual intervals are likewise."""
_AT_FRAME: Final = 0.02
"""Parts of an interval within which a time is that of a frame."""
HAND_POINTS: Final = (slice(33, 54), slice(54, 75))
"""Landmarks of the left and the right hand."""
PALM: Final = (0, 5, 17)
"""Of a hand's: the wrist, and the knuckles of the index and the little finger."""
_WRISTS: Final = [15, 16]
_LENGTH: Final = 2.0
"""Length of a hand relative to the longest side of that triangle."""
_ALL: Final = 0.999
"""From here on both frames beside a time show something."""


@dataclass(frozen=True)
class TimedView:
    """What one camera saw of one person, at n times of the take and turned into the take's axes.

    Attributes:
        rotations: (n, 52, 4) parent-relative, the hips relative to the take's axes; held where nothing is known.
        root: (n, 3) m as seen from the camera, turned into the take's axes but not moved; NaN if unknown.
        confidence: (n, 52) 0..1; 0 outside the time of the camera.
        inside: (n,) whether the camera filmed at that time.
        hand_lengths: (n, 2) px, of the left and the right hand; NaN where unknown.
        hands_found: (n, 2) 0..1 how sure their landmarks are; 0 outside.
        wrists_found: (n, 2) likewise the pose's wrists.
        expressions: (n, 52), and `eyes` (n, 2, 4); NaN where unknown.
    """

    rotations: Array
    root: Array
    confidence: Array
    inside: NDArray[np.bool_]
    hand_lengths: Array
    hands_found: Array
    wrists_found: Array
    expressions: Array
    eyes: Array


@dataclass(frozen=True)
class _Between:
    """Where n times lie between the frames of a camera: `before` (n,), `after` (n,) and the `part` (n,) of the way."""

    before: NDArray[np.int64]
    after: NDArray[np.int64]
    part: Array
    inside: NDArray[np.bool_]


def take_times(times: Sequence[Array]) -> Array:
    """Return the times of a motion that several cameras saw: those of the first camera, and beyond them the others'.

    Args:
        times: of each camera's frames in the take's clock, rising; the first one's are kept as they are.

    Returns:
        Rising times from the earliest to the latest; those beyond the first camera's keep half an interval of distance.
    """
    result = np.asarray(times[0], dtype=float)
    for others in times[1:]:
        if not len(result):
            result = np.asarray(others, dtype=float)
        elif len(others):
            margin = 0.5 * interval(others)
            early, late = others[others < result[0] - margin], others[others > result[-1] + margin]
            result = np.concatenate([early, result, late])
    return result


def interval(time: Array) -> float:
    """Return the usual seconds between frames; 0 if there are fewer than two."""
    steps = np.diff(time)
    steps = steps[steps > 0.0]
    return float(np.median(steps)) if len(steps) else 0.0


def at_times(view: View, camera: CameraGeometry, time: Array) -> TimedView:
    """Return a view at times (n,) of the take, in the take's axes; between frames everything is interpolated."""
    motion, turn = view.motion, np.array(camera.rotation)
    where = _between(in_take(view.time, camera), time)
    rotations = _turns(rot.continuous(motion.rotations), where)
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    seen = motion.confidence >= SEEN
    confidence = _numbers(motion.confidence, where) * (_numbers(seen.astype(float), where) > _ALL)
    inside = where.inside
    return TimedView(
        rotations=rotations,
        root=np.where(inside[:, None], rot.rotate(turn, _numbers(motion.root, where)), np.nan),
        confidence=np.where(inside[:, None], confidence, 0.0),
        inside=inside,
        hand_lengths=_numbers(_hand_lengths(view), where),
        hands_found=_numbers(_hands_found(view), where) * inside[:, None],
        wrists_found=_numbers(view.weight[:, _WRISTS], where) * inside[:, None],
        expressions=_numbers(motion.expressions, where),
        eyes=_turns(rot.continuous(motion.eyes), where),
    )


def in_take(time: Array, camera: CameraGeometry) -> Array:
    """Return times (n,) of a camera in the take's clock."""
    return np.asarray(camera.clock.offset + camera.clock.rate * np.asarray(time, dtype=float))


def sampled(values: NDArray[np.int64], own: Array, time: Array) -> NDArray[np.int64]:
    """Return the whole numbers (n,) of the frames that are nearest to times (n,), 0 beyond a camera's own times."""
    if not len(own):
        return np.zeros(len(time), int)
    where = _between(own, time)
    return np.where(where.inside, values[np.where(where.part < 0.5, where.before, where.after)], 0)


def _between(own: Array, time: Array) -> _Between:
    last = len(own) - 1
    before = np.clip(np.searchsorted(own, time, side="right") - 1, 0, max(last - 1, 0))
    after = np.minimum(before + 1, last)
    span = own[after] - own[before]
    part = np.clip((time - own[before]) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)
    part = np.where(part < _AT_FRAME, 0.0, np.where(part > 1.0 - _AT_FRAME, 1.0, part))
    usual = interval(own)
    margin = 0.5 * max(usual, interval(time))
    inside = (time >= own[0] - margin) & (time <= own[-1] + margin)
    inside &= (span <= max(_LONGEST, _SLOW * usual)) | (part == 0.0) | (part == 1.0)
    return _Between(before, after, part, inside)


def _hand_lengths(view: View) -> Array:
    """Return the lengths (m, 2) of hands in px, from the longest side of the triangle of wrist and outer knuckles."""
    corners = np.stack([view.pixels[:, points][:, PALM] for points in HAND_POINTS], axis=1)
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=2), axis=-1)
    return np.asarray(_LENGTH * sides.max(axis=-1))


def _hands_found(view: View) -> Array:
    return np.stack([view.weight[:, points].mean(axis=1) for points in HAND_POINTS], axis=1)


def _numbers(values: Array, where: _Between) -> Array:
    """Interpolate values (m, ...) linearly; NaN next to a frame without them, unless the time is that of the other."""
    first = values[where.before]
    if not where.part.any():
        return first
    result = values[where.after]
    between = (where.part > 0.0) & (where.part < 1.0)
    part = where.part[between].reshape(-1, *[1] * (values.ndim - 1))
    result[between] = first[between] + (result[between] - first[between]) * part
    result[where.part == 0.0] = first[where.part == 0.0]
    return result


def _turns(values: Array, where: _Between) -> Array:
    """Interpolate rotations (m, k, 4) of continuous signs."""
    return rot.unit(_numbers(values, where))

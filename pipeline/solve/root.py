# SPDX-License-Identifier: GPL-3.0-or-later
"""The position of the hips joint: the person scaled to the body's size, and the distance averaged over time.

One camera cannot distinguish a small person from a larger one farther away. The body has a given size, so it is placed
where a person of that size would look the same.
"""

from bisect import bisect_left, insort
from collections import deque
from typing import Final

import numpy as np

from ...models.body.model import Body
from .geometry import Array
from .points import HIPS

_SEGMENTS: Final = np.array([(11, 23), (12, 24), (23, 25), (24, 26), (25, 27), (26, 28)])
"""Pairs of landmarks between which a person's size is measured: flanks, thighs, shanks."""
_MIN_CONFIDENCE: Final = 0.5
"""Least confidence of the landmarks that are used for the size."""
_RATIOS_KEPT: Final = 5000
"""Frames over which a person's size is measured: all frames of most clips, the last minutes of a live session."""


class RootTracker:
    """Places the hips joint frame by frame, and keeps track of the person's size and distance.

    Args:
        body: the body to pose.
        landmarks: (33+, 3) metres, where the network would find the body's landmarks at rest.
        depth_smoothing: time constant in seconds of the average of the distance; 0 is off.

    Attributes:
        to_joint: (3,) metres, from the midpoint of the hip landmarks to the hips joint at rest.
    """

    def __init__(self, body: Body, landmarks: Array, *, depth_smoothing: float) -> None:
        self.to_joint = body.rest[0] - landmarks[HIPS].mean(axis=0)
        self._landmarks = landmarks
        self._ratios = RunningMedian(_RATIOS_KEPT)
        self._depth = DepthFilter(depth_smoothing)

    def run(self, time: Array, place: Array, to_joint: Array, *, points: Array, confidence: Array) -> Array:
        """Return the positions (n, 3) of the hips joint in metres; NaN where `place` is NaN.

        Args:
            time: (n,) seconds, continuing from the previous call.
            place: (n, 3) metres, the midpoint of the person's hips relative to the camera.
            to_joint: (n, 3) metres, `self.to_joint` rotated like the hips.
            points: (n, 33+, 3) metres, world landmarks from the network; NaN if missing.
            confidence: (n, 33+) their confidence, 0..1.
        """
        ratio = self._ratios.add(size_ratios(points, confidence, self._landmarks))
        return self._depth.run(time, ratio * place + to_joint)


def size_ratios(points: Array, confidence: Array, rest: Array) -> Array:
    """Return the body's size divided by the person's, (m,) for the m frames in which it can be measured.

    `points` (n, 33+, 3) and `rest` (33+, 3) are landmarks of the person and of the body, `confidence` is (n, 33+).
    Only flanks, thighs and shanks that are seen are used, so that a person who is visible to the waist is measured too.
    """
    lengths, rest_lengths = _lengths(points), _lengths(rest)
    confident = (confidence.take(_SEGMENTS, axis=1) >= _MIN_CONFIDENCE).all(axis=-1) & np.isfinite(lengths)
    seen = np.where(confident, lengths, 0.0).sum(axis=1)
    usable = (confident.sum(axis=1) >= 2) & (seen > 0.0)
    return (confident @ rest_lengths)[usable] / seen[usable]


def _lengths(points: Array) -> Array:
    """Return the lengths (..., 6) of the segments between points (..., 33+, 3)."""
    ends = points.take(_SEGMENTS, axis=-2)
    bones = ends[..., 1, :] - ends[..., 0, :]
    return np.sqrt(np.square(bones).sum(axis=-1))


class RunningMedian:
    """The median of the last `kept` numbers; 1 if there are none."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._last: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, values: Array) -> float:
        """Add numbers (m,) and return the median."""
        for value in values.tolist():
            if len(self._last) == self._kept:
                del self._sorted[bisect_left(self._sorted, self._last.popleft())]
            self._last.append(value)
            insort(self._sorted, value)
        count = len(self._sorted)
        return 0.5 * (self._sorted[(count - 1) // 2] + self._sorted[count // 2]) if count else 1.0


class DepthFilter:
    """Averages the distance of a moving point without changing its direction. Keeps its state between calls."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._time = np.nan
        self._depth = np.nan

    def run(self, time: Array, positions: Array) -> Array:
        """Return positions (n, 3) at `time` (n,) with their depth averaged; the average restarts after a gap."""
        result = np.array(positions)
        for i, now in enumerate(time):
            depth = float(positions[i, 1])
            step = float(now) - self._time
            if np.isfinite(self._depth) and self._seconds > 0.0:
                depth = self._depth + (depth - self._depth) * -float(np.expm1(-step / self._seconds))
            result[i] *= depth / positions[i, 1]
            self._time, self._depth = float(now), depth
        return result

# SPDX-License-Identifier: GPL-3.0-or-later
"""Resample a motion at other times."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion

Array = NDArray[np.float64]


def resample(motion: BodyMotion, time: Array) -> BodyMotion:
    """Interpolate a motion at `time` (m,) seconds: rotations by slerp, root and confidence linearly.

    Before the first frame and after the last one the motion holds. Between two frames of which one is NaN the result
    is NaN.
    """
    last = len(motion.time) - 1
    after = np.clip(np.searchsorted(motion.time, time, side="right"), min(1, last), last)
    before = np.maximum(after - 1, 0)
    span = motion.time[after] - motion.time[before]
    part = np.clip((time - motion.time[before]) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)
    return replace(
        motion,
        time=time,
        rotations=rot.slerp(motion.rotations[before], motion.rotations[after], part[:, None]),
        root=_mix(motion.root, before, after, part),
        confidence=_mix(motion.confidence, before, after, part),
        expressions=_mix(motion.expressions, before, after, part),
        eyes=_turn(motion.eyes, before, after, part),
    )


def whole_length(motion: BodyMotion, rate: float) -> BodyMotion:
    """Stretch a motion by less than a frame so that it lasts a whole number of frames at `rate` per second."""
    length = float(motion.time[-1] - motion.time[0])
    if length <= 0.0:
        return motion
    whole = max(1.0, round(length * rate)) / rate
    return replace(motion, time=motion.time[0] + (motion.time - motion.time[0]) * (whole / length))


def _turn(turns: Array, before: NDArray[np.int64], after: NDArray[np.int64], part: Array) -> Array:
    """Interpolate rotations (n, k, 4) like `_mix`."""
    mixed = rot.slerp(turns[before], turns[after], part[:, None])
    mixed = np.where(part[:, None, None] == 0.0, turns[before], mixed)
    return np.where(part[:, None, None] == 1.0, turns[after], mixed)


def _mix(values: Array, before: NDArray[np.int64], after: NDArray[np.int64], part: Array) -> Array:
    """Interpolate values (n, k) between the rows `before` and `after` (m,) by `part` (m,)."""
    weight = part[:, None]
    mixed = values[before] * (1.0 - weight) + values[after] * weight
    # Exactly at a frame the other one does not matter, even if it is NaN.
    mixed = np.where(weight == 0.0, values[before], mixed)
    return np.where(weight == 1.0, values[after], mixed)

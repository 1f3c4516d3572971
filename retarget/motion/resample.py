# SPDX-License-Identifier: GPL-3.0-or-later
"""The same motion at other moments."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion

Array = NDArray[np.float64]


def resample(motion: BodyMotion, time: Array) -> BodyMotion:
    """A motion at the moments `time` (m,) seconds: rotations by slerp, places and confidence linearly.

    Before the first frame and after the last one the motion holds. What lies between two frames of which one is
    unknown is unknown.
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
    )


def whole_length(motion: BodyMotion, rate: float) -> BodyMotion:
    """The motion made to last a whole number of frames at a rate, by less than a frame longer or shorter."""
    length = float(motion.time[-1] - motion.time[0])
    if length <= 0.0:
        return motion
    whole = max(1.0, round(length * rate)) / rate
    return replace(motion, time=motion.time[0] + (motion.time - motion.time[0]) * (whole / length))


def _mix(values: Array, before: NDArray[np.int64], after: NDArray[np.int64], part: Array) -> Array:
    """Values (n, k) part of the way from one row to another."""
    weight = part[:, None]
    mixed = values[before] * (1.0 - weight) + values[after] * weight
    # At a frame itself the other one does not matter, known or not.
    mixed = np.where(weight == 0.0, values[before], mixed)
    return np.where(weight == 1.0, values[after], mixed)

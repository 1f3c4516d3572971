# SPDX-License-Identifier: GPL-3.0-or-later
"""When heel and ball of each foot are on the floor: low and slow, with hysteresis."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .options import FeetMode
from .soles import PosedSoles
from .spans import SHORTEST_STEP, blurred, runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Threshold:
    """Contact begins below `near` and ends above `far`: metres above the floor, metres a second."""

    near_height: float
    far_height: float
    near_speed: float
    far_speed: float


THRESHOLDS: Final[dict[FeetMode, Threshold]] = {
    "auto": Threshold(near_height=0.05, far_height=0.08, near_speed=0.5, far_speed=1.1),
    "always": Threshold(near_height=0.08, far_height=0.14, near_speed=1.0, far_speed=1.8),
}

SHORTEST: Final = 0.1
"""Seconds: a shorter contact is a foot that passes by, a shorter break in one is noise."""

_SPEED_BLUR: Final = 0.05
"""Seconds over which speeds are averaged."""


@dataclass(frozen=True)
class Contacts:
    """Whether heel and ball (n, 2), left and right, are on the floor."""

    heel: Mask
    ball: Mask

    @property
    def foot(self) -> Mask:
        """Whether a foot (n, 2) stands at all."""
        return self.heel | self.ball


def find_contacts(time: Array, soles: PosedSoles, mode: FeetMode) -> Contacts:
    """Contacts of both feet; none for the mode "off".

    Heights count from the lower foot where both are off the floor by less than a step: a floor that is guessed a
    little low must not unplant both feet.
    """
    if mode == "off" or len(time) < 3:
        none = np.zeros(soles.lowest.shape, dtype=bool)
        return Contacts(none, none)
    threshold = THRESHOLDS[mode]
    under = soles.lowest.min(axis=1, keepdims=True)
    under = np.clip(under, -np.inf, threshold.near_height)
    found = [
        _hysteresis(time, point[..., 2] - under, speed_of(time, point), threshold) for point in (soles.heel, soles.ball)
    ]
    return Contacts(heel=found[0], ball=found[1])


def speed_of(time: Array, points: Array) -> Array:
    """Speeds (n, ...) of points (n, ..., 3), in metres a second."""
    step = np.maximum(np.diff(time), SHORTEST_STEP).reshape(-1, *[1] * (points.ndim - 1))
    steps = np.diff(points, axis=0) / step
    velocity = 0.5 * (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]]))
    return np.linalg.norm(blurred(time, velocity, _SPEED_BLUR), axis=-1)


def _hysteresis(time: Array, height: Array, speed: Array, threshold: Threshold) -> Mask:
    begins = (height < threshold.near_height) & (speed < threshold.near_speed)
    goes_on = (height < threshold.far_height) & (speed < threshold.far_speed)
    result = np.zeros(height.shape, dtype=bool)
    for foot in range(height.shape[1]):
        for start, end in runs(goes_on[:, foot]):
            hits = np.flatnonzero(begins[start:end, foot])
            if len(hits):
                result[start + hits[0] : end, foot] = True
        for start, end in runs(~result[:, foot]):
            if start > 0 and end < len(time) and time[end] - time[start - 1] < SHORTEST:
                result[start:end, foot] = True
        for start, end in runs(result[:, foot]):
            if time[end - 1] - time[start] < SHORTEST:
                result[start:end, foot] = False
    return result

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
    """Contact is clear below `near`, and may last below `far` in between and for a moment on either side.

    Forwards and backwards in time alike: a contact that ended later than it began would hold the foot back, and the
    knee with it. Metres above the floor, metres a second.
    """

    near_height: float
    far_height: float
    near_speed: float
    far_speed: float


THRESHOLD: Final = Threshold(near_height=0.08, far_height=0.1, near_speed=0.6, far_speed=1.0)

JUMP: Final = 0.2
"""Metres that both feet have to be off the floor for it to be a jump, even where they are said to stand always."""

SHORTEST: Final = 0.1
"""Seconds: a shorter contact is a foot that passes by, a shorter break in one is noise."""

REACH: Final = 0.1
"""Seconds by which a contact may last beyond where it is clear: a heel comes down, and a toe leaves, fast."""

_SPEED_BLUR: Final = 0.05
"""Seconds over which speeds are averaged."""


LEASH: Final[dict[FeetMode, float]] = {"off": 0.0, "auto": 0.08, "always": 0.2}
"""Metres that a standing foot may be seen to wander before it is taken for a foot that was moved."""


@dataclass(frozen=True)
class Contacts:
    """Whether heel and ball (n, 2), left and right, are on the floor, and how far one may seem to wander."""

    heel: Mask
    ball: Mask
    leash: float = LEASH["auto"]

    @property
    def foot(self) -> Mask:
        """Whether a foot (n, 2) stands at all."""
        return self.heel | self.ball


def find_contacts(time: Array, soles: PosedSoles, mode: FeetMode) -> Contacts:
    """Contacts of both feet: none for the mode "off", all but in jumps for "always".

    Heights count from the lower foot where both are off the floor by less than a step: a floor that is guessed a
    little low must not unplant both feet.
    """
    if mode == "off" or len(time) < 3:
        none = np.zeros(soles.lowest.shape, dtype=bool)
        return Contacts(none, none)
    under = soles.lowest.min(axis=1, keepdims=True)
    if mode == "always":
        stands = np.broadcast_to(under < JUMP, soles.lowest.shape)
        return Contacts(stands, stands, LEASH[mode])
    under = np.clip(under, -np.inf, THRESHOLD.near_height)
    found = [_hysteresis(time, point[..., 2] - under, speed_of(time, point)) for point in (soles.heel, soles.ball)]
    return Contacts(heel=found[0], ball=found[1])


def speed_of(time: Array, points: Array) -> Array:
    """Speeds (n, ...) of points (n, ..., 3), in metres a second."""
    step = np.maximum(np.diff(time), SHORTEST_STEP).reshape(-1, *[1] * (points.ndim - 1))
    steps = np.diff(points, axis=0) / step
    velocity = 0.5 * (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]]))
    return np.linalg.norm(blurred(time, velocity, _SPEED_BLUR), axis=-1)


def _hysteresis(time: Array, height: Array, speed: Array) -> Mask:
    begins = (height < THRESHOLD.near_height) & (speed < THRESHOLD.near_speed)
    goes_on = (height < THRESHOLD.far_height) & (speed < THRESHOLD.far_speed)
    result = np.zeros(height.shape, dtype=bool)
    for foot in range(height.shape[1]):
        for start, end in runs(goes_on[:, foot]):
            hits = np.flatnonzero(begins[start:end, foot])
            if len(hits):
                first, last = np.searchsorted(time, time[start + hits[[0, -1]]] + [-REACH, REACH])
                result[max(start, int(first)) : min(end, int(last) + 1), foot] = True
        for start, end in runs(~result[:, foot]):
            if start > 0 and end < len(time) and time[end] - time[start - 1] < SHORTEST:
                result[start:end, foot] = True
        for start, end in runs(result[:, foot]):
            if time[end - 1] - time[start] < SHORTEST:
                result[start:end, foot] = False
    return result

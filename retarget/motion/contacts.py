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
    """Contact is clear below `near`, and may last below `far` in between, and for a moment before and after.

    A foot comes down fast, toes up, and is soon flat; smoothing takes its arrival for more of a journey than it was.
    It leaves slowly at first, and one that is held then keeps the knee behind. So the moment before takes in what is
    higher and faster (`land`) than the moment after; there the speed that counts as far falls from `land_speed` on
    the floor to `far_speed` at `low_height` above it. Metres above the floor, metres a second.
    """

    near_height: float
    far_height: float
    land_height: float
    low_height: float
    near_speed: float
    far_speed: float
    land_speed: float


THRESHOLD: Final = Threshold(
    near_height=0.08,
    far_height=0.1,
    land_height=0.14,
    low_height=0.05,
    near_speed=0.6,
    far_speed=0.8,
    land_speed=1.3,
)

HEEL_OFF: Final = 0.03
"""Metres that the heel is above a standing ball from which on the foot rolls, and is not to be held flat."""

JUMP: Final = 0.2
"""Metres that both feet have to be off the floor for it to be a jump, even where they are said to stand always."""

SHORTEST: Final = 0.1
"""Seconds: a shorter contact is a foot that passes by, a shorter break in one is noise."""

EXTENSION: Final = 0.1
"""Seconds by which a contact may begin before it is clear, and last beyond: it is clear for less than it lasts."""

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
    heel, ball = (_hysteresis(time, point[..., 2] - under, speed_of(time, point)) for point in (soles.heel, soles.ball))
    return Contacts(heel=heel & ~(ball & (soles.heel[..., 2] - soles.ball[..., 2] > HEEL_OFF)), ball=ball)


def speed_of(time: Array, points: Array) -> Array:
    """Speeds (n, ...) of points (n, ..., 3), in metres a second."""
    step = np.maximum(np.diff(time), SHORTEST_STEP).reshape(-1, *[1] * (points.ndim - 1))
    steps = np.diff(points, axis=0) / step
    velocity = 0.5 * (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]]))
    return np.linalg.norm(blurred(time, velocity, _SPEED_BLUR), axis=-1)


def _hysteresis(time: Array, height: Array, speed: Array) -> Mask:
    clear = (height < THRESHOLD.near_height) & (speed < THRESHOLD.near_speed)
    low = np.clip(1.0 - height / THRESHOLD.low_height, 0.0, 1.0)
    far_speed = THRESHOLD.far_speed + low * (THRESHOLD.land_speed - THRESHOLD.far_speed)
    goes_on = (height < THRESHOLD.far_height) & (speed < far_speed)
    lands = (height < THRESHOLD.land_height) & (speed < THRESHOLD.land_speed)
    result = np.zeros(height.shape, dtype=bool)
    for foot in range(height.shape[1]):
        for start, end in runs(goes_on[:, foot]):
            hits = np.flatnonzero(clear[start:end, foot])
            if len(hits):
                first, last = np.searchsorted(time, time[start + hits[[0, -1]]] + [-EXTENSION, EXTENSION])
                before = np.flatnonzero(~(goes_on | lands)[first:start, foot])
                began = int(first + before[-1] + 1 if len(before) else first)
                result[began : min(end, int(last) + 1), foot] = True
        for start, end in runs(~result[:, foot]):
            if start > 0 and end < len(time) and time[end] - time[start - 1] < SHORTEST:
                result[start:end, foot] = True
        for start, end in runs(result[:, foot]):
            if time[end - 1] - time[start] < SHORTEST:
                result[start:end, foot] = False
    return result

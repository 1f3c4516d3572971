# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect when heel and ball of each foot are on the floor, by height and speed with hysteresis."""

from dataclasses import dataclass, replace
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
    """Heights (m above the floor) and speeds (m/s) below which a foot is in contact.

    A contact is certain below `near`; it extends over neighbouring frames below `far`, and for up to `EXTENSION`
    seconds before and after.

    A foot lands fast, toes up, and is flat soon after, and smoothing draws its arrival out. It lifts off slowly, and
    a foot that is held too long then pulls the knee back. So the time before a contact allows greater heights and
    speeds (`land`) than the time after. The `far` speed falls from `land_speed` on the floor to `far_speed` at
    `low_height` above it.
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
"""Metres: with the heel this far above a ball in contact, the foot is rolling and is not held flat."""

JUMP: Final = 0.2
"""Metres: with both feet this far off the floor it is a jump, even in the mode "always"."""

SHORTEST: Final = 0.1
"""Seconds: a shorter contact is a passing foot, a shorter break in a contact is noise."""

EXTENSION: Final = 0.1
"""Seconds by which a contact may begin before its first certain frame and end after its last."""

_SPEED_BLUR: Final = 0.05
"""Seconds over which speeds are averaged."""


MAX_DRIFT: Final[dict[FeetMode, float]] = {"off": 0.0, "auto": 0.08, "always": 0.2}
"""Metres that a standing foot may drift in the capture before it counts as a foot that was moved."""


@dataclass(frozen=True)
class Contacts:
    """Whether heel and ball (n, 2), left and right, are on the floor, and how far (m) a standing foot may drift."""

    heel: Mask
    ball: Mask
    max_drift: float = MAX_DRIFT["auto"]

    @property
    def foot(self) -> Mask:
        """Whether any part of a foot (n, 2) is on the floor."""
        return self.heel | self.ball

    def only(self, seen: Mask) -> "Contacts":
        """Return the contacts in frames (n,) in which the person is seen: elsewhere the pose only waits for them."""
        if not seen.any():
            return self
        return replace(self, heel=self.heel & seen[:, None], ball=self.ball & seen[:, None])


def find_contacts(time: Array, soles: PosedSoles, mode: FeetMode) -> Contacts:
    """Find the contacts of both feet: none in the mode "off", all except in jumps in the mode "always".

    Where both feet are off the floor by less than a step, heights are measured from the lower foot, so that a floor
    estimated slightly too low does not lift both feet.

    Args:
        time: (n,) seconds, rising.
        soles: both feet of n frames, metres above the floor at z = 0.
        mode: "off", "auto" or "always".
    """
    if mode == "off" or len(time) < 3:
        none = np.zeros(soles.lowest.shape, dtype=bool)
        return Contacts(none, none)
    floor = soles.lowest.min(axis=1, keepdims=True)
    if mode == "always":
        stands = np.broadcast_to(floor < JUMP, soles.lowest.shape)
        return Contacts(stands, stands, MAX_DRIFT[mode])
    floor = np.clip(floor, -np.inf, THRESHOLD.near_height)
    heel, ball = (_hysteresis(time, point[..., 2] - floor, speed_of(time, point)) for point in (soles.heel, soles.ball))
    return Contacts(heel=heel & ~(ball & (soles.heel[..., 2] - soles.ball[..., 2] > HEEL_OFF)), ball=ball)


def speed_of(time: Array, points: Array) -> Array:
    """Return the speeds (n, ...) of points (n, ..., 3), in metres a second, averaged over `_SPEED_BLUR`."""
    step = np.maximum(np.diff(time), SHORTEST_STEP).reshape(-1, *[1] * (points.ndim - 1))
    steps = np.diff(points, axis=0) / step
    velocity = 0.5 * (np.concatenate([steps[:1], steps]) + np.concatenate([steps, steps[-1:]]))
    return np.linalg.norm(blurred(time, velocity, _SPEED_BLUR), axis=-1)


def _hysteresis(time: Array, height: Array, speed: Array) -> Mask:
    near = (height < THRESHOLD.near_height) & (speed < THRESHOLD.near_speed)
    low = np.clip(1.0 - height / THRESHOLD.low_height, 0.0, 1.0)
    far_speed = THRESHOLD.far_speed + low * (THRESHOLD.land_speed - THRESHOLD.far_speed)
    sustained = (height < THRESHOLD.far_height) & (speed < far_speed)
    landing = (height < THRESHOLD.land_height) & (speed < THRESHOLD.land_speed)
    result = np.zeros(height.shape, dtype=bool)
    for foot in range(height.shape[1]):
        for start, end in runs(sustained[:, foot]):
            certain = np.flatnonzero(near[start:end, foot])
            if len(certain):
                first, last = np.searchsorted(time, time[start + certain[[0, -1]]] + [-EXTENSION, EXTENSION])
                before = np.flatnonzero(~(sustained | landing)[first:start, foot])
                begin = int(first + before[-1] + 1 if len(before) else first)
                result[begin : min(end, int(last) + 1), foot] = True
        for start, end in runs(~result[:, foot]):
            if start > 0 and end < len(time) and time[end] - time[start - 1] < SHORTEST:
                result[start:end, foot] = True
        for start, end in runs(result[:, foot]):
            if time[end - 1] - time[start] < SHORTEST:
                result[start:end, foot] = False
    return result

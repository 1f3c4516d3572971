# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the body is: from the camera's space to a floor that a character can stand on.

A whole motion can be looked at twice (`ground`), a live one only once (`LiveGround`): its floor and the height of its
hips follow from the past alone. The rules are the same.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FOOT_JOINTS, INDEX, JOINTS, PARENTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from .gaps import bridged

Array = NDArray[np.float64]

FLOOR_WINDOW: Final = 0.75
"""Seconds to either side in which the body must have touched the floor: longer than half of any jump."""

FLOOR_PERCENTILE: Final = 10.0
"""Of the lowest heights in that window: low enough to be a standing foot, not so low as to be a bad frame."""

STEP: Final = 0.08
"""Metres above the floor below which the body stands on it: how far heights from one camera are off, as a rule."""

SETTLING: Final = 0.15
"""Seconds over which a correction of the height is smoothed, or the hips would take over every tremor of the legs."""

FLESH: Final = 0.05
"""Metres from a joint other than the feet's to the skin that would rest on the floor."""


_HIPS: Final = INDEX["Hips"]


def _ancestry() -> Array:
    """(52, 52): 1 where the column's joint is the row's own or lies above it, the hips not counted."""
    table = np.zeros((len(JOINTS), len(JOINTS)))
    for joint in range(len(JOINTS)):
        above = joint
        while above != _HIPS:
            table[joint, above] = 1.0
            above = PARENTS[above]
    return table


_ANCESTRY: Final = _ancestry()


@dataclass(frozen=True)
class GroundedMotion(BodyMotion):
    """A motion whose root is a path over the floor already: z = 0 is the floor, and `ground` leaves it as it is.

    Attributes:
        standing: (3,) where the hips joint is on that floor when the body stands at rest, in metres. Bodies with the
            proportions of a rig have it where the rig's hips are, which riggers put higher or lower between the legs.
    """

    standing: Array


def hips_offset(motion: BodyMotion, body: Body) -> Array:
    """Where the hips are (n, 3), in metres from where they are when the body stands at rest."""
    if isinstance(motion, GroundedMotion):
        return motion.root - motion.standing
    return ground(motion, body) - body.rest[_HIPS]


def ground(motion: BodyMotion, body: Body) -> Array:
    """Path (n, 3) of the hips in metres: floor at z = 0, the first known place where the body stands at rest.

    The camera looks along +Y and the person who faces it faces -Y, as the body does at rest; so nothing turns.
    The floor is where the lowest part of the body was of late: distance and tilt of the camera are guessed, and a
    guess that drifts would lift the feet off a fixed one. What is less than a step above it stands on it; what is
    more, jumps. Gaps are bridged. If the place is never known, the lowest part stays on the floor.
    """
    if isinstance(motion, GroundedMotion):
        return motion.root
    start = body.rest[_HIPS]
    path = bridged(motion.time, motion.root)
    resting = resting_height(motion, body)
    if not len(path) or not np.isfinite(path).all():
        return np.stack([np.full(len(path), start[0]), np.full(len(path), start[1]), resting], axis=-1)
    first = int(np.argmax(np.isfinite(motion.root).all(axis=-1)))
    lowest = path[:, 2] - resting
    lift = _lift(lowest - _floor(motion.time, lowest))
    height = path[:, 2] + _smoothed(motion.time, resting + lift - path[:, 2], SETTLING)
    return np.column_stack([path[:, :2] - path[first, :2] + start[:2], height])


def resting_height(motion: BodyMotion, body: Body) -> Array:
    """Height (n,) in metres of the hips joint if the lowest part of the body lies on the floor.

    That is a sole, as a rule, but a hand in a handstand.
    """
    return _LowestPart(body).hips_above(body.globals(motion.rotations))


class _LowestPart:
    """Which part of a body is the lowest, and how far below the hips: what is computed once for a body."""

    def __init__(self, body: Body) -> None:
        self._parents = np.maximum(np.array(PARENTS), 0)
        self._segments = body.rest - body.rest[self._parents]
        self._flesh = np.full(len(JOINTS), FLESH)
        self._flesh[list(FOOT_JOINTS)] = body.rest[list(FOOT_JOINTS), 2]

    def hips_above(self, turns: Array) -> Array:
        """Height (...) of the hips joint above the floor under that part, for global turns (..., 52, 4) of joints."""
        heights = rot.rotate(turns.take(self._parents, axis=-2), self._segments)[..., 2] @ _ANCESTRY.T
        return np.asarray(np.max(self._flesh - heights, axis=-1))


class LiveGround:
    """Where the hips of a body are over a floor at z = 0, pose by pose: the same as `ground`, from the past alone.

    Args:
        body: the body that stands there.
    """

    def __init__(self, body: Body) -> None:
        self._start = body.rest[_HIPS]
        self._lowest_part = _LowestPart(body)
        self._first: Array | None = None
        self._root = np.full(3, np.nan)
        self._lows: deque[tuple[float, float]] = deque()
        self._time = 0.0
        self._correction = 0.0

    def hips_offset(self, time: float, turns: Array, root: Array) -> Array:
        """Where the hips joint is (3,), in metres from where it is at rest.

        Args:
            time: seconds, rising from call to call.
            turns: (52, 4) global turns of the joints.
            root: (3,) metres, where the camera saw the hips; NaN repeats the last place.
        """
        resting = float(self._lowest_part.hips_above(turns))
        if np.isfinite(root).all():
            self._root = root
        if not np.isfinite(self._root).all():
            return np.array([0.0, 0.0, resting - self._start[2]])
        if self._first is None:
            self._first = self._root
            self._correction = resting - float(self._root[2])
            self._time = time
        height = self._height(time, resting)
        self._time = time
        return np.array([*(self._root[:2] - self._first[:2]), height - self._start[2]])

    def _height(self, time: float, resting: float) -> float:
        """Of the hips: on the floor what is less than a step above it, in the air what is more."""
        lowest = float(self._root[2]) - resting
        self._lows.append((time, lowest))
        while self._lows[0][0] < time - FLOOR_WINDOW:  # No jump lasts longer.
            self._lows.popleft()
        floor = float(np.percentile([low for _, low in self._lows], FLOOR_PERCENTILE))
        wanted = resting + float(_lift(lowest - floor)) - float(self._root[2])
        self._correction += (wanted - self._correction) * -float(np.expm1((self._time - time) / SETTLING))
        return float(self._root[2]) + self._correction


def _lift(above: Array | float) -> Array:
    """How far off the floor (m) the body is whose lowest part seems to be so far above it.

    Nothing up to one step, all from two steps on, and no jump of the value in between.
    """
    return np.asarray(np.clip(2.0 * (above - STEP), 0.0, np.maximum(above, 0.0)))


def _floor(time: Array, lowest: Array) -> Array:
    """Height (n,) of the floor under heights (n,) of the body's lowest part: a low percentile, then smoothed."""
    low = [np.percentile(lowest[span], FLOOR_PERCENTILE) for span in _spans(time, FLOOR_WINDOW)]
    return _smoothed(time, np.array(low), FLOOR_WINDOW)


def _smoothed(time: Array, values: Array, window: float) -> Array:
    """Means of values (n,) over `window` seconds to either side, those at the same moment weighing most."""
    spans = _spans(time, window)
    weights = [1.0 + np.cos((time[span] - t) * (np.pi / window)) for span, t in zip(spans, time, strict=True)]
    return np.array([np.average(values[span], weights=w) for span, w in zip(spans, weights, strict=True)])


def _spans(time: Array, window: float) -> list[slice]:
    """For each moment, the frames within `window` seconds of it."""
    begin = np.searchsorted(time, time - window)
    end = np.searchsorted(time, time + window, side="right")
    return [slice(b, e) for b, e in zip(begin, end, strict=True)]

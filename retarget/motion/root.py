# SPDX-License-Identifier: GPL-3.0-or-later
"""Root motion: from the camera's space to a path over a floor that a character can stand on.

`ground` uses the whole motion; `LiveGround` follows the same rules with past poses alone.
"""

from collections import deque
from dataclasses import dataclass, field
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
"""Percentile of the lowest heights in that window: low enough for a standing foot, but no outlier of a bad frame."""

STEP: Final = 0.08
"""Metres above the floor up to which the body stands on it: the usual error of heights from one camera."""

SETTLING: Final = 0.15
"""Seconds over which a correction of the height is smoothed; without it the hips would shake with the legs."""

SKIN_DISTANCE: Final = 0.05
"""Metres from a joint other than the feet's to the skin that would rest on the floor."""


_HIPS: Final = INDEX["Hips"]


def _ancestry() -> Array:
    """Return a table (52, 52) with 1 where the column's joint is the row's joint or its ancestor, without the hips."""
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
    """A motion whose root is already a path over the floor at z = 0; `ground` returns it unchanged.

    Attributes:
        standing: (3,) position in metres of the hips joint when the body stands at rest on that floor. For a body with
            the proportions of a rig it is at the rig's hips, which may be higher or lower than the body's own.
        found: sentences about what was found of the take, such as the tilt of its camera.
    """

    standing: Array
    found: tuple[str, ...] = field(default=(), kw_only=True)


def hips_offset(motion: BodyMotion, body: Body) -> Array:
    """Return the offset (n, 3) of the hips from their rest position, in metres and the body's axes."""
    if isinstance(motion, GroundedMotion):
        return motion.root - motion.standing
    return ground(motion, body) - body.rest[_HIPS]


def ground(motion: BodyMotion, body: Body) -> Array:
    """Return the path (n, 3) of the hips in metres, with the floor at z = 0 and the first known position at rest.

    The camera looks along +Y and a person facing it faces -Y, as the body does at rest, so nothing is rotated.
    The floor is the lowest part of the body within `FLOOR_WINDOW` seconds: distance and tilt of the camera are
    estimates, and their drift would lift the feet off a fixed floor. A body less than `STEP` above that floor stands
    on it; one higher up jumps. Gaps are interpolated. If the root is never known, the lowest part stays on the floor.

    Args:
        motion: rotations (n, 52, 4) without NaN; root (n, 3) metres in the camera's space, NaN where it is unknown.
        body: the body it is a motion of.
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
    """Return the height (n,) in metres of the hips joint if the lowest part of the body is on the floor.

    That part is usually a sole, but a hand in a handstand.
    """
    return _LowestPart(body).hips_above(body.globals(motion.rotations))


class _LowestPart:
    """Finds how far the lowest part of a body is below its hips; holds what is computed once for a body."""

    def __init__(self, body: Body) -> None:
        self._parents = np.maximum(np.array(PARENTS), 0)
        self._segments = body.rest - body.rest[self._parents]
        self._skin_distance = np.full(len(JOINTS), SKIN_DISTANCE)
        self._skin_distance[list(FOOT_JOINTS)] = body.rest[list(FOOT_JOINTS), 2]

    def hips_above(self, turns: Array) -> Array:
        """Return the height (...) of the hips above the lowest part, for global rotations (..., 52, 4) of joints."""
        heights = rot.rotate(turns.take(self._parents, axis=-2), self._segments)[..., 2] @ _ANCESTRY.T
        return np.asarray(np.max(self._skin_distance - heights, axis=-1))


@dataclass
class LiveOrigin:
    """The place that becomes the origin of all who perform together: the first known one of whoever is seen first.

    So they stand where they stood relative to each other.

    Attributes:
        place: (3,) metres, hips in the camera's space; None until somebody's is known.
    """

    place: Array | None = None

    def relative(self, root: Array) -> Array:
        """Return a root (3,) in metres relative to the origin; the first known one becomes the origin."""
        if self.place is None:
            if not np.isfinite(root).all():
                return root
            self.place = root
        return np.asarray(root - self.place)


class LiveGround:
    """Follows the hips of a body over a floor at z = 0, pose by pose: like `ground`, from past poses alone.

    Args:
        body: the body of the poses.
        origin: (3,) the place of the hips, as in roots, that is above the floor's origin; the first known one if None.
    """

    def __init__(self, body: Body, *, origin: Array | None = None) -> None:
        self._start = body.rest[_HIPS]
        self._lowest_part = _LowestPart(body)
        self._origin, self._began = origin, False
        self._root = np.full(3, np.nan)
        self._lows: deque[tuple[float, float]] = deque()
        self._time = 0.0
        self._correction = 0.0

    def hips_offset(self, time: float, turns: Array, root: Array) -> Array:
        """Return the offset (3,) of the hips joint from its rest position, in metres.

        Args:
            time: seconds, rising from call to call.
            turns: (52, 4) global rotations of the joints.
            root: (3,) metres, hips in the camera's space; NaN holds the last position.
        """
        resting = float(self._lowest_part.hips_above(turns))
        if np.isfinite(root).all():
            self._root = root
        if not np.isfinite(self._root).all():
            return np.array([0.0, 0.0, resting - self._start[2]])
        self._origin = self._root if self._origin is None else self._origin
        if not self._began:
            self._began = True
            self._correction = resting - float(self._root[2])
            self._time = time
        height = self._height(time, resting)
        self._time = time
        return np.array([*(self._root[:2] - self._origin[:2]), height - self._start[2]])

    def _height(self, time: float, resting: float) -> float:
        """Return the height of the hips: up to `STEP` above the floor the body stands on it, higher up it jumps."""
        lowest = float(self._root[2]) - resting
        self._lows.append((time, lowest))
        while self._lows[0][0] < time - FLOOR_WINDOW:  # No jump lasts longer.
            self._lows.popleft()
        floor = float(np.percentile([low for _, low in self._lows], FLOOR_PERCENTILE))
        wanted = resting + float(_lift(lowest - floor)) - float(self._root[2])
        self._correction += (wanted - self._correction) * -float(np.expm1((self._time - time) / SETTLING))
        return float(self._root[2]) + self._correction


def _lift(above: Array | float) -> Array:
    """Return how far (m) the body is off the floor, given the measured height of its lowest part.

    Zero up to `STEP`, all of the height from twice that on, and continuous in between.
    """
    return np.asarray(np.clip(2.0 * (above - STEP), 0.0, np.maximum(above, 0.0)))


def _floor(time: Array, lowest: Array) -> Array:
    """Return the height (n,) of the floor from heights (n,) of the body's lowest part: a low percentile, smoothed."""
    low = [np.percentile(lowest[span], FLOOR_PERCENTILE) for span in _spans(time, FLOOR_WINDOW)]
    return _smoothed(time, np.array(low), FLOOR_WINDOW)


def _smoothed(time: Array, values: Array, window: float) -> Array:
    """Return weighted means of values (n,) over `window` seconds to either side, the nearest weighing most."""
    spans = _spans(time, window)
    weights = [1.0 + np.cos((time[span] - t) * (np.pi / window)) for span, t in zip(spans, time, strict=True)]
    return np.array([np.average(values[span], weights=w) for span, w in zip(spans, weights, strict=True)])


def _spans(time: Array, window: float) -> list[slice]:
    """Return, for each moment, the frames within `window` seconds of it."""
    begin = np.searchsorted(time, time - window)
    end = np.searchsorted(time, time + window, side="right")
    return [slice(b, e) for b, e in zip(begin, end, strict=True)]

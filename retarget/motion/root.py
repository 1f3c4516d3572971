# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the body is: from the camera's space to a floor that a character can stand on."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.joints import FOOT_JOINTS, INDEX, JOINTS
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


@dataclass(frozen=True)
class GroundedMotion(BodyMotion):
    """A motion whose root is a path over the floor already: z = 0 is the floor, and `ground` leaves it as it is.

    Attributes:
        standing: (3,) where the hips joint is on that floor when the body stands at rest, in metres. Bodies with the
            proportions of a rig have it where the rig's hips are, which riggers put higher or lower between the legs.
    """

    standing: Array


def way(motion: BodyMotion, body: Body) -> Array:
    """Way (n, 3) of the hips in metres from where they are when the body stands at rest."""
    if isinstance(motion, GroundedMotion):
        return motion.root - motion.standing
    return ground(motion, body) - body.rest[INDEX["Hips"]]


def ground(motion: BodyMotion, body: Body) -> Array:
    """Path (n, 3) of the hips in metres: floor at z = 0, the first known place where the body stands at rest.

    The camera looks along +Y and the person who faces it faces -Y, as the body does at rest; so nothing turns.
    The floor is where the lowest part of the body was of late: distance and tilt of the camera are guessed, and a
    guess that drifts would lift the feet off a fixed one. What is less than a step above it stands on it; what is
    more, jumps. Gaps are bridged. If the place is never known, the lowest part stays on the floor.
    """
    if isinstance(motion, GroundedMotion):
        return motion.root
    start = body.rest[INDEX["Hips"]]
    path = bridged(motion.time, motion.root)
    reach = resting_height(motion, body)
    if not len(path) or not np.isfinite(path).all():
        return np.stack([np.full(len(path), start[0]), np.full(len(path), start[1]), reach], axis=-1)
    first = int(np.argmax(np.isfinite(motion.root).all(axis=-1)))
    lowest = path[:, 2] - reach
    above = lowest - _floor(motion.time, lowest)
    # Nothing up to one step, all from two steps on, and no jump of the value in between.
    lift = np.clip(2.0 * (above - STEP), 0.0, np.maximum(above, 0.0))
    height = path[:, 2] + _smoothed(motion.time, reach + lift - path[:, 2], SETTLING)
    return np.column_stack([path[:, :2] - path[first, :2] + start[:2], height])


def resting_height(motion: BodyMotion, body: Body) -> Array:
    """Height (n,) of the hips joint if the lowest part of the body lies on the floor.

    That is a sole, as a rule, but a hand in a handstand.
    """
    depth = -body.positions(motion.rotations, np.zeros((len(motion.time), 3)))[:, :, 2]
    flesh = np.full(len(JOINTS), FLESH)
    flesh[list(FOOT_JOINTS)] = body.rest[list(FOOT_JOINTS), 2]
    return np.max(depth + flesh, axis=-1)


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

# SPDX-License-Identifier: GPL-3.0-or-later
"""Estimate the floor plane, in the camera's space, from the places where the feet stood.

A walk along a straight line shows the slope along that line and hardly any across it. So the slope comes with its
precision in both directions.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ..contacts import speed_of
from ..soles import PosedSoles

Array = NDArray[np.float64]

STILL_SPEED: Final = 0.6
"""Metres a second below which a sole stands. Its height cannot be used here, because the vertical is still unknown."""

HELD_HIGH: Final = 0.2
"""Metres above the other foot from which a still foot is lifted."""

UNEVENNESS: Final = 0.1
"""Metres, standard deviation of one footprint's distance from the floor, as seen by one camera: mostly its depth."""

ANY_SLOPE: Final = 1.7
"""Standard deviation of the slope in a direction in which there are no footprints: nothing is known of it."""

SECONDS_PER_PRINT: Final = 0.5
"""Seconds of standing that count as one footprint."""

LEAST_SPREAD: Final = 0.2
"""Metres, least standard deviation of the footprints along the walk: with less, depth noise looks like a slope."""

LEAST_PRINTS: Final = 3.0
"""Least number of footprints."""


@dataclass(frozen=True)
class Footprints:
    """Places (m, 3) where soles stood, in metres in the camera's space, and how many footprints they count as."""

    places: Array
    count: float

    @property
    def far_apart(self) -> bool:
        """Whether the footprints are enough, and far enough apart, to show a slope."""
        if self.count < LEAST_PRINTS:
            return False
        spread = np.cov(self.places[:, :2].T)
        return bool(np.sqrt(np.linalg.eigvalsh(spread)[-1]) >= LEAST_SPREAD)

    def slope(self) -> tuple[Array, Array]:
        """Return the floor's slope sideways and ahead (2,), and its precision (2, 2): the inverse of its covariance."""
        centred = self.places - self.places.mean(axis=0)
        sure = self.count / UNEVENNESS**2 / len(centred)
        precision = np.eye(2) / ANY_SLOPE**2 + sure * centred[:, :2].T @ centred[:, :2]
        return np.linalg.solve(precision, sure * centred[:, :2].T @ centred[:, 2]), precision


def footprints(motion: BodyMotion, body: Body, up: Array) -> Footprints:
    """Return the footprints of the balls of both feet, in frames whose root is known.

    Args:
        motion: in the camera's space, metres; frames whose root is NaN are left out.
        body: the body it is a motion of.
        up: (3,) about where up is: a foot that is held high above the other one stands on nothing.
    """
    known = np.flatnonzero(np.isfinite(motion.root).all(axis=-1))
    if len(known) < 3:
        return Footprints(np.empty((0, 3)), 0.0)
    time = motion.time[known]
    balls = PosedSoles.of(body, motion.rotations[known], motion.root[known]).ball
    height = balls @ up
    low = height < height.min(axis=1, keepdims=True) + HELD_HIGH
    stands = (speed_of(time, balls) < STILL_SPEED) & low
    step = float(np.median(np.diff(time)))
    return Footprints(balls[stands], float(stands.sum()) * step / SECONDS_PER_PRINT)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The plane that feet stand on: who walks about in front of a camera draws the floor with the soles.

One straight way shows the slope along itself and hardly any across, so the plane is joined with what is believed of
the vertical anyway, each as far as it can be trusted (linear regression with a prior, as Kalman's update is one).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from .contacts import speed_of
from .soles import PosedSoles

Array = NDArray[np.float64]

STILL: Final = 0.6
"""Metres a second below which a sole stands; its height says nothing yet, as nobody knows which way is up."""

UNEVEN: Final = 0.03
"""Metres that one print lies off the plane, as one camera sees it."""

PRINT: Final = 0.5
"""Seconds of standing that say about as much as one print."""

FAR: Final = 0.2
"""Metres, standard deviation of the prints along the way: with less, the noise of the distance looks like a slope."""

ENOUGH: Final = 3.0
"""Prints, at the least."""


@dataclass(frozen=True)
class Footprints:
    """Where soles stood: places (m, 3) in metres as the camera sees them, and for how many prints they count."""

    places: Array
    count: float

    @property
    def far_apart(self) -> bool:
        """Whether they show a slope at all."""
        if self.count < ENOUGH:
            return False
        spread = np.cov(self.places[:, :2].T)
        return bool(np.sqrt(np.linalg.eigvalsh(spread)[-1]) >= FAR)

    def vertical(self, believed: Array, doubt: float) -> Array:
        """Unit vector (3,) square to the floor, given what is believed of it, and how far off that may be (radians)."""
        centred = self.places - self.places.mean(axis=0)
        sure = self.count / UNEVEN**2 / len(centred)
        precision = np.eye(2) / np.tan(doubt) ** 2 + sure * centred[:, :2].T @ centred[:, :2]
        slope = -believed[:2] / believed[2] / np.tan(doubt) ** 2 + sure * centred[:, :2].T @ centred[:, 2]
        return np.asarray(rot.unit(np.append(-np.linalg.solve(precision, slope), 1.0)))


def footprints(motion: BodyMotion, body: Body) -> Footprints:
    """The prints of both balls of the feet, where the place of the body is known."""
    known = np.flatnonzero(np.isfinite(motion.root).all(axis=-1))
    if len(known) < 3:
        return Footprints(np.empty((0, 3)), 0.0)
    time = motion.time[known]
    balls = PosedSoles.of(body, motion.rotations[known], motion.root[known]).ball
    stands = speed_of(time, balls) < STILL
    step = float(np.median(np.diff(time)))
    return Footprints(balls[stands], float(stands.sum()) * step / PRINT)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Elbows and knees are hinges: forearms and shanks move in one plane of the limb above, and do not bend backward.

Landmarks say where limbs point, and this says how upper arms and thighs are twisted.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.joints import INDEX
from .....models.body.model import Body
from .skeleton import FITTED

Array = NDArray[np.float64]

_CHAINS: Final = tuple(
    tuple(INDEX[side + name] for name in names)
    for names in (("Arm", "ForeArm", "Hand"), ("UpLeg", "Leg", "Foot"))
    for side in ("Left", "Right")
)
_LEGS: Final = np.array([[False], [False], [True], [True]])
_BACK: Final = np.array([0.0, 1.0, 0.0])
_STRAY: Final = 3.0
"""Expected errors from which a hinge counts less and less."""


@dataclass(frozen=True)
class Hinges:
    """The hinges of a body: left and right elbow, left and right knee.

    Attributes:
        upper: (4,) places among `FITTED` of the joints above the hinges.
        lower: (4,) places of the hinges.
        axes: (4, 3) axes of the hinges at rest.
        above: (4, 3) directions of the limbs above them at rest.
        below: (4, 3) directions of the limbs below them at rest.
        error: standard deviation of the limbs below beside their plane, in radians.
        backward: by how much they bend backward, likewise.
    """

    upper: NDArray[np.int64]
    lower: NDArray[np.int64]
    axes: Array
    above: Array
    below: Array
    error: float
    backward: float

    @classmethod
    def of(cls, body: Body, *, error: float, backward: float) -> "Hinges":
        """Make it from a body at rest; errors in degrees."""
        top, middle, end = np.array(_CHAINS).T
        above = rot.unit(body.rest[middle] - body.rest[top])
        below = rot.unit(body.rest[end] - body.rest[middle])
        # Legs are straight at rest.
        axes = rot.unit(rot.cross(above, np.where(_LEGS, _BACK, below)))
        upper, lower = (np.array([FITTED.index(joint) for joint in joints]) for joints in (top, middle))
        return cls(upper, lower, axes, above, below, float(np.radians(error)), float(np.radians(backward)))

    def add(self, matrix: Array, gradient: Array, turns: Array) -> None:
        """Add their equations to those of a step, matrix (n, 63, 63) and gradient (n, 63), at turns (n, 20, 4)."""
        axis = rot.rotate(turns[:, self.upper], self.axes)
        above, below = rot.rotate(turns[:, self.upper], self.above), rot.rotate(turns[:, self.lower], self.below)
        aside = (axis * below).sum(axis=-1) - (self.axes * self.below).sum(axis=-1)
        bend = (rot.cross(above, below) * axis).sum(axis=-1)
        least = np.minimum((rot.cross(self.above, self.below) * self.axes).sum(axis=-1), 0.0)
        behind = np.minimum(bend - least, 0.0)
        # How both change with the turn of the upper relative to the lower limb. What is aside twists the upper limb and
        # no more: elbows are no exact hinges, and would pull limbs away from where they are seen, most where they are
        # nearly straight (limbs of who spins: 9.7 degrees off, 7.1 with the twist alone; mean of 16 rendered clips: 7.0
        # and 6.8, upper arms 14.9 and 14.0, 28 November 2026).
        by_aside = rot.cross(axis, below)
        twist = (by_aside * above).sum(axis=-1, keepdims=True) * above
        bent = -rot.cross(below, rot.cross(axis, above))
        sure = self.error**-2.0 / (1.0 + (aside / (_STRAY * self.error)) ** 2)
        stopped = np.where(behind < 0.0, self.backward**-2.0, 0.0)
        twisting, twisted = (sure * aside)[..., None] * twist, sure[..., None, None] * _square(twist)
        force, block = (stopped * behind)[..., None] * bent, stopped[..., None, None] * _square(bent)
        n, count = len(turns), matrix.shape[-1] // 3
        blocks, forces = matrix.reshape(n, count, 3, count, 3), gradient.reshape(n, count, 3)
        for hinge, (upper, lower) in enumerate(zip(self.upper, self.lower, strict=True)):
            blocks[:, upper, :, upper] += block[:, hinge] + twisted[:, hinge]
            blocks[:, lower, :, lower] += block[:, hinge]
            blocks[:, upper, :, lower] -= block[:, hinge]
            blocks[:, lower, :, upper] -= block[:, hinge]
            forces[:, upper] -= force[:, hinge] + twisting[:, hinge]
            forces[:, lower] += force[:, hinge]


def _square(vectors: Array) -> Array:
    """Return the outer products (..., 3, 3) of vectors (..., 3) with themselves."""
    return np.asarray(vectors[..., :, None] * vectors[..., None, :])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Points of the soles: heel, ball and tip of both feet."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.model import Body

Array = NDArray[np.float64]

SIDES: Final = ("Left", "Right")
FEET: Final = [INDEX[f"{side}Foot"] for side in SIDES]
TOES: Final = [INDEX[f"{side}ToeBase"] for side in SIDES]
_HEELS: Final = [29, 30]
"""BlazePose's heels among the body's landmarks."""

_FLAT: Final = np.array([1.0, 1.0, 0.0])


@dataclass(frozen=True)
class Soles:
    """Points under both feet (left, right) at rest, in metres.

    Attributes:
        ankle: (2, 3) relative to the floor below it.
        heel, ball: (2, 3) relative to the ankle; they rotate with the foot.
        tip: (2, 3) relative to the toe joint; it rotates with the toes.
        toes: (2, 3) toe joint relative to the ankle.
    """

    ankle: Array
    heel: Array
    ball: Array
    tip: Array
    toes: Array

    @classmethod
    def of(cls, body: Body) -> "Soles":
        """Return the soles of a body whose feet stand on z = 0 at rest."""
        ankles, toes = body.rest[FEET], body.rest[TOES]
        return cls(
            ankle=ankles * [0.0, 0.0, 1.0],
            heel=body.landmarks[_HEELS] * _FLAT - ankles,
            ball=toes * _FLAT - ankles,
            tip=body.ends[TOES] * _FLAT - toes,
            toes=toes - ankles,
        )


@dataclass(frozen=True)
class PosedSoles:
    """Both feet (left, right) in n frames: global rotations (n, 2, 4) of foot and toes, points (n, 2, 3) in metres."""

    foot: Array
    toe: Array
    ankle: Array
    heel: Array
    ball: Array
    tip: Array

    @classmethod
    def of(cls, body: Body, rotations: Array, root: Array) -> "PosedSoles":
        """Return the soles of a posed body: rotations (n, 52, 4), root (n, 3) in metres."""
        soles = Soles.of(body)
        turns, joints = body.globals(rotations), body.positions(rotations, root)
        foot, toe, ankle = turns[:, FEET], turns[:, TOES], joints[:, FEET]
        return cls(
            foot=foot,
            toe=toe,
            ankle=ankle,
            heel=ankle + rot.rotate(foot, soles.heel),
            ball=ankle + rot.rotate(foot, soles.ball),
            tip=joints[:, TOES] + rot.rotate(toe, soles.tip),
        )

    @property
    def lowest(self) -> Array:
        """Height (n, 2) of the lowest point of each sole."""
        return np.min([self.heel[..., 2], self.ball[..., 2], self.tip[..., 2]], axis=0)

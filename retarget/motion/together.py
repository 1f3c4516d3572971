# SPDX-License-Identifier: GPL-3.0-or-later
"""Several people of one take: one vertical for all, and places that keep their distances.

Each person walks over the floor in metres of a body that is as large as the performer. A character turns them into
units of the scene by its own size, so that its strides fit its legs. Distances between people are those of the first
character: what is a metre for it is a metre between any two, however large the others are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.motion import BodyMotion
from .options import MotionOptions
from .root import GroundedMotion

Array = NDArray[np.float64]

BESIDE: Final = 1.0
"""Metres between people of whom nobody knows where they are."""

_HIPS: Final = INDEX["Hips"]


@dataclass(frozen=True)
class Place:
    """Where a character rests, seen from the first one.

    Attributes:
        position: (3,) metres of the first character's motion and in the axes of its body, from the floor under its hips
            at rest to that under the hips of this one.
        turn: radians about the vertical, counter-clockwise from above, from where the first one faces at rest to where
            this one does.
        size: metres of the first character's motion that are as long in the scene as one metre of this one's.
    """

    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: float = 0.0
    size: float = 1.0


def origins(
    filmed: Sequence[BodyMotion], finished: Sequence[GroundedMotion], places: Sequence[Place], options: MotionOptions
) -> Array:
    """Return where the motions belong (k, 2), in metres over the floor from where the first one does.

    Feet that carry a motion lead it away from where the camera saw the person, so that not one moment but all of them
    say where it belongs.

    Args:
        filmed: upright, in the camera's space.
        finished: the same on the floor, each beginning at rest, as `polish` leaves them.
        places: of their characters.
        options: what was done with them.
    """
    found = np.array([_origin(*each, options) for each in zip(filmed, finished, places, strict=True)])
    beside = np.stack([BESIDE * np.arange(len(found)), np.zeros(len(found))], axis=1)
    return np.where(np.isfinite(found - found[0]), found - found[0], beside)


def _origin(filmed: BodyMotion, finished: GroundedMotion, place: Place, options: MotionOptions) -> Array:
    """Return where a motion belongs (2,) in the camera's space, in the first character's metres; NaN if unknown."""
    seen = filmed.root[np.searchsorted(filmed.time, finished.time)][:, :2]
    if options.swap_sides:
        seen = seen * [-1.0, 1.0]
    known = np.isfinite(seen).all(axis=1)
    if not known.any():
        return np.full(2, np.nan)
    if options.root == "in-place":
        return np.asarray(seen[known][0])
    return np.asarray((seen - (finished.root - finished.standing)[:, :2] * place.size)[known].mean(axis=0))


def sized(motion: BodyMotion, place: Place) -> BodyMotion:
    """Return a motion whose way over the floor is as long in the scene as the first character's would be."""
    return replace(motion, root=motion.root / [place.size, place.size, 1.0])


def placed(motion: GroundedMotion, place: Place, origin: Array) -> GroundedMotion:
    """Return a motion on the floor, which begins at rest, set to where it belongs beside the first person's.

    Args:
        motion: the motion, with its sides swapped already if they are to be.
        place: where its character rests.
        origin: (2,) metres from where the first person's motion belongs to where this one's does: see `origins`.
    """
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], -place.turn)
    away = np.array([*origin, 0.0]) - place.position
    offset = rot.rotate(turn, away) / place.size
    middle = motion.standing * [1.0, 1.0, 0.0]
    turns = np.array(motion.rotations)
    turns[:, _HIPS] = rot.multiply(turn, turns[:, _HIPS])
    return replace(
        motion,
        rotations=rot.continuous(turns) if place.turn else motion.rotations,
        root=middle + rot.rotate(turn, motion.root - middle) + offset,
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a camera saw with left and right exchanged, in pixels and in motion.

Points stay where they are in the picture and change names, and depths are mirrored, as networks that exchange sides
take what is in front for what is behind. Mirrored in depth and with its twins exchanged, a pose is a pose of the same
body again, so that nothing has to be solved anew.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.joints import INDEX, JOINTS, PARENTS, mirrored
from .....models.body.model import neutral_body
from .....models.body.motion import SEEN, BodyMotion
from ...sides.exchange import landmark_order
from ...sides.geometry import EXCHANGED
from ..view import View

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_TWINS: Final = np.array([INDEX[mirrored(name)] for name in JOINTS])
_IN_ARM: Final = np.array([any(part in name for part in ("Arm", "Hand")) for name in JOINTS])
_IN_LEG: Final = np.array([any(part in name for part in ("Leg", "Foot", "Toe")) for name in JOINTS])
_PART: Final = np.where(_IN_ARM, 1, np.where(_IN_LEG, 2, 0))
"""(52,) torso, arms or legs, as in `EXCHANGED`."""
_MIRROR: Final = np.array([1.0, -1.0, 1.0, -1.0])
"""What mirroring in depth, along Y, does to quaternions."""
_HALF_TURN: Final = np.array([0.0, 0.0, 0.0, 1.0])
"""A mirror image in X of the body at rest is the body at rest; one in Y is that turned about Z by half a turn."""
_DOUBTED: Final = 0.5
"""What is left of the confidence of joints that were exchanged: a depth that was guessed for the other side."""


def exchanged_view(view: View, exchanges: Integers) -> View:
    """Return a view with the sides exchanged that `exchanges` (n,) of `Exchange` says."""
    if not exchanges.any():
        return view
    order = landmark_order(exchanges)
    return replace(
        view,
        pixels=np.take_along_axis(view.pixels, order[..., None], axis=1),
        weight=np.take_along_axis(view.weight, order, axis=1),
        motion=exchanged_motion(view.motion, exchanges),
    )


def exchanged_motion(motion: BodyMotion, exchanges: Integers) -> BodyMotion:
    """Return a motion in a camera's axes with sides exchanged, and with less confidence in what was."""
    turns = neutral_body().globals(motion.rotations)
    # G' = M G M_x, with the mirror images M in Y and M_x in X: M_x = M * half a turn about Z.
    other = rot.multiply(turns[:, _TWINS] * _MIRROR, _HALF_TURN)
    moved = EXCHANGED[exchanges][:, _PART]
    turns = np.where(moved[..., None], other, turns)
    rotations = turns.copy()
    parents = list(PARENTS[1:])
    rotations[:, 1:] = rot.multiply(rot.conjugate(turns[:, parents]), turns[:, 1:])
    confidence = np.where(moved, motion.confidence[:, _TWINS], motion.confidence)
    doubted = np.maximum(_DOUBTED * confidence, np.minimum(confidence, SEEN))
    return replace(motion, rotations=rotations, confidence=np.where(moved, doubted, motion.confidence))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Who stands upright and looks ahead shall be seen so, however the camera is tilted and wherever it stands."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import rotations as rot
from .joints import INDEX
from .model import Body

Array = NDArray[np.float64]

_HIPS: Final = INDEX["Hips"]
_ARMS: Final = [INDEX["LeftArm"], INDEX["RightArm"]]
_LEGS: Final = [INDEX["LeftUpLeg"], INDEX["RightUpLeg"]]


def upright_turn(rotations: Array, body: Body) -> Array:
    """Turn (4,) of the whole body after which a trunk that is seen like this stands and faces as it does at rest.

    Args:
        rotations: (n, 52, 4) of someone who stands upright and looks ahead, for a moment.
        body: the body that they are rotations of.
    """
    points = body.positions(rotations, np.zeros((len(rotations), 3))).mean(axis=0)
    return rot.from_matrix(_trunk(body.rest) @ _trunk(points).T)


def rotate_pose(rotations: Array, root: Array, turn: Array) -> tuple[Array, Array]:
    """Rotations (..., 52, 4) and places (..., 3) of the body, seen by a camera that is turned by `turn` (4,)."""
    result = np.array(rotations)
    result[..., _HIPS, :] = rot.multiply(turn, rotations[..., _HIPS, :])
    return result, rot.rotate(turn, root)


def _trunk(points: Array) -> Array:
    """Axes (3, 3) of a trunk: up from the hips to the shoulders, left across both."""
    up = points[_ARMS].mean(axis=0) - points[_LEGS].mean(axis=0)
    across = rot.unit(points[_ARMS[0]] - points[_ARMS[1]]) + rot.unit(points[_LEGS[0]] - points[_LEGS[1]])
    return rot.frame(up, across)

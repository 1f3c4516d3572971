# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibration: the rotation that makes a performer who stands upright and looks ahead do so for any camera position."""

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
    """Return the rotation (4,) of the whole body that brings the mean trunk to its orientation in the rest pose.

    Args:
        rotations: (n, 52, 4) rotations of a performer who stands upright and looks ahead for a moment.
        body: the body of these rotations.
    """
    points = body.positions(rotations, np.zeros((len(rotations), 3))).mean(axis=0)
    return rot.from_matrix(_trunk(body.rest) @ _trunk(points).T)


def rotate_pose(rotations: Array, root: Array, turn: Array) -> tuple[Array, Array]:
    """Rotate rotations (..., 52, 4) and root positions (..., 3) of the body about the camera by `turn` (4,)."""
    result = np.array(rotations)
    result[..., _HIPS, :] = rot.multiply(turn, rotations[..., _HIPS, :])
    return result, rot.rotate(turn, root)


def _trunk(points: Array) -> Array:
    """Return the axes (3, 3) of a trunk: up from the hips to the shoulders, left across both."""
    up = points[_ARMS].mean(axis=0) - points[_LEGS].mean(axis=0)
    across = rot.unit(points[_ARMS[0]] - points[_ARMS[1]]) + rot.unit(points[_LEGS[0]] - points[_LEGS[1]])
    return rot.frame(up, across)

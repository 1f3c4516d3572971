# SPDX-License-Identifier: GPL-3.0-or-later
"""Correct the tilt of the camera: a camera that looks down makes everyone lean."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.calibration import rotate_pose
from ...models.body.model import Body
from ...models.body.motion import BodyMotion, Vertical
from .gravity.gravity import joint_gravity
from .options import MotionOptions

Array = NDArray[np.float64]


def upright(
    motions: Sequence[BodyMotion], bodies: Sequence[Body], options: MotionOptions | None = None
) -> list[BodyMotion]:
    """Rotate motions of people who were filmed together about the camera, all alike, until up is up.

    Nothing changes if nothing shows the vertical: see `joint_gravity`.
    """
    turn = joint_gravity(motions, bodies, options).turn
    return [rotate_motion(motion, turn) for motion in motions]


def rotate_motion(motion: BodyMotion, turn: Array) -> BodyMotion:
    """Rotate a whole motion by a unit quaternion (4,) about the origin, which is the camera."""
    if rot.angle(turn) == 0.0:
        return motion
    rotations, root = rotate_pose(motion.rotations, motion.root, turn)
    verticals = tuple(_turned(vertical, turn) for vertical in motion.verticals)
    return replace(motion, rotations=rot.continuous(rotations), root=root, verticals=verticals)


def _turned(vertical: Vertical, turn: Array) -> Vertical:
    x, y, z = rot.rotate(turn, vertical.up)
    return replace(vertical, up=(float(x), float(y), float(z)))

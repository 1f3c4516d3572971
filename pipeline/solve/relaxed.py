# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose that unseen joints relax to: standing upright, arms hanging, fingers slightly curled."""

from typing import Final

import numpy as np

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from .geometry import Array
from .limbs import HandRest, LimbRest, lower_rotation, observe_limbs, upper_rotation
from .points import SIDES

_MIRROR: Final = np.array([[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]])
_UPPER_ARM: Final = np.array([0.18, 0.03, -1.0]) * _MIRROR
_FOREARM: Final = np.array([0.06, -0.2, -1.0]) * _MIRROR
_CURL: Final = np.radians([12.0, 15.0, 8.0])


def relaxed_pose(landmarks: Array) -> Array:
    """Return the relaxed pose as parent-relative rotations (52, 4), for a body with rest landmarks (75, 3)."""
    arms, hands = LimbRest.of_arms(landmarks), HandRest.of(landmarks)
    pose = rot.identity(len(JOINTS))
    elbow = np.asarray(_UPPER_ARM)
    joints = (np.zeros((2, 3)), elbow, elbow + _FOREARM)
    limbs = observe_limbs(joints, rot.identity(2), arms, straight=0.0, bent=1.0)
    upper = upper_rotation(limbs, limbs.twist)
    pose[[INDEX[f"{side}Arm"] for side in SIDES]] = upper
    pose[[INDEX[f"{side}ForeArm"] for side in SIDES]] = rot.multiply(
        rot.conjugate(upper), lower_rotation(limbs, upper, arms)
    )
    curls = rot.from_axis_angle(np.repeat(hands.hinge[:, :, None], 3, axis=2), np.broadcast_to(_CURL, (2, 4, 3)))
    for i, side in enumerate(SIDES):
        first = INDEX[f"{side}HandIndex1"]
        pose[first : first + 12] = curls[i].reshape(12, 4)
    return pose

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of both arms, from the clavicles to the fingertips."""

from typing import Final

import numpy as np

from ....models.body import rotations as rot
from ..continuity import PlaneMemory
from ..geometry import Array, relative, soft_clip, twist_first
from ..limbs import HandRest, LimbRest, lower_rotation, observe_limbs, upper_rotation
from ..points import ELBOWS, SHOULDERS, WRISTS, hands_of, limb_joints
from .hands import finger_rotations
from .observation import Observation
from .settings import AnalyticSettings

# Raising an arm rotates the left shoulder about -Y, the right one about +Y.
_RAISE: Final = np.array([[0.0, -1.0, 0.0], [0.0, 1.0, 0.0]])


class Arms:
    """Both arms over time. An arm keeps its twist while it is straight, a forearm while its hand is not seen."""

    def __init__(self, landmarks: Array, hands: HandRest, settings: AnalyticSettings) -> None:
        self._rest = LimbRest.of_arms(landmarks, straight=settings.straight)
        self._hands, self._settings = hands, settings
        self._planes = PlaneMemory(seconds=settings.plane_memory)
        self._twists = PlaneMemory(seconds=settings.plane_memory)

    def solve(self, observation: Observation, chest: Array) -> Array:
        """Return parent-relative rotations (n, 2, 19, 4): clavicle, upper arm, forearm, hand, then 15 finger joints.

        `chest` (n, 4) is the chest's global rotation.
        """
        s, rest = self._settings, self._rest
        joints = limb_joints(observation.points, SHOULDERS, ELBOWS, WRISTS)
        clavicle = self._clavicles(joints, chest)
        parent = rot.multiply(chest[:, None], clavicle)
        limbs = observe_limbs(joints, parent, rest, straight=s.straight, bent=s.bent)
        twist = self._hand_twist(observation, lower_rotation(limbs, limbs.swing, rest))
        angle = self._planes.run(observation.time, limbs.twist, limbs.twist_weight, s.arm_turn_from_palm * twist)
        upper = upper_rotation(limbs, angle)
        lower = lower_rotation(limbs, upper, rest)
        twist = self._hand_twist(observation, lower)
        twist = self._twists.run(observation.time, twist, np.isfinite(twist), np.zeros_like(twist))
        forearm = rot.multiply(lower, rot.from_axis_angle(rest.lower, s.forearm_share * twist))
        chain = (clavicle, relative(parent, upper), relative(upper, forearm), relative(forearm, observation.palm))
        fingers = finger_rotations(hands_of(observation.points), observation.palm, self._hands)
        return np.concatenate([np.stack(chain, axis=2), fingers], axis=2)

    def _hand_twist(self, observation: Observation, lower: Array) -> Array:
        """Return the angles (n, 2) by which hands are twisted about their forearms (n, 2, 4); NaN for unseen hands."""
        _, twist = twist_first(relative(lower, observation.palm), self._rest.lower)
        return np.where(observation.palm_source > 0, twist, np.nan)

    def _clavicles(self, joints: tuple[Array, Array, Array], chest: Array) -> Array:
        """Return local rotations (n, 2, 4): a clavicle rises with an arm that is raised above the shoulder line."""
        s = self._settings
        arm = rot.rotate(rot.conjugate(chest)[:, None], rot.unit(joints[1] - joints[0]))
        rise = np.arcsin(np.clip(arm[..., 2], 0.0, 1.0)) * s.clavicle_share
        limit = np.radians(s.clavicle_limit)
        return rot.from_axis_angle(_RAISE, soft_clip(rise, 0.0, 0.8 * limit, margin=0.2 * limit))

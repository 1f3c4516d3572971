# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of both legs, from the hips to the toes."""

from typing import Final

import numpy as np

from ....models.body import rotations as rot
from ....models.body.curves import smoothstep
from ..continuity import PlaneMemory
from ..geometry import Array, angle_about, relative, rotation_between
from ..limbs import LimbRest, lower_rotation, observe_limbs, upper_rotation
from ..points import ANKLES, HEELS, HIPS, KNEES, TOES, limb_joints
from .observation import Observation
from .settings import AnalyticSettings

_BACKWARD: Final = np.array([0.0, 1.0, 0.0])
# Sine of the angle between foot and shank over which the foot begins to show the twist of a straight leg.
_FOOT_SHOWS: Final = (0.3, 0.6)
# Weights of both directions in the foot's up axis. The ankle alone is so near the heel that its noise would roll it.
_ANKLE, _SHANK = 0.5, 0.5


class Legs:
    """Both legs over time. The twist of a leg is kept while it is straight."""

    def __init__(self, landmarks: Array, settings: AnalyticSettings) -> None:
        joints = limb_joints(landmarks, HIPS, KNEES, ANKLES)
        self._rest = LimbRest.of(joints, bends_to=_BACKWARD, straight=settings.straight)
        self._rest_foot = _foot_frame(landmarks)
        self._rest_turn = angle_about(self._rest.upper, self._rest.hinge, _foot_hinge(landmarks)[0])
        self._settings = settings
        self._planes = PlaneMemory(seconds=settings.plane_memory)

    def solve(self, observation: Observation, hips: Array) -> Array:
        """Return parent-relative rotations (n, 2, 4, 4): thigh, shank, foot, toes.

        `hips` (n, 4) is the hips' global rotation.
        """
        s, rest = self._settings, self._rest
        joints = limb_joints(observation.points, HIPS, KNEES, ANKLES)
        parent = np.repeat(hips[:, None], 2, axis=1)
        limbs = observe_limbs(joints, parent, rest, straight=s.straight, bent=s.bent)
        hinge, shows = _foot_hinge(observation.points)
        turn = angle_about(limbs.upper, rot.rotate(limbs.swing, rest.hinge), hinge) - self._rest_turn
        angle = self._planes.run(observation.time, limbs.twist, limbs.twist_weight, s.leg_turn_from_foot * shows * turn)
        upper = upper_rotation(limbs, angle)
        lower = lower_rotation(limbs, upper, rest)
        foot = rotation_between(_foot_frame(observation.points), self._rest_foot)
        chain = (relative(parent, upper), relative(upper, lower), relative(lower, foot), rot.identity(*foot.shape[:-1]))
        return np.stack(chain, axis=2)


def _foot_hinge(points: Array) -> tuple[Array, Array]:
    """Return axes (..., 2, 3) perpendicular to feet and shanks, and how well (..., 2) they show the twist, 0..1."""
    foot = rot.unit(points[..., TOES, :] - points[..., HEELS, :])
    shank = rot.unit(points[..., ANKLES, :] - points[..., KNEES, :])
    hinge = rot.cross(foot, shank)
    return rot.unit(hinge), smoothstep(np.linalg.norm(hinge, axis=-1), *_FOOT_SHOWS)


def _foot_frame(points: Array) -> Array:
    """Return frames (..., 2, 3, 3): Y along the sole, Z up, from the ankle and the shank."""
    sole = points[..., TOES, :] - points[..., HEELS, :]
    ankle = rot.unit(points[..., ANKLES, :] - points[..., HEELS, :])
    shank = rot.unit(points[..., KNEES, :] - points[..., ANKLES, :])
    return rot.frame(sole, _ANKLE * ankle + _SHANK * shank)

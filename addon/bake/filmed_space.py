# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the space in which a take was filmed lies in the scene, so that its cameras see the character in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion
from ...retarget.motion.options import MotionOptions
from ...retarget.motion.registration import Registration, registered
from ...retarget.motion.root import GroundedMotion
from ...retarget.transfer.plan import RetargetPlan
from .. import stage
from ..character.armature import bones_of
from ..errors import NothingToBake
from .plan import retargeting_of
from .roles import Role, fitted

Array = NDArray[np.float64]

_AXES: Final = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
"""Ahead, up and to the right of a camera, in its own axes."""


@dataclass(frozen=True)
class FilmedSpace:
    """How points of the space in which people were filmed become points of the scene.

    Attributes:
        armature: the character of the first person.
        plan: how it follows.
        registration: how the motion lies over the floor.
        begin: seconds of the take at which the first key lies.
        scale: metres of the motion for each metre of the space.
    """

    armature: bpy.types.Object
    plan: RetargetPlan
    registration: Registration
    begin: float
    scale: float = 1.0

    def place(self, points: Array) -> Array:
        """Return where points (..., 3) are in the scene, given in metres and Blender's axes, by the first camera."""
        beside = self.registration.place(self.scale * np.asarray(points, dtype=float))
        if self.plan.rig.mirrored:
            beside = beside * [-1.0, 1.0, 1.0]
        hips = np.array(bones_of(self.armature).bones[self.plan.rig_map.bones["Hips"]].head_local)
        inside = hips + self.plan.size * rot.rotate(self.plan.axes, beside)
        world = np.array(self.armature.matrix_world)
        return np.asarray(inside @ world[:3, :3].T + world[:3, 3])

    def view(self, rotation: Array, position: Array) -> tuple[Matrix, bool]:
        """Return the matrix of a camera object, and whether its picture is mirrored.

        Args:
            rotation: (4,) turns the camera's axes, in which it looks along +Y with Z up, into the space's.
            position: (3,) metres.
        """
        at, ahead, up, right = self.place(position + np.vstack([np.zeros(3), rot.rotate(rotation, _AXES)]))
        ahead = rot.unit(ahead - at)
        across = rot.unit(np.cross(ahead, up - at))
        matrix = np.eye(4)
        matrix[:3] = np.stack([across, np.cross(across, ahead), -ahead, at], axis=1)
        return Matrix(matrix.tolist()), bool(across @ (right - at) < 0.0)


def filmed_space(
    armature: bpy.types.Object,
    motions: Sequence[BodyMotion],
    options: MotionOptions,
    *,
    scale: float = 1.0,
) -> FilmedSpace:
    """Return where a take was filmed, if its first motion is keyed on an armature with these options.

    Args:
        armature: the character of the first person.
        motions: of everyone, in the space of the first camera: all of them show which way is up.
        options: how the motions are made fit to be keyed.
        scale: metres of the motions for each metre of the space, as they are of the neutral body.

    Raises:
        NothingToBake: nobody knows where the first person was.
    """
    plan, rate = retargeting_of(armature), stage.rate_of(stage.current_scene())
    roles = [Role(armature, motion, "") for motion in motions]
    first = fitted(roles, [plan] * len(roles), options=options, rate=rate, whole=False)[0]
    if not isinstance(first, GroundedMotion):
        raise NothingToBake("The motion has no frames: capture the source again.")
    found = registered(motions[0], first, mirrored=options.swap_sides)
    if found is None:
        raise NothingToBake(
            "Nothing shows where the performer was, so the cameras cannot be placed: film the whole body."
        )
    return FilmedSpace(armature, plan, found, begin=float(first.time[0]), scale=scale)

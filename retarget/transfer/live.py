# SPDX-License-Identifier: GPL-3.0-or-later
"""Retarget live poses to a rig, one after the other."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..motion.root import LiveGround
from ..rig.rig import RigMotion
from .ik import IKControls
from .plan import RetargetPlan
from .pose import RigPose

Array = NDArray[np.float64]


class LiveTransfer:
    """Retargets poses of a body to a rig, in order of time; holds only the state that depends on past poses.

    Rotations equal those that `RetargetPlan.motion` gives for a whole motion; the floor is the one seen so far.

    Args:
        plan: of the rig.
        origin: (3,) the root that is above the rig's origin; the first known one if None.
    """

    def __init__(self, plan: RetargetPlan, *, origin: Array | None = None) -> None:
        self._plan = plan
        self._ground = LiveGround(plan.character, origin=origin) if plan.travels else None

    def pose(self, time: float, rotations: Array, root: Array) -> RigPose:
        """Return the rig's pose at `time`.

        Args:
            time: seconds, rising from call to call.
            rotations: (52, 4) of the body's joints without NaN, each relative to its parent.
            root: (3,) metres in the camera's space, NaN if unknown.
        """
        plan = self._plan
        rotations, root = plan.adapted(rotations, root)
        joints = plan.body.globals(rotations)
        basis, stands = plan.rotations(joints)
        location = None
        if self._ground is not None:
            location = plan.location(self._ground.hips_offset(time, joints, root), stands)
        pose = RigPose(bones=plan.bones, rotations=basis, root=plan.root, location=location)
        return pose if plan.controls is None else _with_controls(pose, plan.controls)


def _with_controls(pose: RigPose, controls: IKControls) -> RigPose:
    """Add the IK controls of the limbs to a pose."""
    location = None if pose.location is None else pose.location[None]
    keyed = controls.add_keys(RigMotion(pose.bones, pose.rotations[None], pose.root, location))
    places = {bone: place[0] for bone, place in keyed.places.items()}
    return replace(pose, bones=keyed.bones, rotations=keyed.rotations[0], places=places)

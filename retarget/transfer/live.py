# SPDX-License-Identifier: GPL-3.0-or-later
"""One pose after the other onto a rig, as they come."""

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
    """Puts poses of a body onto a rig, in the order of time. It holds what follows from the past, and nothing else.

    Rotations are those that `RetargetPlan.motion` gives a whole motion; the floor is the one seen so far.
    """

    def __init__(self, plan: RetargetPlan) -> None:
        """Begin with a plan, without a past."""
        self._plan = plan
        self._ground = LiveGround(plan.character) if plan.travels else None

    def pose(self, time: float, rotations: Array, root: Array) -> RigPose:
        """The rig at a moment.

        Args:
            time: seconds, rising from call to call.
            rotations: (52, 4) of the body, all known, each relative to its parent.
            root: (3,) metres, NaN if unknown.
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
    """The pose with the controls of its limbs where these are to end."""
    location = None if pose.location is None else pose.location[None]
    keyed = controls.add_keys(RigMotion(pose.bones, pose.rotations[None], pose.root, location))
    places = {bone: place[0] for bone, place in keyed.places.items()}
    return replace(pose, bones=keyed.bones, rotations=keyed.rotations[0], places=places)

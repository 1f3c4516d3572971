# SPDX-License-Identifier: GPL-3.0-or-later
"""Add the face to a pose of the body."""

from dataclasses import replace

import numpy as np

from ..face.face_plan import FacePlan
from ..face.face_rig import FaceValues
from .pose import RigPose


def with_face(pose: RigPose, plan: FacePlan, face: FaceValues) -> RigPose:
    """Return a pose with the face too. Bones that the body moves stay the body's: a map of the face may name the head.

    Args:
        pose: a pose of the body.
        plan: plan of the face.
        face: its values, of one pose.
    """
    turned = [row for row, bone in enumerate(plan.bones) if bone not in pose.bones]
    places = {bone: face.places[row] for row, bone in enumerate(plan.moved) if bone != pose.root}
    return replace(
        pose,
        bones=(*pose.bones, *(plan.bones[row] for row in turned)),
        rotations=np.concatenate([pose.rotations, face.rotations[turned]]),
        places={**places, **pose.places},
        keys={(key.mesh, key.name): value for key, value in zip(plan.keys, face.keys.tolist(), strict=True)},
    )


def face_pose(plan: FacePlan, face: FaceValues) -> RigPose:
    """Return a pose of the face alone."""
    nothing = RigPose(bones=(), rotations=np.empty((0, 4)), root="", location=None)
    return with_face(nothing, plan, face)


def moves_anything(plan: FacePlan) -> bool:
    """Return whether a plan moves any shape key or bone. Managed expressions move shape keys."""
    return any((plan.keys, plan.bones, plan.moved))

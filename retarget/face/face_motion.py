# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a whole motion, added to the motion of a rig's bones."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion
from ..rig.rig import RigMotion
from .face_plan import FacePlan

Array = NDArray[np.float64]


def has_face(motion: BodyMotion) -> bool:
    """Return whether a face was seen in any frame of a motion."""
    return not (np.isnan(motion.expressions).all() and np.isnan(motion.eyes).all())


def with_face(moved: RigMotion, plan: FacePlan, motion: BodyMotion) -> RigMotion:
    """Return a motion of a rig with the face that a motion of the body has, at rest where none was seen.

    Bones that the body moves are not taken from it: a map of the face may name the head.

    Args:
        moved: the rig's bones over the frames of `motion`.
        plan: what of the character's face is moved.
        motion: the motion of the body.
    """
    expressions, eyes = at_rest_where_unseen(motion)
    values = plan.values(expressions, eyes)
    turned = [row for row, bone in enumerate(plan.bones) if bone not in moved.bones]
    places = {
        bone: values.places[:, row]
        for row, bone in enumerate(plan.moved)
        if bone not in moved.places and bone != moved.root
    }
    return replace(
        moved,
        bones=(*moved.bones, *(plan.bones[row] for row in turned)),
        rotations=np.concatenate([moved.rotations, rot.continuous(values.rotations[:, turned])], axis=1),
        places={**moved.places, **places},
        keys={(key.mesh, key.name): values.keys[:, row] for row, key in enumerate(plan.keys)},
    )


def at_rest_where_unseen(motion: BodyMotion) -> tuple[Array, Array]:
    """Return expressions (n, 52) and eyes (n, 2, 4) without NaN: a face that is not seen is at rest.

    The solver lets faces relax before it says that it knows nothing of them, so this does not jump.
    """
    seen = ~np.isnan(motion.eyes).any(axis=-1, keepdims=True)
    return np.nan_to_num(motion.expressions, nan=0.0), np.where(seen, motion.eyes, rot.identity())

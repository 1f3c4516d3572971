# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion that a bake keys on a character, as a VRM animation."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.model import neutral_body
from ...models.body.motion import BodyMotion
from ...pipeline.outputs import replacing
from ...retarget.face.face_mapping import map_face
from ...retarget.face.face_motion import at_rest_where_unseen, has_face
from ...retarget.face.face_plan import FacePlan
from ...retarget.face.options import FaceOptions
from ...retarget.face.vrm import EXPRESSION_PRESETS
from ...retarget.rig.rest import rest_as_posed
from ...retarget.transfer.proportions import with_proportions
from ..bone_map.store import rig_map_of
from ..character.armature import rig_of
from ..character.vrma import write_vrma
from ..face.face_rig import face_rig_of
from ..face.store import face_map_of

Array = NDArray[np.float64]


def save_vrma(
    armature: bpy.types.Object,
    motion: BodyMotion,
    path: Path,
    *,
    face_options: FaceOptions | None = None,
    fingers: bool = True,
    force: bool,
) -> None:
    """Write a motion of the body as a VRM animation with the proportions and the expressions of a character.

    A character without expressions that the VRM add-on manages has those that VRM itself names.

    Raises:
        RigUnmapped, OutputExists, OutputUnwritable.
    """
    rig = rig_of(armature)
    rig_map = rig_map_of(armature, rig)
    body, options = neutral_body(), face_options or FaceOptions()
    shown = options.expressions and has_face(motion)
    with replacing(path, force=force) as part:
        write_vrma(
            part,
            motion,
            body,
            with_proportions(body, rest_as_posed(rig, rig_map), rig_map),
            expressions=_expressions(armature, motion, options) if shown else None,
            gaze=_gaze(motion, options) if shown else None,
            fingers=fingers,
        )


def _expressions(armature: bpy.types.Object, motion: BodyMotion, options: FaceOptions) -> Mapping[str, Array]:
    """Return the weights (n,) of a character's own expressions, or of VRM's where it has none that are mapped."""
    face = face_rig_of(armature)
    # Shape keys are not in the file; nor is its skeleton mirrored, as a rig with a negative scale is.
    face = replace(face, keys=(), rig=replace(face.rig, mirrored=False))
    plan = FacePlan(face, face_map_of(armature, face), options)
    if not plan.vrm:
        face = replace(face, bound=(), vrm=EXPRESSION_PRESETS)
        plan = FacePlan(face, map_face(face), options)
    weights = plan.values(*at_rest_where_unseen(motion)).vrm
    return {name: weights[:, column] for column, name in enumerate(plan.vrm)}


def _gaze(motion: BodyMotion, options: FaceOptions) -> Array:
    """Return the direction (n, 4) of both eyes in the head's frame."""
    _, eyes = at_rest_where_unseen(motion)
    between: Array = rot.slerp(eyes[:, 0], eyes[:, 1], np.full(len(eyes), 0.5))
    return rot.power(between, options.gain("eyes"))

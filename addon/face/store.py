# SPDX-License-Identifier: GPL-3.0-or-later
"""The face map of a character."""

import bpy

from ...retarget.face.face_mapping import map_face
from ...retarget.face.face_rig import FaceMap, FaceRig


def face_map_of(_armature: bpy.types.Object, face: FaceRig) -> FaceMap:
    """Return the face map of an armature.

    Args:
        armature: the armature object.
        face: its face, as read by `face_rig_of`.
    """
    return map_face(face)

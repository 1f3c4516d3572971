# SPDX-License-Identifier: GPL-3.0-or-later
"""Find which expressions move which parts of a character's face, by names."""

from ...models.body.expressions import EXPRESSIONS
from .face_rig import FaceMap, FaceRig, FaceTarget


def map_face(face: FaceRig) -> FaceMap:
    """Map a face by the names of its shape keys, bones and managed expressions.

    A face that nothing of is known of has a map without targets.
    """
    names = {key.name for key in face.keys}
    targets = tuple(FaceTarget("key", name, {name: 1.0}) for name in EXPRESSIONS if name in names)
    missing = tuple(name for name in EXPRESSIONS if name not in names)
    return FaceMap(family="ARKit", targets=targets, missing=missing)

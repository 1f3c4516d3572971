# SPDX-License-Identifier: GPL-3.0-or-later
"""What of characters' faces moves with expressions, cached because panels ask at every redraw."""

from dataclasses import dataclass

import bpy

from ...errors import MimicError
from ...models.body.expressions import EXPRESSIONS
from ...retarget.face.face_plan import FacePlan
from ...retarget.face.face_rig import FaceMap, FaceRig
from ...retarget.face.notices import face_notices
from ...retarget.transfer.faces import moves_anything
from ..bone_map.store import chosen, name_of
from ..character.armature import bones_of
from .face_rig import face_rig_of, key_names
from .store import chosen_map, chosen_text, face_map_of


@dataclass(frozen=True)
class FaceFit:
    """What of a character's face moves.

    Attributes:
        face: the face at rest.
        face_map: which expressions move what.
        edits: the same map with the names that the character lacks, which an edit must not lose.
        edited: whether the map was edited by hand.
        expressions: number of expressions that move something.
        meshes: number of meshes with shape keys that move.
        bones: whether bones move.
        moves: whether anything moves at all.
        notices: sentences about what keeps it from moving.
    """

    face: FaceRig
    face_map: FaceMap
    edits: FaceMap
    edited: bool
    expressions: int
    meshes: int
    bones: bool
    moves: bool
    notices: tuple[str, ...]


class Faces:
    """The faces of armatures, each read again when its bones, shape keys or maps change.

    Attributes:
        listed: the face that the list of the face map was made of.
    """

    def __init__(self) -> None:
        self.listed: FaceFit | None = None
        # By `session_uid` of the armature: what its face was read from, and the face; None if it cannot be read.
        self._known: dict[int, tuple[object, FaceFit | None]] = {}

    def of(self, armature: bpy.types.Object) -> FaceFit | None:
        """Return what of a character's face moves; None if it is no humanoid. Fast enough for every redraw."""
        picked = chosen(armature)
        origin = (
            tuple(bones_of(armature).bones.keys()),
            None if picked is None else tuple(picked.bones.items()),
            chosen_text(armature),
            key_names(armature),
        )
        known = self._known.get(armature.session_uid)
        if known is None or known[0] != origin:
            known = origin, _read(armature)
            self._known[armature.session_uid] = known
        return known[1]

    def clear(self) -> None:
        """Discard all faces, as drivers and ranges of shape keys may have changed without a name changing."""
        self._known.clear()


def _read(armature: bpy.types.Object) -> FaceFit | None:
    try:
        face = face_rig_of(armature)
    except MimicError:
        return None  # The Avatar panel says why.
    face_map, chosen_by_hand = face_map_of(armature, face), chosen_map(armature)
    plan = FacePlan(face, face_map)
    return FaceFit(
        face=face,
        face_map=face_map,
        edits=chosen_by_hand or face_map,
        edited=chosen_by_hand is not None,
        expressions=len(EXPRESSIONS) - len(face_map.missing),
        meshes=len({key.mesh for key in plan.keys}),
        bones=bool(plan.bones or plan.moved),
        moves=moves_anything(plan),
        notices=tuple(face_notices(face, face_map, name_of(armature))),
    )

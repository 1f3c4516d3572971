# SPDX-License-Identifier: GPL-3.0-or-later
"""What of characters' faces moves with expressions, cached because panels ask at every redraw."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

import bpy

from ...errors import MimicError
from ...models.body.expressions import EXPRESSIONS
from ...retarget.face.face_plan import FacePlan
from ...retarget.face.face_rig import FaceMap, FaceRig
from ...retarget.face.notices import face_notices
from ...retarget.transfer.faces import moves_anything
from ..bone_map.store import chosen, name_of
from ..character.armature import bones_of
from .face_rig import KeyTraits, face_rig_of, key_traits
from .store import chosen_map, chosen_text, face_map_of

RECENT: Final = 0.05
"""Seconds for which the shape keys of a character, once looked at, need not be looked at again to draw it."""


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


@dataclass
class _Known:
    """What is known of an armature.

    Attributes:
        looked: when its shape keys were last looked at.
        traits: those of its shape keys.
        origin: what its face was read from.
        face: its face; None if it cannot be read.
        text: the text of its map, when the fit was made.
        fit: what of the face moves.
    """

    looked: float
    traits: KeyTraits
    origin: object = None
    face: FaceRig | None = None
    text: str = ""
    fit: FaceFit | None = None


class Faces:
    """The faces of armatures, each read again when its bones, shape keys or bone map change, but not for its face map.

    A face takes tens of milliseconds to read, too long for each step of dragging a gain.

    Attributes:
        listed: the face that the list of the face map was made of.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.listed: FaceFit | None = None
        self._clock = clock
        # By `session_uid` of the armature.
        self._known: dict[int, _Known] = {}

    def of(self, armature: bpy.types.Object, *, recent: bool = False) -> FaceFit | None:
        """Return what of a character's face moves; None if it is no humanoid.

        Args:
            armature: the armature object.
            recent: shape keys need not be looked at again that were in the last `RECENT` seconds. A redraw asks a dozen
                times, and looking for the meshes takes milliseconds in a file of thousands.
        """
        known, now = self._known.get(armature.session_uid), self._clock()
        if known is None:
            known = self._known[armature.session_uid] = _Known(now, key_traits(armature))
        elif not (recent and now - known.looked < RECENT):
            known.looked, known.traits = now, key_traits(armature)
        picked = chosen(armature)
        origin = (
            tuple(bones_of(armature).bones.keys()),
            None if picked is None else tuple(picked.bones.items()),
            known.traits,
        )
        text = chosen_text(armature)
        if known.origin != origin:
            known.origin, known.face = origin, _read(armature)
        elif known.text == text:
            return known.fit
        known.text = text
        known.fit = None if known.face is None else _fit(armature, known.face)
        return known.fit

    def clear(self) -> None:
        """Discard all faces, as bones may have moved, or vertices of shape keys."""
        self._known.clear()


def _read(armature: bpy.types.Object) -> FaceRig | None:
    try:
        return face_rig_of(armature)
    except MimicError:
        return None  # The Avatar panel says why.


def _fit(armature: bpy.types.Object, face: FaceRig) -> FaceFit:
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

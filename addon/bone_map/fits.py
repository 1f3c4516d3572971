# SPDX-License-Identifier: GPL-3.0-or-later
"""How well armatures fit the body, cached because panels ask at every redraw."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy

from ...models.body.joints import JOINTS
from ...retarget.errors import RigUnmapped
from ...retarget.rig.families import families, match_family
from ...retarget.rig.mapping import map_bones, map_rig
from ...retarget.rig.rig import Rig, RigMap
from ..character.armature import rig_of
from .store import Chosen, chosen, like, name_of


@dataclass(frozen=True)
class Fit:
    """How well an armature fits the body.

    Attributes:
        family: kind of rig ("Mixamo"); empty if it cannot be animated.
        bones: joint -> bone in the map, even if the rig cannot be animated.
        found: joint -> bone as detected automatically.
        chosen: whether the map was chosen by hand.
        missing: joints without a bone.
        warnings: sentences about what cannot be animated as expected.
        problem: why the rig cannot be animated; empty if it can.
    """

    family: str
    bones: Mapping[str, str]
    found: Mapping[str, str]
    chosen: bool
    missing: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())
    problem: str = ""


class Fits:
    """The fits of armatures, each recomputed when its bone names or its map change."""

    def __init__(self) -> None:
        # By `session_uid` of the armature: the names and map that its fit was computed from, and the fit.
        self._known: dict[int, tuple[object, Fit]] = {}

    def of(self, armature: bpy.types.Object) -> Fit:
        """Return how well an armature fits; fast enough for every redraw of the panel."""
        data, picked = armature.data, chosen(armature)
        names = tuple(data.bones.keys()) if isinstance(data, bpy.types.Armature) else ()
        origin = names, None if picked is None else (picked.family, tuple(picked.bones.items()))
        known = self._known.get(armature.session_uid)
        if known is None or known[0] != origin:
            known = origin, _fitted(armature, picked)
            self._known[armature.session_uid] = known
        return known[1]

    def bone_of(self, armature: bpy.types.Object, joint: str) -> str:
        """Return the bone of one joint in the map, or an empty string; fast, as every field of the panel asks."""
        picked = chosen(armature)
        return (self.of(armature) if picked is None else picked).bones.get(joint, "")

    def clear(self) -> None:
        """Discard all fits, as bones may have moved without changing their names."""
        self._known.clear()


def _fitted(armature: bpy.types.Object, picked: Chosen | None) -> Fit:
    rig = rig_of(armature)
    base, problem = _found(rig, name_of(armature))
    found = base.bones if base is not None else _named(rig)
    bones = found if picked is None else picked.bones
    if picked is not None:
        try:
            base = map_bones(rig, bones, base=like(base, picked.family), name=name_of(armature))
            problem = ""
        except RigUnmapped as fault:
            base, problem = None, str(fault)
    if base is None:
        missing = tuple(joint for joint in JOINTS if bones.get(joint) not in rig.names)
        return Fit("", dict(bones), dict(found), picked is not None, missing, problem=problem)
    return Fit(base.family, dict(bones), dict(found), picked is not None, base.missing, base.warnings)


def _found(rig: Rig, name: str) -> tuple[RigMap | None, str]:
    """Return the automatic map, or None and the reason."""
    try:
        return map_rig(rig, name=name), ""
    except RigUnmapped as fault:
        return None, str(fault)


def _named(rig: Rig) -> Mapping[str, str]:
    """Return the joints found by name in a rig that lacks required bones, as a start for choosing by hand."""
    return max((match_family(family, rig.names).bones for family in families()), key=len)

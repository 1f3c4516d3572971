# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map of an armature: as it is found, or as it was chosen by hand and lies in the file with the object.

A chosen map is a property of the object, so that it is saved, undone, copied and overridden with it: the same text
that a file of it would hold, as `retarget.presets` writes it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast

import bpy
from bpy.props import StringProperty

from ...retarget.errors import PresetUnreadable, RigUnmapped
from ...retarget.rig import presets
from ...retarget.rig.mapping import BY_STRUCTURE, listed, map_bones, map_rig
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.rig.vrm import humanoid_of
from ..character.armature import bones_of, rig_of, set_switches, unset_switches
from ..errors import ArmatureLocked

_KEY: Final = "mimic_bone_map"

BY_HAND: Final = "by hand"


@dataclass(frozen=True)
class Chosen:
    """A map that somebody chose.

    Attributes:
        family: kind of rig that it was found to be before it was changed.
        bones: joint -> bone. Joints that are left out have none.
        weights: how much single bones bend or twist, where a file of the map says so.
    """

    family: str
    bones: Mapping[str, str]
    weights: Mapping[str, float] = field(default_factory=dict)


def attach() -> None:
    """Give objects the property, if they have not got it: the command line has it without the add-on."""
    if not hasattr(bpy.types.Object, _KEY):
        # Text, as Blender keeps no other change that is made to a library override.
        make: Any = StringProperty
        described = make(
            name="Bone Map",
            description="Which bone follows which joint, as text; empty to let Mimic find out",
            options={"HIDDEN"},
            override={"LIBRARY_OVERRIDABLE"},
        )
        setattr(bpy.types.Object, _KEY, described)


def detach() -> None:
    """Take the property away; what was chosen stays with the objects."""
    delattr(bpy.types.Object, _KEY)


def name_of(armature: bpy.types.Object) -> str:
    """What an armature is called in sentences."""
    return f'Armature "{armature.name}"'


def chosen(armature: bpy.types.Object) -> Chosen | None:
    """The map that was chosen for an armature; None if none was."""
    text = _text(armature)
    return _parsed(text) if text else None


def choose(
    armature: bpy.types.Object,
    bones: Mapping[str, str],
    *,
    family: str = "",
    weights: Mapping[str, float] | None = None,
) -> None:
    """Give an armature a map. Bones that it does not have are kept: they may get their names back.

    Args:
        armature: the armature object.
        bones: joint -> bone.
        family: kind of rig; the one that is known already unless given.
        weights: how much single bones bend or twist; those that are known already unless given.

    Raises:
        ArmatureLocked: the object is linked from another file.
    """
    _check_own(armature)
    before = chosen(armature)
    kind = family or (before.family if before is not None else _family_of(armature)) or BY_HAND
    heavy = weights if weights is not None or before is None else before.weights
    setattr(armature, _KEY, presets.to_text(kind, bones, heavy))
    armature.update_tag()


def forget(armature: bpy.types.Object) -> None:
    """Let Mimic find the bones of an armature by itself, as they are now.

    Raises:
        ArmatureLocked: the object is linked from another file.
    """
    _check_own(armature)
    setattr(armature, _KEY, "")
    armature.update_tag()


def rig_map_of(armature: bpy.types.Object, rig: Rig) -> RigMap:
    """Which bone of an armature follows which joint: as it was chosen, or else as it is found.

    Args:
        armature: the armature object.
        rig: its bones, as `rig_of` reads them.

    Raises:
        RigUnmapped: it is no humanoid, or what was chosen is too little to move.
    """
    picked = chosen(armature)
    if picked is None:
        return map_rig(rig, name=name_of(armature))
    return _by_choice(armature, rig, picked)


def load(armature: bpy.types.Object, path: Path) -> RigMap:
    """Take an armature's map from a file. Bones that it does not have are left out, with a warning in the map.

    Raises:
        PresetUnreadable, RigUnmapped, ArmatureLocked.
    """
    _check_own(armature)
    rig = rig_of(armature)
    loaded = presets.load(path, rig, base=_found_or_none(rig), name=name_of(armature))
    choose(armature, loaded.bones, family=loaded.family, weights=loaded.weights)
    return loaded


def mapped_by_file(armature: bpy.types.Object, path: Path) -> None:
    """Take an armature's map from the VRM file that it comes from, where its bones' own names say nothing.

    Names that are known say more: a VRM leaves out what its maker did not care for, thumbs for one.
    """
    if path.suffix.lower() != ".vrm" or chosen(armature) is not None:
        return
    told = humanoid_of(path)
    if told and _family_of(armature) in {"", BY_STRUCTURE}:
        choose(armature, told, family=BY_FILE)


def save(armature: bpy.types.Object, path: Path) -> None:
    """Write an armature's map to a file.

    Raises:
        PresetUnreadable: the file cannot be written.
        RigUnmapped: there is no map that could be used.
    """
    presets.save(rig_map_of(armature, rig_of(armature)), path)


def fk_warning(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """A sentence if the limbs of a rig for animators are to be switched to the bones of the map (FK), and are not."""
    unset = unset_switches(armature, rig_map.switches)
    if not unset:
        return []
    switch, changed = rig_map.switches[0], [each.bone for each in unset]
    return [
        f'{rig_map.family} moved its limbs by IK: "{switch.property}" of {listed(changed)} is now {switch.value:g} '
        "(FK), so that the motion shows; set it back to animate by IK again."
    ]


def hand_over(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """Switch the limbs of a rig for animators to the bones of the map (FK), and say so in a sentence if it was not."""
    said = fk_warning(armature, rig_map)
    set_switches(armature, rig_map.switches)
    return said


BY_FILE: Final = "by its VRM file"
"""Kind of a rig whose bones its file told apart."""


def _by_choice(armature: bpy.types.Object, rig: Rig, picked: Chosen) -> RigMap:
    base = like(_found_or_none(rig), picked.family)
    return map_bones(rig, picked.bones, base=base, name=name_of(armature), weights=picked.weights)


def _found_or_none(rig: Rig) -> RigMap | None:
    try:
        return map_rig(rig)
    except RigUnmapped:
        return None


def _family_of(armature: bpy.types.Object) -> str:
    """The kind of rig that an armature is found to be; empty if it is none."""
    found = _found_or_none(rig_of(armature))
    return "" if found is None else found.family


def like(base: RigMap | None, family: str) -> RigMap | None:
    """A map that was found, if it is of the family: then what it says beyond the joints holds for others of it."""
    if family == BY_FILE:
        return RigMap(BY_FILE, {}, (), ())
    return base if base is not None and base.family == family else None


def _text(armature: bpy.types.Object) -> str:
    attach()
    return cast(str, getattr(armature, _KEY))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Chosen:
    """A map from its text; an empty one, which will be asked to be filled, if somebody has spoiled it."""
    try:
        return Chosen(*presets.from_text(text), presets.weights_in(text))
    except PresetUnreadable:
        return Chosen(BY_HAND, {})


def _check_own(armature: bpy.types.Object) -> None:
    bones_of(armature)
    if armature.library is not None:
        raise ArmatureLocked(
            f"{name_of(armature)} is linked from another file: make a library override of it to choose its bones."
        )

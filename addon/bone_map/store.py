# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map of an armature: detected automatically, or chosen by hand and stored with the object.

A chosen map is a property of the object, so that it is saved, undone, copied and overridden with it. Its text
is the same as in a bone map file (`retarget.rig.presets`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

import bpy

from ...retarget.errors import PresetUnreadable, RigUnmapped
from ...retarget.rig import presets
from ...retarget.rig.mapping import BY_STRUCTURE, listed, map_bones, map_rig
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.rig.vrm import humanoid_of
from ..character.armature import bones_of, rig_of, set_switches, unset_switches
from ..errors import ArmatureLocked
from ..object_text import attach_text

_KEY: Final = "mimic_bone_map"

BY_HAND: Final = "by hand"


@dataclass(frozen=True)
class Chosen:
    """A map chosen by hand or read from a file.

    Attributes:
        family: kind of rig detected before the map was edited.
        bones: joint -> bone. Joints that are not in it have no bone.
        weights: weights of single bones (`RigMap.weights`), if the map was read from a file with weights.
    """

    family: str
    bones: Mapping[str, str]
    weights: Mapping[str, float] = field(default_factory=dict)


def attach() -> None:
    """Register the property of objects if needed; the command line uses it without enabling the add-on."""
    attach_text(
        _KEY,
        name="Bone Map",
        description="Which bone follows which joint, as text; empty to let Mimic find out",
    )


def detach() -> None:
    """Unregister the property; chosen maps stay stored in the objects."""
    delattr(bpy.types.Object, _KEY)


def name_of(armature: bpy.types.Object) -> str:
    """Return an armature's name for messages."""
    return f'Armature "{armature.name}"'


def chosen(armature: bpy.types.Object) -> Chosen | None:
    """Return the map chosen for an armature; None if there is none."""
    text = _text(armature)
    return _parsed(text) if text else None


def choose(
    armature: bpy.types.Object,
    bones: Mapping[str, str],
    *,
    family: str = "",
    weights: Mapping[str, float] | None = None,
) -> None:
    """Store a map for an armature. Bones that it does not have are kept, as they may get their names back.

    Args:
        armature: the armature object.
        bones: joint -> bone.
        family: kind of rig; by default unchanged.
        weights: weights of single bones; by default unchanged.

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
    """Remove the map chosen for an armature, so that its bones are detected automatically.

    Raises:
        ArmatureLocked: the object is linked from another file.
    """
    _check_own(armature)
    setattr(armature, _KEY, "")
    armature.update_tag()


def rig_map_of(armature: bpy.types.Object, rig: Rig) -> RigMap:
    """Return the bone map of an armature: the chosen one, or else the automatic one.

    Args:
        armature: the armature object.
        rig: its bones, as read by `rig_of`.

    Raises:
        RigUnmapped: it is not a humanoid, or the chosen bones are too few.
    """
    picked = chosen(armature)
    if picked is None:
        return map_rig(rig, name=name_of(armature))
    return _by_choice(armature, rig, picked)


def load(armature: bpy.types.Object, path: Path) -> RigMap:
    """Read an armature's map from a file. Bones that it does not have are left out, with a warning in the map.

    Raises:
        PresetUnreadable, RigUnmapped, ArmatureLocked.
    """
    _check_own(armature)
    rig = rig_of(armature)
    loaded = presets.load(path, rig, base=_found_or_none(rig), name=name_of(armature))
    choose(armature, loaded.bones, family=loaded.family, weights=loaded.weights)
    return loaded


def mapped_by_file(armature: bpy.types.Object, path: Path) -> None:
    """Read an armature's map from the VRM file that it was imported from, unless its bone names are known.

    Known names are preferred because a VRM may leave out optional bones, for example thumbs.
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
        RigUnmapped: the armature has no valid map.
    """
    presets.save(rig_map_of(armature, rig_of(armature)), path)


def fk_warning(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """Return a warning if the limbs of a control rig have to be switched from IK to the mapped bones (FK)."""
    unset = unset_switches(armature, rig_map.switches)
    if not unset:
        return []
    switch, changed = rig_map.switches[0], [each.bone for each in unset]
    return [
        f'{rig_map.family} moved its limbs by IK: "{switch.property}" of {listed(changed)} is now {switch.value:g} '
        "(FK), so that the motion shows; set it back to animate by IK again."
    ]


def switch_to_fk(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """Switch the limbs of a control rig to the mapped bones (FK), and return a warning if they were not."""
    warnings = fk_warning(armature, rig_map)
    set_switches(armature, rig_map.switches)
    return warnings


BY_FILE: Final = "by its VRM file"
"""Kind of rig of a map that a VRM file declares."""


def _by_choice(armature: bpy.types.Object, rig: Rig, picked: Chosen) -> RigMap:
    base = like(_found_or_none(rig), picked.family)
    return map_bones(rig, picked.bones, base=base, name=name_of(armature), weights=picked.weights)


def _found_or_none(rig: Rig) -> RigMap | None:
    try:
        return map_rig(rig)
    except RigUnmapped:
        return None


def _family_of(armature: bpy.types.Object) -> str:
    """Return the detected kind of rig of an armature; empty if there is none."""
    found = _found_or_none(rig_of(armature))
    return "" if found is None else found.family


def like(base: RigMap | None, family: str) -> RigMap | None:
    """Return the automatic map if it is of `family`, as its data beyond the joints then applies to the chosen one."""
    if family == BY_FILE:
        return RigMap(BY_FILE, {}, (), ())
    return base if base is not None and base.family == family else None


def _text(armature: bpy.types.Object) -> str:
    attach()
    return cast(str, getattr(armature, _KEY))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Chosen:
    """Parse a map from its text; an empty map, which the user is then asked to fill, if the text is invalid."""
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

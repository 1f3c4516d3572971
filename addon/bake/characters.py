# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of a bake to a file: rig files and built-in avatars, gathered in one scene."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy

from ..bone_map.store import load, mapped_by_file, rig_map_of
from ..character import files, gather
from ..character.armature import check_editable, rig_of
from ..character.avatar import add_avatar, built_in, dressed
from ..face.vrm import expressions_by_file
from ..stage import current_layer, current_scene
from .rig_files import RigFile


@dataclass(frozen=True)
class Character:
    """An armature of the open scene that is to be keyed, and what its bone map says that it lacks."""

    armature: bpy.types.Object
    notes: tuple[str, ...] = ()


def check_rig(rig: Path | None, armature: str | None = None, *, bone_map: Path | None = None) -> None:
    """Raise a sentence if `bake` could not move a rig file, before long work is done for it. Opens it in Blender.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures, RigUnmapped, ArmatureLocked, PresetUnreadable.
    """
    character = _first(RigFile(rig, armature, bone_map)).armature
    check_editable(character)
    rig_map_of(character, rig_of(character))


def open_characters(rigs: Sequence[RigFile]) -> list[Character]:
    """Replace the open file by a scene with a character of each rig file.

    The first one's file is opened with its scene if it is a .blend. A file that is named several times gives a
    character each time; an armature that is in the open scene already is used first.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures, RigUnmapped, ArmatureLocked, PresetUnreadable.
    """
    characters = [_first(rigs[0])]
    for number, rig in enumerate(rigs[1:], start=1):
        taken = [character.armature for character in characters]
        characters.append(_next(rig, rigs[0], taken, number))
    current_layer().update()  # Where they are is read next.
    return characters


def _first(rig: RigFile) -> Character:
    if rig.path is None:
        files.new_scene()
        return _mapped(add_avatar(current_scene()), rig)
    return _mapped(files.open_rig(rig.path, rig.armature), rig)


def _next(rig: RigFile, first: RigFile, taken: Sequence[bpy.types.Object], number: int) -> Character:
    if rig.path is None:
        return _mapped(add_avatar(current_scene(), dressed(built_in(), number)), rig)
    if rig.is_scene and rig.path == first.path:
        here = taken[0] if rig.armature is None else files.armature_in_scene(rig.path, rig.armature)
        return _mapped(gather.duplicate(here) if here in taken else here, rig)
    return _mapped(gather.add_rig(rig.path, rig.armature), rig)


def _mapped(armature: bpy.types.Object, rig: RigFile) -> Character:
    """Give an armature the maps that its own file and a file of the user's hold."""
    if rig.path is not None:
        mapped_by_file(armature, rig.path)
        expressions_by_file(armature, rig.path)
    notes = load(armature, rig.bone_map).warnings if rig.bone_map is not None else ()
    return Character(armature, notes)

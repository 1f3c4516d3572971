# SPDX-License-Identifier: GPL-3.0-or-later
"""The face map of a character: detected automatically, or edited by the user and stored with the armature.

An edited map is a property of the armature object, so that it is saved, undone, copied and overridden with it. Its
text is the same as in a face map file (`retarget.face.presets`).
"""

from functools import lru_cache
from pathlib import Path
from typing import Final, cast

import bpy

from ...retarget.errors import PresetUnreadable
from ...retarget.face import presets
from ...retarget.face.edits import BY_HAND
from ...retarget.face.face_mapping import map_face
from ...retarget.face.face_rig import FaceMap, FaceRig
from ..bone_map.store import name_of
from ..character.armature import bones_of
from ..errors import ArmatureLocked
from ..object_text import attach_text

_KEY: Final = "mimic_face_map"


def attach() -> None:
    """Register the property of objects if needed; the command line uses it without enabling the add-on."""
    attach_text(
        _KEY,
        name="Face Map",
        description="Which expressions move which shape keys and bones, as text; empty to let Mimic find out",
    )


def detach() -> None:
    """Unregister the property; edited maps stay stored in the objects."""
    delattr(bpy.types.Object, _KEY)


def face_map_of(armature: bpy.types.Object, face: FaceRig) -> FaceMap:
    """Return the face map of an armature: the edited one, or else the automatic one.

    What the character lacks of an edited map is left out, and named in its warnings.

    Args:
        armature: the armature object.
        face: its face, as read by `face_rig_of`.
    """
    chosen = chosen_map(armature)
    name = name_of(armature)
    return map_face(face, name=name) if chosen is None else presets.fitted(chosen, face, name=name)


def chosen_map(armature: bpy.types.Object) -> FaceMap | None:
    """Return the edited map of an armature, with names that the character may lack; None if there is none."""
    text = chosen_text(armature)
    return _parsed(text) if text else None


def chosen_text(armature: bpy.types.Object) -> str:
    """Return the text of the edited map of an armature; empty if there is none."""
    attach()
    return cast(str, getattr(armature, _KEY))


def choose(armature: bpy.types.Object, face_map: FaceMap) -> None:
    """Store a map for an armature. Targets that the character does not have are kept, as they may come back.

    Raises:
        ArmatureLocked: the object is linked from another file.
    """
    _set(armature, presets.to_text(face_map))


def forget(armature: bpy.types.Object) -> None:
    """Remove the map edited for an armature, so that its face is detected automatically.

    Raises:
        ArmatureLocked: the object is linked from another file.
    """
    _set(armature, "")


def load(armature: bpy.types.Object, path: Path, face: FaceRig) -> FaceMap:
    """Read an armature's map from a file, and return it. What the character does not have is named in its warnings.

    Raises:
        PresetUnreadable, ArmatureLocked.
    """
    _check_own(armature)
    loaded = presets.load(path, face)
    choose(armature, loaded)
    return loaded


def save(armature: bpy.types.Object, path: Path, face: FaceRig) -> None:
    """Write an armature's map to a file.

    Raises:
        PresetUnreadable: the file cannot be written.
    """
    presets.save(face_map_of(armature, face), path)


@lru_cache(maxsize=64)
def _parsed(text: str) -> FaceMap:
    """Parse a map from its text; an empty map, which the user is then asked to fill, if the text is invalid."""
    try:
        return presets.from_text(text)
    except PresetUnreadable:
        return FaceMap(BY_HAND, ())


def _set(armature: bpy.types.Object, text: str) -> None:
    _check_own(armature)
    attach()
    setattr(armature, _KEY, text)
    armature.update_tag()


def _check_own(armature: bpy.types.Object) -> None:
    bones_of(armature)
    if armature.library is not None:
        raise ArmatureLocked(
            f"{name_of(armature)} is linked from another file: make a library override of it to edit its face map."
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps as files: what a user has set right once, kept and handed on, for any rig with such bones.

They are TOML, which Python reads but does not write. The writer is our own, as a library for it would be one more wheel
with its licence in every zip, for two flat tables of strings and numbers; the tests read all kinds of names back.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ...models.body.joints import INDEX, JOINTS, mirrored
from ..errors import PresetUnreadable
from .mapping import map_bones
from .rig import Rig, RigMap
from .twins import twins

_HEADER: Final = "# A bone map of Mimic: on the left the joints of the body, on the right the bones of the rig.\n"


def to_text(family: str, bones: Mapping[str, str], weights: Mapping[str, float] | None = None) -> str:
    """A map as TOML: the family, the bone of each joint, and the weights of single bones (`RigMap.weights`)."""
    lines = [f"{joint} = {_quoted(bones[joint])}" for joint in JOINTS if bones.get(joint)]
    text = f"{_HEADER}\nfamily = {_quoted(family)}\n\n[bones]\n" + "\n".join(lines) + "\n"
    if weights:
        text += "\n[weights]\n" + "".join(f"{_quoted(bone)} = {float(weight)!r}\n" for bone, weight in weights.items())
    return text


def from_text(text: str, *, where: str = "The bone map") -> tuple[str, dict[str, str]]:
    """Family, and joint -> bone, of a map as TOML.

    Args:
        text: what `to_text` gave.
        where: what to call it in messages.

    Raises:
        PresetUnreadable: it is no such map.
    """
    table = _table(text, where)
    bones, family = table.get("bones"), table.get("family", "by hand")
    if not isinstance(bones, dict) or not all(isinstance(bone, str) for bone in bones.values()):
        raise PresetUnreadable(f"{where} has no table [bones] of joints and bone names: export it again.")
    unknown = [joint for joint in bones if joint not in INDEX]
    if unknown:
        raise PresetUnreadable(f"{where} has “{unknown[0]}”, which is no joint: take that line out.")
    return str(family), bones


def weights_in(text: str, *, where: str = "The bone map") -> dict[str, float]:
    """Bone -> its weight, of a map as TOML; of those that it gives one.

    Args:
        text: what `to_text` gave.
        where: what to call it in messages.

    Raises:
        PresetUnreadable: it is no such map, or a weight is no number from 0 on.
    """
    weights = _table(text, where).get("weights", {})
    for bone, weight in weights.items() if isinstance(weights, dict) else (("[weights]", None),):
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0.0 <= weight < float("inf"):
            raise PresetUnreadable(f"{where} gives “{bone}” a weight that is no number from 0 on: correct that line.")
    return {bone: float(weight) for bone, weight in weights.items()}


def _table(text: str, where: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PresetUnreadable(f"{where} is no TOML ({fault}): export it again or correct that line.") from fault


def save(rig_map: RigMap, path: Path) -> None:
    """Write a map to a file.

    Raises:
        PresetUnreadable: the file cannot be written.
    """
    try:
        path.write_text(to_text(rig_map.family, rig_map.bones, rig_map.weights), encoding="utf-8")
    except OSError as fault:
        raise PresetUnreadable(f"“{path}” cannot be written ({fault.strerror}): choose another folder.") from fault


def load(path: Path, rig: Rig, *, base: RigMap | None = None, name: str = "The armature") -> RigMap:
    """Read a map from a file, for a rig. Bones that the rig does not have are left out, with a warning in the map.

    Args:
        path: what `save` wrote.
        rig: the rig to move.
        base: the map that the rig has by itself, for what it says beyond the joints.
        name: what to call the rig in messages.

    Raises:
        PresetUnreadable: the file cannot be read, or is no map.
        RigUnmapped: what is left of it is too little to move.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise PresetUnreadable(f"“{path}” cannot be read as a bone map: choose a file that Mimic exported.") from fault
    family, bones = from_text(text, where=f"“{path}”")
    same = base if base is not None and base.family == family else None
    return map_bones(rig, bones, base=same, name=name, weights=weights_in(text, where=f"“{path}”"))


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def mirrored_bones(bones: Mapping[str, str], rig: Rig, *, source: str = "Left") -> dict[str, str]:
    """The bones of one side after those of the other: by names that differ in the side alone, or by their places.

    Joints without a bone leave the other side without one too. Where a bone has none opposite to it, the joint of the
    other side keeps what it has.

    Args:
        bones: joint -> bone.
        rig: the rig.
        source: the side that is taken over, "Left" or "Right".
    """
    opposite = twins(rig)
    result = dict(bones)
    for joint in (joint for joint in JOINTS if joint.startswith(source)):
        bone = bones.get(joint)
        if not bone:
            result.pop(mirrored(joint), None)
        elif bone in opposite:
            result[mirrored(joint)] = opposite[bone]
    return result

# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps as files: what a user has set right once, kept and handed on, for any rig with such bones."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from ..models.body.joints import INDEX, JOINTS, mirrored
from .errors import PresetUnreadable
from .mapping import map_bones
from .names import opposite
from .rig import Rig, RigMap

_HEADER: Final = "# A bone map of Mimic: on the left the joints of the body, on the right the bones of the rig.\n"


def to_text(rig_map: RigMap) -> str:
    """A map as TOML: the family, and the bone of each joint."""
    lines = [f"{joint} = {_quoted(rig_map.bones[joint])}" for joint in JOINTS if joint in rig_map.bones]
    return f"{_HEADER}\nfamily = {_quoted(rig_map.family)}\n\n[bones]\n" + "\n".join(lines) + "\n"


def from_text(text: str, *, where: str = "The bone map") -> tuple[str, dict[str, str]]:
    """Family, and joint -> bone, of a map as TOML.

    Args:
        text: what `to_text` gave.
        where: what to call it in messages.

    Raises:
        PresetUnreadable: it is no such map.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PresetUnreadable(f"{where} is no TOML ({fault}): export it again or correct that line.") from fault
    bones, family = table.get("bones"), table.get("family", "by hand")
    if not isinstance(bones, dict) or not all(isinstance(bone, str) for bone in bones.values()):
        raise PresetUnreadable(f"{where} has no table [bones] of joints and bone names: export it again.")
    unknown = [joint for joint in bones if joint not in INDEX]
    if unknown:
        raise PresetUnreadable(f"{where} has “{unknown[0]}”, which is no joint: take that line out.")
    return str(family), bones


def save(rig_map: RigMap, path: Path) -> None:
    """Write a map to a file.

    Raises:
        PresetUnreadable: the file cannot be written.
    """
    try:
        path.write_text(to_text(rig_map), encoding="utf-8")
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
    return map_bones(rig, bones, base=same, name=name)


def _quoted(text: str) -> str:
    """A basic string of TOML."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def mirrored_bones(bones: Mapping[str, str], rig: Rig) -> dict[str, str]:
    """The right side's bones after those of the left, by names that differ in the side alone.

    Joints of the right keep what they have where the rig has no such bone.
    """
    twins = opposite(rig.names)
    result = dict(bones)
    for joint, bone in bones.items():
        if joint.startswith("Left") and bone in twins:
            result[mirrored(joint)] = twins[bone]
    return result

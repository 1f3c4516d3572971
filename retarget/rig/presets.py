# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps as files, to keep and share a map that a user corrected, for any rig with the same bones.

They are TOML, which Python reads but does not write. The writer here is hand-made: a library would be one more wheel,
with its licence, in every zip, for two flat tables of strings and numbers. The tests read all kinds of names back.
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

_HEAVIEST: Final = 1_000_000
"""Largest weight of a bone, which keeps the sums of weights finite."""

_HEADER: Final = "# A bone map of Mimic: on the left the joints of the body, on the right the bones of the rig.\n"


def to_text(family: str, bones: Mapping[str, str], weights: Mapping[str, float] | None = None) -> str:
    """Write a map as TOML: the family, the bone of each joint, and the weights of single bones (`RigMap.weights`)."""
    lines = [f"{joint} = {quoted(bones[joint])}" for joint in JOINTS if bones.get(joint)]
    text = f"{_HEADER}\nfamily = {quoted(family)}\n\n[bones]\n" + "\n".join(lines) + "\n"
    if weights:
        text += "\n[weights]\n" + "".join(f"{quoted(bone)} = {float(weight)!r}\n" for bone, weight in weights.items())
    return text


def from_text(text: str, *, where: str = "The bone map") -> tuple[str, dict[str, str]]:
    """Read the family, and joint -> bone, from a map as TOML.

    Args:
        text: the output of `to_text`.
        where: the map's name in messages.

    Raises:
        PresetUnreadable: the text is not a bone map.
    """
    table = table_of(text, where)
    bones, family = table.get("bones"), table.get("family", "by hand")
    if not isinstance(bones, dict) or not all(isinstance(bone, str) for bone in bones.values()):
        raise PresetUnreadable(f"{where} has no table [bones] of joints and bone names: export it again.")
    unknown = [joint for joint in bones if joint not in INDEX]
    if unknown:
        raise PresetUnreadable(f"{where} has “{unknown[0]}”, which is not a joint of Mimic: remove that line.")
    return str(family), bones


def weights_in(text: str, *, where: str = "The bone map") -> dict[str, float]:
    """Read bone -> weight from a map as TOML, for the bones that have one.

    Args:
        text: the output of `to_text`.
        where: the map's name in messages.

    Raises:
        PresetUnreadable: the text is not a bone map, or a weight is not a number from 0 to a million.
    """
    weights = table_of(text, where).get("weights", {})
    for bone, weight in weights.items() if isinstance(weights, dict) else (("[weights]", None),):
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0.0 <= weight <= _HEAVIEST:
            raise PresetUnreadable(
                f"{where} has a weight of “{bone}” that is not a number from 0 to {_HEAVIEST}: correct that line."
            )
    return {bone: float(weight) for bone, weight in weights.items()}


def table_of(text: str, where: str) -> dict[str, Any]:
    """Read a map as TOML.

    Args:
        text: a map of bones or of a face.
        where: its name in messages.

    Raises:
        PresetUnreadable: the text is not TOML.
    """
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise PresetUnreadable(f"{where} is not TOML ({fault}): correct that line or export it again.") from fault


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
        path: a file that `save` wrote.
        rig: the rig to animate.
        base: the rig's automatic map, for everything except the joints.
        name: the rig's name in messages.

    Raises:
        PresetUnreadable: the file cannot be read, or is not a bone map.
        RigUnmapped: the remaining bones are too few.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise PresetUnreadable(f"“{path}” cannot be read as a bone map: choose a file that Mimic exported.") from fault
    family, bones = from_text(text, where=f"“{path}”")
    same = base if base is not None and base.family == family else None
    return map_bones(rig, bones, base=same, name=name, weights=weights_in(text, where=f"“{path}”"))


def quoted(text: str) -> str:
    """Quote a text as a basic TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def mirrored_bones(bones: Mapping[str, str], rig: Rig, *, source: str = "Left") -> dict[str, str]:
    """Copy the map of one side to the other, matching bones by names that differ in the side alone, or by position.

    A joint without a bone removes the other side's bone too. If a bone has no counterpart, the joint of the other side
    keeps its bone.

    Args:
        bones: joint -> bone.
        rig: the rig.
        source: the side to copy from, "Left" or "Right".
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

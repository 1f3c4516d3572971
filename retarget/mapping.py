# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone of a rig follows which joint of the body: bone names, as data, checked against the hierarchy."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ..models.body.joints import INDEX, JOINTS, PARENTS
from .errors import RigUnmapped
from .rig import Rig, RigMap


@dataclass(frozen=True)
class Family:
    """Bone names of one kind of rig, without what may stand before them.

    Attributes:
        name: the family in words ("Mixamo").
        names: joint name -> bone name.
        required: joints without which a rig cannot be moved as a humanoid.
    """

    name: str
    names: Mapping[str, str]
    required: tuple[str, ...]


@cache
def families() -> tuple[Family, ...]:
    """All families that lie as TOML files in `maps`."""
    folder = resources.files(f"{__package__}.maps")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    return tuple(Family(table["family"], table["names"], tuple(table["required"])) for table in tables)


def map_rig(rig: Rig, *, name: str = "The armature") -> RigMap:
    """Find the family whose bone names fit the rig best, and the bone of each joint.

    Args:
        rig: the rig.
        name: what to call it when it cannot be mapped.

    Raises:
        RigUnmapped: bones that a humanoid needs are absent, or hang on the wrong parents.
    """
    candidates = [(family, _bones(rig, family)) for family in families()]
    family, bones = max(candidates, key=lambda candidate: len(candidate[1]))
    absent = [family.names[joint] for joint in family.required if joint not in bones]
    if absent:
        raise RigUnmapped(
            f"{name} has no bones named like {family.name}'s {_listed(absent)}; "
            "Mimic needs a humanoid rig with such bone names."
        )
    _check_parents(rig, bones, name)
    used = set(bones.values())
    return RigMap(
        family=family.name,
        bones=bones,
        missing=tuple(joint for joint in JOINTS if joint not in bones),
        unmapped=tuple(bone for bone in rig.names if bone not in used),
    )


def _bones(rig: Rig, family: Family) -> dict[str, str]:
    """Joint -> bone with the prefix that explains most bones (the first such, should two explain as many)."""
    known = set(rig.names)
    hips = family.names["Hips"]
    prefixes = [bone.removesuffix(hips) for bone in rig.names if bone.endswith(hips)]
    best: dict[str, str] = {}
    for prefix in dict.fromkeys(["", *prefixes]):
        found = {joint: prefix + bone for joint, bone in family.names.items() if prefix + bone in known}
        if len(found) > len(best):
            best = found
    return best


def _check_parents(rig: Rig, bones: Mapping[str, str], name: str) -> None:
    """Every mapped bone must hang, over any number of other bones, on the bone of the joint before it."""
    index = {bone: i for i, bone in enumerate(rig.names)}
    joint_of = {bone: joint for joint, bone in bones.items()}
    for joint, bone in bones.items():
        above = _ancestor_joint(joint, bones)
        parent = int(rig.parents[index[bone]])
        while parent >= 0 and rig.names[parent] not in joint_of:
            parent = int(rig.parents[parent])
        found = joint_of[rig.names[parent]] if parent >= 0 else ""
        if found != above:
            wanted = bones[above] if above else "no other mapped bone"
            raise RigUnmapped(
                f'{name} has a bone "{bone}" that does not hang on {wanted}; '
                "Mimic needs a humanoid rig whose bones are parented as their names say."
            )


def _ancestor_joint(joint: str, bones: Mapping[str, str]) -> str:
    """The nearest joint above `joint` that has a bone; empty if there is none."""
    parent = PARENTS[INDEX[joint]]
    while parent >= 0 and JOINTS[parent] not in bones:
        parent = PARENTS[parent]
    return JOINTS[parent] if parent >= 0 else ""


def _listed(names: list[str], most: int = 4) -> str:
    """Names for a sentence, the first few of them."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown

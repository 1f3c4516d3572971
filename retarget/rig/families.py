# SPDX-License-Identifier: GPL-3.0-or-later
"""Families of rigs with known bone names, as data, and matching a rig's bone names against them."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from ...models.body.joints import FINGERS, JOINTS, mirrored
from .names import PlainName, plain
from .rig import Control, Share, Switch

SPINE: Final = ("Spine", "Spine1", "Spine2")

_OPPOSITE: Final = {"": "", "Left": "Right", "Right": "Left"}


@dataclass(frozen=True)
class Family:
    """Bone names of one kind of rig, without prefix or suffix.

    Attributes:
        name: display name of the family ("Mixamo").
        names: joint -> possible names of its bone, the most likely first. The joints of the spine are in `spine`.
        fingers: finger of the left hand ("LeftHandThumb") -> possible names of its bones, joint by joint. A rig may
            lack the first ones; the first three that exist count.
        spine: names of the bones from the hips to the chest, in order; a rig may have only some of them.
        root: name of the bone that carries the whole body, if it is not the hips'.
        constrained: bone name -> how the rig's own constraints rotate that bone.
        switches: properties that give control of the limbs to the bones named here (FK).
        controls: IK controls of the left limbs, and the properties that switch to them.
        weights: bone name -> its share in the bend or twist of its chain, where length and position do not give it.
    """

    name: str
    names: Mapping[str, tuple[str, ...]]
    fingers: Mapping[str, tuple[tuple[str, ...], ...]]
    spine: tuple[str, ...]
    root: str
    constrained: Mapping[str, Share]
    switches: tuple[Switch, ...]
    controls: tuple[Control, ...]
    weights: Mapping[str, float]


@dataclass(frozen=True)
class FamilyMatch:
    """Bones of a rig that match a family's names.

    Attributes:
        family: the family.
        bones: joint -> bone.
        resolve: name in the family's file -> bone, for its root, constrained and weighted bones and switches.
        controls: IK controls of its limbs.
    """

    family: Family
    bones: Mapping[str, str]
    resolve: Mapping[str, str]
    controls: tuple[Control, ...] = ()


@cache
def families() -> tuple[Family, ...]:
    """Read all families from the TOML files in `maps`."""
    folder = resources.files(f"{__package__}.maps")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return tuple(_family(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)


def _family(table: Mapping[str, Any]) -> Family:
    """Build a family from its file, which lists the midline and the left side only."""
    left = {joint: _several(names) for joint, names in table["names"].items()}
    table_of_fingers = table.get("fingers", {"names": (), "pattern": ()})
    numbers = table_of_fingers.get("numbers", ("1", "2", "3"))
    patterns = _several(table_of_fingers["pattern"])
    fingers = {
        f"LeftHand{finger}": tuple(tuple(p.format(finger=label, n=n) for p in patterns) for n in numbers)
        for finger, label in zip(FINGERS, table_of_fingers["names"], strict=False)
        if f"LeftHand{finger}1" not in left
    }
    return Family(
        name=table["family"],
        names={joint: left[joint] for joint in JOINTS if joint in left},
        fingers=fingers,
        spine=tuple(table["spine"]),
        root=table.get("root", ""),
        constrained={bone: Share(**share) for bone, share in table.get("constrained", {}).items()},
        switches=tuple(Switch(**switch) for switch in table.get("switches", ())),
        controls=tuple(_control(joint, entry) for joint, entry in table.get("ik", {}).items()),
        weights=table.get("weights", {}),
    )


def _control(joint: str, table: Mapping[str, Any]) -> Control:
    return Control(
        joint=joint,
        target=table["target"],
        pole=table.get("pole", ""),
        followers=table.get("followers", {}),
        switches=tuple(Switch(table["switch"], name, value) for name, value in table.get("set", {}).items()),
    )


def _several(names: str | list[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def match_family(family: Family, bone_names: tuple[str, ...]) -> FamilyMatch:
    """Match a rig's bones against a family's names, with the prefix and suffix that fit most of them.

    Args:
        family: the family.
        bone_names: all bones of a rig.
    """
    known: dict[PlainName, str] = {}
    for bone in bone_names:
        known.setdefault(plain(bone), bone)
    best: dict[str, str] = {}
    frame = ("", "")
    for before, after in _frames(family, known):
        found = _bones(family, known, before, after)
        if len(found) > len(best):
            best, frame = found, (before, after)
    others = [family.root, *family.constrained, *family.weights, *(switch.bone for switch in family.switches)]
    resolve = {other: known[_framed(other, *frame)] for other in others if other and _framed(other, *frame) in known}
    return FamilyMatch(family, best, resolve, tuple(_controls(family, known, *frame)))


def _controls(family: Family, known: Mapping[PlainName, str], before: str, after: str) -> Iterator[Control]:
    """Yield the controls of both sides that the rig has a target for, by the rig's bone names."""
    for control in family.controls:
        for other in (False, True):
            bones = {label: known.get(_framed(label, before, after, opposite=other), "") for label in control.bones}
            if not bones[control.target]:
                continue
            own = mirrored if other else str
            yield Control(
                joint=own(control.joint),
                target=bones[control.target],
                pole=bones.get(control.pole, ""),
                followers={own(joint): bones[label] for joint, label in control.followers.items() if bones[label]},
                switches=tuple(
                    Switch(known[holder], switch.property, switch.value)
                    for switch in control.switches
                    if (holder := _framed(switch.bone, before, after, opposite=other)) in known
                ),
            )


def _frames(family: Family, known: Mapping[PlainName, str]) -> Iterator[tuple[str, str]]:
    """Yield candidate pairs of prefix and suffix: none, then those around the names of the hips and the head."""
    seen = {("", "")}
    yield "", ""
    for joint in ("Hips", "Head"):
        for wanted in family.names.get(joint, ()):
            text = plain(wanted).text
            for name in known:
                at = name.text.rfind(text)
                frame = (name.text[:at], name.text[at + len(text) :])
                if at >= 0 and not name.side and frame not in seen:
                    seen.add(frame)
                    yield frame


def _bones(family: Family, known: Mapping[PlainName, str], before: str, after: str) -> dict[str, str]:
    """Map joints to bones, given a prefix and a suffix."""
    spine = [known[name] for name in (_framed(label, before, after) for label in family.spine) if name in known]
    bones = spine_joints(list(dict.fromkeys(spine)))
    taken = set(spine)

    def named(labels: tuple[str, ...], *, opposite: bool) -> str | None:
        names = (_framed(label, before, after, opposite=opposite) for label in labels)
        return next((known[name] for name in names if name in known and known[name] not in taken), None)

    for joint, labels in family.names.items():
        for own in dict.fromkeys((joint, mirrored(joint))):
            bone = named(labels, opposite=own != joint)
            if bone is not None:
                bones[own] = bone
                taken.add(bone)
    for finger, knuckles in family.fingers.items():
        for own in (finger, mirrored(finger)):
            chain = [bone for labels in knuckles if (bone := named(labels, opposite=own != finger)) is not None]
            bones |= {f"{own}{k}": bone for k, bone in enumerate(chain[:3], 1)}
    return bones


def _framed(label: str, before: str, after: str, *, opposite: bool = False) -> PlainName:
    name = plain(label)
    return PlainName(_OPPOSITE[name.side] if opposite else name.side, before + name.text + after)


def spine_joints(bones: list[str]) -> dict[str, str]:
    """Map the joints of the spine to bones from hips to chest. The last one is the chest, parent of arms and neck."""
    if not bones:
        return {}
    if len(bones) == 1:
        return {"Spine2": bones[0]}
    if len(bones) == 2:
        return {"Spine": bones[0], "Spine2": bones[1]}
    return {"Spine": bones[0], "Spine1": bones[len(bones) // 2], "Spine2": bones[-1]}

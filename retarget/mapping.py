# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone of a rig follows which joint of the body: by names, checked against the hierarchy, or by structure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ..models.body.joints import INDEX, JOINTS, PARENTS
from .chains import completed
from .errors import RigUnmapped
from .families import SPINE, Found, families, find
from .names import words
from .rig import Rig, RigMap
from .structure import bones_by_structure

BY_STRUCTURE: Final = "by structure"

TRUNK: Final = frozenset({"", "Hips", *SPINE, "Neck"})
"""Where in the trunk a limb begins differs from rig to rig; as motion is given to every bone, it need not matter."""

_FINGER_WORDS: Final = frozenset({"thumb", "index", "middle", "ring", "pinky", "little", "finger"})

ARMS: Final = ("LeftArm", "LeftForeArm", "RightArm", "RightForeArm")
LEGS: Final = ("LeftUpLeg", "LeftLeg", "RightUpLeg", "RightLeg")


def map_rig(rig: Rig, *, name: str = "The armature") -> RigMap:
    """Find the family whose bone names fit the rig best, and the bone of each joint.

    Where no family names a whole humanoid, shape and hierarchy tell the bones.

    Args:
        rig: the rig.
        name: what to call it when it cannot be mapped.

    Raises:
        RigUnmapped: bones that a humanoid needs are absent, or hang on the wrong parents.
    """
    best = max((find(family, rig.names) for family in families()), key=lambda found: _fit(rig, found))
    if _absent(best.bones):
        try:
            bones = bones_by_structure(rig, name=name)
        except RigUnmapped as fault:
            if "Hips" not in best.bones and _is_hand(rig):
                raise RigUnmapped(
                    f"{name} is a hand alone; Mimic moves hands on characters only: choose an armature with arms."
                ) from fault
            if len(best.bones) >= len(ARMS):
                raise RigUnmapped(_incomplete(name, best)) from fault
            raise
        return completed(rig, RigMap(BY_STRUCTURE, bones, (), ()))
    if not best.family.carried:
        _check_parents(rig, best.bones, name)
    return replace(
        completed(rig, _labelled(best)),
        warnings=(*_parts_missing(name, best.bones), *_second_skeleton(rig, best, name)),
    )


def map_bones(rig: Rig, bones: Mapping[str, str], *, base: RigMap | None = None, name: str = "The armature") -> RigMap:
    """A map from bones that were chosen by hand: what follows from them is worked out again.

    Args:
        rig: the rig.
        bones: joint -> bone. Bones that the rig does not have are left out, with a warning.
        base: the map that was edited, for what it says beyond the joints.
        name: what to call the rig in messages.

    Raises:
        RigUnmapped: what is left is too little to move.
    """
    known = set(rig.names)
    unknown = [bone for joint, bone in bones.items() if bone not in known or joint not in INDEX]
    kept = {joint: bones[joint] for joint in JOINTS if bones.get(joint) in known}
    absent = _absent(kept)
    if absent:
        raise RigUnmapped(f"{name} has no bone for {listed(absent)}; choose one for each in the bone map.")
    family = base.family if base is not None else "by hand"
    blank = RigMap(family, kept, (), ()) if base is None else replace(base, bones=kept, shares={})
    warnings = [f"{name} has no bones {listed(unknown)}, which the map names; they are left out."] if unknown else []
    return replace(completed(rig, blank), warnings=(*warnings, *_parts_missing(name, kept)))


def listed(names: list[str], most: int = 4) -> str:
    """Names for a sentence, the first few of them."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _fit(rig: Rig, found: Found) -> int:
    """How many bones a family names whose parents are right too; those with wrong ones speak against it.

    Rigs for animators hold a skeleton to be deformed too, often of another family; their controls count more.
    """
    control = bool(found.family.switches) and all(s.bone in found.resolve for s in found.family.switches)
    bonus = len(JOINTS) if control and not _absent(found.bones) else 0
    misplaced = () if found.family.carried else _misplaced(rig, found.bones)
    return len(found.bones) - 2 * len(misplaced) + bonus


def _labelled(found: Found) -> RigMap:
    """A map with all that the family says of its rigs, in the names of this one."""
    family, resolve = found.family, found.resolve
    return RigMap(
        family=family.name,
        bones={joint: found.bones[joint] for joint in JOINTS if joint in found.bones},
        missing=(),
        unmapped=(),
        root=resolve.get(family.root, ""),
        carried={resolve[bone]: share for bone, share in family.carried.items() if bone in resolve},
        switches=tuple(replace(s, bone=resolve[s.bone]) for s in family.switches if s.bone in resolve),
    )


def _absent(bones: Mapping[str, str]) -> list[str]:
    """Joints without which nothing can be moved: the hips, and both arms or both legs."""
    hips = [] if "Hips" in bones else ["Hips"]
    arms, legs = ([joint for joint in limbs if joint not in bones] for limbs in (ARMS, LEGS))
    return hips + ([] if not arms or not legs else min(arms, legs, key=len))


def _is_hand(rig: Rig) -> bool:
    """Whether most bones are named for fingers."""
    named = sum(any(word in _FINGER_WORDS for word in words(bone)) for bone in rig.names)
    return 2 * named > len(rig.names)


def _incomplete(name: str, found: Found) -> str:
    labels = [found.family.names.get(joint, found.family.spine[:1])[0] for joint in _absent(found.bones)]
    return (
        f"{name} has no bones named like {found.family.name}'s {listed(labels)}; "
        "Mimic needs hips and two arms or two legs: rename the bones or choose them in the bone map."
    )


def _parts_missing(name: str, bones: Mapping[str, str]) -> list[str]:
    """Sentences about whole limbs that the rig does not have."""
    found = []
    for limbs, word in ((ARMS, "arms"), (LEGS, "legs")):
        if any(joint not in bones for joint in limbs):
            found.append(f"{name} has not all bones of two {word}; the motion of its {word} is left out in part.")
    return found


def _second_skeleton(rig: Rig, found: Found, name: str) -> list[str]:
    """A sentence if the bones left over make another whole character of the same family."""
    used = set(found.bones.values())
    other = find(found.family, tuple(bone for bone in rig.names if bone not in used))
    if _absent(other.bones):
        return []
    return [
        f'{name} holds a second character, on "{other.bones["Hips"]}", which is not moved; separate the two to move it.'
    ]


def _check_parents(rig: Rig, bones: Mapping[str, str], name: str) -> None:
    """Raise a sentence about the first bone that hangs on the wrong parent."""
    for joint, above in _misplaced(rig, bones).items():
        wanted = bones[above] if above else "no other mapped bone"
        raise RigUnmapped(
            f'{name} has a bone "{bones[joint]}" that does not hang on {wanted}; '
            "Mimic needs a humanoid rig whose bones are parented as their names say."
        )


def _misplaced(rig: Rig, bones: Mapping[str, str]) -> dict[str, str]:
    """Joints whose bones do not hang, over any number of other bones, on that of the joint before -> that joint."""
    index = {bone: i for i, bone in enumerate(rig.names)}
    joint_of = {bone: joint for joint, bone in bones.items()}
    wrong = {}
    for joint, bone in bones.items():
        above = _ancestor_joint(joint, bones)
        parent = int(rig.parents[index[bone]])
        while parent >= 0 and rig.names[parent] not in joint_of:
            parent = int(rig.parents[parent])
        found = joint_of[rig.names[parent]] if parent >= 0 else ""
        if found != above and not {found, above} <= TRUNK:
            wrong[joint] = above
    return wrong


def _ancestor_joint(joint: str, bones: Mapping[str, str]) -> str:
    """The nearest joint above `joint` that has a bone; empty if there is none."""
    parent = PARENTS[INDEX[joint]]
    while parent >= 0 and JOINTS[parent] not in bones:
        parent = PARENTS[parent]
    return JOINTS[parent] if parent >= 0 else ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Map the bones of a rig to the joints of the body: by name, checked against the hierarchy, or by structure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS, PARENTS, mirrored
from ..errors import RigUnmapped
from .chains import complete_map
from .families import SPINE, FamilyMatch, families, match_family
from .labels import LABELS
from .names import words
from .rest import body_axes, joint_positions
from .rig import Rig, RigMap
from .rig_warnings import ARMS, missing_joints, rig_warnings, second_character
from .structure import bones_by_structure, four_legged_message

BY_STRUCTURE: Final = "by structure"

TRUNK: Final = frozenset({"", "Hips", *SPINE, "Neck"})
"""Joints that may replace each other as parent: limbs branch off the trunk at different bones, which does no harm."""

_FINGER_WORDS: Final = frozenset({"thumb", "index", "middle", "ring", "pinky", "little", "finger"})

_BACKWARDS: Final = 0.5
"""Cosine of the angle between a foot and the direction backwards above which the foot points backwards."""

_LEVEL, _DOWN = 0.5, 0.7
"""Cosines with the vertical: a back below the first is horizontal; arms that point down by more than the second are
legs."""

_PARTS: Final = ("UpLeg", "Leg", "Foot", "Arm", "ForeArm")


def map_rig(rig: Rig, *, name: str = "The armature") -> RigMap:
    """Find the family whose bone names fit the rig best, and the bone of each joint.

    If no family's names give a whole humanoid, shape and hierarchy are used.

    Args:
        rig: the rig.
        name: the rig's name in messages.

    Raises:
        RigUnmapped: bones that a humanoid needs are missing or have the wrong parents.
    """
    best = max((match_family(family, rig.names) for family in families()), key=lambda found: _score(rig, found))
    if missing_joints(best.bones):
        try:
            bones = bones_by_structure(rig, name=name)
        except RigUnmapped as fault:
            if "Hips" not in best.bones and _is_hand(rig):
                raise RigUnmapped(
                    f"{name} is a hand without a body; Mimic needs a whole character: choose an armature with arms."
                ) from fault
            if len(best.bones) >= len(ARMS):
                raise RigUnmapped(_incomplete(name, best)) from fault
            raise
        warnings = [*rig_warnings(rig, bones, name), *second_character(rig, None, bones, name)]
        return replace(complete_map(rig, RigMap(BY_STRUCTURE, bones, (), ())), warnings=tuple(warnings))
    own_map = _map_of(best)
    if _on_all_fours(joint_positions(rig, own_map)):
        raise RigUnmapped(four_legged_message(name))
    warnings = [*rig_warnings(rig, best.bones, name), *second_character(rig, best, best.bones, name)]
    if not best.family.constrained:
        _check_parents(rig, best.bones, name)
        if _backwards(rig, own_map):
            swapped = {mirrored(joint): bone for joint, bone in best.bones.items()}
            own_map = replace(own_map, bones={joint: swapped[joint] for joint in JOINTS if joint in swapped})
            warnings.append(
                f"{name} has its left and right bones swapped, as its toes point backwards; Mimic swaps them back."
            )
    return replace(complete_map(rig, own_map), warnings=tuple(warnings))


def map_bones(
    rig: Rig,
    bones: Mapping[str, str],
    *,
    base: RigMap | None = None,
    name: str = "The armature",
    weights: Mapping[str, float] | None = None,
) -> RigMap:
    """Build a map from bones chosen by hand, and derive all that follows from them.

    Args:
        rig: the rig.
        bones: joint -> bone. Bones that the rig does not have are left out, with a warning.
        base: the map that was edited, for everything except the joints.
        name: the rig's name in messages.
        weights: weights of single bones (`RigMap.weights`), added to those of `base`.

    Raises:
        RigUnmapped: the remaining bones are too few.
    """
    known = set(rig.names)
    unknown = [bone for joint, bone in bones.items() if bone not in known or joint not in INDEX]
    kept = {joint: bones[joint] for joint in JOINTS if bones.get(joint) in known}
    lacking = missing_joints(kept)
    if lacking:
        labels = [LABELS[joint] for joint in lacking]
        raise RigUnmapped(f"{name} has no bone for {listed(labels)}; choose one for each in the bone map.")
    family = base.family if base is not None else "by hand"
    blank = RigMap(family, kept, (), ()) if base is None else replace(base, bones=kept, shares={})
    heavy = {bone: weight for bone, weight in (weights or {}).items() if bone in known}
    blank = replace(blank, weights={**blank.weights, **heavy})
    warnings = (*_left_out(unknown, name), *_mapped_twice(kept, name), *rig_warnings(rig, kept, name))
    return replace(complete_map(rig, blank), warnings=warnings)


def _left_out(unknown: list[str], name: str) -> list[str]:
    """Return a warning about bones that a map names and the rig does not have, if there are any."""
    if not unknown:
        return []
    several = len(unknown) > 1
    left = "they are left out" if several else "it is left out"
    return [f"{name} has no bone{'s' if several else ''} {listed(unknown)}, which the bone map asks for; {left}."]


def _mapped_twice(bones: Mapping[str, str], name: str) -> list[str]:
    """Return a warning about bones mapped to more than one joint, if there are any."""
    twice = sorted(bone for bone, count in Counter(bones.values()).items() if count > 1)
    if not twice:
        return []
    return [f"{name} has {listed(twice)} mapped to several joints, but a bone follows only one; choose other bones."]


def listed(names: list[str], most: int = 4) -> str:
    """Join names for a message, the first `most` of them."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def _score(rig: Rig, found: FamilyMatch) -> int:
    """Score a match: the number of bones found, less a penalty for those with wrong parents.

    Control rigs also contain a deform skeleton, often of another family; their controls take precedence.
    """
    control = bool(found.family.switches) and all(s.bone in found.resolve for s in found.family.switches)
    bonus = len(JOINTS) if control and not missing_joints(found.bones) else 0
    misplaced = () if found.family.constrained else _misplaced(rig, found.bones)
    return len(found.bones) - 2 * len(misplaced) + bonus


def _map_of(found: FamilyMatch) -> RigMap:
    """Build a map from all the data of a family, with the bone names of this rig."""
    family, resolve = found.family, found.resolve
    return RigMap(
        family=family.name,
        bones={joint: found.bones[joint] for joint in JOINTS if joint in found.bones},
        missing=(),
        unmapped=(),
        root=resolve.get(family.root, ""),
        constrained={resolve[bone]: share for bone, share in family.constrained.items() if bone in resolve},
        switches=tuple(replace(s, bone=resolve[s.bone]) for s in family.switches if s.bone in resolve),
        controls=found.controls,
        weights={resolve[bone]: weight for bone, weight in family.weights.items() if bone in resolve},
    )


def _is_hand(rig: Rig) -> bool:
    """Return whether most bones have names of fingers."""
    named = sum(any(word in _FINGER_WORDS for word in words(bone)) for bone in rig.names)
    return 2 * named > len(rig.names)


def _incomplete(name: str, found: FamilyMatch) -> str:
    labels = [found.family.names.get(joint, (LABELS[joint],))[0] for joint in missing_joints(found.bones)]
    return (
        f"{name} has no bones named like {found.family.name}'s {listed(labels)}; "
        "Mimic needs hips and two arms or two legs: rename the bones or choose them in the bone map."
    )


def _on_all_fours(positions: NDArray[np.float64]) -> bool:
    """Return whether the back is horizontal above the legs, and the arms, if any, point down like legs."""
    middles = {part: positions[[INDEX[f"{side}{part}"] for side in ("Left", "Right")]].mean(axis=0) for part in _PARTS}
    end = next((middles[part] for part in ("Foot", "Leg") if np.isfinite(middles[part]).all()), middles["Foot"])
    armed = np.isfinite(middles["ForeArm"]).all()
    tops = [middles["Arm"], *(positions[INDEX[joint]] for joint in ("Head", "Neck", "Spine2"))]
    top = next((place for place in tops if np.isfinite(place).all()), middles["Arm"])
    up, back = rot.unit(middles["UpLeg"] - end), rot.unit(top - middles["UpLeg"])
    level = float(back @ up) < _LEVEL
    return level and (not armed or float(rot.unit(middles["ForeArm"] - middles["Arm"]) @ up) < -_DOWN)


def _backwards(rig: Rig, rig_map: RigMap) -> bool:
    """Return whether both feet point backwards, given its left and right: the rig was mirrored without renaming."""
    positions = joint_positions(rig, rig_map)
    ahead = rot.rotate(body_axes(positions), [0.0, -1.0, 0.0])
    feet = [positions[INDEX[f"{s}ToeBase"]] - positions[INDEX[f"{s}Foot"]] for s in ("Left", "Right")]
    return all(float(foot @ ahead) < -_BACKWARDS * float(np.linalg.norm(foot)) for foot in feet)


def _check_parents(rig: Rig, bones: Mapping[str, str], name: str) -> None:
    """Raise an error about the first bone that has the wrong parent."""
    for joint, above in _misplaced(rig, bones).items():
        fault = f"is not below {bones[above]} in the hierarchy" if above else "is below another mapped bone"
        raise RigUnmapped(
            f'{name} has a bone "{bones[joint]}" that {fault}; '
            "Mimic needs a humanoid rig: correct the parents or choose the bones in the bone map."
        )


def _misplaced(rig: Rig, bones: Mapping[str, str]) -> dict[str, str]:
    """Map each joint whose bone is not a descendant of its parent joint's bone to that parent joint."""
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
    """Return the nearest ancestor of `joint` that has a bone; empty if there is none."""
    parent = PARENTS[INDEX[joint]]
    while parent >= 0 and JOINTS[parent] not in bones:
        parent = PARENTS[parent]
    return JOINTS[parent] if parent >= 0 else ""

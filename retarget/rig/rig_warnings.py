# SPDX-License-Identifier: GPL-3.0-or-later
"""What is odd about a rig that can be moved all the same, in sentences."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from ..errors import RigUnmapped
from .families import FamilyMatch, families, match_family
from .rest import NEXT
from .rig import Rig
from .structure import bones_by_structure

ARMS: Final = ("LeftArm", "LeftForeArm", "RightArm", "RightForeArm")
LEGS: Final = ("LeftUpLeg", "LeftLeg", "RightUpLeg", "RightLeg")

_FEWEST: Final = 10
"""Bones that a character has at the least."""

_ONE_PLACE: Final = 1e-5
"""Of the rig's size: bones that begin nearer to each other than this begin in one place."""


def missing_joints(bones: Mapping[str, str]) -> list[str]:
    """Joints without which nothing can be moved: the hips, and both arms or both legs."""
    hips = [] if "Hips" in bones else ["Hips"]
    arms, legs = ([joint for joint in limbs if joint not in bones] for limbs in (ARMS, LEGS))
    return hips + ([] if not arms or not legs else min(arms, legs, key=len))


def rig_warnings(rig: Rig, bones: Mapping[str, str], name: str) -> list[str]:
    """Sentences about limbs that are not there, and bones that say nothing.

    Args:
        rig: the rig.
        bones: joint -> bone.
        name: what to call the rig.
    """
    found = []
    for limbs, word in ((ARMS, "arms"), (LEGS, "legs")):
        if any(joint not in bones for joint in limbs):
            found.append(f"{name} has not all bones of two {word}; the motion of its {word} is left out in part.")
    return found + _in_one_place(rig, bones, name)


def _in_one_place(rig: Rig, bones: Mapping[str, str], name: str) -> list[str]:
    """A sentence if bones that should lie one behind the other begin in one place."""
    heads, number = rig.rest[:, :3, 3], {bone: i for i, bone in enumerate(rig.names)}
    near = _ONE_PLACE * float(np.ptp(heads, axis=0).max())
    for joint, end in NEXT.items():
        if joint in bones and end in bones:
            here, there = bones[joint], bones[end]
            if np.linalg.norm(heads[number[here]] - heads[number[there]]) <= near:
                said = f'{name} has bones without length: "{here}" begins where "{there}" does, and points nowhere.'
                return [said]
    return []


def second_character(rig: Rig, found: FamilyMatch | None, bones: Mapping[str, str], name: str) -> list[str]:
    """A sentence if the bones left over make another whole character.

    Args:
        rig: the rig.
        found: how its bones were found by their names; None if by structure.
        bones: joint -> bone.
        name: what to call the rig.
    """
    hips = ""
    if found is not None:
        used = set(bones.values())
        other = match_family(found.family, tuple(bone for bone in rig.names if bone not in used))
        hips = "" if missing_joints(other.bones) else other.bones["Hips"]
    # Rigs for animators are made of many trees, and of several skeletons.
    if not hips and (found is None or not found.family.switches):
        hips = _hips_of_another_tree(rig, bones["Hips"])
    return (
        [f'{name} holds a second character, on "{hips}", which is not moved; separate the two to move it.']
        if hips
        else []
    )


def _hips_of_another_tree(rig: Rig, hips: str) -> str:
    """The hips of a character that the largest tree of bones beside the first one's makes; empty for none."""
    top = np.arange(len(rig.names))
    for bone, parent in enumerate(rig.parents):
        if parent >= 0:
            top[bone] = top[parent]
    elsewhere = top[top != top[rig.names.index(hips)]]
    others = np.flatnonzero(top == np.bincount(elsewhere).argmax()) if len(elsewhere) else elsewhere
    if len(others) < _FEWEST:
        return ""
    number = {bone: i for i, bone in enumerate(others)}
    rest = replace(
        rig,
        names=tuple(rig.names[bone] for bone in others),
        parents=np.array([number.get(rig.parents[bone], -1) for bone in others]),
        rest=rig.rest[others],
    )
    named = max((match_family(family, rest.names).bones for family in families()), key=len)
    if not missing_joints(named):
        return named["Hips"]
    try:
        return bones_by_structure(rest)["Hips"]
    except RigUnmapped:
        return ""

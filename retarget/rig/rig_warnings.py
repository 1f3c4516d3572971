# SPDX-License-Identifier: GPL-3.0-or-later
"""Warnings about a rig that can be animated, but not completely or not as expected."""

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
"""Least number of bones of a character."""

_ONE_PLACE: Final = 1e-5
"""Fraction of the rig's size within which the heads of two bones coincide."""


def missing_joints(bones: Mapping[str, str]) -> list[str]:
    """Return the required joints that have no bone: of the hips, and of both arms or both legs."""
    hips = [] if "Hips" in bones else ["Hips"]
    arms, legs = ([joint for joint in limbs if joint not in bones] for limbs in (ARMS, LEGS))
    return hips + ([] if not arms or not legs else min(arms, legs, key=len))


def rig_warnings(rig: Rig, bones: Mapping[str, str], name: str) -> list[str]:
    """Return warnings about missing limbs and about bones of zero length.

    Args:
        rig: the rig.
        bones: joint -> bone.
        name: the rig's name in messages.
    """
    found = []
    for limbs, word in ((ARMS, "arms"), (LEGS, "legs")):
        if any(joint not in bones for joint in limbs):
            found.append(f"{name} lacks bones of its {word}; part of their motion is left out.")
    return found + _in_one_place(rig, bones, name)


def _in_one_place(rig: Rig, bones: Mapping[str, str], name: str) -> list[str]:
    """Return a warning if two bones of a chain begin at the same point."""
    heads, number = rig.rest[:, :3, 3], {bone: i for i, bone in enumerate(rig.names)}
    near = _ONE_PLACE * float(np.ptp(heads, axis=0).max())
    for joint, end in NEXT.items():
        if joint in bones and end in bones:
            bone, following = bones[joint], bones[end]
            if np.linalg.norm(heads[number[bone]] - heads[number[following]]) <= near:
                return [f'{name} has a bone of no length: "{bone}" and "{following}" begin at the same point.']
    return []


def second_character(rig: Rig, found: FamilyMatch | None, bones: Mapping[str, str], name: str) -> list[str]:
    """Return a warning if the remaining bones make another whole character.

    Args:
        rig: the rig.
        found: the match by bone names; None if the bones were found by structure.
        bones: joint -> bone.
        name: the rig's name in messages.
    """
    hips = ""
    if found is not None:
        used = set(bones.values())
        other = match_family(found.family, tuple(bone for bone in rig.names if bone not in used))
        hips = "" if missing_joints(other.bones) else other.bones["Hips"]
    # Control rigs consist of many trees and of several skeletons.
    if not hips and (found is None or not found.family.switches):
        hips = _hips_of_another_tree(rig, bones["Hips"])
    return (
        [f'{name} contains a second character, at "{hips}", which is not animated; separate its bones to animate it.']
        if hips
        else []
    )


def _hips_of_another_tree(rig: Rig, hips: str) -> str:
    """Return the hips of a character in the largest other tree of bones; empty if there is none."""
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

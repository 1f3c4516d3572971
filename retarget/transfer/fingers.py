# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers that are left as they are posed, while hands turn."""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from ...models.body.joints import FINGERS
from ..rig.rig import RigMap, RigMotion
from .pose import RigPose

Moved = TypeVar("Moved", RigMotion, RigPose)


def finger_bones(rig_map: RigMap) -> frozenset[str]:
    """Bones that follow joints of fingers."""
    mapped = {bone for joint, bone in rig_map.bones.items() if _is_finger(joint)}
    return frozenset(mapped | {bone for bone, share in rig_map.shares.items() if _is_finger(share.joint)})


def without_bones(moved: Moved, bones: Collection[str]) -> Moved:
    """A pose or a motion that says nothing of some bones."""
    kept = [row for row, bone in enumerate(moved.bones) if bone not in bones]
    return replace(moved, bones=tuple(moved.bones[row] for row in kept), rotations=moved.rotations[..., kept, :])


def _is_finger(joint: str) -> bool:
    return any(finger in joint for finger in FINGERS)

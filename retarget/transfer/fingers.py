# SPDX-License-Identifier: GPL-3.0-or-later
"""Leave finger bones out of a pose or motion, so that they keep the pose the user gave them."""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeVar

from ...models.body.joints import FINGERS
from ..rig.rig import RigMap, RigMotion
from .pose import RigPose

Moved = TypeVar("Moved", RigMotion, RigPose)


def finger_bones(rig_map: RigMap) -> frozenset[str]:
    """Return the bones that follow joints of fingers."""
    mapped = {bone for joint, bone in rig_map.bones.items() if _is_finger(joint)}
    return frozenset(mapped | {bone for bone, share in rig_map.shares.items() if _is_finger(share.joint)})


def without_bones(moved: Moved, bones: Collection[str]) -> Moved:
    """Return a pose or motion without some of its bones."""
    kept = [row for row, bone in enumerate(moved.bones) if bone not in bones]
    return replace(moved, bones=tuple(moved.bones[row] for row in kept), rotations=moved.rotations[..., kept, :])


def _is_finger(joint: str) -> bool:
    return any(finger in joint for finger in FINGERS)

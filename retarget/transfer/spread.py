# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns of bones that share in a joint's, or in the way from one joint to the next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ..rig.rig import RigMap, Share

Array = NDArray[np.float64]

_LIMB_ENDS = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}


def shares_of(rig_map: RigMap) -> dict[str, Share]:
    """Bone -> how it turns, for every bone that moves: whole joints, shares, and what the rig itself carries."""
    whole = {bone: Share(joint, joint, 0.0) for joint, bone in rig_map.bones.items()}
    return {**whole, **rig_map.shares, **rig_map.carried}


def spread(turns: Array, shares: Sequence[Share], rest: Array) -> Array:
    """Turns (..., k, 4) of bones, from those of the joints.

    Args:
        turns: (..., 52, 4) turns of the joints away from rest, in the body's axes.
        shares: of k bones.
        rest: (52, 3) joints of the body at rest; its segments are the axes of twist.
    """
    start = turns[..., [INDEX[share.joint] for share in shares], :]
    way = rot.multiply(rot.conjugate(start), turns[..., [INDEX[share.end] for share in shares], :])
    axes = np.array([_segment(share, rest) for share in shares]).reshape(-1, 3)
    twisting = np.array([share.twist for share in shares], dtype=bool)[:, None]
    way = np.where(twisting, rot.swing_twist(way, axes)[1], way)
    way = np.where(way[..., :1] < 0.0, -way, way)
    return rot.multiply(start, rot.power(way, np.array([share.part for share in shares])))


def _segment(share: Share, rest: Array) -> Array:
    """Direction of the limb's segment that a joint moves; for those of no limb, up."""
    side = next((side for side in ("Left", "Right") if share.joint.startswith(side)), "")
    end = side + _LIMB_ENDS.get(share.joint.removeprefix(side), "")
    if end not in JOINTS:
        return np.array([0.0, 0.0, 1.0])
    return rot.unit(rest[INDEX[end]] - rest[INDEX[share.joint]])

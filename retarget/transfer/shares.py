# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of bones that follow a joint in part, or lie between two joints."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ..rig.rig import RigMap, Share

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_LIMB_ENDS = {"Arm": "ForeArm", "ForeArm": "Hand", "UpLeg": "Leg", "Leg": "Foot"}


def bone_shares(rig_map: RigMap) -> dict[str, Share]:
    """Map every moving bone to its share: bones of joints, shared bones, and bones that constraints rotate."""
    whole = {bone: Share(joint, joint, 0.0) for joint, bone in rig_map.bones.items()}
    return {**whole, **rig_map.shares, **rig_map.constrained}


@dataclass(frozen=True)
class BoneShares:
    """Shares of k bones in the rotations of the body's joints, as arrays.

    Attributes:
        start: (k,) index of `Share.joint` of each bone.
        partial: (m,) indices of the bones whose `Share.part` is above 0.
        end: (m,) index of `Share.end` of those.
        part: (m,) `Share.part` of those, 0 to 1.
        twisting: (m, 1) whether only the twist is shared.
        axes: (m, 3) axes of that twist, unit vectors in the body's axes.
    """

    start: Indices
    partial: Indices
    end: Indices
    part: Array
    twisting: NDArray[np.bool_]
    axes: Array

    @classmethod
    def of(cls, shares: Sequence[Share], rest: Array) -> "BoneShares":
        """Build the arrays from shares, on a body with its joints (52, 3) at rest."""
        partial = [row for row, share in enumerate(shares) if share.part > 0.0]
        chosen = [shares[row] for row in partial]
        return cls(
            start=np.array([INDEX[share.joint] for share in shares], dtype=np.int64),
            partial=np.array(partial, dtype=np.int64),
            end=np.array([INDEX[share.end] for share in chosen], dtype=np.int64),
            part=np.array([share.part for share in chosen]),
            twisting=np.array([share.twist for share in chosen], dtype=bool)[:, None],
            axes=np.array([_segment(share, rest) for share in chosen]).reshape(-1, 3),
        )

    def turns(self, joints: Array) -> Array:
        """Return the rotations (..., k, 4) of the bones away from rest, from global ones (..., 52, 4) of the joints."""
        result = joints.take(self.start, axis=-2)
        if not len(self.partial):
            return result
        start = result.take(self.partial, axis=-2)
        onward = rot.multiply(rot.conjugate(start), joints.take(self.end, axis=-2))
        onward = np.where(self.twisting, rot.swing_twist(onward, self.axes)[1], onward)
        onward = np.where(onward[..., :1] < 0.0, -onward, onward)
        result[..., self.partial, :] = rot.multiply(start, rot.power(onward, self.part))
        return result


def _segment(share: Share, rest: Array) -> Array:
    """Return the unit direction of the limb segment that a joint rotates; up for joints that are not in a limb."""
    side = next((side for side in ("Left", "Right") if share.joint.startswith(side)), "")
    end = side + _LIMB_ENDS.get(share.joint.removeprefix(side), "")
    if end not in JOINTS:
        return np.array([0.0, 0.0, 1.0])
    return rot.unit(rest[INDEX[end]] - rest[INDEX[share.joint]])

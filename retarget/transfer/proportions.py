# SPDX-License-Identifier: GPL-3.0-or-later
"""Give the body a rig's proportions, so that feet planted on the body are planted on the rig as well."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FOOT_JOINTS, INDEX, JOINTS, PARENTS
from ...models.body.model import Body, hip_height
from ..rig.rest import alignment, body_axes, joint_positions, size_ratio
from ..rig.rig import Rig, RigMap

Array = NDArray[np.float64]

_UP: Final = np.array([0.0, 0.0, 1.0])
_SIDES: Final = ("Left", "Right")
_HEELS: Final = (29, 30)
_ANKLES: Final = [INDEX[f"{side}Foot"] for side in _SIDES]
_HIPS: Final = [INDEX[f"{side}UpLeg"] for side in _SIDES]
_ONWARDS: Final = frozenset({"Spine1", "Spine2", "Head", *(f"{side}Arm" for side in _SIDES)})
"""Joints that may stand in for their parent joint if a rig has no bone for that."""

_LEGS: Final = [*_HIPS, *(INDEX[f"{side}Leg"] for side in _SIDES), *_ANKLES]


def with_proportions(body: Body, rig: Rig, rig_map: RigMap) -> Body:
    """Return a body in metres with the joint positions of the rig when posed in the body's rest pose.

    The rig is scaled to the body's size, as its motion is. A joint without a bone is placed at the next joint, so that
    it rotates what follows without displacing it; without a next joint, it keeps the body's offset from its parent.
    Heels and toe tips scale with the foot.
    """
    positions = _filled(joint_positions(rig, rig_map))
    axes = body_axes(positions)
    into_body = rot.conjugate(axes)
    scale = size_ratio(positions, body.rest, axes)
    turns = rot.multiply(into_body, alignment(positions, body.rest, axes))
    rest = np.array(body.rest)
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            continue
        own = rot.rotate(turns[parent], positions[joint] - positions[parent]) / scale
        rest[joint] = rest[parent] + (own if np.isfinite(own).all() else body.rest[joint] - body.rest[parent])
    if not np.isfinite(positions[_LEGS]).all():
        return _with_feet(replace(body, rest=rest, ends=rest + body.ends - body.rest), body)
    rest[:, 2] += _ankle_height(positions @ rot.rotate(axes, _UP) / scale, body) - rest[_ANKLES, 2].mean()
    return _with_feet(replace(body, rest=rest, ends=rest + body.ends - body.rest), body)


def _filled(positions: Array) -> Array:
    """Fill joint positions (52, 3) that are NaN with those of the next joint along the chain."""
    result = np.array(positions)
    for joint in reversed(range(1, len(PARENTS))):
        parent = PARENTS[joint]
        if np.isfinite(result[joint]).all() and (JOINTS[joint] in _ONWARDS) and not np.isfinite(result[parent]).all():
            result[parent] = result[joint]
    return result


def _ankle_height(heights: Array, body: Body) -> float:
    """Return the height of the rig's ankles above its soles, given heights (52,) of its joints, scaled to the body.

    The balls of its feet are assumed to be as high above the soles as the body's.
    """
    leg = float(heights[_HIPS].mean() - heights[_ANKLES].mean())
    return hip_height(body.rest, _UP) + float(body.rest[list(FOOT_JOINTS), 2].min()) - leg


def _with_feet(grown: Body, body: Body) -> Body:
    """Adapt bone ends and landmarks: limb bones end at the next joint, heels and toe tips scale with the foot."""
    ends, landmarks = np.array(grown.ends), grown.landmarks + (grown.rest - body.rest)[grown.landmark_joints]
    for side, heel in zip(_SIDES, _HEELS, strict=True):
        ankle, toe = INDEX[f"{side}Foot"], INDEX[f"{side}ToeBase"]
        for name, following in (("UpLeg", "Leg"), ("Leg", "Foot"), ("Arm", "ForeArm"), ("ForeArm", "Hand")):
            ends[INDEX[side + name]] = grown.rest[INDEX[side + following]]
        size = _length(grown.rest, ankle, toe) / _length(body.rest, ankle, toe)
        ends[ankle] = grown.rest[toe]
        ends[toe] = grown.rest[toe] + size * (body.ends[toe] - body.rest[toe])
        landmarks[heel] = grown.rest[ankle] + size * (body.landmarks[heel] - body.rest[ankle])
    return replace(grown, ends=ends, landmarks=landmarks)


def _length(rest: Array, ankle: int, toe: int) -> float:
    return float(np.linalg.norm((rest[toe] - rest[ankle])[:2]))

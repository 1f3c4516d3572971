# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each joint's rotation is seen: the least sure of the landmarks that it is made from."""

from typing import Final

import numpy as np

from ....models.body.joints import FINGERS, INDEX, JOINTS
from .. import points as at
from ..geometry import Array

_ROUGH: Final = 0.5
"""What BlazePose's three points of a hand are worth beside the 21 of the hand network."""

_HIDDEN: Final = 0.4
"""What a hidden elbow or knee is worth beside the wrist or ankle that is seen."""


def _table() -> dict[str, tuple[int, ...]]:
    shoulders = tuple(at.SHOULDERS)
    table: dict[str, tuple[int, ...]] = {"Hips": (*shoulders, *at.HIPS)}
    table |= dict.fromkeys(("Spine", "Spine1", "Spine2"), shoulders)
    for i, side in enumerate(at.SIDES):
        hand = 33 + 21 * i
        table[f"{side}Shoulder"] = table[f"{side}Arm"] = (at.SHOULDERS[i], at.ELBOWS[i])
        table[f"{side}ForeArm"] = (at.ELBOWS[i], at.WRISTS[i])
        table |= {f"{side}Hand{finger}{k}": (hand,) for finger in FINGERS for k in (1, 2, 3)}
        table[f"{side}UpLeg"] = (at.HIPS[i], at.KNEES[i])
        table[f"{side}Leg"] = (at.KNEES[i], at.ANKLES[i])
        table[f"{side}Foot"] = (at.ANKLES[i], at.HEELS[i], at.TOES[i])
    return table


_MADE_FROM: Final = {INDEX[joint]: list(points) for joint, points in _table().items()}


def vouched(sure: Array) -> Array:
    """Confidence (n, 75) where what is seen at a limb's end vouches for what leads there.

    A hand that was found shows where its wrist is, and a wrist or an ankle that is seen makes the network's guess at
    a hidden elbow or knee a better one than the rest pose.
    """
    result = np.array(sure)
    result[:, at.WRISTS] = np.maximum(sure[:, at.WRISTS], sure[:, [33, 54]])
    for middle, end in ((at.ELBOWS, at.WRISTS), (at.KNEES, at.ANKLES)):
        result[:, middle] = np.maximum(result[:, middle], _HIDDEN * result[:, end])
    return result


def of_joints(sure: Array) -> Array:
    """Confidence (n, 52) of the joints from that of the landmarks (n, 75); 0 for toes, which are not seen."""
    result = np.zeros((len(sure), len(JOINTS)))
    for joint, points in _MADE_FROM.items():
        result[:, joint] = sure[:, points].min(axis=1)
    # The head is fitted to all points of the face at once: one hidden ear matters little.
    face = sure[:, at.FACE].mean(axis=1)
    result[:, INDEX["Neck"]] = result[:, INDEX["Head"]] = face
    from_hand, from_pose = of_palms(sure)
    result[:, [INDEX[f"{side}Hand"] for side in at.SIDES]] = np.maximum(from_hand, from_pose)
    return result


def of_palms(sure: Array) -> tuple[Array, Array]:
    """Confidence (n, 2) of the palms made from hand landmarks, and from the body's own points of the hands."""
    from_pose = [sure[:, [at.WRISTS[i], at.PINKIES[i], at.INDICES[i]]].min(axis=1) for i in (0, 1)]
    return sure[:, [33, 54]], _ROUGH * np.stack(from_pose, axis=1)

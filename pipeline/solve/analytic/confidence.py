# SPDX-License-Identifier: GPL-3.0-or-later
"""Confidence of each joint's rotation: the lowest confidence of the landmarks that it is computed from."""

from typing import Final

import numpy as np

from ....models.body.joints import FINGERS, INDEX, JOINTS
from ..geometry import Array
from ..points import ANKLES, ELBOWS, FACE, HEELS, HIPS, INDICES, KNEES, PINKIES, SHOULDERS, SIDES, TOES, WRISTS

_POSE_PALM_WEIGHT: Final = 0.5
"""Weight of BlazePose's three points of a hand, compared with the 21 of the hand network."""

_HIDDEN_JOINT_WEIGHT: Final = 0.4
"""Confidence of a hidden elbow or knee, relative to that of a visible wrist or ankle."""


def _table() -> dict[str, tuple[int, ...]]:
    shoulders = tuple(SHOULDERS)
    table: dict[str, tuple[int, ...]] = {"Hips": (*shoulders, *HIPS)}
    table |= dict.fromkeys(("Spine", "Spine1", "Spine2"), shoulders)
    for i, side in enumerate(SIDES):
        hand = 33 + 21 * i
        table[f"{side}Shoulder"] = table[f"{side}Arm"] = (SHOULDERS[i], ELBOWS[i])
        table[f"{side}ForeArm"] = (ELBOWS[i], WRISTS[i])
        table |= {f"{side}Hand{finger}{k}": (hand,) for finger in FINGERS for k in (1, 2, 3)}
        table[f"{side}UpLeg"] = (HIPS[i], KNEES[i])
        table[f"{side}Leg"] = (KNEES[i], ANKLES[i])
        table[f"{side}Foot"] = (ANKLES[i], HEELS[i], TOES[i])
    return table


_LANDMARKS_OF: Final = {INDEX[joint]: list(points) for joint, points in _table().items()}


def with_end_confidence(confidence: Array) -> Array:
    """Raise the confidence (n, 75) of wrists, elbows and knees whose limb's end is seen.

    A hand that was found shows where its wrist is; and with a visible wrist or ankle, the network's guess of a hidden
    elbow or knee is better than the rest pose.
    """
    result = np.array(confidence)
    result[:, WRISTS] = np.maximum(confidence[:, WRISTS], confidence[:, [33, 54]])
    for middle, end in ((ELBOWS, WRISTS), (KNEES, ANKLES)):
        result[:, middle] = np.maximum(result[:, middle], _HIDDEN_JOINT_WEIGHT * result[:, end])
    return result


def joint_confidence(confidence: Array) -> Array:
    """Return the confidence (n, 52) of the joints from that of the landmarks (n, 75); 0 for the toes, never seen."""
    result = np.zeros((len(confidence), len(JOINTS)))
    for joint, points in _LANDMARKS_OF.items():
        result[:, joint] = confidence[:, points].min(axis=1)
    # The head is fitted to all points of the face together, so one hidden ear matters little.
    face = confidence[:, FACE].mean(axis=1)
    result[:, INDEX["Neck"]] = result[:, INDEX["Head"]] = face
    from_hand, from_pose = palm_confidence(confidence)
    result[:, [INDEX[f"{side}Hand"] for side in SIDES]] = np.maximum(from_hand, from_pose)
    return result


def palm_confidence(confidence: Array) -> tuple[Array, Array]:
    """Return the confidence (n, 2) of palms from hand landmarks, and of palms from the pose's points of the hands."""
    from_pose = [confidence[:, [WRISTS[i], PINKIES[i], INDICES[i]]].min(axis=1) for i in (0, 1)]
    return confidence[:, [33, 54]], _POSE_PALM_WEIGHT * np.stack(from_pose, axis=1)

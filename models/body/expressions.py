# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 facial expressions of a motion, with the names that ARKit gives its blend shapes.

Every array with an axis of length 52 that holds expressions is in this order, which is MediaPipe's without its
`_neutral`, and then `tongueOut`. Left and right are the person's own.
"""

from typing import Final, Literal, get_args

FaceRegion = Literal["brows", "eyes", "mouth", "jaw"]

FACE_REGIONS: Final[tuple[FaceRegion, ...]] = get_args(FaceRegion)

EXPRESSIONS: Final = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "cheekPuff",
    "cheekSquintLeft",
    "cheekSquintRight",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "eyeLookDownLeft",
    "eyeLookDownRight",
    "eyeLookInLeft",
    "eyeLookInRight",
    "eyeLookOutLeft",
    "eyeLookOutRight",
    "eyeLookUpLeft",
    "eyeLookUpRight",
    "eyeSquintLeft",
    "eyeSquintRight",
    "eyeWideLeft",
    "eyeWideRight",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthDimpleLeft",
    "mouthDimpleRight",
    "mouthFrownLeft",
    "mouthFrownRight",
    "mouthFunnel",
    "mouthLeft",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "mouthSmileLeft",
    "mouthSmileRight",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
    "noseSneerLeft",
    "noseSneerRight",
    "tongueOut",
)

EXPRESSION_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(EXPRESSIONS)}


def mirrored(name: str) -> str:
    """Return the name of the same expression on the face's other side; central ones are their own mirror image."""
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    if name.endswith("Right"):
        return name.removesuffix("Right") + "Left"
    return name


MIRROR: Final[tuple[int, ...]] = tuple(EXPRESSION_INDEX[mirrored(name)] for name in EXPRESSIONS)
"""Index of each expression on the other side."""


def _region(name: str) -> FaceRegion:
    if name.startswith("brow"):
        return "brows"
    if name.startswith("eye"):
        return "eyes"
    return "jaw" if name.startswith(("jaw", "tongue")) else "mouth"


EXPRESSION_REGIONS: Final[tuple[FaceRegion, ...]] = tuple(_region(name) for name in EXPRESSIONS)
"""Region of the face that each expression belongs to; cheeks and nose count as the mouth's."""

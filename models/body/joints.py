# SPDX-License-Identifier: GPL-3.0-or-later
"""The 52 joints of the body, with Mixamo's names without the prefix, parents before children.

Every array with an axis of length 52 is in this order. Left and right are the person's own.
"""

from typing import Final

FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Pinky")


def _arm(side: str) -> list[tuple[str, str]]:
    chain = [
        (f"{side}Shoulder", "Spine2"),
        (f"{side}Arm", f"{side}Shoulder"),
        (f"{side}ForeArm", f"{side}Arm"),
        (f"{side}Hand", f"{side}ForeArm"),
    ]
    for finger in FINGERS:
        parent = f"{side}Hand"
        for knuckle in (1, 2, 3):
            joint = f"{side}Hand{finger}{knuckle}"
            chain.append((joint, parent))
            parent = joint
    return chain


def _leg(side: str) -> list[tuple[str, str]]:
    return [
        (f"{side}UpLeg", "Hips"),
        (f"{side}Leg", f"{side}UpLeg"),
        (f"{side}Foot", f"{side}Leg"),
        (f"{side}ToeBase", f"{side}Foot"),
    ]


_TABLE: Final = [
    ("Hips", ""),
    ("Spine", "Hips"),
    ("Spine1", "Spine"),
    ("Spine2", "Spine1"),
    ("Neck", "Spine2"),
    ("Head", "Neck"),
    *_arm("Left"),
    *_arm("Right"),
    *_leg("Left"),
    *_leg("Right"),
]

JOINTS: Final[tuple[str, ...]] = tuple(name for name, _ in _TABLE)
INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(JOINTS)}
PARENTS: Final[tuple[int, ...]] = tuple(INDEX.get(parent, -1) for _, parent in _TABLE)
"""Index of each joint's parent; -1 for the hips."""

FOOT_JOINTS: Final[tuple[int, ...]] = tuple(
    INDEX[f"{side}{part}"] for side in ("Left", "Right") for part in ("Foot", "ToeBase")
)
"""Ankles and balls of both feet."""


def _levels() -> tuple[tuple[list[int], list[int]], ...]:
    depths = [0] * len(PARENTS)
    for joint, parent in enumerate(PARENTS[1:], start=1):
        depths[joint] = depths[parent] + 1
    levels = ([j for j, depth in enumerate(depths) if depth == level] for level in range(1, max(depths) + 1))
    return tuple((joints, [PARENTS[j] for j in joints]) for joints in levels)


LEVELS: Final = _levels()
"""Joints and their parents by depth in the hierarchy, from the hips' children on: one vectorized step for each."""


def mirrored(name: str) -> str:
    """Return the name of the same joint on the person's other side; central joints are their own mirror image."""
    if name.startswith("Left"):
        return "Right" + name.removeprefix("Left")
    if name.startswith("Right"):
        return "Left" + name.removeprefix("Right")
    return name

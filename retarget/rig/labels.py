# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of the joints for the user interface, and the groups in which they are shown."""

from typing import Final

from ...models.body.joints import FINGERS, JOINTS

_TRUNK: Final = {
    "Hips": "Hips",
    "Spine": "Spine 1",
    "Spine1": "Spine 2",
    "Spine2": "Chest",
    "Neck": "Neck",
    "Head": "Head",
}
_ARM: Final = {"Shoulder": "Shoulder", "Arm": "Upper Arm", "ForeArm": "Forearm", "Hand": "Hand"}
_LEG: Final = {"UpLeg": "Thigh", "Leg": "Shin", "Foot": "Foot", "ToeBase": "Toes"}
_FINGERS: Final = {f"Hand{finger}{k}": f"{finger} {k}" for finger in FINGERS for k in (1, 2, 3)}

_SIDES: Final = ("Left", "Right")


def _of(side: str, parts: dict[str, str]) -> dict[str, str]:
    return {f"{side}{part}": label for part, label in parts.items()}


BODY: Final[dict[str, dict[str, str]]] = {
    "Trunk": _TRUNK,
    **{f"{side} {limb}": _of(side, parts) for limb, parts in (("Arm", _ARM), ("Leg", _LEG)) for side in _SIDES},
}
"""Heading -> joint -> label under that heading."""

HANDS: Final[dict[str, dict[str, str]]] = {f"{side} Fingers": _of(side, _FINGERS) for side in _SIDES}
"""The same for the hands: heading -> joint -> label."""

_FULL: Final = dict(_TRUNK) | {
    joint: f"{side} {label}" for side in _SIDES for joint, label in _of(side, {**_ARM, **_FINGERS, **_LEG}).items()
}

LABELS: Final[dict[str, str]] = {joint: _FULL[joint] for joint in JOINTS}
"""Joint -> its full label, for use without a heading."""

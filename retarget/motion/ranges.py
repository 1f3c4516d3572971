# SPDX-License-Identifier: GPL-3.0-or-later
"""How far each joint goes, and a soft end to it: what lies well within is left alone, what lies beyond is bent back.

Nothing is cut off at an edge: past four fifths of its range a turn grows ever more slowly and never reaches the end,
so a motion that runs into a limit slows down there and leaves it again as smoothly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FINGERS, INDEX
from ...models.body.model import Body

Array = NDArray[np.float64]

_MIRROR: Final = np.array([1.0, 1.0, -1.0, -1.0])

_FREE: Final = 0.8
"""Part of a range in which nothing is changed."""

_FAINT, _LOST = np.radians(150.0), np.radians(178.0)
"""Turn above which its direction becomes doubtful, and above which it says nothing: the limits let go in between."""

_UNCLEAR: Final = np.radians(60.0)
"""How much sooner a swing makes the twist doubtful than itself."""


@dataclass(frozen=True)
class JointRange:
    """How far a joint turns away from rest, in degrees, for the left side.

    Attributes:
        bend: about the axis across (`across`), and `side`, square to it and to the bone; lowest and highest.
        twist: about the bone.
    """

    bend: tuple[float, float]
    side: tuple[float, float]
    twist: tuple[float, float]


_FINGER: Final = (
    JointRange((-50.0, 95.0), (-32.0, 32.0), (-30.0, 30.0)),
    JointRange((-28.0, 125.0), (-18.0, 18.0), (-18.0, 18.0)),
    JointRange((-28.0, 90.0), (-18.0, 18.0), (-18.0, 18.0)),
)
_THUMB: Final = (
    JointRange((-45.0, 55.0), (-45.0, 45.0), (-45.0, 45.0)),
    JointRange((-45.0, 75.0), (-30.0, 30.0), (-25.0, 25.0)),
    JointRange((-45.0, 90.0), (-25.0, 25.0), (-25.0, 25.0)),
)

JOINT_RANGES: Final[dict[str, JointRange]] = {
    **dict.fromkeys(("Spine", "Spine1", "Spine2"), JointRange((-18.0, 40.0), (-28.0, 28.0), (-30.0, 30.0))),
    **dict.fromkeys(("Neck", "Head"), JointRange((-40.0, 40.0), (-32.0, 32.0), (-52.0, 52.0))),
    "LeftShoulder": JointRange((-20.0, 50.0), (-35.0, 35.0), (-25.0, 25.0)),
    "LeftArm": JointRange((-140.0, 90.0), (-90.0, 145.0), (-125.0, 125.0)),
    "LeftHand": JointRange((-95.0, 100.0), (-60.0, 60.0), (-90.0, 90.0)),
    "LeftUpLeg": JointRange((-165.0, 75.0), (-70.0, 150.0), (-120.0, 90.0)),
    "LeftFoot": JointRange((-60.0, 90.0), (-60.0, 75.0), (-60.0, 50.0)),
    "LeftToeBase": JointRange((-80.0, 50.0), (-20.0, 20.0), (-20.0, 20.0)),
    **{f"LeftHand{finger}{k + 1}": joint_range for finger in FINGERS[1:] for k, joint_range in enumerate(_FINGER)},
    **{f"LeftHandThumb{k + 1}": joint_range for k, joint_range in enumerate(_THUMB)},
}
"""Trunk, shoulders, hips, ankles: all but one in a thousand poses of CMU's motion capture lie in what is free of them.
Neck, wrists, fingers, which it does not know: goniometry (American Academy of Orthopaedic Surgeons), counted from
the rest pose, whose fingers are a little curled. Knees and elbows are hinges, which `limits` keeps."""


def within_range(rotations: Array, body: Body) -> Array:
    """Rotations (n, 52, 4) with every joint bent back softly into its range."""
    result = np.array(rotations)
    for name, joint_range in JOINT_RANGES.items():
        axes = joint_axes(body, name)
        result[:, INDEX[name]] = _softened(result[:, INDEX[name]], axes, joint_range)
        if name.startswith("Left"):
            joint = INDEX[name.replace("Left", "Right", 1)]
            result[:, joint] = _softened(result[:, joint] * _MIRROR, axes, joint_range) * _MIRROR
    return rot.continuous(result)


def joint_axes(body: Body, name: str) -> Array:
    """Unit axes (3, 3) of a joint of the left side or the middle: across, aside, and along its bone.

    Bending about the first leans forwards, swings a leg back, brings fingers to the palm; an arm it turns inwards.
    """
    joint = INDEX[name]
    along = rot.unit(body.ends[joint] - body.rest[joint])
    across = _across_palm(body, name) if name.startswith("LeftHand") else np.array([1.0, 0.0, 0.0])
    if abs(float(across @ along)) > 0.75:
        across = np.array([0.0, -1.0, 0.0])
    across = rot.unit(across - (across @ along) * along)
    return np.stack([across, np.cross(along, across), along])


def _across_palm(body: Body, name: str) -> Array:
    """Axis (3,) about which a joint of the left hand bends towards the palm; the thumb's is that of its own fold."""
    rest, joint = body.rest, INDEX[name]
    along = body.ends[joint] - rest[joint]
    if "Thumb" in name:
        tip = INDEX["LeftHandThumb3"]
        first = INDEX["LeftHandThumb1"]
        return rot.unit(np.cross(body.ends[first] - rest[first], body.ends[tip] - rest[tip]))
    hand, index, pinky = (INDEX[f"LeftHand{part}"] for part in ("", "Index1", "Pinky1"))
    palm = np.cross(body.ends[hand] - rest[hand], rest[index] - rest[pinky])
    return rot.unit(np.cross(along, palm))


def _softened(turns: Array, axes: Array, joint_range: JointRange) -> Array:
    """Turns (n, 4) bent back into a range about axes (3, 3)."""
    swing, twist = rot.swing_twist(turns, axes[2])
    away, about = rot.to_vector(swing), rot.to_vector(twist) @ axes[2]
    bend, side = away @ axes[0], away @ axes[1]
    change = np.stack([_soft(bend, joint_range.bend) - bend, _soft(side, joint_range.side) - side], axis=-1)
    if not change.any() and np.array_equal(_soft(about, joint_range.twist), about):
        return turns
    change *= _trust(np.linalg.norm(away, axis=-1))[:, None]
    # What is swung far is twisted by whatever way it is said to have swung.
    sure = _trust(np.abs(about)) * _trust(np.linalg.norm(away, axis=-1) + _UNCLEAR)
    turned = about + sure * (_soft(about, joint_range.twist) - about)
    swing = rot.from_vector(away + change @ axes[:2])
    return rot.multiply(swing, rot.from_axis_angle(axes[2], turned))


def _soft(angles: Array, limits: tuple[float, float]) -> Array:
    """Angles (n,) that come ever nearer to the limits and never reach them."""
    low, high = np.radians(limits[0]), np.radians(limits[1])
    limit = np.where(angles < 0.0, -low, high)
    free = _FREE * limit
    room = limit - free
    over = np.maximum(np.abs(angles) - free, 0.0)
    return np.where(over > 0.0, np.sign(angles) * (free + room * -np.expm1(-over / room)), angles)


def _trust(angle: Array) -> Array:
    """1 for turns whose direction is clear, 0 for half turns, which could as well go the other way round."""
    part = np.clip((_LOST - angle) / (_LOST - _FAINT), 0.0, 1.0)
    return part * part * (3.0 - 2.0 * part)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft limits of each joint: angles well within its range stay unchanged, larger ones are compressed into it.

There is no hard clamp: past four fifths of its range an angle grows ever more slowly and never reaches the limit, so a
motion that runs into a limit slows down there and leaves it just as smoothly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.joints import FINGERS, INDEX
from ...models.body.model import Body

Array = NDArray[np.float64]

_MIRROR: Final = np.array([1.0, 1.0, -1.0, -1.0])

_FREE: Final = 0.8
"""Fraction of a range in which nothing is changed."""

_AMBIGUOUS, _MEANINGLESS = np.radians(150.0), np.radians(178.0)
"""Radians of rotation above which its direction becomes ambiguous, and above which it is meaningless; the limits fade
out in between."""

_TWIST_MARGIN: Final = np.radians(60.0)
"""Radians by which a swing makes the twist ambiguous sooner than the swing itself."""


@dataclass(frozen=True)
class JointRange:
    """Range of a joint's rotation away from rest, lowest and highest in degrees, for the left side.

    Attributes:
        bend: about the first of `joint_axes`, across the bone.
        side: about the second one, perpendicular to it and to the bone.
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
"""Trunk, shoulders, hips, ankles: 99.9 % of the poses of CMU's motion capture lie in the unchanged part of their
ranges. Neck, wrists and fingers, which CMU's data lacks: goniometry (American Academy of Orthopaedic Surgeons),
relative to the rest pose, whose fingers are slightly curled. Knees and elbows are hinges; see `limits`."""


def within_range(rotations: Array, body: Body) -> Array:
    """Bring every joint of rotations (n, 52, 4) softly into its range."""
    result = np.array(rotations)
    for name, joint_range in JOINT_RANGES.items():
        axes = joint_axes(body, name)
        result[:, INDEX[name]] = _softened(result[:, INDEX[name]], axes, joint_range)
        if name.startswith("Left"):
            joint = INDEX[name.replace("Left", "Right", 1)]
            result[:, joint] = _softened(result[:, joint] * _MIRROR, axes, joint_range) * _MIRROR
    return rot.continuous(result)


def joint_axes(body: Body, name: str) -> Array:
    """Return the unit axes (3, 3) of a joint on the left side or the midline: across, sideways, and along its bone.

    A positive bend about the first one leans forwards, swings a leg back, curls fingers, and turns an arm inwards.
    """
    joint = INDEX[name]
    along = rot.unit(body.ends[joint] - body.rest[joint])
    across = _across_palm(body, name) if name.startswith("LeftHand") else np.array([1.0, 0.0, 0.0])
    if abs(float(across @ along)) > 0.75:
        across = np.array([0.0, -1.0, 0.0])
    across = rot.unit(across - (across @ along) * along)
    return np.stack([across, np.cross(along, across), along])


def _across_palm(body: Body, name: str) -> Array:
    """Return the axis (3,) about which a joint of the left hand bends towards the palm; the thumb has its own."""
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
    """Bring rotations (n, 4) softly into a range about axes (3, 3)."""
    swing, twist = rot.swing_twist(turns, axes[2])
    away, about = rot.to_vector(swing), rot.to_vector(twist) @ axes[2]
    bend, side = away @ axes[0], away @ axes[1]
    change = np.stack([_soft(bend, joint_range.bend) - bend, _soft(side, joint_range.side) - side], axis=-1)
    if not change.any() and np.array_equal(_soft(about, joint_range.twist), about):
        return turns
    change *= _trust(np.linalg.norm(away, axis=-1))[:, None]
    # After a large swing the twist depends on the swing's direction, which is ambiguous near half a turn.
    sure = _trust(np.abs(about)) * _trust(np.linalg.norm(away, axis=-1) + _TWIST_MARGIN)
    turned = about + sure * (_soft(about, joint_range.twist) - about)
    swing = rot.from_vector(away + change @ axes[:2])
    return rot.multiply(swing, rot.from_axis_angle(axes[2], turned))


def _soft(angles: Array, limits: tuple[float, float]) -> Array:
    """Compress angles (n,) in radians so that they approach the limits, in degrees, without reaching them."""
    low, high = np.radians(limits[0]), np.radians(limits[1])
    limit = np.where(angles < 0.0, -low, high)
    free = _FREE * limit
    room = limit - free
    over = np.maximum(np.abs(angles) - free, 0.0)
    return np.where(over > 0.0, np.sign(angles) * (free + room * -np.expm1(-over / room)), angles)


def _trust(angle: Array) -> Array:
    """Return 1 for rotations whose direction is clear, 0 for half turns, whose direction is ambiguous."""
    return smoothstep(angle, _MEANINGLESS, _AMBIGUOUS)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Limbs and hands at rest, and global rotations of limbs with two segments: upper arm and forearm, thigh and shank.

The direction of a segment gives two of its three degrees of freedom; the plane in which the elbow or knee bends gives
the third. A limb that is nearly straight has no such plane, so its twist comes from a hint.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from .geometry import Array, angle_about, dot, rotation_between
from .points import ELBOWS, SHOULDERS, WRISTS, hands_of, limb_joints

STRAIGHT: Final = 12.0
"""Degrees of bend below which an elbow or a knee does not define a plane."""
_FORWARD: Final = np.array([0.0, -1.0, 0.0])
_CHAINS: Final = np.array([[1 + 4 * f + k for k in range(4)] for f in range(5)])
"""(5, 4): the landmarks along thumb, index, middle, ring and little finger."""


@dataclass(frozen=True)
class LimbRest:
    """The left and right limb at rest.

    Attributes:
        upper, lower: (2, 3) unit directions of the segments.
        hinge: (2, 3) unit axis of elbow or knee, perpendicular to the upper segment; limbs bend counter-clockwise
            about it.
    """

    upper: Array
    lower: Array
    hinge: Array

    @classmethod
    def of(cls, joints: tuple[Array, Array, Array], *, bends_to: Array, straight: float) -> "LimbRest":
        """Make it from the positions (2, 3) of the limbs' three joints.

        A rest pose that bends less than `straight` degrees does not define the hinge; its limbs then bend towards the
        direction `bends_to` (3,).
        """
        top, middle, end = joints
        upper, lower = rot.unit(middle - top), rot.unit(end - middle)
        bend = rot.cross(upper, lower)
        seen = np.linalg.norm(bend, axis=-1, keepdims=True) > np.sin(np.radians(straight))
        return cls(upper, lower, rot.unit(np.where(seen, bend, rot.cross(upper, bends_to))))

    @classmethod
    def of_arms(cls, landmarks: Array, *, straight: float = STRAIGHT) -> "LimbRest":
        """Make it from both arms in the body's rest landmarks (75, 3); straight elbows bend forward."""
        joints = limb_joints(landmarks, SHOULDERS, ELBOWS, WRISTS)
        return cls.of(joints, bends_to=_FORWARD, straight=straight)


@dataclass(frozen=True)
class HandRest:
    """The left and right hand at rest.

    Attributes:
        points: (2, 21, 3) metres.
        segments: (2, 5, 3, 3) unit directions of the fingers' segments.
        hinge, forward, palmar: (2, 4, 3) axes of the four fingers: flexion is counter-clockwise about `hinge`, from
            `forward`, the first segment, to `palmar`.
        lift: (2, 4) angle in radians by which the first segment is flexed out of the palm's plane at rest.
    """

    points: Array
    segments: Array
    hinge: Array
    forward: Array
    palmar: Array
    lift: Array

    @classmethod
    def of(cls, landmarks: Array) -> "HandRest":
        """Make it from the body's rest landmarks (75, 3)."""
        hands = hands_of(landmarks)
        segments = finger_segments(hands)
        to_index, to_pinky = hands[:, 5] - hands[:, 0], hands[:, 17] - hands[:, 0]
        mirror = np.array([[-1.0], [1.0]])
        normal = rot.unit(rot.cross(to_index, to_pinky) * mirror)[:, None]
        forward = segments[:, 1:, 0]
        hinge = rot.unit(rot.cross(forward, normal))
        lift = np.arcsin(dot(forward, normal))
        return cls(hands, segments, hinge, forward, rot.cross(hinge, forward), lift)


@dataclass(frozen=True)
class ObservedLimbs:
    """The observed left and right limb, before their twist is decided.

    Attributes:
        upper, lower: (n, 2, 3) unit directions of the segments.
        swing: (n, 2, 4) global rotation of the upper segment without twist relative to the parent.
        twist: (n, 2) angle in radians of the bend plane about the upper segment, relative to `swing`.
        twist_weight: (n, 2) reliability of that plane, 0..1.
    """

    upper: Array
    lower: Array
    swing: Array
    twist: Array
    twist_weight: Array


def observe_limbs(
    joints: tuple[Array, Array, Array], parent: Array, rest: LimbRest, *, straight: float, bent: float
) -> ObservedLimbs:
    """Observe limbs from the positions (n, 2, 3) of their three joints and the parents' global rotations (n, 2, 4).

    The weight of the bend plane rises from 0 at a bend of `straight` degrees to 1 at `bent`.
    """
    top, middle, end = joints
    upper, lower = rot.unit(middle - top), rot.unit(end - middle)
    swing = rot.multiply(rot.between(rot.rotate(parent, rest.upper), upper), parent)
    hinge = _hinge(upper, lower, dot(rest.hinge, rest.lower))
    twist = angle_about(upper, rot.rotate(swing, rest.hinge), hinge)
    bend = np.degrees(np.arccos(np.clip(dot(upper, lower), -1.0, 1.0)))
    return ObservedLimbs(upper, lower, swing, twist, smoothstep(bend, straight, bent))


def upper_rotation(limbs: ObservedLimbs, twist: Array) -> Array:
    """Return the global rotations (n, 2, 4) of the upper segments with a `twist` (n, 2) in radians."""
    return rot.multiply(rot.from_axis_angle(limbs.upper, twist), limbs.swing)


def lower_rotation(limbs: ObservedLimbs, upper: Array, rest: LimbRest) -> Array:
    """Return the global rotations (n, 2, 4) of the lower segments, with the upper segments' hinges."""
    hinge = rot.rotate(upper, rest.hinge)
    return rotation_between(rot.frame(limbs.lower, hinge), rot.frame(rest.lower, rest.hinge))


def finger_segments(hands: Array) -> Array:
    """Return the unit directions (..., 2, 5, 3, 3) of the finger segments of hands (..., 2, 21, 3)."""
    return rot.unit(np.diff(hands[..., _CHAINS, :], axis=-2))


def _hinge(upper: Array, lower: Array, lean: Array) -> Array:
    """Return the axes (n, 2, 3), perpendicular to `upper`, about which limbs bend so that ``axis . lower`` is `lean`.

    `lean` (2,) is not 0 if the rest pose bends a little sideways of its hinge.
    """
    cross = rot.cross(upper, lower)
    sine = np.linalg.norm(cross, axis=-1)
    normal = rot.unit(cross)
    side = np.clip(-lean / np.maximum(sine, 1e-9), -1.0, 1.0)[..., None]
    return np.sqrt(1.0 - side**2) * normal + side * rot.cross(upper, normal)

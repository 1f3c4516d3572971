# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the hands and feet of a character of other proportions where the performer's are.

Plain retargeting copies joint rotations: on longer arms, hands that touched overlap; on wider hips, a hand that rested
on them is inside the body. Here a hand near the body or the other hand keeps its position relative to it, the nearer
the more; a hand in the open follows the copied rotations. Feet keep their position relative to their own hip joint, so
that steps and squats keep their size whatever the ratio of shin to thigh; feet that touch stay in touch.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.joints import INDEX
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from .limits import hinge_axis
from .two_bone_ik import STRETCH, two_bone_ik

Array = NDArray[np.float64]

_SIDES: Final = ("Left", "Right")

_TOUCHING, _APART = 0.05, 0.3
"""Metres between a hand and the skin up to which it touches, and from which it moves in the open."""

_PALM: Final = 0.08
"""Metres between the centres of two hands, or feet, that touch."""

_SOFT: Final = 0.04
"""Metres added to a hand's distances from body parts before they are compared, so that weights change smoothly."""

_ROUNDS: Final = 4
"""Iterations of bringing both hands together, as one of them may be unable to reach the meeting point."""

_CHANGED: Final = 0.01
"""Metres of displacement of a hand or foot from which IK is fully applied to its limb; below, it is blended in."""


@dataclass(frozen=True)
class _BodyPart:
    """A part of the body that hands may touch: a capsule between two joints.

    Attributes:
        start, end: joints at its ends; if both are the same, it is the bone of that joint.
        radius: metres.
        width: two joints whose distance is the body's width there, or None where no width is known.
    """

    start: str
    end: str
    radius: float
    width: tuple[str, str] | None = None


_HIPS: Final = ("LeftUpLeg", "RightUpLeg")
_SHOULDERS: Final = ("LeftArm", "RightArm")

_BODY: Final = (
    _BodyPart("LeftUpLeg", "RightUpLeg", 0.11, _HIPS),
    _BodyPart("Hips", "Spine1", 0.12, _HIPS),
    _BodyPart("Spine1", "Neck", 0.11, _SHOULDERS),
    _BodyPart("LeftArm", "RightArm", 0.07, _SHOULDERS),
    _BodyPart("Neck", "Head", 0.06),
    _BodyPart("Head", "Head", 0.09),
    *(_BodyPart(f"{side}UpLeg", f"{side}Leg", 0.07) for side in _SIDES),
    *(_BodyPart(f"{side}Leg", f"{side}Foot", 0.05) for side in _SIDES),
)


def reach_motion(motion: BodyMotion, performer: Body, character: Body) -> BodyMotion:
    """Adapt a motion to a body of other proportions, keeping hands and feet where they were relative to the body.

    Args:
        motion: rotations (n, 52, 4) without NaN.
        performer: the body that it is a motion of.
        character: the target body, scaled to the performer's size (`with_proportions`).
    """
    return replace(motion, rotations=rot.continuous(reach_rotations(motion.rotations, performer, character)))


def reach_rotations(rotations: Array, performer: Body, character: Body) -> Array:
    """Adapt rotations (n, 52, 4) without NaN to the character, as `reach_motion` does; see there."""
    place = np.zeros((len(rotations), 3))
    turns = character.globals(rotations)
    theirs = _Pose(performer, turns, performer.positions(rotations, place))
    ours = _Pose(character, turns, character.positions(rotations, place))
    result = np.array(rotations)
    for limbs, goals in ((_ARMS, _hands(theirs, ours)), (_LEGS, _feet(theirs, ours))):
        for limb, goal in zip(limbs, goals, strict=True):
            _move_limb(result, limb, goal, ours)
    return result


@dataclass(frozen=True)
class _Pose:
    """A posed body: global rotations (n, 52, 4) and positions (n, 52, 3) in metres of its joints, hips at zero."""

    body: Body
    turns: Array
    joints: Array

    def at(self, joint: str) -> Array:
        """Return the position (n, 3) of a joint."""
        return self.joints[:, INDEX[joint]]

    def end(self, joint: str) -> Array:
        """Return the position (n, 3) of the end of a joint's bone."""
        number = INDEX[joint]
        along = self.body.ends[number] - self.body.rest[number]
        return self.joints[:, number] + rot.rotate(self.turns[:, number], along)


@dataclass(frozen=True)
class _LimbJoints:
    """Joints of an arm or leg, and the joint of the hand or foot whose position is kept."""

    before: str
    upper: str
    lower: str
    end: str
    touch: str

    def bones(self, body: Body) -> tuple[Array, Array]:
        """Return the vectors (3,) of the upper and lower bone at rest."""
        start, middle, end = (body.rest[INDEX[joint]] for joint in (self.upper, self.lower, self.end))
        return middle - start, end - middle

    def length(self, body: Body) -> float:
        """Return the length of both bones together, in metres."""
        return float(sum(np.linalg.norm(half) for half in self.bones(body)))


_ARMS: Final = tuple(
    _LimbJoints(f"{s}Shoulder", f"{s}Arm", f"{s}ForeArm", f"{s}Hand", f"{s}HandMiddle1") for s in _SIDES
)
_LEGS: Final = tuple(_LimbJoints("Hips", f"{s}UpLeg", f"{s}Leg", f"{s}Foot", f"{s}Foot") for s in _SIDES)


def _hands(theirs: _Pose, ours: _Pose) -> list[Array]:
    """Return the goals (n, 3) of the character's wrists, left and right."""
    palms = [arm.touch for arm in _ARMS]
    goals = [ours.at(palm) + _beside_the_body(theirs, ours, palm) for palm in palms]
    wrists = [ours.at(arm.end) - ours.at(arm.touch) for arm in _ARMS]
    size = _ratio(theirs.body, ours.body, ("LeftHand", "LeftHandMiddle1"))
    apart = theirs.at(palms[0]) - theirs.at(palms[1])
    near = _closeness(np.linalg.norm(apart, axis=-1) - _PALM)[:, None]
    for _ in range(_ROUNDS):
        miss = near * (size * apart - (goals[0] - goals[1]))
        goals = [goals[0] + 0.5 * miss, goals[1] - 0.5 * miss]
        goals = [
            _within_arm_length(goal + wrist, arm, ours) - wrist
            for goal, wrist, arm in zip(goals, wrists, _ARMS, strict=True)
        ]
    return [goal + wrist for goal, wrist in zip(goals, wrists, strict=True)]


def _feet(theirs: _Pose, ours: _Pose) -> list[Array]:
    """Return the goals (n, 3) of the character's ankles, left and right."""
    goals = []
    for leg in _LEGS:
        size = leg.length(ours.body) / leg.length(theirs.body)
        goals.append(ours.at(leg.upper) + size * (theirs.at(leg.end) - theirs.at(leg.upper)))
    apart = theirs.at(_LEGS[0].end) - theirs.at(_LEGS[1].end)
    near = _closeness(np.linalg.norm(apart, axis=-1) - _PALM)[:, None]
    miss = near * (apart - (goals[0] - goals[1]))
    return [goals[0] + 0.5 * miss, goals[1] - 0.5 * miss]


def _beside_the_body(theirs: _Pose, ours: _Pose, palm: str) -> Array:
    """Return the offset (n, 3) that brings a palm of the character to where it is relative to the nearby body parts."""
    total, weights, away = np.zeros_like(ours.at(palm)), np.zeros(len(ours.joints)), np.ones(len(ours.joints))
    for body_part in _BODY:
        near, there = _nearest(theirs, ours, body_part, theirs.at(palm))
        offset = theirs.at(palm) - near
        distance = np.maximum(np.linalg.norm(offset, axis=-1) - body_part.radius, 0.0)
        closeness = _closeness(distance)
        weight = closeness / (distance + _SOFT) ** 2
        size = _ratio(theirs.body, ours.body, body_part.width) if body_part.width else 1.0
        total += weight[:, None] * (there + size * offset - ours.at(palm))
        weights += weight
        away *= 1.0 - closeness
    return total * ((1.0 - away) / np.maximum(weights, 1e-9))[:, None]


def _nearest(theirs: _Pose, ours: _Pose, body_part: _BodyPart, point: Array) -> tuple[Array, Array]:
    """Return the point (n, 3) on a body part's axis nearest to `point` (n, 3), and the same point on the character."""
    segments = []
    for pose in (theirs, ours):
        end = pose.end(body_part.end) if body_part.start == body_part.end else pose.at(body_part.end)
        segments.append((pose.at(body_part.start), end - pose.at(body_part.start)))
    (start, along), (own_start, own_along) = segments
    part = np.sum((point - start) * along, axis=-1) / np.maximum(np.sum(along * along, axis=-1), 1e-9)
    part = np.clip(part, 0.0, 1.0)[:, None]
    return start + part * along, own_start + part * own_along


def _ratio(theirs: Body, ours: Body, joints: tuple[str, str]) -> float:
    """Return the distance of two joints of the character at rest, divided by that of the performer's."""
    a, b = (INDEX[joint] for joint in joints)
    distance = [float(np.linalg.norm(body.rest[a] - body.rest[b])) for body in (theirs, ours)]
    return float(np.clip(distance[1] / distance[0], 0.4, 2.5))


def _closeness(distance: Array) -> Array:
    """Return 1 (n,) for distances in metres of a touching hand, 0 for those of a hand in the open."""
    return smoothstep(distance, _APART, _TOUCHING)


def _within_arm_length(wrist: Array, arm: _LimbJoints, ours: _Pose) -> Array:
    """Limit goals (n, 3) of a wrist to the arm's length from the shoulder."""
    along = wrist - ours.at(arm.upper)
    distance = np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    return ours.at(arm.upper) + along * np.minimum(1.0, STRETCH * arm.length(ours.body) / distance)


def _move_limb(rotations: Array, limb: _LimbJoints, goal: Array, ours: _Pose) -> None:
    """Rotate a limb in `rotations` (n, 52, 4) in place to reach a goal (n, 3); hand and foot keep their rotation."""
    before, upper, lower, end = (ours.turns[:, INDEX[j]] for j in (limb.before, limb.upper, limb.lower, limb.end))
    bent = two_bone_ik(
        upper,
        lower,
        ours.at(limb.upper),
        goal,
        bones=limb.bones(ours.body),
        hinge=hinge_axis(ours.body, limb.upper, limb.lower),
    )
    moved = np.clip(np.linalg.norm(goal - ours.at(limb.end), axis=-1) / _CHANGED, 0.0, 1.0)
    chain = [before, rot.slerp(upper, bent[0], moved), rot.slerp(lower, bent[1], moved), end]
    for joint, above, turn in zip((limb.upper, limb.lower, limb.end), chain, chain[1:], strict=False):
        rotations[:, INDEX[joint]] = rot.multiply(rot.conjugate(above), turn)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of `evidence.py` for one frame after the other: the same numbers, at a tenth of the cost."""

from math import acos, copysign, expm1, hypot, log, tanh
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import FACE_POINTS, HandLandmarks, Landmarks, PoseLandmarks
from . import evidence as rules
from . import facing as facing_rules
from .geometry import EXCHANGED, GROUPS, SPELL

Array = NDArray[np.float64]

_MEMORY: Final = 10.0
"""Seconds after which it fades how often faces were found."""
_RIGHT_SIDE, _LEFT_SIDE = FACE_POINTS[2], FACE_POINTS[3]
_SHORTEST: Final = 1e-6
_PLACE: Final = {point: k for k, point in enumerate(point for group in GROUPS for point in group)}
_TELLS: Final = np.concatenate([EXCHANGED[:, :2], EXCHANGED[:, 1:] != EXCHANGED[:, :1]], axis=1).astype(float)
"""(5, 4) which exchanges torso, hands, crossed arms and crossed legs speak for."""


class Glance:
    """What single frames of one person show of exchanged sides. It only remembers how often faces are found."""

    def __init__(self) -> None:
        self._front = 0.0
        self._found = 0.0
        self._ever = False

    def costs(self, landmarks: Landmarks, between: Array, elapsed: float) -> Array:
        """Return the cost (5,) of each exchange, for a frame `elapsed` seconds after the last one.

        `between` (k, 2) are the vectors between the twins of `GROUPS`, in sizes of the person.
        """
        pose = landmarks.pose
        if pose is None:
            return np.zeros(len(EXCHANGED))
        torso, arms = self._face(landmarks, _shoulders(pose), elapsed), _hands(landmarks, pose)
        vectors = between.tolist()
        arms_crossed = _crossing(vectors[_PLACE[11]], vectors[_PLACE[13]])
        legs_crossed = _crossing(vectors[_PLACE[23]], vectors[_PLACE[25]])
        odds = np.array([torso, arms, arms_crossed, legs_crossed])
        return np.asarray(-min(elapsed / SPELL, 1.0) * (_TELLS @ odds))

    def _face(self, landmarks: Landmarks, shoulders: tuple[float, float], elapsed: float) -> float:
        """Return the log odds that the shoulders are exchanged, from the face, or from there being none."""
        face, facing = landmarks.face, shoulders[0]
        self._ever = self._ever or face is not None
        if facing > facing_rules.FACING:
            keep = max(1.0 - elapsed / _MEMORY, 0.0)
            self._front = keep * self._front + 1.0
            self._found = keep * self._found + (face is not None)
        if face is not None:
            x, z = (float(face.image[_LEFT_SIDE, k] - face.image[_RIGHT_SIDE, k]) for k in (0, 2))
            long = max(hypot(x, z), _SHORTEST)
            keep, turn = _twists(shoulders, (x / long, z / long), facing_rules.HEAD)
            return keep - turn
        if not self._ever:
            return 0.0
        sure = facing_rules.sure_of_no_face(self._found / self._front if self._front else 1.0)
        return sure * copysign(min(max(abs(facing) - 0.4, 0.0), 0.3) / 0.3, facing)


def _shoulders(pose: PoseLandmarks) -> tuple[float, float]:
    """Return x and z of the unit vector from the right to the left shoulder."""
    x, _, z = (pose.world[11] - pose.world[12]).tolist()
    long = max(hypot(x, z), _SHORTEST)
    return x / long, z / long


def _twists(one: tuple[float, float], other: tuple[float, float], usual: float) -> tuple[float, float]:
    """Return the cost of the angle between two parts labelled alike, and if the sides of one are exchanged."""
    across, away = one[0] * other[0], one[1] * other[1]
    keep, turn = (
        facing_rules.MOST * -expm1(-0.5 * (acos(min(max(cosine, -1.0), 1.0)) / usual) ** 2 / facing_rules.MOST)
        for cosine in (away + across, away - across)
    )
    return keep, turn


def _crossing(trunk: list[float], limb: list[float]) -> float:
    """Return the log odds that a limb is exchanged, but not its part of the trunk, or the reverse."""
    width = max(hypot(*trunk), _SHORTEST)
    along = (trunk[0] * limb[0] + trunk[1] * limb[1]) / width
    return min(-min(rules.SURE * width, rules.SUREST) * tanh(along / rules.APART), rules.CROSSED)


def _hands(landmarks: Landmarks, pose: PoseLandmarks) -> float:
    """Return the log odds that the arms are exchanged, from what the hands are by themselves."""
    hands = [hand for hand in (landmarks.left_hand, landmarks.right_hand) if hand is not None]
    if not hands:
        return 0.0
    near: tuple[list[float], list[float]] = [], []
    for hand in hands:
        left, right = _distance(hand, pose, 15), _distance(hand, pose, 16)
        if left < rules.OWN_WRIST * right:
            near[0].append(hand.right_handed)
        elif right < rules.OWN_WRIST * left:
            near[1].append(hand.right_handed)
    odds = [sign * _log_odds(each[0]) for each, sign in zip(near, (1.0, -1.0), strict=True) if len(each) == 1]
    total = sum(odds)
    return total if total < 0.0 or len(odds) > 1 else rules.ONE_HAND * total


def _distance(hand: HandLandmarks, pose: PoseLandmarks, wrist: int) -> float:
    x, y, _ = (hand.image[0] - pose.image[wrist]).tolist()
    return hypot(x, y)


def _log_odds(belief: float) -> float:
    known = min(max(belief, rules.LIMIT), 1.0 - rules.LIMIT)
    return log(known / (1.0 - known))

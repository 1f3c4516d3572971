# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up: a camera that looks down makes everyone lean, and the take itself shows by how much."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.model import Body
from ...models.body.pose import BodyMotion
from ..calibration import turned as turned_pose

Array = NDArray[np.float64]

STRAIGHT: Final = np.radians(25.0)
"""Bend of knees and of hips below which the body stands."""

LONG_ENOUGH: Final = 1.0
"""Seconds of standing that show which way is up."""

OFTEN_ENOUGH: Final = 0.15
"""Part of the take that has to be standing."""

AGREEING: Final = np.radians(5.0)
"""Median angle between how the body stands and its mean, above which it sways rather than shows the vertical."""

NOTICEABLE: Final = np.radians(3.0)
"""Tilt below which nothing is turned: people do not stand straighter than this."""

BELIEVABLE: Final = np.radians(35.0)
"""Tilt above which it is no camera that leans."""

_SURE: Final = 0.4
_SIDES: Final = ("Left", "Right")


@dataclass(frozen=True)
class Tilt:
    """How a take leans.

    Attributes:
        turn: (4,) turn that brings it upright.
        degrees: how far that is.
        standing: part of the frames in which the body stands.
        sure: whether the take shows it clearly enough to be turned.
    """

    turn: Array
    degrees: float
    standing: float
    sure: bool


def tilt_of(motion: BodyMotion, body: Body) -> Tilt:
    """Estimate how far the take leans, from the frames in which the body stands with straight knees and hips.

    While someone stands, the shoulders are above the ankles. How the body stands is averaged, so that steps and
    shifts of weight even out; if it stands in many ways, or seldom, nothing is sure.
    """
    turns = body.globals(motion.rotations)
    joints = body.positions(motion.rotations, np.zeros((len(motion.time), 3)))
    up = rot.unit(_middle(joints, "Arm") - _middle(joints, "Foot"))
    standing = _standing(joints) & _seen(motion)
    share = float(standing.mean()) if len(standing) else 0.0
    spell = share * float(motion.time[-1] - motion.time[0]) if len(standing) else 0.0
    if not standing.any() or not np.isfinite(turns).all():
        return Tilt(rot.identity(), 0.0, share, sure=False)
    middle = rot.unit(np.median(up[standing], axis=0))
    sway = np.arccos(np.clip(up[standing] @ middle, -1.0, 1.0))
    turn = rot.between(middle, [0.0, 0.0, 1.0])
    angle = float(rot.angle(turn))
    sure = spell >= LONG_ENOUGH and share >= OFTEN_ENOUGH and float(np.median(sway)) <= AGREEING
    return Tilt(turn, float(np.degrees(angle)), share, sure=bool(sure and NOTICEABLE <= angle <= BELIEVABLE))


def upright(motion: BodyMotion, body: Body) -> BodyMotion:
    """The motion turned about the camera so that who stands stands upright; as it is if the take leaves doubt."""
    tilt = tilt_of(motion, body)
    return turned(motion, tilt.turn) if tilt.sure else motion


def turned(motion: BodyMotion, turn: Array) -> BodyMotion:
    """The whole motion turned by a quaternion (4,) about the origin."""
    rotations, root = turned_pose(motion.rotations, motion.root, turn)
    return replace(motion, rotations=rot.continuous(rotations), root=root)


def _middle(joints: Array, name: str) -> Array:
    return 0.5 * (joints[:, INDEX[f"Left{name}"]] + joints[:, INDEX[f"Right{name}"]])


def _standing(joints: Array) -> NDArray[np.bool_]:
    """Frames (n,) in which both knees and the hips are straight."""
    trunk = rot.unit(_middle(joints, "Arm") - _middle(joints, "UpLeg"))
    bends = []
    for side in _SIDES:
        hip, knee, ankle = (joints[:, INDEX[f"{side}{name}"]] for name in ("UpLeg", "Leg", "Foot"))
        thigh, shank = rot.unit(hip - knee), rot.unit(knee - ankle)
        bends += [np.sum(thigh * shank, axis=-1), np.sum(thigh * trunk, axis=-1)]
    return np.min(bends, axis=0) > np.cos(STRAIGHT)


def _seen(motion: BodyMotion) -> NDArray[np.bool_]:
    """Frames (n,) in which trunk and legs were seen: a leg that was made up says nothing about the floor."""
    names = ["Hips", *(f"{side}{part}" for side in _SIDES for part in ("UpLeg", "Leg"))]
    return np.min(motion.confidence[:, [INDEX[name] for name in names]], axis=1) > _SURE

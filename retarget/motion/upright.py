# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up: a camera that looks down makes everyone lean, and the take itself shows by how much."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.calibration import rotate_pose
from ...models.body.joints import INDEX
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from .floor import footprints

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

CROUCHING: Final = np.radians(75.0)
"""Bend of knees or hips above which the body neither stands nor walks."""

STANDING_DOUBT, WALKING_DOUBT = np.radians(6.0), np.radians(8.0)
"""How far off the vertical is that those show who stand, and who walk: one camera sees who leans towards it badly."""

DISAGREEING: Final = np.radians(12.0)
"""Angle between body and floor above which the floor is none: stairs, or a place that was seen wrongly."""

_SURE: Final = 0.4
_SIDES: Final = ("Left", "Right")


@dataclass(frozen=True)
class Tilt:
    """How a take leans.

    Attributes:
        turn: (4,) turn that brings it upright.
        degrees: how far that is.
        walked: whether the floor under the feet had a say.
        standing: part of the frames in which the body stands.
        sure: whether the take shows it clearly enough to be turned.
    """

    turn: Array
    degrees: float
    walked: bool
    standing: float
    sure: bool


def tilt_of(motion: BodyMotion, body: Body) -> Tilt:
    """Estimate how far the take leans, from how the body stands or walks, and from the floor that its feet touch.

    While someone stands, the shoulders are above the ankles. How the body stands is averaged, so that steps and
    shifts of weight even out; if it stands in many ways, or seldom, it alone is no proof. Who walks far enough
    shows the floor as well, and both are weighed against each other.
    """
    joints = body.positions(motion.rotations, np.zeros((len(motion.time), 3)))
    up = rot.unit(_middle(joints, "Arm") - _middle(joints, "Foot"))
    seen = _seen(motion) & np.isfinite(up).all(axis=-1)
    standing, on_feet = (seen & (_most_bent(joints) < angle) for angle in (STRAIGHT, CROUCHING))
    share = float(standing.mean()) if len(standing) else 0.0
    nothing = Tilt(rot.identity(), 0.0, walked=False, standing=share, sure=False)
    if not on_feet.any():
        return nothing
    stands = _stands(motion.time, up, standing)
    middle = _middle_of(up[standing if stands else on_feet])
    prints = footprints(_part(motion, on_feet), body)
    walked = prints.far_apart
    if walked and middle[2] > 0.0:
        joined = prints.vertical(middle, STANDING_DOUBT if stands else WALKING_DOUBT)
        walked = float(np.arccos(np.clip(joined @ middle, -1.0, 1.0))) <= DISAGREEING
        middle = joined if walked else middle
    turn = rot.between(middle, [0.0, 0.0, 1.0])
    angle = float(rot.angle(turn))
    sure = (stands or walked) and NOTICEABLE <= angle <= BELIEVABLE
    return Tilt(turn, float(np.degrees(angle)), walked=walked, standing=share, sure=bool(sure))


def upright(motion: BodyMotion, body: Body) -> BodyMotion:
    """The motion turned about the camera so that who stands stands upright; as it is if the take leaves doubt."""
    tilt = tilt_of(motion, body)
    return rotate_motion(motion, tilt.turn) if tilt.sure else motion


def rotate_motion(motion: BodyMotion, turn: Array) -> BodyMotion:
    """The whole motion turned by a quaternion (4,) about the origin."""
    rotations, root = rotate_pose(motion.rotations, motion.root, turn)
    return replace(motion, rotations=rot.continuous(rotations), root=root)


def _middle(joints: Array, name: str) -> Array:
    return 0.5 * (joints[:, INDEX[f"Left{name}"]] + joints[:, INDEX[f"Right{name}"]])


def _middle_of(directions: Array) -> Array:
    return np.asarray(rot.unit(np.median(directions, axis=0)))


def _part(motion: BodyMotion, kept: NDArray[np.bool_]) -> BodyMotion:
    """The motion with its place unknown in all frames but some (n,)."""
    return replace(motion, root=np.where(kept[:, None], motion.root, np.nan))


def _stands(time: Array, up: Array, standing: NDArray[np.bool_]) -> bool:
    """Whether the frames in which the body stands show the vertical by themselves: long enough, and all alike."""
    share = float(standing.mean())
    if share < OFTEN_ENOUGH or share * float(time[-1] - time[0]) < LONG_ENOUGH:
        return False
    sway = np.arccos(np.clip(up[standing] @ _middle_of(up[standing]), -1.0, 1.0))
    return float(np.median(sway)) <= AGREEING


def _most_bent(joints: Array) -> Array:
    """Largest bend (n,) of both knees and hips in radians."""
    trunk = rot.unit(_middle(joints, "Arm") - _middle(joints, "UpLeg"))
    straight = []
    for side in _SIDES:
        hip, knee, ankle = (joints[:, INDEX[f"{side}{name}"]] for name in ("UpLeg", "Leg", "Foot"))
        thigh, shank = rot.unit(hip - knee), rot.unit(knee - ankle)
        straight += [np.sum(thigh * shank, axis=-1), np.sum(thigh * trunk, axis=-1)]
    return np.arccos(np.clip(np.min(straight, axis=0), -1.0, 1.0))


def _seen(motion: BodyMotion) -> NDArray[np.bool_]:
    """Frames (n,) in which trunk and legs were seen: a leg that was made up says nothing about the floor."""
    names = ["Hips", *(f"{side}{part}" for side in _SIDES for part in ("UpLeg", "Leg"))]
    return np.min(motion.confidence[:, [INDEX[name] for name in names]], axis=1) > _SURE

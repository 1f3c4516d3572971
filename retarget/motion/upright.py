# SPDX-License-Identifier: GPL-3.0-or-later
"""Correct the tilt of the camera: a camera that looks down makes everyone lean, and the take shows by how much."""

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
"""Radians of bend of knees and hips up to which the body stands."""

LEAST_SECONDS: Final = 1.0
"""Least seconds of standing that show the vertical."""

LEAST_SHARE: Final = 0.15
"""Least fraction of the take in which the body has to stand."""

MAX_SWAY: Final = np.radians(5.0)
"""Median angle from the mean direction of standing above which the body sways too much to show the vertical."""

LEAST_TILT: Final = np.radians(3.0)
"""Tilt below which nothing is corrected: people do not stand straighter than this."""

MAX_TILT: Final = np.radians(35.0)
"""Tilt above which the camera is not the cause."""

CROUCHING: Final = np.radians(75.0)
"""Bend of knees or hips above which the body neither stands nor walks."""

STANDING_DOUBT, WALKING_DOUBT = np.radians(6.0), np.radians(8.0)
"""Error of the vertical as estimated from a standing and from a walking body: one camera sees badly who leans towards
it."""

MAX_DISAGREEMENT: Final = np.radians(12.0)
"""Angle between the verticals of body and floor above which the floor is ignored: stairs, or wrong positions."""

_SURE: Final = 0.4
_SIDES: Final = ("Left", "Right")


@dataclass(frozen=True)
class Tilt:
    """Tilt of a take.

    Attributes:
        turn: (4,) rotation that brings the take upright.
        degrees: angle of that rotation.
        walked: whether the floor under the feet was used.
        standing: fraction of the frames in which the body stands.
        sure: whether the estimate is reliable enough to be applied.
    """

    turn: Array
    degrees: float
    walked: bool
    standing: float
    sure: bool


def tilt_of(motion: BodyMotion, body: Body) -> Tilt:
    """Estimate the tilt of a take from the standing or walking body and from the floor under its feet.

    A standing person's shoulders are above the ankles. That direction is averaged, so that steps and shifts of weight
    even out; if it varies much, or the person seldom stands, it is not reliable by itself. A walk of some distance
    shows the floor as well, and both estimates are combined by their errors.
    """
    joints = body.positions(motion.rotations, np.zeros((len(motion.time), 3)))
    up = rot.unit(_middle(joints, "Arm") - _middle(joints, "Foot"))
    seen = _frames_seen(motion) & np.isfinite(up).all(axis=-1)
    standing, on_feet = (seen & (_most_bent(joints) < angle) for angle in (STRAIGHT, CROUCHING))
    share = float(standing.mean()) if len(standing) else 0.0
    nothing = Tilt(rot.identity(), 0.0, walked=False, standing=share, sure=False)
    if not on_feet.any():
        return nothing
    reliable = _standing_is_reliable(motion.time, up, standing)
    middle = _middle_of(up[standing if reliable else on_feet])
    prints = footprints(_with_root_in(motion, on_feet), body)
    walked = prints.far_apart
    if walked and middle[2] > 0.0:
        joined = prints.vertical(middle, STANDING_DOUBT if reliable else WALKING_DOUBT)
        walked = float(np.arccos(np.clip(joined @ middle, -1.0, 1.0))) <= MAX_DISAGREEMENT
        middle = joined if walked else middle
    turn = rot.between(middle, [0.0, 0.0, 1.0])
    angle = float(rot.angle(turn))
    sure = (reliable or walked) and LEAST_TILT <= angle <= MAX_TILT
    return Tilt(turn, float(np.degrees(angle)), walked=walked, standing=share, sure=bool(sure))


def upright(motion: BodyMotion, body: Body) -> BodyMotion:
    """Rotate a motion about the camera until the performer stands upright; unchanged if the tilt is not reliable."""
    tilt = tilt_of(motion, body)
    return rotate_motion(motion, tilt.turn) if tilt.sure else motion


def rotate_motion(motion: BodyMotion, turn: Array) -> BodyMotion:
    """Rotate a whole motion by a unit quaternion (4,) about the origin, which is the camera."""
    rotations, root = rotate_pose(motion.rotations, motion.root, turn)
    return replace(motion, rotations=rot.continuous(rotations), root=root)


def _middle(joints: Array, name: str) -> Array:
    return 0.5 * (joints[:, INDEX[f"Left{name}"]] + joints[:, INDEX[f"Right{name}"]])


def _middle_of(directions: Array) -> Array:
    return np.asarray(rot.unit(np.median(directions, axis=0)))


def _with_root_in(motion: BodyMotion, kept: NDArray[np.bool_]) -> BodyMotion:
    """Return the motion with an unknown root in all frames except `kept` (n,)."""
    return replace(motion, root=np.where(kept[:, None], motion.root, np.nan))


def _standing_is_reliable(time: Array, up: Array, standing: NDArray[np.bool_]) -> bool:
    """Return whether the standing frames are enough, and alike enough, to show the vertical by themselves."""
    share = float(standing.mean())
    if share < LEAST_SHARE or share * float(time[-1] - time[0]) < LEAST_SECONDS:
        return False
    sway = np.arccos(np.clip(up[standing] @ _middle_of(up[standing]), -1.0, 1.0))
    return float(np.median(sway)) <= MAX_SWAY


def _most_bent(joints: Array) -> Array:
    """Return the largest bend (n,) of knees and hips in radians."""
    trunk = rot.unit(_middle(joints, "Arm") - _middle(joints, "UpLeg"))
    straight = []
    for side in _SIDES:
        hip, knee, ankle = (joints[:, INDEX[f"{side}{name}"]] for name in ("UpLeg", "Leg", "Foot"))
        thigh, shank = rot.unit(hip - knee), rot.unit(knee - ankle)
        straight += [np.sum(thigh * shank, axis=-1), np.sum(thigh * trunk, axis=-1)]
    return np.arccos(np.clip(np.min(straight, axis=0), -1.0, 1.0))


def _frames_seen(motion: BodyMotion) -> NDArray[np.bool_]:
    """Return the frames (n,) in which trunk and legs were seen; a guessed leg tells nothing about the floor."""
    names = ["Hips", *(f"{side}{part}" for side in _SIDES for part in ("UpLeg", "Leg"))]
    return np.min(motion.confidence[:, [INDEX[name] for name in names]], axis=1) > _SURE

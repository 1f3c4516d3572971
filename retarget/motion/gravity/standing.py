# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in which someone stands or walks, and how upright they are: only they show the vertical.

A body that stands is in balance: its centre of mass is above its feet. Arms, a bent back and a step are all balanced
by the rest of the body, so that this direction is nearer to the vertical than that of the legs or the trunk.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.camera_tilt import angles_of
from ....models.body.curves import smoothstep
from ....models.body.joints import INDEX
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ..soles import PosedSoles

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

CROUCHING: Final = np.radians(75.0)
"""Bend of knee and hip of the straighter leg above which someone sits, kneels or crouches."""

LIKELY_TILT, TILT_RANGE = np.radians([14.0, 0.0]), np.radians([42.0, 38.0])
"""Middle and extent of pitch and roll of likely cameras: who seems to stand before another one lies, or is on the
hands."""

LIFTED: Final = (0.25, 0.4)
"""Metres by which a foot is higher than the other one, from which it begins to, and at which it does not carry."""

_SURE: Final = 0.4
_SIDES: Final = ("Left", "Right")

_SEGMENTS: Final = (
    ("Hips", "Spine2", 0.30, 0.5),
    ("Spine2", "Neck", 0.15, 0.5),
    ("Head", "Head", 0.08, 0.5),
    *(
        (f"{side}{upper}", f"{side}{lower}", mass, where)
        for side in _SIDES
        for upper, lower, mass, where in (
            ("UpLeg", "Leg", 0.12, 0.43),
            ("Leg", "Foot", 0.046, 0.43),
            ("Foot", "ToeBase", 0.014, 0.5),
            ("Arm", "ForeArm", 0.027, 0.45),
            ("ForeArm", "Hand", 0.022, 0.6),
        )
    ),
)
"""Parts of the body: from which joint to which, their share of its mass, and where along them its centre is."""


@dataclass(frozen=True)
class Standing:
    """The m frames of n in which someone stands or walks.

    Attributes:
        frames: (n,) which frames.
        seconds: how long that is.
        balance: (m, 3) unit vectors from the feet to the centre of mass.
        trunk: (m, 3) unit vectors from the hips to the shoulders.
        bend: (m,) radians, bend of knee or hip of the straighter leg.
    """

    frames: Mask
    seconds: float
    balance: Array
    trunk: Array
    bend: Array


def standing_of(motion: BodyMotion, body: Body) -> Standing:
    """Return the frames of a motion in which someone is on the feet, as a camera of any likely tilt sees it."""
    turns, step = motion.rotations, _step(motion.time)
    posed = body.positions(turns, np.zeros((len(turns), 3)))
    feet = PosedSoles.of(body, turns, np.zeros((len(turns), 3)))
    trunk = rot.unit(_middle(posed, "Arm") - _middle(posed, "UpLeg"))
    base = _base(0.5 * (feet.ankle + feet.ball), _centre(posed), trunk)
    balance = rot.unit(_centre(posed) - base)
    legs = rot.unit(_middle(posed, "UpLeg") - base)
    bend = _bend(posed, trunk)
    frames = _legs_seen(motion) & (bend < CROUCHING) & likely(balance) & likely(legs)
    return Standing(frames, float(frames.sum()) * step, balance[frames], trunk[frames], bend[frames])


def _base(feet: Array, centre: Array, trunk: Array) -> Array:
    """Return the points (n, 3) that carry the body: between the feet (n, 2, 3), or the one foot if the other is lifted.

    Feet that swing through a step count half: the body falls from one to the other, and is above their middle mostly.
    """
    base = feet.mean(axis=1)
    for _ in range(3):  # Which foot is the higher one depends on where up is, and the other way round.
        up = rot.unit(rot.unit(centre - base) + trunk)
        height = (feet * up[:, None]).sum(axis=-1)
        lifted = 0.5 * smoothstep(np.abs(height[:, 0] - height[:, 1]), *LIFTED)
        left = np.where(height[:, 0] < height[:, 1], 0.5 + lifted, 0.5 - lifted)[:, None]
        base = left * feet[:, 0] + (1.0 - left) * feet[:, 1]
    return base


def likely(directions: Array) -> Mask:
    """Return which directions (..., 3) a camera of a likely tilt may see as upright."""
    away = (angles_of(directions) - LIKELY_TILT) / TILT_RANGE
    return np.asarray((away * away).sum(axis=-1) < 1.0)


def _step(time: Array) -> float:
    return float(np.median(np.diff(time))) if len(time) > 1 else 0.0


def _middle(posed: Array, name: str) -> Array:
    return 0.5 * (posed[:, INDEX[f"Left{name}"]] + posed[:, INDEX[f"Right{name}"]])


def _centre(posed: Array) -> Array:
    """Return the centre of mass (n, 3) of posed joints (n, 52, 3)."""
    parts = [
        mass * (posed[:, INDEX[first]] + where * (posed[:, INDEX[second]] - posed[:, INDEX[first]]))
        for first, second, mass, where in _SEGMENTS
    ]
    return np.asarray(np.sum(parts, axis=0) / sum(mass for _, _, mass, _ in _SEGMENTS))


def _bend(posed: Array, trunk: Array) -> Array:
    """Return the bend (n,) in radians of knee and hip, the larger of both, of the straighter leg."""
    legs = []
    for side in _SIDES:
        hip, knee, ankle = (posed[:, INDEX[f"{side}{name}"]] for name in ("UpLeg", "Leg", "Foot"))
        thigh, shank = rot.unit(hip - knee), rot.unit(knee - ankle)
        legs.append(np.minimum((thigh * shank).sum(axis=-1), (thigh * trunk).sum(axis=-1)))
    return np.asarray(np.arccos(np.clip(np.max(legs, axis=0), -1.0, 1.0)))


def _legs_seen(motion: BodyMotion) -> Mask:
    """Return the frames (n,) in which trunk and legs were seen; a guessed leg tells nothing about the floor."""
    names = ["Hips", *(f"{side}{part}" for side in _SIDES for part in ("UpLeg", "Leg"))]
    seen = np.min(motion.confidence[:, [INDEX[name] for name in names]], axis=1) > _SURE
    return np.asarray(seen & np.isfinite(motion.rotations).all(axis=(1, 2)))

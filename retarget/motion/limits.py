# SPDX-License-Identifier: GPL-3.0-or-later
"""Knees and elbows bend one way."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.model import Body

Array = NDArray[np.float64]

OVEREXTENSION: Final = np.radians(3.0)
"""How far past straight a healthy knee or elbow goes."""

FULL_BEND: Final = np.radians(155.0)
"""Where calf meets thigh, or forearm upper arm."""

HINGES: Final = tuple(
    (f"{side}{upper}", f"{side}{lower}")
    for side in ("Left", "Right")
    for upper, lower in (("UpLeg", "Leg"), ("Arm", "ForeArm"))
)
"""The two bones of every limb; the second one turns on a hinge."""


def hinge_axis(body: Body, upper: str, lower: str) -> Array:
    """Unit axis (3,) about which a limb bends further than it does at rest."""
    axis = np.cross(*_segments(body, upper, lower))
    return np.asarray(rot.unit(axis))


def bend(body: Body, rotations: Array, upper: str, lower: str) -> Array:
    """Bend (n,) of a hinge in radians: 0 straight, positive the way it is made to bend, negative backwards."""
    before, after = _segments(body, upper, lower)
    axis = hinge_axis(body, upper, lower)
    along = rot.rotate(rotations[:, INDEX[lower]], after)
    flat = along - np.sum(along * axis, axis=-1, keepdims=True) * axis
    across = before - np.sum(before * axis) * axis
    return np.arctan2(np.cross(across, flat) @ axis, flat @ across)


def limited(rotations: Array, body: Body) -> Array:
    """Rotations (n, 52, 4) whose knees and elbows stay within what they can do; all others are left alone."""
    result = np.array(rotations)
    for upper, lower in HINGES:
        angle = bend(body, result, upper, lower)
        # Folded past half a turn is folded too far, not bent backwards.
        angle = np.where(angle < -0.5 * np.pi, angle + 2.0 * np.pi, angle)
        excess = np.clip(angle, -OVEREXTENSION, FULL_BEND) - angle
        if np.any(np.abs(excess) > 1e-9):
            back = rot.from_axis_angle(hinge_axis(body, upper, lower), excess)
            result[:, INDEX[lower]] = rot.multiply(back, result[:, INDEX[lower]])
    return result


def _segments(body: Body, upper: str, lower: str) -> tuple[Array, Array]:
    """Directions of both bones at rest."""
    joint = INDEX[lower]
    return body.rest[joint] - body.rest[INDEX[upper]], body.ends[joint] - body.rest[joint]

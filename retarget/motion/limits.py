# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep knees and elbows from bending backwards or too far."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.model import Body

Array = NDArray[np.float64]

OVEREXTENSION: Final = np.radians(3.0)
"""Radians past straight that a healthy knee or elbow reaches."""

FULL_BEND: Final = np.radians(155.0)
"""Radians at which the calf meets the thigh, or the forearm the upper arm."""

HINGES: Final = tuple(
    (f"{side}{upper}", f"{side}{lower}")
    for side in ("Left", "Right")
    for upper, lower in (("UpLeg", "Leg"), ("Arm", "ForeArm"))
)
"""The two joints of each limb, upper and lower; the lower one is a hinge."""


def hinge_axis(body: Body, upper: str, lower: str) -> Array:
    """Return the unit axis (3,) at rest about which the lower joint of a limb bends."""
    axis = np.cross(*_segments(body, upper, lower))
    return np.asarray(rot.unit(axis))


def bend(body: Body, rotations: Array, upper: str, lower: str) -> Array:
    """Return the bend (n,) of a hinge in radians: 0 straight, positive in its natural direction, negative backwards."""
    before, after = _segments(body, upper, lower)
    axis = hinge_axis(body, upper, lower)
    along = rot.rotate(rotations[:, INDEX[lower]], after)
    flat = along - np.sum(along * axis, axis=-1, keepdims=True) * axis
    across = before - np.sum(before * axis) * axis
    return np.arctan2(np.cross(across, flat) @ axis, flat @ across)


def limited(rotations: Array, body: Body) -> Array:
    """Limit knees and elbows of rotations (n, 52, 4) to their range; all other joints stay unchanged."""
    result = np.array(rotations)
    for upper, lower in HINGES:
        angle = bend(body, result, upper, lower)
        # A bend past half a turn wraps to a negative angle, but it is folded too far, not bent backwards.
        angle = np.where(angle < -0.5 * np.pi, angle + 2.0 * np.pi, angle)
        excess = np.clip(angle, -OVEREXTENSION, FULL_BEND) - angle
        if np.any(np.abs(excess) > 1e-9):
            back = rot.from_axis_angle(hinge_axis(body, upper, lower), excess)
            result[:, INDEX[lower]] = rot.multiply(back, result[:, INDEX[lower]])
    return result


def _segments(body: Body, upper: str, lower: str) -> tuple[Array, Array]:
    """Return the vectors (3,) of both bones at rest."""
    joint = INDEX[lower]
    return body.rest[joint] - body.rest[INDEX[upper]], body.ends[joint] - body.rest[joint]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Quaternions in the terms of a bone's rotation mode, each without jumps over time."""

import numpy as np
from mathutils import Quaternion
from numpy.typing import NDArray

Array = NDArray[np.float64]


def channels(mode: str, quaternions: Array) -> tuple[str, Array]:
    """Property of a pose bone that holds its rotation in `mode`, and its values (n, 3 or 4).

    Args:
        mode: `PoseBone.rotation_mode`.
        quaternions: (n, 4) w, x, y, z, sign-continuous.
    """
    if mode == "QUATERNION":
        return "rotation_quaternion", quaternions
    if mode == "AXIS_ANGLE":
        return "rotation_axis_angle", _axis_angles(quaternions)
    return "rotation_euler", _eulers(quaternions, mode)


def _eulers(quaternions: Array, order: str) -> Array:
    """Euler angles (n, 3) in radians, each triple the nearest to the one before."""
    result = np.empty((len(quaternions), 3))
    previous = None
    for row, values in zip(result, quaternions, strict=True):
        turn = Quaternion(values)
        previous = turn.to_euler(order, previous) if previous else turn.to_euler(order)
        row[:] = previous
    return result


def _axis_angles(quaternions: Array) -> Array:
    """Angle and axis (n, 4). The angle may pass pi and zero, so that the axis need not flip."""
    length = np.linalg.norm(quaternions[:, 1:], axis=1, keepdims=True)
    angle = 2.0 * np.arctan2(length, quaternions[:, :1])
    # Near no turn at all any axis will do: the last clear one keeps the curves smooth.
    clear = length[:, 0] > 1e-6
    last = np.maximum.accumulate(np.where(clear, np.arange(len(clear)), -1))
    axis = np.where(length > 1e-6, quaternions[:, 1:] / np.maximum(length, 1e-6), 0.0)[np.maximum(last, 0)]
    axis = np.where(np.linalg.norm(axis, axis=1, keepdims=True) > 0.5, axis, [0.0, 1.0, 0.0])
    # An axis that turns over is the same turn the other way about the old axis.
    turned = np.sum(axis[1:] * axis[:-1], axis=1) < 0.0
    sign = np.where(np.cumsum(np.concatenate([[False], turned])) % 2 == 1, -1.0, 1.0)[:, None]
    return np.concatenate([angle * sign, axis * sign], axis=1)

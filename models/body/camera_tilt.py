# SPDX-License-Identifier: GPL-3.0-or-later
"""The tilt of a camera as two angles: pitch, by which it looks down, and roll, by which it hangs to one side.

A camera that is rolled by r and then looks down by p sees the vertical as ``(cos p sin r, -sin p, cos p cos r)`` in
Blender's axes, in which a level camera looks along +Y with Z up.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def up_of(angles: ArrayLike) -> Array:
    """Return the vertical (..., 3) as seen by cameras of pitch and roll (..., 2) in radians."""
    pitch, roll = np.moveaxis(np.asarray(angles, dtype=float), -1, 0)
    return np.stack([np.cos(pitch) * np.sin(roll), -np.sin(pitch), np.cos(pitch) * np.cos(roll)], axis=-1)


def angles_of(up: ArrayLike) -> Array:
    """Return pitch and roll (..., 2) in radians of cameras that see the vertical along vectors `up` (..., 3)."""
    x, y, z = np.moveaxis(np.asarray(up, dtype=float), -1, 0)
    return np.stack([np.arctan2(-y, np.hypot(x, z)), np.arctan2(x, z)], axis=-1)


def slope_of(angles: ArrayLike) -> Array:
    """Return the slopes (..., 2) of the floor, in metres of height per metre sideways and ahead."""
    up = up_of(angles)
    return -up[..., :2] / up[..., 2:]


def slope_change(angles: Array) -> Array:
    """Return how slopes change with the angles (2, 2): one column for pitch, one for roll."""
    step = 1e-4
    sides = [(slope_of(angles + delta) - slope_of(angles - delta)) / (2.0 * step) for delta in step * np.eye(2)]
    return np.stack(sides, axis=1)

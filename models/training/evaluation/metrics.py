# SPDX-License-Identifier: GPL-3.0-or-later
"""The usual error metrics of points and rotations."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot

Array = NDArray[np.float64]

POINTS: Final = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
"""BlazePose's shoulders, elbows, wrists, hips, knees and ankles: the points that are evaluated."""
LIMBS: Final = {
    "left upper arm": (0, 2),
    "left forearm": (2, 4),
    "right upper arm": (1, 3),
    "right forearm": (3, 5),
    "left thigh": (6, 8),
    "left shank": (8, 10),
    "right thigh": (7, 9),
    "right shank": (9, 11),
    "shoulder line": (1, 0),
    "hip line": (7, 6),
}
"""The `POINTS` at the ends of each limb; the last two are not limbs, and are not part of the mean over limbs."""
OF_LIMBS: Final = 8


def directions(points: Array, true: Array) -> Array:
    """Return the degrees (n, 10) between the directions of `LIMBS` of points (n, 12, 3) and the true ones."""
    a, b = np.array(list(LIMBS.values())).T
    x, y = (rot.unit(p[:, b] - p[:, a]) for p in (points, true))
    return np.degrees(np.arccos(np.clip((x * y).sum(axis=-1), -1.0, 1.0)))


def aligned(points: Array, true: Array) -> Array:
    """Align points (n, k, 3) with the true ones by translation, rotation and scale (Procrustes), frame by frame."""
    centre = true.mean(axis=1, keepdims=True)
    p, t = points - points.mean(axis=1, keepdims=True), true - centre
    u, s, vt = np.linalg.svd(np.swapaxes(p, 1, 2) @ t)
    flip = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= flip[:, None]
    s[:, 2] *= flip
    scale = s.sum(axis=1) / (p**2).sum(axis=(1, 2))
    return scale[:, None, None] * (p @ u @ vt) + centre


def mpjpe(points: Array, true: Array) -> Array:
    """Return the mean distance (n,) in mm of points (n, 12, 3) in metres, after aligning the hips' midpoints."""
    p, t = (x - x[:, 6:8].mean(axis=1, keepdims=True) for x in (points, true))
    return 1000.0 * np.linalg.norm(p - t, axis=-1).mean(axis=1)


def pa_mpjpe(points: Array, true: Array) -> Array:
    """Return the mean distance (n,) in mm after Procrustes alignment."""
    return 1000.0 * np.linalg.norm(aligned(points, true) - true, axis=-1).mean(axis=1)


def degrees_apart(a: Array, b: Array) -> Array:
    """Return the degrees (...) between rotations (..., 4)."""
    return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))

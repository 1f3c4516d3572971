# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry shared by trunk, limbs and hands. Arrays may have any leading axes; NaN in gives NaN out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot

Array = NDArray[np.float64]


def dot(a: Array, b: Array) -> Array:
    """Return dot products along the last axis."""
    return np.sum(a * b, axis=-1)


def relative(parent: Array, child: Array) -> Array:
    """Return the children's rotations relative to their parents, from the global rotations of both."""
    return rot.multiply(rot.conjugate(parent), child)


def rotation_between(frames: Array, rest: Array) -> Array:
    """Return the quaternions (..., 4) that rotate the frames `rest` (..., 3, 3) to `frames`."""
    return rot.from_matrix(frames @ np.swapaxes(rest, -1, -2))


def best_rotation(points: Array, rest: Array) -> Array:
    """Return the rotations (..., 4) that best align `rest` (..., k, 3) with `points`, about their centroids.

    Kabsch, "A solution for the best rotation to relate two sets of vectors" (1976).
    """
    p = points - points.mean(axis=-2, keepdims=True)
    r = rest - rest.mean(axis=-2, keepdims=True)
    covariance = np.swapaxes(p, -1, -2) @ r
    missing = ~np.isfinite(covariance).all(axis=(-1, -2))
    u, _, vt = np.linalg.svd(np.where(missing[..., None, None], 0.0, covariance))
    u[..., :, 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None]
    return np.where(missing[..., None], np.nan, rot.from_matrix(u @ vt))


def angle_about(axis: Array, start: Array, end: Array) -> Array:
    """Return the signed angles in radians about unit axes from `start` to `end`, both projected along the axis."""
    s = start - dot(start, axis)[..., None] * axis
    e = end - dot(end, axis)[..., None] * axis
    return np.arctan2(dot(axis, rot.cross(s, e)), dot(s, e))


def twist_first(q: Array, axis: Array) -> tuple[Array, Array]:
    """Split unit quaternions into ``q = twist * swing``, with the twist about the unit `axis` outermost.

    Returns:
        The swing, and the angle of the twist in radians, -pi to pi.
    """
    swing, twist = rot.swing_twist(rot.conjugate(q), axis)
    half = np.arctan2(-dot(twist[..., 1:], axis), twist[..., 0])
    return rot.conjugate(swing), wrapped(2.0 * half)


def wrapped(angle: Array, centre: float = 0.0) -> Array:
    """Wrap angles in radians to within half a turn of `centre`."""
    return np.mod(angle - centre + np.pi, 2.0 * np.pi) - np.pi + centre


def soft_clip(x: Array, low: Array | float, high: Array | float, margin: float) -> Array:
    """Clip values softly: unchanged between the limits, and levelling off beyond them within `margin`."""
    over = np.maximum(x - high, 0.0)
    under = np.maximum(low - x, 0.0)
    inside = np.clip(x, low, high)
    return inside + margin * (1.0 - np.exp(-over / margin)) - margin * (1.0 - np.exp(-under / margin))


def clip_to(values: NDArray[Any], limit: NDArray[Any]) -> NDArray[Any]:
    """Clip values to -`limit` and `limit`; five times as fast as numpy's clip for small arrays."""
    return np.minimum(np.maximum(values, -limit), limit)

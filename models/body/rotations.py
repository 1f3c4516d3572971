# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations in numpy: quaternions (w, x, y, z), matrices, frames. Every function takes leading axes freely.

A quaternion array has shape (..., 4), a matrix array (..., 3, 3), a vector array (..., 3). Matrices act on
columns: ``p' = M @ p``. NaN in gives NaN out, so that what is missing stays missing.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_TINY = 1e-12


def unit(vectors: ArrayLike) -> Array:
    """Vectors scaled to length 1; a vector without a length becomes NaN (it has no direction)."""
    v = np.asarray(vectors, dtype=float)
    length = np.sqrt(np.einsum("...i,...i->...", v, v))
    return np.asarray(v / np.where(length > _TINY, length, np.nan)[..., None])


def identity(*shape: int) -> Array:
    """Identity quaternions, shape (*shape, 4)."""
    q = np.zeros((*shape, 4))
    q[..., 0] = 1.0
    return q


def cross(a: ArrayLike, b: ArrayLike) -> Array:
    """Cross products of vectors, as numpy's, in a fifth of the time for few of them."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    ax, ay, az = a[..., 0], a[..., 1], a[..., 2]
    bx, by, bz = b[..., 0], b[..., 1], b[..., 2]
    result = np.empty((*np.broadcast_shapes(ax.shape, bx.shape), 3))
    result[..., 0] = ay * bz - az * by
    result[..., 1] = az * bx - ax * bz
    result[..., 2] = ax * by - ay * bx
    return result


def multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """Hamilton product: first `b`, then `a`."""
    # Of a single frame's few joints, numpy's own stacking would take most of the time.
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    result = np.empty((*np.broadcast_shapes(aw.shape, bw.shape), 4))
    result[..., 0] = aw * bw - ax * bx - ay * by - az * bz
    result[..., 1] = aw * bx + ax * bw + ay * bz - az * by
    result[..., 2] = aw * by - ax * bz + ay * bw + az * bx
    result[..., 3] = aw * bz + ax * by - ay * bx + az * bw
    return result


def conjugate(q: ArrayLike) -> Array:
    """Inverse of unit quaternions."""
    return np.asarray(q, dtype=float) * np.array([1.0, -1.0, -1.0, -1.0])


def rotate(q: ArrayLike, vectors: ArrayLike) -> Array:
    """Vectors turned by unit quaternions."""
    q = np.asarray(q, dtype=float)
    v = np.asarray(vectors, dtype=float)
    u, w = q[..., 1:], q[..., :1]
    t = 2.0 * cross(u, v)
    return v + w * t + cross(u, t)


def from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Quaternions turning by `angle` radians about unit axes, counter-clockwise seen from the axis's tip."""
    half = 0.5 * np.asarray(angle, dtype=float)[..., None]
    return np.concatenate([np.cos(half), np.sin(half) * np.asarray(axis, dtype=float)], axis=-1)


def angle(q: ArrayLike) -> Array:
    """Angle of unit quaternions in radians, 0 to pi."""
    q = np.asarray(q, dtype=float)
    return 2.0 * np.arctan2(np.linalg.norm(q[..., 1:], axis=-1), np.abs(q[..., 0]))


def from_matrix(m: ArrayLike) -> Array:
    """Quaternions of rotation matrices, w >= 0 (Bar-Itzhack's four cases, the largest component first)."""
    m = np.asarray(m, dtype=float)
    diagonal = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    trace = diagonal[0] + diagonal[1] + diagonal[2]
    # Four times each squared component; the largest one is a safe divisor for the other three.
    rows = np.empty((*m.shape[:-2], 4, 4))
    rows[..., 0, 0] = 1.0 + trace
    for i in range(3):
        rows[..., i + 1, i + 1] = 1.0 + 2.0 * diagonal[i] - trace
        j, k = (i + 1) % 3, (i + 2) % 3
        rows[..., 0, i + 1] = rows[..., i + 1, 0] = m[..., k, j] - m[..., j, k]
        rows[..., j + 1, k + 1] = rows[..., k + 1, j + 1] = m[..., k, j] + m[..., j, k]
    squares = np.einsum("...ii->...i", rows)
    best = np.argmax(np.nan_to_num(squares, nan=-1.0), axis=-1)
    q = np.take_along_axis(rows, best[..., None, None], axis=-2)[..., 0, :]
    q = unit(q)
    return np.where(q[..., :1] < 0.0, -q, q)


def to_matrix(q: ArrayLike) -> Array:
    """Rotation matrices of unit quaternions."""
    w, x, y, z = np.moveaxis(np.asarray(q, dtype=float), -1, 0)
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=-1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=-1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1),
        ],
        axis=-2,
    )


def between(a: ArrayLike, b: ArrayLike) -> Array:
    """Shortest rotations that turn the directions `a` into the directions `b`.

    Opposite directions turn half around, about any axis square to them.
    """
    a, b = np.broadcast_arrays(unit(a), unit(b))
    dot = np.sum(a * b, axis=-1, keepdims=True)
    q = np.concatenate([1.0 + dot, cross(a, b)], axis=-1)
    other = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    half_turn = np.concatenate([np.zeros_like(dot), unit(cross(a, other))], axis=-1)
    return unit(np.where(dot < -1.0 + 1e-9, half_turn, q))


def frame(primary: ArrayLike, secondary: ArrayLike) -> Array:
    """Right-handed frames (..., 3, 3): column 1 (Y) along `primary`, column 2 (Z) as near `secondary` as may be.

    NaN where the two are parallel: two such vectors say nothing about the turn around them.
    """
    y = unit(primary)
    s = np.asarray(secondary, dtype=float)
    z = unit(s - np.einsum("...i,...i->...", s, y)[..., None] * y)
    result = np.empty((*z.shape, 3))
    result[..., 0], result[..., 1], result[..., 2] = cross(y, z), y, z
    return result


def swing_twist(q: ArrayLike, axis: ArrayLike) -> tuple[Array, Array]:
    """Split unit quaternions into ``q = swing * twist``, the twist about the unit `axis`.

    Where the swing is half a turn, every twist fits, and none is taken.
    """
    q = np.asarray(q, dtype=float)
    axis = np.asarray(axis, dtype=float)
    along = np.sum(q[..., 1:] * axis, axis=-1, keepdims=True) * axis
    twist = np.concatenate([q[..., :1], along], axis=-1)
    length = np.linalg.norm(twist, axis=-1, keepdims=True)
    twist = np.where(length > 1e-9, twist / np.where(length > 1e-9, length, 1.0), identity())
    return multiply(q, conjugate(twist)), twist


def slerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Array:
    """The rotation a part `t` of the way from `a` to `b`, by the shorter way; `t` without the last axis."""
    a = np.asarray(a, dtype=float)
    step = multiply(conjugate(a), b)
    step = np.where(step[..., :1] < 0.0, -step, step)
    return multiply(a, power(step, t))


def power(q: ArrayLike, t: ArrayLike) -> Array:
    """A part `t` of the rotations `q`, about the same axes."""
    q = np.asarray(q, dtype=float)
    length = np.linalg.norm(q[..., 1:], axis=-1)
    half = np.arctan2(length, q[..., 0]) * np.asarray(t, dtype=float)
    # sin(half * t) / sin(half) tends to t for small angles, where the axis is lost in rounding.
    scale = np.where(length > _TINY, np.sin(half) / np.where(length > _TINY, length, 1.0), t)
    return np.concatenate([np.cos(half)[..., None], q[..., 1:] * scale[..., None]], axis=-1)


def continuous(q: ArrayLike) -> Array:
    """The same rotations (n, ..., 4) with signs chosen so that no step along the first axis is the long way round."""
    q = np.array(q, dtype=float)
    if len(q) < 2:
        return q
    flip = np.sum(q[1:] * q[:-1], axis=-1) < 0.0
    signs = np.where(np.cumsum(flip, axis=0) % 2 == 1, -1.0, 1.0)
    q[1:] *= signs[..., None]
    return q


def to_vector(q: ArrayLike) -> Array:
    """Rotation vectors (..., 3) of unit quaternions: the axis as long as the angle in radians, by the shorter way."""
    q = np.asarray(q, dtype=float)
    q = np.where(q[..., :1] < 0.0, -q, q)
    length = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    return q[..., 1:] * (2.0 * np.arctan2(length, q[..., :1]) / np.maximum(length, _TINY))


def from_vector(vectors: ArrayLike) -> Array:
    """Quaternions of rotation vectors (..., 3)."""
    vectors = np.asarray(vectors, dtype=float)
    angle = np.linalg.norm(vectors, axis=-1)
    return from_axis_angle(vectors / np.maximum(angle, _TINY)[..., None], angle)

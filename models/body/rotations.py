# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations in numpy: quaternions (w, x, y, z), matrices and frames. Arrays may have any leading axes.

A quaternion array has shape (..., 4), a matrix array (..., 3, 3), a vector array (..., 3). Matrices act on
columns: ``p' = M @ p``. NaN in gives NaN out, so that missing values stay missing.

For the few joints of a single frame, the overhead of numpy's calls exceeds the arithmetic, so linear and bilinear
functions are computed as one product with a constant table.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_TINY: Final = np.array(1e-12)
_NAN: Final = np.array(np.nan)
_ONE: Final = np.array(1.0)
_MAX_COSINE: Final = np.array(1.0 - 1e-15)
"""Cosine from which two unit quaternions count as equal."""
_ONES: Final = np.ones((4, 1))
_CONJUGATE: Final = np.array([1.0, -1.0, -1.0, -1.0])


def _cross_table() -> Array:
    """Return the matrix (9, 3) from the products of all components to cross products."""
    table = np.zeros((3, 3, 3))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        table[j, k, i], table[k, j, i] = 1.0, -1.0
    return table.reshape(9, 3)


def _hamilton_table() -> Array:
    """Return the matrix (16, 4) from the products of all components to Hamilton products."""
    table = np.zeros((4, 4, 4))
    table[1:, 1:, 1:] = _CROSS.reshape(3, 3, 3)
    for i in range(4):
        table[0, i, i] = table[i, 0, i] = 1.0
        table[i, i, 0] = _CONJUGATE[i]
    return table.reshape(16, 4)


def _matrix_tables() -> tuple[Array, Array]:
    """Return a matrix (9, 16) and an offset (16,) from a rotation matrix's elements to 4 q q^T, q = (w, x, y, z)."""
    rows = np.zeros((9, 4, 4))
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        rows[4 * i, 0, 0] = rows[4 * i, i + 1, i + 1] = 1.0
        rows[4 * i, j + 1, j + 1] = rows[4 * i, k + 1, k + 1] = -1.0
        for row, column in ((0, i + 1), (i + 1, 0)):
            rows[3 * k + j, row, column], rows[3 * j + k, row, column] = 1.0, -1.0
        for row, column in ((j + 1, k + 1), (k + 1, j + 1)):
            rows[3 * k + j, row, column] = rows[3 * j + k, row, column] = 1.0
    return rows.reshape(9, 16), np.eye(4).ravel()


_CROSS: Final = _cross_table()
_HAMILTON: Final = _hamilton_table()
_FROM_MATRIX: Final = _matrix_tables()


def unit(vectors: ArrayLike) -> Array:
    """Scale vectors to length 1; a vector of length 0 becomes NaN, as it has no direction."""
    v = np.asarray(vectors, dtype=float)
    length = np.sqrt((v * v) @ _ONES[: v.shape[-1]])
    np.copyto(length, _NAN, where=length <= _TINY)
    return v / length


def identity(*shape: int) -> Array:
    """Return identity quaternions of shape (*shape, 4)."""
    q = np.zeros((*shape, 4))
    q[..., 0] = 1.0
    return q


def cross(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the cross products of vectors."""
    return _products(a, b) @ _CROSS


def multiply(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the Hamilton product: the rotation `b` followed by `a`."""
    return _products(a, b) @ _HAMILTON


def _products(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the products (..., k * k) of each component of vectors `a` (..., k) with each of `b`."""
    products = np.asarray(a, dtype=float)[..., :, None] * np.asarray(b, dtype=float)[..., None, :]
    return products.reshape(*products.shape[:-2], products.shape[-1] ** 2)


def conjugate(q: ArrayLike) -> Array:
    """Return the inverse of unit quaternions."""
    return np.asarray(q, dtype=float) * _CONJUGATE


def rotate(q: ArrayLike, vectors: ArrayLike) -> Array:
    """Rotate vectors by unit quaternions."""
    q = np.asarray(q, dtype=float)
    v = np.asarray(vectors, dtype=float)
    u, w = q[..., 1:], q[..., :1]
    t = 2.0 * cross(u, v)
    return v + w * t + cross(u, t)


def from_axis_angle(axis: ArrayLike, angle: ArrayLike) -> Array:
    """Return quaternions that rotate by `angle` radians about unit axes, counter-clockwise seen from the axis's tip."""
    half = 0.5 * np.asarray(angle, dtype=float)[..., None]
    return np.concatenate([np.cos(half), np.sin(half) * np.asarray(axis, dtype=float)], axis=-1)


def angle(q: ArrayLike) -> Array:
    """Return the angles of unit quaternions in radians, 0 to pi."""
    q = np.asarray(q, dtype=float)
    length = np.sqrt((q[..., 1:] * q[..., 1:]) @ _ONES[:3, 0])
    return 2.0 * np.arctan2(length, np.abs(q[..., 0]))


def apart(a: ArrayLike, b: ArrayLike) -> Array:
    """Return the angles in radians, 0 to pi, between unit quaternions; accurate to 1e-7."""
    cosine = np.abs((np.asarray(a, dtype=float) * np.asarray(b, dtype=float)) @ _ONES[:, 0])
    return 2.0 * np.arccos(np.minimum(cosine, _ONE))


def from_matrix(m: ArrayLike) -> Array:
    """Convert rotation matrices to quaternions with w >= 0 (Bar-Itzhack's four cases, by the largest component)."""
    m = np.asarray(m, dtype=float)
    table, diagonal = _FROM_MATRIX
    rows = m.reshape(-1, 9) @ table + diagonal
    # The diagonal has four times each squared component; the largest one is a safe divisor for the other three.
    best = rows[:, ::5].argmax(axis=1)
    best += np.arange(0, 4 * len(rows), 4)
    q = unit(rows.reshape(-1, 4).take(best, axis=0))
    q *= np.copysign(_ONE, q[:, :1])
    return q.reshape(*m.shape[:-2], 4)


def to_matrix(q: ArrayLike) -> Array:
    """Convert unit quaternions to rotation matrices."""
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
    """Return the shortest rotations from the directions `a` to the directions `b`.

    For opposite directions it is half a turn about any perpendicular axis.
    """
    a, b = np.broadcast_arrays(unit(a), unit(b))
    dot = np.sum(a * b, axis=-1, keepdims=True)
    q = np.concatenate([1.0 + dot, cross(a, b)], axis=-1)
    other = np.where(np.abs(a[..., :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    half_turn = np.concatenate([np.zeros_like(dot), unit(cross(a, other))], axis=-1)
    # Within 5e-8 radians of opposite, half a turn is more accurate than the rounded sum above.
    return unit(np.where(dot < -1.0 + 1e-15, half_turn, q))


def frame(primary: ArrayLike, secondary: ArrayLike) -> Array:
    """Return right-handed frames (..., 3, 3): column 1 (Y) along `primary`, column 2 (Z) nearest to `secondary`.

    NaN where the two are parallel, which leaves the rotation about them undetermined.
    """
    y = unit(primary)
    s = np.asarray(secondary, dtype=float)
    z = unit(s - ((s * y) @ _ONES[:3]) * y)
    result = np.empty((*z.shape, 3))
    result[..., 0], result[..., 1], result[..., 2] = cross(y, z), y, z
    return result


def swing_twist(q: ArrayLike, axis: ArrayLike) -> tuple[Array, Array]:
    """Split unit quaternions into ``q = swing * twist``, with the twist about the unit `axis`.

    If the swing is half a turn, the twist is undetermined and is set to the identity.
    """
    q = np.asarray(q, dtype=float)
    axis = np.asarray(axis, dtype=float)
    along = np.sum(q[..., 1:] * axis, axis=-1, keepdims=True) * axis
    twist = np.concatenate([q[..., :1], along], axis=-1)
    length = np.linalg.norm(twist, axis=-1, keepdims=True)
    twist = np.where(length > 1e-9, twist / np.where(length > 1e-9, length, 1.0), identity())
    return multiply(q, conjugate(twist)), twist


def slerp(a: ArrayLike, b: ArrayLike, t: ArrayLike) -> Array:
    """Interpolate from `a` to `b` by the fraction `t`, along the shorter way; `t` lacks the last axis.

    Shoemake, "Animating rotation with quaternion curves" (1985).
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    cosine = (a * b) @ _ONES
    t = np.asarray(t, dtype=float)[..., None]
    # Nearly equal quaternions are treated as slightly different: the weights below then tend to t and 1 - t.
    half = np.arccos(np.minimum(np.abs(cosine), _MAX_COSINE))
    partial = half * t
    return (np.sin(half - partial) * a + np.sin(partial) * np.copysign(_ONE, cosine) * b) / np.sin(half)


def power(q: ArrayLike, t: ArrayLike) -> Array:
    """Scale the angles of rotations `q` by `t`, about the same axes."""
    q = np.asarray(q, dtype=float)
    length = np.linalg.norm(q[..., 1:], axis=-1)
    half = np.arctan2(length, q[..., 0]) * np.asarray(t, dtype=float)
    # sin(half * t) / sin(half) tends to t for small angles, where the axis is lost to rounding.
    scale = np.where(length > _TINY, np.sin(half) / np.where(length > _TINY, length, 1.0), t)
    return np.concatenate([np.cos(half)[..., None], q[..., 1:] * scale[..., None]], axis=-1)


def continuous(q: ArrayLike) -> Array:
    """Return the same rotations (n, ..., 4) with signs that make each step along the first axis the shorter one."""
    q = np.array(q, dtype=float)
    if len(q) < 2:
        return q
    steps = np.where((q[1:] * q[:-1]) @ _ONES < 0.0, -1.0, 1.0)
    q[1:] *= steps.cumprod(axis=0)
    return q


def to_vector(q: ArrayLike) -> Array:
    """Convert unit quaternions to rotation vectors (..., 3): the axis times the angle in radians, 0 to pi."""
    q = np.asarray(q, dtype=float)
    q = np.where(q[..., :1] < 0.0, -q, q)
    length = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    return q[..., 1:] * (2.0 * np.arctan2(length, q[..., :1]) / np.maximum(length, _TINY))


def from_vector(vectors: ArrayLike) -> Array:
    """Convert rotation vectors (..., 3) to quaternions."""
    vectors = np.asarray(vectors, dtype=float)
    angle = np.linalg.norm(vectors, axis=-1)
    return from_axis_angle(vectors / np.maximum(angle, _TINY)[..., None], angle)

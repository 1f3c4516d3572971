# SPDX-License-Identifier: GPL-3.0-or-later
"""A first guess of how one camera stands to another, from the skeletons that each of them alone has solved.

Every moment gives a rotation between the two skeletons. Many are wrong by half a turn, where one camera took left for
right, and all of them by some degrees; what most of them agree on is the rotation between the cameras.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .moments import Moments

Array = NDArray[np.float64]

AGREE: Final = np.radians(40.0)
"""Angle within which the rotations of single moments count as the same."""
_MOST: Final = 300
_ROUNDS: Final = 10
_REJECTED: Final = np.radians(60.0)
"""Angle from which a moment is left out: its sides are exchanged in one of the cameras."""


@dataclass(frozen=True)
class Start:
    """How a camera may stand to another.

    Attributes:
        rotation: (4,) unit quaternion from the second camera's axes to the first one's.
        position: (3,) metres, of the second camera in the first one's axes.
        share: fraction of the moments that agree with it.
        agrees: (n,) whether each moment does.
    """

    rotation: Array
    position: Array
    share: float
    agrees: NDArray[np.bool_]


def starts(moments: Moments, first: int, second: int, *, most: int = 2) -> list[Start]:
    """Return guesses of where the second camera stands, that of most moments first; empty if no moment is shared."""
    shared = moments.shared(first, second) & np.isfinite(moments.poses[:, [first, second]]).all(axis=(1, 2, 3))
    if not shared.any():
        return []
    a, b = moments.poses[:, first], moments.poses[:, second]
    weight = np.where(shared[:, None], np.minimum(moments.weight[:, first], moments.weight[:, second]), 0.0)
    a_turned, b_turned = _centred(a, weight), _centred(b, weight)
    single = np.full((len(moments), 4), np.nan)
    single[shared] = _kabsch(a_turned[shared], b_turned[shared], weight[shared])
    found: list[Start] = []
    left = np.flatnonzero(shared)
    while len(left) and len(found) < most:
        some = left[np.linspace(0, len(left) - 1, min(len(left), _MOST)).round().astype(np.int64)]
        apart = rot.apart(single[some, None], single[some][None])
        support = np.maximum(1.0 - (apart / AGREE) ** 2, 0.0).sum(axis=1)
        rotation = _agreed(single, single[some[int(np.argmax(support))]], (a_turned, b_turned, weight), shared)
        angle = np.where(shared, rot.apart(np.nan_to_num(single), rotation), np.pi)
        agrees = angle < _REJECTED
        offset = a[agrees].mean(axis=1) - rot.rotate(rotation, b[agrees].mean(axis=1))
        known = [rot.apart(rotation, start.rotation) for start in found]
        if len(offset) and min(known, default=np.pi) > AGREE:
            share = float((angle[shared] < AGREE).mean())
            found.append(Start(rotation, np.median(offset, axis=0), share, agrees))
        fewer = left[angle[left] >= _REJECTED]
        if len(fewer) == len(left):
            break
        left = fewer
    return found


def _agreed(single: Array, rotation: Array, pairs: tuple[Array, Array, Array], shared: NDArray[np.bool_]) -> Array:
    """Return the rotation (4,) that fits all moments near a first one, by weighting with how near they are."""
    a, b, weight = pairs
    for _ in range(_ROUNDS):
        angle = np.where(shared, rot.apart(np.nan_to_num(single), rotation), np.pi)
        near = np.maximum(1.0 - (angle / _REJECTED) ** 2, 0.0) ** 2
        if not near.any():
            break
        rows = np.flatnonzero(near)
        w = (near[rows, None] * weight[rows]).reshape(1, -1)
        rotation = _kabsch(a[rows].reshape(1, -1, 3), b[rows].reshape(1, -1, 3), w)[0]
    return rotation


def _centred(points: Array, weight: Array) -> Array:
    """Return points (n, j, 3) relative to their weighted mean."""
    total = np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)[..., None]
    return points - (points * weight[..., None]).sum(axis=1, keepdims=True) / total


def _kabsch(a: Array, b: Array, weight: Array) -> Array:
    """Return the rotations (n, 4) that turn b (n, j, 3) best onto a, both about the origin."""
    covariance = np.einsum("nj,nja,njb->nab", weight, a, b)
    u, _, vt = np.linalg.svd(covariance)
    u[..., :, 2] *= np.sign(np.linalg.det(u) * np.linalg.det(vt))[..., None]
    return rot.from_matrix(u @ vt)

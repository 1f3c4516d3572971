# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear equations of points that are coupled by bones only, solved for many moments at the same time.

Points are eliminated in an order in which few others are affected, so that every step is a product of 3x3 blocks over
all moments. LAPACK would take a dense matrix for each moment, in threads that cost more than they save.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .bones import FIRST, SECOND
from .moments import POINTS

Array = NDArray[np.float64]


def _order() -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Return the points in the order in which they are eliminated, each with the later ones that it affects."""
    near: dict[int, set[int]] = {point: set() for point in range(len(POINTS))}
    for a, b in zip(FIRST.tolist(), SECOND.tolist(), strict=True):
        near[a].add(b)
        near[b].add(a)
    result = []
    while near:
        point = min(near, key=lambda each: len(near[each]))
        others = near.pop(point)
        for other in others:
            near[other] |= others - {other}
            near[other].discard(point)
        result.append((point, tuple(sorted(others))))
    return tuple(result)


_ORDER: Final = _order()


@dataclass(frozen=True)
class Eliminated:
    """Equations after elimination.

    Attributes:
        inverse: (j, n, 3, 3) inverse pivots.
        blocks: (j, j, n, 3, 3).
        right: (j, n, 3, m) right sides.
        scaled: (j, n, 3, m) the same times the inverse pivots.
    """

    inverse: Array
    blocks: Array
    right: Array
    scaled: Array

    def products(self) -> Array:
        """Return the matrix (m, m) of the right sides with the inverse between them, summed over moments."""
        # Not as one product, which is so large that threads would share it.
        return np.asarray(np.matmul(self.right.transpose(0, 2, 3, 1), self.scaled.swapaxes(1, 2)).sum(axis=(0, 1)))

    def solve(self, factors: Array) -> Array:
        """Return the solutions (j, n, 3) for the combination of the right sides by `factors` (m,)."""
        result = self.scaled @ factors
        for point, others in reversed(_ORDER):
            for other in others:
                moved = np.matmul(self.blocks[point, other], result[other][..., None])
                result[point] -= np.matmul(self.inverse[point], moved)[..., 0]
        return np.asarray(result)


def eliminate(blocks: Array, right: Array, damping: float) -> Eliminated:
    """Eliminate all points from equations with symmetric blocks (j, j, n, 3, 3) and right sides (j, n, 3, m).

    Args:
        blocks: 3x3 blocks of points that no bone connects are 0.
        right: right sides.
        damping: by which fraction the diagonal is enlarged.
    """
    blocks, right = blocks.copy(), right.copy()
    axes = np.arange(3)
    inverse, scaled = np.empty(blocks.shape[1:]), np.empty_like(right)
    for point in range(len(blocks)):
        blocks[point, point][:, axes, axes] *= 1.0 + damping
    for point, others in _ORDER:
        inverse[point] = _inverse(blocks[point, point])
        scaled[point] = np.matmul(inverse[point], right[point])
        for other in others:
            below = blocks[other, point]
            right[other] -= np.matmul(below, scaled[point])
            factor = np.matmul(below, inverse[point])
            for third in others:
                blocks[other, third] -= np.matmul(factor, blocks[point, third])
    return Eliminated(inverse, blocks, right, scaled)


def _inverse(blocks: Array) -> Array:
    """Return the inverse of blocks (n, 3, 3). LAPACK takes much longer where it starts threads for each."""
    first, second, third = blocks[:, 0], blocks[:, 1], blocks[:, 2]
    columns = np.stack([rot.cross(second, third), rot.cross(third, first), rot.cross(first, second)], axis=-1)
    return np.asarray(columns / (first * columns[..., 0]).sum(axis=-1)[:, None, None])

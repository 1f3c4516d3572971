# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear equations of many frames that are coupled to their neighbours in time."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def solve_band(blocks: Array, coupling: Array, right: Array) -> Array:
    """Solve block tridiagonal equations of n frames of k unknowns, in one pass forward and one back.

    They minimise ``sum x' B x / 2 - r' x`` plus ``sum c (x[t + 1] - x[t])^2 / 2``.

    Args:
        blocks: (n, k, k) symmetric positive definite B of each frame.
        coupling: (n - 1, k) c between a frame and the next.
        right: (n, k) r.

    Returns:
        (n, k) the unknowns.
    """
    n, k = right.shape
    diagonal = range(k)
    matrices = np.array(blocks)
    matrices[:-1, diagonal, diagonal] += coupling
    matrices[1:, diagonal, diagonal] += coupling
    inverse = np.empty_like(matrices)
    carried = np.array(right)
    inverse[0] = np.linalg.inv(matrices[0])
    for i in range(1, n):
        c = coupling[i - 1]
        inverse[i] = np.linalg.inv(matrices[i] - c[:, None] * inverse[i - 1] * c)
        carried[i] += c * (inverse[i - 1] @ carried[i - 1])
    result = np.empty_like(carried)
    result[-1] = inverse[-1] @ carried[-1]
    for i in range(n - 2, -1, -1):
        result[i] = inverse[i] @ (carried[i] + coupling[i] * result[i + 1])
    return result

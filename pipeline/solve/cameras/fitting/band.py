# SPDX-License-Identifier: GPL-3.0-or-later
"""Linear equations of many frames that are coupled to their neighbours in time."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def solve_band(blocks: Array, coupling: Array, right: Array) -> Array:
    """Solve block tridiagonal equations of n frames of k unknowns, in one pass forward and one back.

    Args:
        blocks: (n, k, k) of each frame; with the coupling, the whole matrix is symmetric and positive definite.
        coupling: (n - 1, k, k) the blocks beside the diagonal, rows of a frame and columns of the next; or (n - 1, k)
            if they are diagonal.
        right: (n, k) the right-hand side.

    Returns:
        (n, k) the unknowns.
    """
    n = len(right)
    inverse = np.empty_like(blocks)
    carried = np.array(right)
    diagonal = coupling.ndim == 2
    inverse[0] = np.linalg.inv(blocks[0])
    for i in range(1, n):
        c = coupling[i - 1]
        if diagonal:
            inverse[i] = np.linalg.inv(blocks[i] - c[:, None] * inverse[i - 1] * c)
            carried[i] -= c * (inverse[i - 1] @ carried[i - 1])
        else:
            across = c.T @ inverse[i - 1]
            inverse[i] = np.linalg.inv(blocks[i] - across @ c)
            carried[i] -= across @ carried[i - 1]
    result = np.empty_like(carried)
    result[-1] = inverse[-1] @ carried[-1]
    for i in range(n - 2, -1, -1):
        ahead = coupling[i] * result[i + 1] if diagonal else coupling[i] @ result[i + 1]
        result[i] = inverse[i] @ (carried[i] - ahead)
    return result

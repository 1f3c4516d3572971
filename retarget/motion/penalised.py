# SPDX-License-Identifier: GPL-3.0-or-later
"""Zero-lag smoothing by penalised least squares (Whittaker, 1923): stay near the samples, bend as little as possible.

It uses future and past samples alike, accepts uneven times, and has a weight for each sample and a cutoff for each
moment. The penalty on the second derivative gives the frequency response ``1 / (1 + (f / cutoff)^4)``, which is that
of a second-order Butterworth filter run forwards and backwards, as used in gait analysis.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .spans import SHORTEST_STEP

Array = NDArray[np.float64]

_FAINT: Final = 1e-6
"""Least weight of a sample, so that a section without weights still has a unique solution."""


def penalised(time: Array, values: Array, *, weights: Array, cutoff: Array) -> Array:
    """Smooth k curves of d coordinates each.

    Args:
        time: (n,) seconds, rising.
        values: (n, k, d) finite.
        weights: (n, k), 0 for samples to ignore; samples of weight 1 are followed up to the cutoff.
        cutoff: (n, k) hertz, the frequency at which half the amplitude remains; infinite for no smoothing.
    """
    n = len(time)
    if n < 3:
        return np.array(values)
    step = np.maximum(np.diff(time), SHORTEST_STEP)
    before, after = step[:-1, None], step[1:, None]
    share = np.empty(n)
    share[1:-1] = 0.5 * (step[:-1] + step[1:])
    share[0], share[-1] = step[0], step[-1]
    stiffness = (2.0 * np.pi * cutoff[1:-1]) ** -4.0 * share[1:-1, None]
    a, b, c = (
        2.0 / (before * (before + after)),
        -2.0 / (before * after),
        2.0 / (after * (before + after)),
    )
    weighted = np.maximum(weights, _FAINT) * share[:, None]
    bands = np.zeros((3, n, values.shape[1]))
    bands[0] = weighted
    bands[0, :-2] += stiffness * a * a
    bands[0, 1:-1] += stiffness * b * b
    bands[0, 2:] += stiffness * c * c
    bands[1, :-2] += stiffness * a * b
    bands[1, 1:-1] += stiffness * b * c
    bands[2, :-2] += stiffness * a * c
    return solve_banded(bands, values * weighted[..., None])


def solve_banded(bands: Array, right: Array) -> Array:
    """Solve k symmetric positive definite systems with two bands above the diagonal (LDL', no pivoting): (n, k, d).

    Args:
        bands: (3, n, k): the diagonal, then entries (i, i + 1) and (i, i + 2) at row i.
        right: (n, k, d).
    """
    n = bands.shape[1]
    # Two rows of padding on top, so that the first rows need no special cases.
    diagonal, first, second = (np.zeros((n + 2, bands.shape[2])) for _ in range(3))
    diagonal[:2] = 1.0
    found = np.zeros((n + 2, *right.shape[1:]))
    for i in range(n):
        row = i + 2
        over, above = diagonal[row - 1] * first[row - 1], diagonal[row - 2] * second[row - 2]
        diagonal[row] = bands[0, i] - over * first[row - 1] - above * second[row - 2]
        first[row] = (bands[1, i] - over * second[row - 1]) / diagonal[row]
        second[row] = bands[2, i] / diagonal[row]
        found[row] = right[i] - first[row - 1, :, None] * found[row - 1] - second[row - 2, :, None] * found[row - 2]
    found[2:] /= diagonal[2:, :, None]
    for row in range(n, 1, -1):
        found[row] -= first[row, :, None] * found[row + 1]
        if row + 2 < n + 2:
            found[row] -= second[row, :, None] * found[row + 2]
    return found[2:]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The cheapest sequence of states (Viterbi), and how much dearer each frame's next best state would be."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Path:
    """The cheapest sequence of states.

    Attributes:
        states: (n,) states of the cheapest sequence.
        margins: (n,) by how much the cheapest sequence with another state in this frame is dearer.
    """

    states: NDArray[np.int64]
    margins: Array


def cheapest_path(costs: Array, changes: Array) -> Path:
    """Return the cheapest sequence of k states in n frames.

    Args:
        costs: (n, k) cost of each state in each frame.
        changes: (n - 1, k, k) cost of going from a state (row) to one in the next frame (column).
    """
    n, k = costs.shape
    if not n:
        return Path(np.empty(0, np.int64), np.empty(0))
    to, back = np.empty((n, k)), np.zeros((n, k), np.int64)
    to[0] = costs[0]
    for i in range(1, n):
        options = to[i - 1][:, None] + changes[i - 1]
        back[i] = options.argmin(axis=0)
        to[i] = options.min(axis=0) + costs[i]
    onward = np.zeros((n, k))
    for i in range(n - 2, -1, -1):
        onward[i] = (changes[i] + (onward[i + 1] + costs[i + 1])).min(axis=1)
    states = np.empty(n, np.int64)
    states[-1] = int(to[-1].argmin())
    for i in range(n - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    through = to + onward
    others = through.copy()
    others[np.arange(n), states] = np.inf
    return Path(states, others.min(axis=1) - through[np.arange(n), states])

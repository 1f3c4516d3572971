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
        dearer: (n, k) by how much the cheapest sequence with each state in each frame is dearer than that.
    """

    states: NDArray[np.int64]
    dearer: Array

    @property
    def margins(self) -> Array:
        """(n,) by how much the cheapest sequence with another state in each frame is dearer."""
        return np.asarray(np.sort(self.dearer, axis=1)[:, 1])


def cheapest_path(costs: Array, changes: Array) -> Path:
    """Return the cheapest sequence of k states in n frames.

    Args:
        costs: (n, k) cost of each state in each frame.
        changes: (n, k, k, k) cost of two states in a row being followed by one in the frame itself; of the first
            frame nothing is used, and of the second one only [:, 0], as nothing was before.
    """
    n, k = costs.shape
    if n < 2:
        return Path(costs.argmin(axis=1), costs - costs.min(axis=1, keepdims=True))
    # Of pairs (state of the frame before, state of the frame).
    to, back = np.zeros((n, k, k)), np.zeros((n, k, k), np.int64)
    to[1] = costs[0][:, None] + changes[1, 0] + costs[1]
    for i in range(2, n):
        options = to[i - 1][:, :, None] + changes[i]
        back[i] = options.argmin(axis=0)
        to[i] = options.min(axis=0) + costs[i]
    onward = np.zeros((n, k, k))
    for i in range(n - 2, 0, -1):
        onward[i] = (changes[i + 1] + (onward[i + 1] + costs[i + 1])[None]).min(axis=2)
    states = np.empty(n, np.int64)
    states[-2], states[-1] = np.unravel_index(int(to[-1].argmin()), (k, k))
    for i in range(n - 1, 1, -1):
        states[i - 2] = back[i, states[i - 1], states[i]]
    through = to + onward
    best = np.concatenate([through[1].min(axis=1)[None], through[1:].min(axis=1)])
    return Path(states, best - best.min(axis=1, keepdims=True))

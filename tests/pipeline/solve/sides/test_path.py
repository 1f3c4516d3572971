# SPDX-License-Identifier: GPL-3.0-or-later
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mimic.pipeline.solve.sides.path import cheapest_path

Array = NDArray[np.float64]


def total(costs: Array, changes: Array, states: tuple[int, ...]) -> float:
    """Cost of a sequence of states."""
    n = len(states)
    first = 0.0 if n < 2 else changes[1, 0, states[0], states[1]]
    rest = sum(changes[i, states[i - 2], states[i - 1], states[i]] for i in range(2, n))
    return float(sum(costs[i, state] for i, state in enumerate(states)) + first + rest)


@given(n=st.integers(1, 5), k=st.integers(2, 3), seed=st.integers(0, 2**16))
def test_cheapest_path_is_the_cheapest_of_all_and_says_by_how_much(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    costs, changes = rng.uniform(0.0, 3.0, (n, k)), rng.uniform(0.0, 3.0, (n, k, k, k))
    every = {states: total(costs, changes, states) for states in product(range(k), repeat=n)}
    best = min(every, key=lambda states: every[states])
    path = cheapest_path(costs, changes)
    assert tuple(path.states) == best
    for i, state in product(range(n), range(k)):
        through = min(cost for states, cost in every.items() if states[i] == state)
        np.testing.assert_allclose(path.dearer[i, state], through - every[best], atol=1e-9)
    np.testing.assert_allclose(path.margins, np.sort(path.dearer, axis=1)[:, 1])


def test_cheapest_path_of_no_frames_is_empty() -> None:
    path = cheapest_path(np.zeros((0, 5)), np.zeros((0, 5, 5, 5)))
    assert path.states.shape == (0,)
    assert path.margins.shape == (0,)

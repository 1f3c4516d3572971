# SPDX-License-Identifier: GPL-3.0-or-later
"""Equations of frames that are coupled to their neighbours, compared with the whole matrix."""

import numpy as np
import pytest

from mimic.pipeline.solve.cameras.fitting.band import solve_band

FRAMES, UNKNOWNS = 6, 4


def whole(blocks: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """The matrix (n * k, n * k) of blocks on the diagonal and beside it."""
    n, k, _ = blocks.shape
    result = np.zeros((n, k, n, k))
    for i in range(n):
        result[i, :, i] = blocks[i]
    for i in range(n - 1):
        result[i, :, i + 1], result[i + 1, :, i] = beside[i], beside[i].T
    return result.reshape(n * k, n * k)


@pytest.mark.parametrize("diagonal", [True, False], ids=["diagonal", "full"])
def test_band_is_solved_like_the_whole_matrix(diagonal):
    rng = np.random.default_rng(1)
    coupling = rng.normal(size=(FRAMES - 1, UNKNOWNS) if diagonal else (FRAMES - 1, UNKNOWNS, UNKNOWNS))
    half = rng.normal(size=(FRAMES, UNKNOWNS, UNKNOWNS))
    blocks = half @ np.swapaxes(half, 1, 2) + 20.0 * np.eye(UNKNOWNS)
    right = rng.normal(size=(FRAMES, UNKNOWNS))
    beside = np.stack([np.diag(c) for c in coupling]) if diagonal else coupling
    expected = np.linalg.solve(whole(blocks, beside), right.ravel()).reshape(right.shape)
    np.testing.assert_allclose(solve_band(blocks, coupling, right), expected, atol=1e-12)


def test_a_single_frame_is_solved_alone():
    blocks, right = 2.0 * np.eye(UNKNOWNS)[None], np.ones((1, UNKNOWNS))
    np.testing.assert_allclose(solve_band(blocks, np.empty((0, UNKNOWNS)), right), 0.5)

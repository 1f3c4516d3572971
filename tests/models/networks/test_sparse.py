# SPDX-License-Identifier: GPL-3.0-or-later
"""TFLite's sparse constants."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from mimic.models.networks.convert.sparse import Level, densify

MATRICES = hnp.arrays(
    np.float16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.sampled_from([0.0, 0.0, 1.5, -2.0])
)


def integers(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def test_densify_of_the_formats_example_gives_its_dense_matrix() -> None:
    dense = densify(
        np.array([5, 6, 7], np.float16),
        shape=(3, 4),
        levels=[Level(size=3), Level(segments=integers(0, 1, 1, 3), indices=integers(2, 0, 3))],
        traversal_order=[0, 1],
        block_map=[],
    )
    np.testing.assert_array_equal(dense, [[0, 0, 5, 0], [0, 0, 0, 0], [6, 0, 0, 7]])


def test_densify_of_blocks_stored_by_columns_puts_each_block_in_place() -> None:
    # A 4x4 matrix of 2x2 blocks, stored by block columns; only the blocks (1, 0) and (0, 1) are there.
    dense = densify(
        np.arange(1, 9).astype(np.float16),
        shape=(4, 4),
        levels=[Level(size=2), Level(segments=integers(0, 1, 2), indices=integers(1, 0)), Level(size=2), Level(size=2)],
        traversal_order=[1, 0, 2, 3],
        block_map=[0, 1],
    )
    np.testing.assert_array_equal(dense, [[0, 0, 5, 6], [0, 0, 7, 8], [1, 2, 0, 0], [3, 4, 0, 0]])


@given(MATRICES)
def test_densify_of_a_matrix_made_sparse_by_rows_gives_the_matrix_back(matrix: NDArray[np.float16]) -> None:
    rows, columns = np.nonzero(matrix)
    segments = np.searchsorted(rows, np.arange(len(matrix) + 1))
    dense = densify(
        matrix[rows, columns],
        shape=matrix.shape,
        levels=[Level(size=len(matrix)), Level(segments=segments, indices=columns)],
        traversal_order=[0, 1],
        block_map=[],
    )
    np.testing.assert_array_equal(dense, matrix)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Decoding TFLite's sparse constants.

The format is TACO's: the axes, split into blocks according to ``block_map``, are stored level by level in
``traversal_order``; each level is either dense, or segments and indices as in CSR.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Level:
    """One stored axis: ``size`` entries if dense, else ``indices[segments[p]:segments[p+1]]`` for parent p."""

    size: int = 0
    segments: NDArray[np.int64] | None = None
    indices: NDArray[np.int64] | None = None


def densify(
    values: NDArray[np.float16],
    *,
    shape: tuple[int, ...],
    levels: Sequence[Level],
    traversal_order: Sequence[int],
    block_map: Sequence[int],
) -> NDArray[np.float16]:
    """Return a dense array with the stored ``values``, and zeros elsewhere.

    Level ``l`` stores axis ``traversal_order[l]``; numbers from the rank on are the inner axes of blocks, and
    ``block_map`` has the axis that each of them divides.
    """
    indices = _stored_indices(levels)
    stored = dict(zip(traversal_order, indices, strict=True))
    sizes = dict(zip(traversal_order, (level.size for level in levels), strict=True))
    rank = len(shape)
    coordinates = [stored[axis] for axis in range(rank)]
    for block, axis in enumerate(block_map):
        coordinates[axis] = coordinates[axis] * sizes[rank + block] + stored[rank + block]
    dense = np.zeros(shape, values.dtype)
    dense[tuple(coordinates)] = values[: len(indices[0])]
    return dense


def _stored_indices(levels: Sequence[Level]) -> list[NDArray[np.int64]]:
    """Return the index of each stored value along every level, in the order of storage."""
    indices: list[NDArray[np.int64]] = []
    count = 1
    for level in levels:
        if level.segments is None or level.indices is None:
            repeats = np.full(count, level.size)
            level_indices = np.tile(np.arange(level.size), count)
        else:
            repeats = np.diff(level.segments)
            level_indices = level.indices
        indices = [np.repeat(axis_indices, repeats) for axis_indices in indices]
        indices.append(level_indices)
        count = len(level_indices)
    return indices

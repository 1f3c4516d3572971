# SPDX-License-Identifier: GPL-3.0-or-later
"""Weights of views over time that change softly: nothing of a view is used up to the frame in which it is lost."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LEAST: Final = 0.003
"""Share of a view at the edge of a gap: enough to say which of two views that end together counted more."""
_NOTHING: Final = 1e-9


def smooth(values: Array, frames: int) -> Array:
    """Average values (n, ...) along the first axis by a triangle of `2 * frames` frames to either side.

    At the ends, over as many as there are.
    """
    return _box(_box(values, frames), frames)


def _box(values: Array, frames: int) -> Array:
    count = len(values)
    if frames < 1 or not count:
        return values
    sums = np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
    rows = np.arange(count)
    first, last = np.maximum(rows - frames, 0), np.minimum(rows + frames + 1, count)
    return np.asarray((sums[last] - sums[first]) / (last - first).reshape(-1, *[1] * (values.ndim - 1)))


def ramped(available: NDArray[np.bool_], frames: int) -> Array:
    """Return weights (n, ...) 0..1 that are 0 where nothing is available, and rise smoothly on from there.

    They reach 1 `4 * frames` frames from the next gap. The ends of the motion are no gaps.
    """
    if frames < 1 or not len(available):
        return available.astype(float)
    near = _box(_box((~available).astype(float), frames), frames) > _NOTHING
    return np.where(available, np.maximum(smooth((~near).astype(float), frames), _LEAST), 0.0)


def shares(weights: Array) -> Array:
    """Return the shares (views, n, ...) of weights that are not negative; they sum to 1.

    Where no view has any, the shares before such a gap turn into those after it.
    """
    total = weights.sum(axis=0)
    known = total > _NOTHING
    result = weights / np.where(known, total, 1.0)
    flat, columns = result.reshape(*weights.shape[:2], -1), known.reshape(len(known), -1)
    for column in np.flatnonzero(~columns.all(axis=0)):
        rows = np.flatnonzero(columns[:, column])
        for view in flat:
            every = 1.0 / len(flat) if not len(rows) else np.interp(np.arange(len(known)), rows, view[rows, column])
            view[:, column] = np.where(columns[:, column], view[:, column], every)
    return result

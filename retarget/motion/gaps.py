# SPDX-License-Identifier: GPL-3.0-or-later
"""What to do where a motion says nothing: hold, or pass steadily from what was to what will be."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def held(values: Array, default: Array) -> Array:
    """Values (n, ..., k) whose rows of k with a NaN repeat the last known row, `default` (..., k) before the first."""
    known = np.isfinite(values).all(axis=-1)
    if known.all():
        return values
    frames = np.arange(len(values)).reshape(-1, *[1] * (known.ndim - 1))
    last = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    result = np.take_along_axis(values, np.maximum(last, 0)[..., None], axis=0)
    return np.where(last[..., None] < 0, default, result)


def bridged(time: Array, values: Array) -> Array:
    """Values (n, k) with linear bridges over rows with a NaN, held before the first known row and after the last.

    All NaN where no row is known.
    """
    known = np.isfinite(values).all(axis=-1)
    if known.all() or not known.any():
        return values
    return np.stack([np.interp(time, time[known], column[known]) for column in values.T], axis=-1)

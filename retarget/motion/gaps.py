# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill unknown (NaN) values of a motion: hold the last one, or interpolate linearly."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def held(values: Array, default: Array) -> Array:
    """Replace rows of values (n, ..., k) with a NaN by the last known row, before the first by `default` (..., k)."""
    known = np.isfinite(values).all(axis=-1)
    if known.all():
        return values
    frames = np.arange(len(values)).reshape(-1, *[1] * (known.ndim - 1))
    last = np.maximum.accumulate(np.where(known, frames, -1), axis=0)
    result = np.take_along_axis(values, np.maximum(last, 0)[..., None], axis=0)
    return np.where(last[..., None] < 0, default, result)


def bridged(time: Array, values: Array) -> Array:
    """Interpolate rows of values (n, k) with a NaN, holding the first known row before it and the last one after it.

    All NaN if no row is known.
    """
    known = np.isfinite(values).all(axis=-1)
    if known.all() or not known.any():
        return values
    return np.stack([np.interp(time, time[known], column[known]) for column in values.T], axis=-1)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Windows over uneven times: maximum and mean within a window, and runs of a condition."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Frames = NDArray[np.int64]

SHORTEST_STEP: Final = 1e-4
"""Seconds: frames closer in time than this are treated as this far apart."""


def rising(time: Array) -> Array:
    """Return times (n,) made to rise by at least `SHORTEST_STEP` from frame to frame."""
    steps = np.maximum(np.diff(time), SHORTEST_STEP)
    return time[:1] + np.concatenate([[0.0], np.cumsum(steps)]) if len(time) else time


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first frame of each run of True in a mask (n,), and the frame after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def highest(time: Array, values: Array, window: float) -> Array:
    """Return the largest of the values (n, ...) within `window` seconds of each moment."""
    result = np.array(values)
    for here, there, _ in _neighbours(time, window):
        result[here] = np.maximum(result[here], values[there])
    return result


def blurred(time: Array, values: Array, window: float) -> Array:
    """Return weighted means of values (n, ...) over `window` seconds to either side, the nearest weighing most."""
    column = (-1, *[1] * (values.ndim - 1))
    result, total = 2.0 * values, np.full(len(time), 2.0)
    for here, there, apart in _neighbours(time, window):
        weight = 1.0 + np.cos(apart * (np.pi / window))
        result[here] += weight.reshape(column) * values[there]
        total[here] += weight
    return result / total.reshape(column)


def _neighbours(time: Array, window: float) -> Iterator[tuple[Frames, Frames, Array]]:
    """Yield arrays of frames, of other frames within `window` seconds, and of the seconds between them.

    Each pass covers one distance in frames, once in either direction.
    """
    frames = np.arange(len(time))
    within = window * (1.0 + 1e-9)
    for step in range(1, len(time)):
        apart = time[step:] - time[:-step]
        near = apart <= within
        if not near.any():
            return
        early, late = frames[:-step][near], frames[step:][near]
        yield early, late, apart[near]
        yield late, early, apart[near]

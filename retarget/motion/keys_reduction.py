# SPDX-License-Identifier: GPL-3.0-or-later
"""Reduce keyframes: fit curves through some of the samples that stay within a tolerance of all of them.

Between two keys lies a cubic Hermite segment with the slopes of the samples at its ends, so the curve is smooth, and
a Bezier curve with handles at a third of the interval draws it exactly. Keys are added where the error is largest
until it is within the tolerance everywhere (as in the Douglas-Peucker algorithm); then keys that have become
unnecessary are removed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Keys of one animated property: m of its n samples.

    Attributes:
        frames: (m,) frames of the keys.
        values: (m, k) of its k elements.
        slopes: (m, k) change of the values per frame there.
    """

    frames: Array
    values: Array
    slopes: Array

    def at(self, frames: Array) -> Array:
        """Evaluate the curve at frames (n,) between its first and last key: values (n, k)."""
        if len(self.frames) < 2:
            return np.repeat(self.values, len(frames), axis=0)
        after = np.clip(np.searchsorted(self.frames, frames, side="right"), 1, len(self.frames) - 1)
        ends = [Curve(self.frames[i], self.values[i], self.slopes[i]) for i in (after - 1, after)]
        return _hermite(frames, *ends)


def reduce_keys(frames: Array, values: Array, *, tolerance: float) -> Curve:
    """Choose keys so that no sample lies farther than `tolerance` from the curve through them.

    Args:
        frames: (n,) frames of the samples, rising.
        values: (n, k), scaled so that the Euclidean distance of two rows is their error.
        tolerance: the largest allowed error.
    """
    if len(frames) < 3:
        return Curve(frames, values, np.zeros_like(values))
    samples = Curve(frames, values, np.gradient(values, frames, axis=0))
    keys = sorted({0, len(frames) - 1, *_splits(samples, 0, len(frames) - 1, tolerance)})
    keys = _thinned(samples, keys, tolerance)
    return Curve(frames[keys], values[keys], samples.slopes[keys])


def _splits(samples: Curve, start: int, end: int, tolerance: float) -> Iterator[int]:
    """Yield the samples between two keys that need keys of their own."""
    waiting = [(start, end)]
    while waiting:
        first, last = waiting.pop()
        error = _errors(samples, first, last)
        if len(error) and error.max() > tolerance:
            middle = first + 1 + int(np.argmax(error))
            yield middle
            waiting += [(first, middle), (middle, last)]


def _thinned(samples: Curve, keys: list[int], tolerance: float) -> list[int]:
    """Return the keys without those that the curve does not need."""
    kept = [keys[0]]
    for i in range(1, len(keys) - 1):
        if _errors(samples, kept[-1], keys[i + 1]).max() > tolerance:
            kept.append(keys[i])
    return [*kept, keys[-1]]


def _errors(samples: Curve, first: int, last: int) -> Array:
    """Return the distance of each sample between two keys from the curve between them."""
    inner = slice(first + 1, last)
    ends = [Curve(samples.frames[i], samples.values[i][None], samples.slopes[i][None]) for i in (first, last)]
    return np.linalg.norm(_hermite(samples.frames[inner], *ends) - samples.values[inner], axis=-1)


def _hermite(frames: Array, before: Curve, after: Curve) -> Array:
    """Evaluate cubics at frames (n,), each between the keys before and after it (or all between the same two)."""
    span = np.asarray(after.frames - before.frames)
    t = ((frames - before.frames) / span)[:, None]
    length = span[..., None]
    back = 1.0 - t
    return back * back * ((1.0 + 2.0 * t) * before.values + t * length * before.slopes) + t * t * (
        (1.0 + 2.0 * back) * after.values - back * length * after.slopes
    )

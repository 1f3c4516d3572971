# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer keys: curves through some of the samples that stay near all of them.

Between two keys lies a cubic whose slopes are those of the samples at its ends (Hermite's form), so the whole has no
corners, and a Bezier curve with handles a third of the way draws it exactly. Keys are put where the error is largest
until it is small enough everywhere (as Douglas and Peucker do with lines), then those that are not needed after all
are taken away again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Keys of one property: m of its n samples.

    Attributes:
        frames: (m,) where the keys are.
        values: (m, k) of its k elements.
        slopes: (m, k) change of the values per frame there.
    """

    frames: Array
    values: Array
    slopes: Array

    def at(self, frames: Array) -> Array:
        """Values (n, k) on the curve at frames (n,) from its first key to its last."""
        if len(self.frames) < 2:
            return np.repeat(self.values, len(frames), axis=0)
        after = np.clip(np.searchsorted(self.frames, frames, side="right"), 1, len(self.frames) - 1)
        ends = [Curve(self.frames[i], self.values[i], self.slopes[i]) for i in (after - 1, after)]
        return _hermite(frames, *ends)


def reduce_keys(frames: Array, values: Array, *, tolerance: float) -> Curve:
    """Keys for samples that lie nowhere farther than `tolerance` from the curve through them.

    Args:
        frames: (n,) where the samples are, rising.
        values: (n, k), scaled so that the distance of two rows is the error of taking one for the other.
        tolerance: the largest such distance.
    """
    if len(frames) < 3:
        return Curve(frames, values, np.zeros_like(values))
    samples = Curve(frames, values, np.gradient(values, frames, axis=0))
    keys = sorted({0, len(frames) - 1, *_splits(samples, 0, len(frames) - 1, tolerance)})
    keys = _thinned(samples, keys, tolerance)
    return Curve(frames[keys], values[keys], samples.slopes[keys])


def _splits(samples: Curve, start: int, end: int, tolerance: float) -> Iterator[int]:
    """Samples between two keys that have to be keys too."""
    waiting = [(start, end)]
    while waiting:
        first, last = waiting.pop()
        error = _errors(samples, first, last)
        if len(error) and error.max() > tolerance:
            middle = first + 1 + int(np.argmax(error))
            yield middle
            waiting += [(first, middle), (middle, last)]


def _thinned(samples: Curve, keys: list[int], tolerance: float) -> list[int]:
    """The keys without those that the curve does not need."""
    kept = [keys[0]]
    for i in range(1, len(keys) - 1):
        if _errors(samples, kept[-1], keys[i + 1]).max() > tolerance:
            kept.append(keys[i])
    return [*kept, keys[-1]]


def _errors(samples: Curve, first: int, last: int) -> Array:
    """How far the samples between two keys lie from the curve between them."""
    inner = slice(first + 1, last)
    ends = [Curve(samples.frames[i], samples.values[i][None], samples.slopes[i][None]) for i in (first, last)]
    return np.linalg.norm(_hermite(samples.frames[inner], *ends) - samples.values[inner], axis=-1)


def _hermite(frames: Array, before: Curve, after: Curve) -> Array:
    """Cubics at frames (n,), each between a key before and one after it (or all between the same two)."""
    span = np.asarray(after.frames - before.frames)
    t = ((frames - before.frames) / span)[:, None]
    length = span[..., None]
    back = 1.0 - t
    return back * back * ((1.0 + 2.0 * t) * before.values + t * length * before.slopes) + t * t * (
        (1.0 + 2.0 * back) * after.values - back * length * after.slopes
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Two recordings of one motion against each other: how alike they are at every lag, where parts may be unseen."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_LEAST_POWER = 1e-9
"""Of the greatest power of both signals at any lag: what is less is still, and rounding errors do not correlate."""


@dataclass(frozen=True)
class Correlation:
    """Two signals against each other at l lags of the second one.

    Attributes:
        lags: (l,) samples by which the second signal is moved to later ones; rising by one.
        common: (l,) sum of the products of what is seen in both.
        power: (l,) root of the product of both signals' sums of squares, where the other one is seen.
        shared: (l,) number of samples that are seen in both, averaged over the channels.
    """

    lags: NDArray[np.int64]
    common: Array
    power: Array
    shared: Array

    @property
    def match(self) -> Array:
        """(l,) normalised correlation, -1 to 1; near 0 where nothing moves."""
        return self.common / np.maximum(self.power, max(_LEAST_POWER * float(self.power.max(initial=0.0)), 1e-12))


def correlate(ours: Array, seen: Array, theirs: Array, seen_there: Array) -> Correlation:
    """Correlate two signals at every lag at which they overlap, in time m log m (FFT).

    Args:
        ours: (m, c) channels, 0 where unseen.
        seen: (m, c) 1 where seen and 0 where not, or (m, 1) for all channels alike.
        theirs: (k, c) the other signal.
        seen_there: (k, c) or (k, 1) likewise.
    """
    length = len(ours) + len(theirs) - 1
    size = 1 << (length - 1).bit_length()

    def along(a: Array, b: Array) -> Array:
        product = (np.fft.rfft(a, size, axis=0) * np.conj(np.fft.rfft(b, size, axis=0))).sum(axis=1)
        return np.asarray(np.roll(np.fft.irfft(product, size), len(theirs) - 1)[:length])

    def squares(signal: Array, beside: Array) -> Array:
        return (signal**2).sum(axis=1, keepdims=True) if beside.shape[1] == 1 else signal**2

    power = along(squares(ours, seen_there), seen_there), along(seen, squares(theirs, seen))
    return Correlation(
        lags=np.arange(length, dtype=np.int64) - (len(theirs) - 1),
        common=along(ours, theirs),
        power=np.sqrt(np.maximum(power[0], 0.0) * np.maximum(power[1], 0.0)),
        shared=along(seen, seen_there) / seen.shape[1],
    )


def peak(values: Array, at: int) -> float:
    """Return how far from a largest value the top of the parabola through it and its neighbours lies, -0.5 to 0.5."""
    if not 0 < at < len(values) - 1:
        return 0.0
    before, top, after = values[at - 1 : at + 2]
    bend = before - 2.0 * top + after
    return float(np.clip(0.5 * (before - after) / bend, -0.5, 0.5)) if bend < 0.0 else 0.0


def bell(deviation: float) -> Array:
    """Return the weights (2 k + 1,) of a Gaussian of a standard deviation in samples, which add up to 1."""
    reach = np.arange(-round(4.0 * deviation), round(4.0 * deviation) + 1)
    weights = np.exp(-0.5 * (reach / deviation) ** 2)
    return np.asarray(weights / weights.sum())


def blurred(values: Array, seen: ArrayLike, kernel: Array) -> Array:
    """Return values (m, c) averaged by a kernel (2 k + 1,) over those that are seen (m, c) or (m, 1); 0 without any.

    The rest of the values may be anything but NaN.
    """
    weights = np.broadcast_to(np.asarray(seen, dtype=np.float64), values.shape)
    extra = len(kernel) // 2
    size = len(values) + len(kernel) - 1
    fast = 1 << (size - 1).bit_length()
    spectrum = np.fft.rfft(kernel, fast)[:, None]

    def averaged(each: Array) -> Array:
        return np.fft.irfft(np.fft.rfft(each, fast, axis=0) * spectrum, fast, axis=0)[extra : extra + len(values)]

    total = averaged(weights)
    return np.where(total > 1e-6, averaged(values * weights) / np.maximum(total, 1e-6), 0.0)

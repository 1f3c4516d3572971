# SPDX-License-Identifier: GPL-3.0-or-later
"""Two recordings of one motion against each other: how alike they are at every lag, where parts may be unseen.

Signals are either the same in both recordings, or vectors in axes that are turned against each other, such as those of
two cameras: then the correlation is that of the best rotation at each lag (Kabsch), which costs little to find, as it
depends only on the sums of outer products.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_LEAST_POWER: Final = 1e-9
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
        return self.common / _floored(self.power)

    def at(self, place: int) -> "Correlation":
        """Return the correlation at one lag."""
        one = slice(place, place + 1)
        return Correlation(self.lags[one], self.common[one], self.power[one], self.shared[one])

    def __add__(self, other: "Correlation") -> "Correlation":
        """Return the correlation of both pairs of signals, as of one with the channels of both."""
        return Correlation(self.lags, self.common + other.common, self.power + other.power, self.shared + other.shared)


def correlate(ours: Array, seen: Array, theirs: Array, seen_there: Array) -> Correlation:
    """Correlate two signals at every lag at which they overlap, in time m log m (FFT).

    Args:
        ours: (m, c) channels, 0 where unseen.
        seen: (m, c) 1 where seen and 0 where not, or (m, 1) for all channels alike.
        theirs: (k, c) the other signal.
        seen_there: (k, c) or (k, 1) likewise.
    """
    along = _Lags(len(ours), len(theirs))

    def squares(signal: Array, beside: Array) -> Array:
        return (signal**2).sum(axis=1, keepdims=True) if beside.shape[1] == 1 else signal**2

    seen_here, seen_beside = along.spectrum(seen), along.spectrum(seen_there)
    power = (
        along.sums(along.spectrum(squares(ours, seen_there)), seen_beside),
        along.sums(seen_here, along.spectrum(squares(theirs, seen))),
    )
    return Correlation(
        lags=along.lags,
        common=along.sums(along.spectrum(ours), along.spectrum(theirs)),
        power=np.sqrt(np.maximum(power[0], 0.0) * np.maximum(power[1], 0.0)),
        shared=along.sums(seen_here, seen_beside) / seen.shape[1],
    )


@dataclass(frozen=True)
class TurnedCorrelation:
    """Two signals of vectors against each other at l lags of the second one, whose axes may be turned.

    Attributes:
        lags: (l,) samples by which the second signal is moved to later ones; rising by one.
        products: (l, 3, 3) sum of the outer products of vectors that are seen in both, the first signal's in rows.
        power: (l,) root of the product of both signals' sums of squares, where the other one is seen.
        shared: (l,) number of samples that are seen in both, averaged over the vectors.
    """

    lags: NDArray[np.int64]
    products: Array
    power: Array
    shared: Array

    @property
    def match(self) -> Array:
        """(l,) normalised correlation of the first signal with the second one, turned so that it is largest."""
        u, sizes, v = np.linalg.svd(self.products)
        sizes[:, 2] *= np.sign(np.linalg.det(u @ v))
        return np.asarray(sizes.sum(axis=1) / _floored(self.power))

    def rotation(self, at: int) -> Array:
        """Return the rotation (3, 3) that turns the second signal's axes into the first one's at the lag of a place."""
        u, _, v = np.linalg.svd(self.products[at])
        return np.asarray(u @ np.diag([1.0, 1.0, np.linalg.det(u @ v)]) @ v)

    def at(self, place: int) -> "TurnedCorrelation":
        """Return the correlation at one lag."""
        one = slice(place, place + 1)
        return TurnedCorrelation(self.lags[one], self.products[one], self.power[one], self.shared[one])

    def __add__(self, other: "TurnedCorrelation") -> "TurnedCorrelation":
        """Return the correlation of both pairs of signals, which are turned alike."""
        return TurnedCorrelation(
            self.lags, self.products + other.products, self.power + other.power, self.shared + other.shared
        )


def correlate_turned(ours: Array, seen: Array, theirs: Array, seen_there: Array) -> TurnedCorrelation:
    """Correlate two signals of vectors at every lag at which they overlap.

    Args:
        ours: (m, c, 3) vectors, 0 where unseen.
        seen: (m, c) 1 where seen and 0 where not.
        theirs: (k, c, 3) the other signal.
        seen_there: (k, c) likewise.
    """
    along = _Lags(len(ours), len(theirs))
    here, there = along.spectrum(ours), along.spectrum(theirs)
    # The last axis of `there` becomes the last one of the products; what is in between is summed.
    products = np.matmul(np.swapaxes(here, 1, 2), np.conj(there))
    seen_here, seen_beside = along.spectrum(seen), along.spectrum(seen_there)
    squares, squares_there = (along.spectrum((each**2).sum(axis=2)) for each in (ours, theirs))
    power = (along.sums(squares, seen_beside), along.sums(seen_here, squares_there))
    return TurnedCorrelation(
        lags=along.lags,
        products=along.back(products),
        power=np.sqrt(np.maximum(power[0], 0.0) * np.maximum(power[1], 0.0)),
        shared=along.sums(seen_here, seen_beside) / seen.shape[1],
    )


class _Lags:
    """Sums of products of two signals of m and k samples at every lag, by their spectra."""

    def __init__(self, ours: int, theirs: int) -> None:
        self.lags = np.arange(ours + theirs - 1, dtype=np.int64) - (theirs - 1)
        self._size = 1 << (ours + theirs - 2).bit_length()

    def spectrum(self, signal: Array) -> NDArray[np.complex128]:
        """Return the spectrum (f, ...) of a signal (m, ...)."""
        return np.asarray(np.fft.rfft(signal, self._size, axis=0))

    def back(self, product: NDArray[np.complex128]) -> Array:
        """Return the sums (l, ...) whose spectrum is given."""
        sums = np.fft.irfft(product, self._size, axis=0)
        return np.asarray(sums[self.lags % self._size])

    def sums(self, ours: NDArray[np.complex128], theirs: NDArray[np.complex128]) -> Array:
        """Return the sums (l,) of the products of all channels of two spectra (f, c)."""
        return self.back((ours * np.conj(theirs)).sum(axis=1))


def _floored(power: Array) -> Array:
    return np.maximum(power, max(_LEAST_POWER * float(power.max(initial=0.0)), 1e-12))


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

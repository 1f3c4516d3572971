# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over time: One-Euro for coordinates, an exponential moving average for visibility."""

from math import pi

import numpy as np

from ...models.body import filter as one_euro
from .data import Floats
from .settings import OneEuro


class OneEuroFilter:
    """MediaPipe's One-Euro filter of an array, element by element.

    Unlike in the paper, speed is measured on the raw values, and may be relative to the person's size.
    """

    def __init__(self, settings: OneEuro) -> None:
        self._scaled = settings.scaled
        self._filter = one_euro.OneEuroFilter(
            settings.min_cutoff, settings.beta, speed_cutoff=settings.derivative_cutoff, low_pass=_weight
        )
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._filter.reset()
        self._time: float | None = None

    def __call__(self, values: Floats, time: float, *, size: float = 1.0) -> Floats:
        """Filter values at a time in seconds.

        `size` is the person's size in the values' unit, by which speeds are divided if the settings are `scaled`.
        Values that are not later than the last ones, or have a size of 0, are returned unchanged and not remembered.
        """
        unit = size if self._scaled else 1.0
        elapsed = 0.0 if self._time is None else time - self._time
        if unit < 1e-6 or (self._time is not None and elapsed <= 0):
            return values
        self._time = time
        return self._filter.step(elapsed, values, unit=unit)


def _weight(cutoff: Floats | float, elapsed: float) -> Floats:
    """Return MediaPipe's weight of a new value: the low-pass filter discretized with the Euler method."""
    return np.asarray(1 / (1 + 1 / (2 * pi * elapsed * cutoff)))


class ExponentialMean:
    """An exponential moving average: each new array has the weight `alpha`, whatever the time between them."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._mean: Floats | None = None

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._mean = None

    def __call__(self, values: Floats) -> Floats:
        """Add new values and return the average."""
        if self._mean is None:
            self._mean = values
        else:
            self._mean = self._mean + self._alpha * (values - self._mean)
        return self._mean

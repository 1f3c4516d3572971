# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over time: One-Euro for coordinates, an exponential mean for visibility."""

from math import pi

import numpy as np

from ...models.body import filter as one_euro
from .data import Floats
from .settings import OneEuro


class OneEuroFilter:
    """MediaPipe's One-Euro filter of an array, element by element.

    Unlike the paper's, the speed is that of raw values, and it may be measured in the person's own size.
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

        `size` is the person's, in the values' unit: speeds are divided by it where the settings say `scaled`. Values
        of no later time than the last, or of a person without size, pass through and are not remembered.
        """
        unit = size if self._scaled else 1.0
        elapsed = 0.0 if self._time is None else time - self._time
        if unit < 1e-6 or (self._time is not None and elapsed <= 0):
            return values
        self._time = time
        return self._filter.step(elapsed, values, unit=unit)


def _weight(cutoff: Floats | float, elapsed: float) -> Floats:
    """MediaPipe's weight of a new value, which a step of Euler's makes of the low-pass filter."""
    return np.asarray(1 / (1 + 1 / (2 * pi * elapsed * cutoff)))


class ExponentialMean:
    """A mean that forgets: each new array weighs `alpha`, whatever the time between them."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._mean: Floats | None = None

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._mean = None

    def __call__(self, values: Floats) -> Floats:
        """The mean with new values in it."""
        if self._mean is None:
            self._mean = values
        else:
            self._mean = self._mean + self._alpha * (values - self._mean)
        return self._mean

# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over time: One-Euro for coordinates, an exponential mean for visibility."""

from math import pi

import numpy as np

from .data import Floats
from .settings import OneEuro


class OneEuroFilter:
    """MediaPipe's One-Euro filter of an array, element by element.

    Unlike the paper's, the speed is that of raw values, and it may be measured in the person's own size.
    """

    def __init__(self, settings: OneEuro) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._time = 0.0
        self._raw: Floats | None = None
        self._speed: Floats = np.zeros(0)
        self._value: Floats = np.zeros(0)

    def __call__(self, values: Floats, time: float, *, size: float = 1.0) -> Floats:
        """Filter values at a time in seconds.

        `size` is the person's, in the values' unit: speeds are divided by it where the settings say `scaled`. Values
        of no later time than the last, or of a person without size, pass through and are not remembered.
        """
        scale = size if self._settings.scaled else 1.0
        if scale < 1e-6:
            return values
        if self._raw is None:
            self._speed, self._value = np.zeros_like(values), values
        else:
            elapsed = time - self._time
            if elapsed <= 0:
                return values
            speed = (values - self._raw) / (scale * elapsed)
            self._speed = self._speed + _alpha(self._settings.derivative_cutoff, elapsed) * (speed - self._speed)
            cutoff = self._settings.min_cutoff + self._settings.beta * np.abs(self._speed)
            self._value = self._value + _alpha(cutoff, elapsed) * (values - self._value)
        self._time, self._raw = time, values
        return self._value


def _alpha(cutoff: Floats | float, elapsed: float) -> Floats:
    """Weight of a new value in a low-pass filter of a cutoff frequency (Hz) after `elapsed` seconds."""
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

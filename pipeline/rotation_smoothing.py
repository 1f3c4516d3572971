# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter (Casiez et al., CHI 2012) for rotations: speed is an angle a second, the mean a slerp."""

import numpy as np
from numpy.typing import NDArray

from ..models.body import rotations as rot
from .settings import OneEuro

Array = NDArray[np.float64]


class RotationFilter:
    """Smooths k rotations over time, each by its own speed; carries its state from call to call.

    Args:
        settings: `beta` is per radian a second; `scaled` has no meaning here.
    """

    def __init__(self, settings: OneEuro) -> None:
        self._settings = settings
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next rotations pass through."""
        self._time = np.nan
        self._raw: Array | None = None
        self._value: Array | None = None
        self._speed: Array | float = 0.0

    def run(self, time: Array, rotations: Array) -> Array:
        """Smoothed rotations (n, k, 4) at `time` (n,) in seconds; a frame no later than the last passes through."""
        return np.array([self._step(float(now), q) for now, q in zip(time, rotations, strict=True)]).reshape(
            rotations.shape
        )

    def _step(self, now: float, q: Array) -> Array:
        if self._raw is None or self._value is None:
            self._time, self._raw, self._value = now, q, q
            self._speed = np.zeros(q.shape[:-1])
            return q
        elapsed = now - self._time
        if not elapsed > 0.0:
            return q
        speed = rot.angle(rot.multiply(rot.conjugate(self._raw), q)) / elapsed
        self._speed = self._speed + _weight(self._settings.derivative_cutoff, elapsed) * (speed - self._speed)
        cutoff = self._settings.min_cutoff + self._settings.beta * self._speed
        self._value = rot.slerp(self._value, q, _weight(cutoff, elapsed))
        self._time, self._raw = now, q
        return self._value


def _weight(cutoff: Array | float, elapsed: float) -> Array:
    """Weight of a new value in a low-pass filter of a cutoff frequency (Hz) after `elapsed` seconds."""
    return np.asarray(1.0 / (1.0 + 1.0 / (2.0 * np.pi * elapsed * np.asarray(cutoff))))

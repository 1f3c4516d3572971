# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter (Casiez et al., CHI 2012): its cutoff frequency rises with speed.

So it smooths strongly at rest, and hardly lags in fast motion. Positions and angles are averaged linearly; for
rotations, speed is an angle per second and averaging is a slerp.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import rotations as rot

Array = NDArray[np.float64]
LowPass = Callable[[Array | float, float], Array]


def weight(cutoff: Array | float, elapsed: float) -> Array:
    """Return the weight of a new value in a low-pass filter with a cutoff in hertz, after `elapsed` seconds."""
    return np.asarray(-np.expm1(-2.0 * np.pi * np.asarray(cutoff) * elapsed))


class OneEuroFilter:
    """Smooths values over time, each depending on its own speed. Keeps its state between calls.

    Args:
        rest: cutoff in hertz at rest, for all values or for each.
        gain: rise of the cutoff in hertz per unit of speed; the unit is that of the values, unless `step` is given one.
        speed_cutoff: cutoff in hertz with which the speed is smoothed.
        free: speed up to which the cutoff stays at rest, because noise has speed too.
        low_pass: returns the weight of a new value for a cutoff and the seconds since the last value.
    """

    def __init__(
        self,
        rest: Array | float,
        gain: Array | float,
        *,
        speed_cutoff: float = 1.0,
        free: float = 0.0,
        low_pass: LowPass = weight,
    ) -> None:
        self._rest, self._gain, self._speed_cutoff, self._low_pass = rest, gain, speed_cutoff, low_pass
        self._free = free
        self.reset()

    def set(self, rest: Array | float, gain: Array | float) -> None:
        """Change the strength of smoothing without resetting the filter."""
        self._rest, self._gain = rest, gain

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._raw: Array | None = None
        self._value: Array | None = None
        self._speed: Array | float = 0.0

    def step(self, elapsed: float, values: Array, confidence: Array | float = 1.0, *, unit: float = 1.0) -> Array:
        """Return smoothed values, `elapsed` seconds after the last ones; speeds are measured in `unit`.

        A `confidence` (0..1) below 1 lowers the cutoff and the effect of speed, because fast changes of uncertain
        values are rarely real.
        """
        if self._raw is None or self._value is None:
            self._raw = self._value = values
            return values
        speed = self._distance(self._raw, values) / (unit * elapsed)
        self._speed = self._speed + self._low_pass(self._speed_cutoff, elapsed) * (speed - self._speed)
        pace = np.abs(self._speed)
        if self._free:
            pace = np.maximum(pace - self._free, 0.0)
        cutoff = (self._rest + self._gain * pace * confidence) * confidence
        self._raw, self._value = values, self._interpolate(self._value, values, self._low_pass(cutoff, elapsed))
        return self._value

    def _distance(self, before: Array, now: Array) -> Array:
        """Return the change of values, with a sign so that the speeds of jitter cancel out."""
        return now - before

    def _interpolate(self, value: Array, target: Array, fraction: Array) -> Array:
        """Interpolate between two values."""
        return value + fraction * (target - value)


class PlaceFilter(OneEuroFilter):
    """Smooths positions (..., 3), each depending on its own speed."""

    def _distance(self, before: Array, now: Array) -> Array:
        return np.linalg.norm(now - before, axis=-1, keepdims=True)


class RotationFilter(OneEuroFilter):
    """Smooths rotations (..., 4), each depending on its own speed in radians per second.

    Successive results have continuous signs.
    """

    def reset(self) -> None:
        """Forget the past: the next rotations pass through."""
        super().reset()
        self._time = -np.inf

    def _distance(self, before: Array, now: Array) -> Array:
        return rot.apart(before, now)

    def _interpolate(self, value: Array, target: Array, fraction: Array) -> Array:
        # slerp takes the shorter way and stays close to `value`, so the sign does not change.
        return rot.unit(rot.slerp(value, target, fraction))

    def run(self, time: Array, rotations: Array) -> Array:
        """Smooth rotations (n, k, 4) at `time` (n,) in seconds; a frame not later than the last is unchanged."""
        smoothed = [self._at(now, q) for now, q in zip(time.tolist(), rotations, strict=True)]
        return np.array(smoothed).reshape(rotations.shape)

    def _at(self, now: float, rotations: Array) -> Array:
        elapsed = now - self._time
        if elapsed <= 0.0:
            return rotations
        self._time = now
        return self.step(elapsed, rotations)

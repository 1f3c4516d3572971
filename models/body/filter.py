# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter (Casiez et al., CHI 2012): the cutoff rises with speed, so rest is calm and motion quick.

It sees the past only, so it lags a little: less, the quicker the motion. Of places and angles the mean is a straight
line's; of rotations, speed is an angle a second and the mean a slerp.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from . import rotations as rot

Array = NDArray[np.float64]
LowPass = Callable[[Array | float, float], Array]


def weight(cutoff: Array | float, elapsed: float) -> Array:
    """Weight of a new value in a low-pass filter of a cutoff frequency in hertz after `elapsed` seconds."""
    return np.asarray(-np.expm1(-2.0 * np.pi * np.asarray(cutoff) * elapsed))


class OneEuroFilter:
    """Smooths values over time, each by its own speed; carries its state from call to call.

    Args:
        rest: cutoff in hertz of what stands still, for all or for each value.
        gain: hertz that each unit a second adds to it; a value's unit, unless `step` is told another.
        speed_cutoff: hertz at which the speed itself is smoothed.
        low_pass: the weight of a new value, given a cutoff and the seconds since the last.
    """

    def __init__(
        self, rest: Array | float, gain: Array | float, *, speed_cutoff: float = 1.0, low_pass: LowPass = weight
    ) -> None:
        self._rest, self._gain, self._speed_cutoff, self._low_pass = rest, gain, speed_cutoff, low_pass
        self.reset()

    def set(self, rest: Array | float, gain: Array | float) -> None:
        """Change how calm it is; the filter goes on from where it is."""
        self._rest, self._gain = rest, gain

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._raw: Array | None = None
        self._value: Array | None = None
        self._speed: Array | float = 0.0

    def step(self, elapsed: float, values: Array, confidence: Array | float = 1.0, *, unit: float = 1.0) -> Array:
        """Smoothed values, `elapsed` seconds after the last ones; speeds are measured in `unit`.

        `trust` (0..1) of less than 1 slows the filter, and counts speed for less: what a guess does in a hurry is no
        sign of an accent.
        """
        if self._raw is None or self._value is None:
            self._raw = self._value = values
            return values
        speed = self._distance(self._raw, values) / (unit * elapsed)
        self._speed = self._speed + self._low_pass(self._speed_cutoff, elapsed) * (speed - self._speed)
        cutoff = (self._rest + self._gain * np.abs(self._speed) * confidence) * confidence
        self._raw, self._value = values, self._interpolate(self._value, values, self._low_pass(cutoff, elapsed))
        return self._value

    def _distance(self, before: Array, now: Array) -> Array:
        """How far values have come: signed, so that a tremor's speeds cancel out."""
        return now - before

    def _interpolate(self, value: Array, target: Array, fraction: Array) -> Array:
        """What lies a part of the way from one value to another."""
        return value + fraction * (target - value)


class PlaceFilter(OneEuroFilter):
    """Smooths places (..., 3), each by its own speed in space."""

    def _distance(self, before: Array, now: Array) -> Array:
        return np.linalg.norm(now - before, axis=-1, keepdims=True)


class RotationFilter(OneEuroFilter):
    """Smooths rotations (..., 4), each by its own speed in radians a second.

    Smoothed ones are of the same sign as the last, so nothing jumps.
    """

    def reset(self) -> None:
        """Forget the past: the next rotations pass through."""
        super().reset()
        self._time = -np.inf

    def _distance(self, before: Array, now: Array) -> Array:
        return rot.apart(before, now)

    def _interpolate(self, value: Array, target: Array, fraction: Array) -> Array:
        # By the shorter way and never beyond its end, so of the same sign.
        return rot.unit(rot.slerp(value, target, fraction))

    def run(self, time: Array, rotations: Array) -> Array:
        """Smoothed rotations (n, k, 4) at `time` (n,) in seconds; a frame no later than the last passes through."""
        smoothed = [self._at(now, q) for now, q in zip(time.tolist(), rotations, strict=True)]
        return np.array(smoothed).reshape(rotations.shape)

    def _at(self, now: float, rotations: Array) -> Array:
        elapsed = now - self._time
        if elapsed <= 0.0:
            return rotations
        self._time = now
        return self.step(elapsed, rotations)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter (Casiez et al., CHI 2012) for rotations: speed is an angle a second, the mean a slerp.

It sees the past only, so it lags a little: less, the quicker the motion.
"""

import numpy as np
from numpy.typing import NDArray

from . import rotations as rot

Array = NDArray[np.float64]


class RotationFilter:
    """Smooths rotations (..., 4) over time, each by its own speed; carries its state from call to call.

    Args:
        rest: cutoff in hertz of what stands still, for all or for each rotation.
        gain: hertz that each radian a second adds to it.
        speed_cutoff: hertz at which the speed itself is smoothed.
    """

    def __init__(self, rest: Array | float, gain: Array | float, *, speed_cutoff: float = 1.0) -> None:
        self._rest, self._gain, self._speed_cutoff = rest, gain, speed_cutoff
        self.reset()

    def set(self, rest: Array | float, gain: Array | float) -> None:
        """Change how calm it is; the filter goes on from where it is."""
        self._rest, self._gain = rest, gain

    def reset(self) -> None:
        """Forget the past: the next rotations pass through."""
        self._time = -np.inf
        self._raw: Array | None = None
        self._value: Array | None = None
        self._speed: Array | float = 0.0

    def step(self, elapsed: float, rotations: Array, trust: Array | float = 1.0) -> Array:
        """Smoothed rotations, `elapsed` seconds after the last ones; of the same sign as those, so nothing jumps.

        `trust` (0..1) of less than 1 slows the filter, and counts speed for less: what a guess does in a hurry is no
        sign of an accent.
        """
        if self._raw is None or self._value is None:
            self._raw = self._value = rotations
            self._speed = np.zeros(rotations.shape[:-1])
            return rotations
        speed = rot.apart(self._raw, rotations) / elapsed
        self._speed = self._speed + weight(self._speed_cutoff, elapsed) * (speed - self._speed)
        cutoff = (self._rest + self._gain * self._speed * trust) * trust
        # By the shorter way and never beyond its end, so of the same sign.
        self._raw, self._value = rotations, rot.unit(rot.slerp(self._value, rotations, weight(cutoff, elapsed)))
        return self._value

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


def weight(cutoff: Array | float, elapsed: float) -> Array:
    """Weight of a new value in a low-pass filter of a cutoff frequency in hertz after `elapsed` seconds."""
    return np.asarray(-np.expm1(-2.0 * np.pi * np.asarray(cutoff) * elapsed))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyelids: a blink that a camera sees in a frame or two closes them, both blink alike, and a wink stays a wink."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.curves import smoothstep
from .gaps import steadied

Array = NDArray[np.float64]

_CLOSED: Final = 0.7
"""What the network says of closed lids; from there on they count as closed. The median is 0.64 on rendered faces, after
the rest is taken away (28 November 2026)."""

_ALIKE: Final = (0.25, 0.5)
"""Difference of both lids up to which they are one, and from which each is its own."""

_BLINK_SECONDS: Final = 0.35
"""Longest time before and after its peak that a blink takes."""

_BLINK: Final = (0.2, 0.38)
"""Height of a peak of both lids from which it is a blink, and from which it surely is one."""

_WINK: Final = (0.4, 0.6)
"""The same for one lid alone, which noise moves more easily."""

_WINK_SECONDS: Final = 0.08
"""Least time for which a wink is at half its height: one eye alone that closes for a single frame is hidden."""

_NOISE: Final = (5.0, 9.0)
"""The same in deviations of what trembles."""


def closing(lids: Array) -> Array:
    """Return lids 0..1 that close fully where the network says that they are closed."""
    return np.clip(lids * (1.0 + (1.0 / _CLOSED - 1.0) * smoothstep(lids, 0.2, 0.6)), 0.0, 1.0)


def linked(lids: Array) -> Array:
    """Return lids (..., 2) 0..1 that are alike where they nearly are."""
    return _paired(lids.mean(axis=-1), 0.5 * (lids[..., 0] - lids[..., 1]))


def _paired(middle: Array, away: Array) -> Array:
    """Return both lids (..., 2) from their mean and half of their difference, which counts from `_ALIKE` on."""
    away = away * smoothstep(2.0 * np.abs(away), *_ALIKE)
    return np.clip(np.stack([middle + away, middle - away], axis=-1), 0.0, 1.0)


def sharpened(time: Array, lids: Array) -> Array:
    """Return lids (n, 2) that are alike where they nearly are, and whose blinks reach 1.

    A blink is a brief peak, which cameras often miss at its height. What goes up and stays, narrowed or tired eyes, is
    left as it is.

    Args:
        time: (n,) seconds.
        lids: (n, 2) 0..1 without NaN.
    """
    # Both blink if the one that is wider open does; one that jumps for a frame does as the other one.
    wider = lids.min(axis=1)
    away = steadied(0.5 * (lids[:, :1] - lids[:, 1:]))[:, 0]
    lift = _with_blinks(time, wider, _BLINK) - wider
    result = np.minimum(_paired(wider + np.abs(away), away) + lift[:, None], 1.0)
    for side in range(2):
        result[:, side] = _with_blinks(time, result[:, side], _WINK, least=_WINK_SECONDS)
    return result


def _with_blinks(time: Array, values: Array, heights: tuple[float, float], *, least: float = 0.0) -> Array:
    """Return values (n,) whose brief peaks of these heights, and of `least` seconds, reach 1."""
    bends = np.abs(values[2:] - 2.0 * values[1:-1] + values[:-2])
    noise = float(np.median(bends)) / (0.6745 * np.sqrt(6.0)) if len(bends) else 0.0
    low, high = (max(height, factor * noise) for height, factor in zip(heights, _NOISE, strict=True))
    result = np.array(values)
    padded = np.concatenate([[-1.0], values, [-1.0]])
    for peak in np.flatnonzero((values > padded[:-2]) & (values >= padded[2:]) & (values > low)).tolist():
        start = int(np.searchsorted(time, time[peak] - _BLINK_SECONDS))
        end = int(np.searchsorted(time, time[peak] + _BLINK_SECONDS, side="right"))
        if start == peak or end == peak + 1 or values[start:end].max() > values[peak]:
            continue
        first = start + int(np.argmin(values[start:peak]))
        last = peak + 1 + int(np.argmin(values[peak + 1 : end]))
        base = max(values[first], values[last])
        height = values[peak] - base
        part = np.clip((values[first : last + 1] - base) / max(height, 1e-6), 0.0, 1.0)
        halves = first + np.flatnonzero(part > 0.5)
        if height <= low or time[halves[-1]] - time[halves[0]] < least:
            continue
        lifted = values[first : last + 1] + part * (1.0 - values[peak]) * smoothstep(np.asarray(height), low, high)
        result[first : last + 1] = np.maximum(result[first : last + 1], lifted)
    return result


class LiveLids:
    """Closes both lids as soon as a blink begins, as the next frame may see it ending already."""

    _SPEED: Final = 4.0
    """Rise of both lids in each second from which they are closing."""
    _FROM: Final = 0.3
    """Value from which closing lids close fully."""
    _OPENING: Final = 0.7
    """Fraction of the highest value at which lids open again."""
    _LONGEST: Final = 0.4
    """Seconds after which lids that are still down are as closed as they seem."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past."""
        self._last: float | None = None
        self._peak, self._since = 0.0, np.inf

    def step(self, elapsed: float, lids: Array) -> Array:
        """Return the lids (2,) `elapsed` seconds after the last ones."""
        both = float(lids.min())
        rise = 0.0 if self._last is None else (both - self._last) / max(elapsed, 1e-3)
        self._last = both
        self._since += elapsed
        if self._since > self._LONGEST and rise > self._SPEED and both > self._FROM:
            self._since = self._peak = 0.0
        if self._since > self._LONGEST:
            return lids
        self._peak = max(self._peak, both)
        if both < self._OPENING * self._peak:
            self._since = np.inf
            return lids
        return np.ones(2)

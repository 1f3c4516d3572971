# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyelids: a blink that a camera sees in a frame or two closes them, both blink alike, and a wink stays a wink."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.curves import smoothstep

Array = NDArray[np.float64]

_CLOSED: Final = 0.8
"""What the network says of closed lids; from there on they count as closed."""

_ALIKE: Final = (0.25, 0.5)
"""Difference of both lids up to which they are one, and from which each is its own."""

_BLINK_SECONDS: Final = 0.35
"""Longest time before and after its peak that a blink takes."""

_BLINK: Final = (0.18, 0.35)
"""Height of a peak from which it is a blink, and from which it surely is one."""


def linked(lids: Array) -> Array:
    """Return lids (..., 2) 0..1 that close fully where the network says so, and alike where they nearly are."""
    closed = lids * (1.0 + (1.0 / _CLOSED - 1.0) * smoothstep(lids, 0.2, 0.6))
    middle = closed.mean(axis=-1, keepdims=True)
    away = closed - middle
    own = smoothstep(2.0 * np.abs(away), *_ALIKE)
    return np.clip(middle + away * own, 0.0, 1.0)


def sharpened(time: Array, lids: Array) -> Array:
    """Return lids (n, 2) whose blinks reach 1, as they do between the frames of a camera.

    A blink is a brief peak. What goes up and stays, narrowed or tired eyes, is left as it is.

    Args:
        time: (n,) seconds.
        lids: (n, 2) 0..1 without NaN.
    """
    result = np.array(lids)
    for side in range(lids.shape[1]):
        values = lids[:, side]
        padded = np.concatenate([[-1.0], values, [-1.0]])
        peaks = np.flatnonzero((values > padded[:-2]) & (values >= padded[2:]) & (values > _BLINK[0]))
        for peak in peaks:
            _close(time, values, int(peak), result[:, side])
    return result


def _close(time: Array, values: Array, peak: int, result: Array) -> None:
    """Stretch the blink around a peak to 1, in place, if it is a blink."""
    start = int(np.searchsorted(time, time[peak] - _BLINK_SECONDS))
    end = int(np.searchsorted(time, time[peak] + _BLINK_SECONDS, side="right"))
    if start == peak or end == peak + 1 or values[start:end].max() > values[peak]:
        return
    first = start + int(np.argmin(values[start:peak]))
    last = peak + 1 + int(np.argmin(values[peak + 1 : end]))
    base = max(values[first], values[last])
    height = values[peak] - base
    sure = float(smoothstep(np.asarray(height), *_BLINK))
    if sure <= 0.0:
        return
    part = np.clip((values[first : last + 1] - base) / height, 0.0, 1.0)
    lifted = values[first : last + 1] + part * (1.0 - values[peak]) * sure
    result[first : last + 1] = np.maximum(result[first : last + 1], lifted)


class LiveLids:
    """Closes lids as soon as a blink begins, as the next frame may see it ending already."""

    _SPEED: Final = 3.0
    """Rise in each second from which lids are closing."""
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
        self._last = np.full(2, np.nan)
        self._peak = np.zeros(2)
        self._since = np.full(2, np.inf)

    def step(self, elapsed: float, lids: Array) -> Array:
        """Return the lids (2,) `elapsed` seconds after the last ones."""
        rise = np.nan_to_num(lids - self._last) / max(elapsed, 1e-3)
        self._last = lids
        self._since = self._since + elapsed
        begins = (rise > self._SPEED) & (lids > self._FROM) & (self._since > self._LONGEST)
        self._since = np.where(begins, 0.0, self._since)
        closing = self._since <= self._LONGEST
        self._peak = np.where(closing, np.maximum(np.where(begins, 0.0, self._peak), lids), 0.0)
        shut = closing & (lids >= self._OPENING * self._peak)
        self._since = np.where(closing & ~shut, np.inf, self._since)
        return np.where(shut, 1.0, lids)

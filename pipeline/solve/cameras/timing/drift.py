# SPDX-License-Identifier: GPL-3.0-or-later
"""Clocks that run apart: over a long take, the lag of a second camera changes steadily, by its rate.

The take is cut into parts, each of which is correlated at lags near the one found for the whole. Of all lines through
these lags the one is taken along which the parts match best, and then fitted to the peaks beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.correlation import correlate, peak
from .signals import RATE, Signals

Array = NDArray[np.float64]

MOST_DRIFT: Final = 0.006
"""Largest difference of a rate from 1. Crystals differ by 0.0001, 23.976 frames a second and 24 by 0.001."""

_PART: Final = (6.0, 20.0)
"""Least and most seconds of a part."""
_PARTS: Final = 5
"""Parts side by side of a take that is short. Each overlaps the next one by half."""
_SHORTEST: Final = 30.0
"""Seconds below which usual drift is a fraction of a frame, and parts are too short to tell it from their errors."""
_BEYOND: Final = 0.3
"""Seconds by which the lag of the whole may be off."""
_NEAR: Final = 0.12
"""Seconds between a part's peak and the line for the peak to be fitted: beyond is another repetition, or chance."""
_SEEN: Final = 0.3
"""Share of a part that must be seen in both cameras."""
_USUAL: Final = 0.006
"""Seconds by which lags of parts are off at least, one standard deviation."""
_SURE: Final = 3.5
"""Standard deviations by which a rate must differ from 1 to be believed."""


@dataclass(frozen=True)
class Parts:
    """Lags of the second camera in parts of a take.

    Attributes:
        middle: (p,) seconds of the middle of each part, by the second camera's clock.
        lags: (l,) seconds that were tried, beyond the lag of the whole.
        match: (p, l) normalised correlation of each part at each lag, 0 where too little is seen.
    """

    middle: Array
    lags: Array
    match: Array


def parts_of(pairs: Sequence[tuple[Signals, Signals]], offset: float) -> Parts:
    """Correlate parts of a take at lags near one.

    Args:
        pairs: what both cameras saw of each person, in the same axes.
        offset: seconds to add to the second camera's times.
    """
    begin = max(min(a.start for a, _ in pairs), min(b.start for _, b in pairs) + offset)
    end = min(max(a.end for a, _ in pairs), max(b.end for _, b in pairs) + offset)
    span = max(end - begin, 0.0)
    length = float(np.clip(span / _PARTS, *_PART))
    reach = round((MOST_DRIFT * 0.5 * span + _BEYOND) * RATE)
    count = round(length * RATE)
    starts = np.arange(begin, end - length + 1e-6, 0.5 * length) if span >= _SHORTEST else np.empty(0)
    matches = np.zeros((len(starts), 2 * reach + 1))
    for part, start in enumerate(starts):
        common, power, shared = np.zeros((3, 2 * reach + 1))
        for ours, theirs in pairs:
            here = ours.between(start - reach / RATE, count + 2 * reach)
            there = theirs.between(start - offset, count)
            found = correlate(*_channels(here), *_channels(there))
            whole = slice(count - 1, count + 2 * reach)
            # To the nearest sample, both begin a little early or late.
            shift = (here.start + reach / RATE - there.start - offset) * RATE
            lags = np.arange(2 * reach + 1) - shift
            common += np.interp(lags, np.arange(2 * reach + 1), found.common[whole])
            power += found.power[whole]
            shared += found.shared[whole]
        enough = (shared >= _SEEN * count) & (power > 1e-9)
        matches[part] = np.where(enough, common / np.where(enough, power, 1.0), 0.0)
    return Parts(starts + 0.5 * length - offset, np.arange(-reach, reach + 1) / RATE, matches)


def _channels(signals: Signals) -> tuple[Array, Array]:
    """Return directions (m, 3 s) and whether each is seen (m, 3 s)."""
    return signals.directions.reshape(len(signals.seen), -1), np.repeat(signals.seen, 3, axis=1)


def steady_drift(parts: Parts) -> float:
    """Return by how much the rate of the second camera's clock differs from 1; 0 unless that is certain."""
    if len(parts.middle) < 4:
        return 0.0
    middle = parts.middle - parts.middle.mean()
    half = float(np.abs(middle).max())
    steps = np.arange(-np.ceil(MOST_DRIFT * half * RATE), np.ceil(MOST_DRIFT * half * RATE) + 1)
    slopes = 0.5 * steps / RATE / half
    totals = np.stack([_along(parts, middle * slope) for slope in slopes])
    best, at = np.unravel_index(int(totals.argmax()), totals.shape)
    lags, weights = _peaks(parts, parts.lags[at] + slopes[best] * middle)
    if (weights > 0.0).sum() < 4:
        return 0.0
    slope, doubt = _fitted(middle, lags, weights)
    return 0.0 if abs(slope) < _SURE * doubt or abs(slope) > MOST_DRIFT else slope


def _along(parts: Parts, shift: Array) -> Array:
    """Return the sum (l,) of the parts' matches, each moved by some seconds (p,)."""
    total = np.zeros(len(parts.lags))
    for match, move in zip(parts.match, shift, strict=True):
        total += np.interp(parts.lags + move, parts.lags, np.maximum(match, 0.0), left=0.0, right=0.0)
    return total


def _peaks(parts: Parts, line: Array) -> tuple[Array, Array]:
    """Return the lag (p,) of each part's peak near a line, and its weight (p,), 0 without one."""
    lags, weights = np.zeros((2, len(line)))
    for i, (match, near) in enumerate(zip(parts.match, line, strict=True)):
        close = np.where(np.abs(parts.lags - near) <= _NEAR, match, -np.inf)
        at = int(close.argmax())
        inside = 0 < at < len(match) - 1 and match[at] >= max(match[at - 1], match[at + 1])
        if np.isfinite(close[at]) and inside and match[at] > 0.0:
            lags[i], weights[i] = parts.lags[at] + peak(match, at) / RATE, match[at] ** 2
    return lags, weights


def _fitted(middle: Array, lags: Array, weights: Array) -> tuple[float, float]:
    """Return the slope of a line through lags (p,), with outliers of little weight, and the slope's error."""
    weight = weights
    for _ in range(10):
        centre = float((weight * middle).sum() / weight.sum())
        level = float((weight * lags).sum() / weight.sum())
        spread = float((weight * (middle - centre) ** 2).sum())
        slope = float((weight * (middle - centre) * (lags - level)).sum() / max(spread, 1e-9))
        off = lags - level - slope * (middle - centre)
        scale = max(1.5 * float(np.median(np.abs(off[weights > 0.0]))), _USUAL)
        weight = weights / (1.0 + (off / (2.0 * scale)) ** 2)
    # Parts overlap by half, so that two tell as much as one.
    doubt = scale * np.sqrt(2.0 * (weight**2 * (middle - centre) ** 2).sum()) / max(spread, 1e-9)
    return slope, float(doubt)

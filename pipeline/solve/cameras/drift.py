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

from ....models.body.correlation import correlate, peak
from .signals import RATE, Signals

Array = NDArray[np.float64]

LEAST_SPAN: Final = 40.0
"""Seconds that must be shared before drift is looked for: below, it is a fraction of a frame."""

MOST_DRIFT: Final = 0.004
"""Largest difference of a rate from 1. Crystals differ by 0.0001, 23.976 frames a second and 24 by 0.001."""

_PART: Final = 20.0
"""Seconds of a part."""
_STEP: Final = 10.0
"""Seconds between the beginnings of parts."""
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
        pairs: what both cameras saw of each person.
        offset: seconds to add to the second camera's times.
    """
    begin = max(min(a.start for a, _ in pairs), min(b.start for _, b in pairs) + offset)
    end = min(max(a.end for a, _ in pairs), max(b.end for _, b in pairs) + offset)
    reach = round((MOST_DRIFT * 0.5 * max(end - begin, 0.0) + 0.5) * RATE)
    middles, matches = [], []
    for start in np.arange(begin, max(end - _PART, begin) + 1e-6, _STEP):
        common, power, shared = np.zeros((3, 2 * reach + 1))
        for ours, theirs in pairs:
            values, seen = ours.between(start - reach / RATE, round(_PART * RATE) + 2 * reach)
            values_there, seen_there = theirs.between(start - offset, round(_PART * RATE))
            found = correlate(values, seen, values_there, seen_there)
            whole = slice(len(values_there) - 1, len(values_there) + 2 * reach)
            common, power, shared = (
                common + found.common[whole],
                power + found.power[whole],
                shared + found.shared[whole],
            )
        middles.append(start + 0.5 * _PART - offset)
        enough = (shared >= _SEEN * _PART * RATE) & (power > 1e-9)
        matches.append(np.where(enough, common / np.where(enough, power, 1.0), 0.0))
    lags = np.arange(-reach, reach + 1) / RATE
    return Parts(np.array(middles), lags, np.reshape(matches, (len(middles), len(lags))))


def steady_drift(parts: Parts) -> float:
    """Return by how much the rate of the second camera's clock differs from 1; 0 unless that is certain."""
    if len(parts.middle) < 3 or np.ptp(parts.middle) < LEAST_SPAN - _PART:
        return 0.0
    middle = parts.middle - parts.middle.mean()
    half = max(float(np.abs(middle).max()), 1.0)
    step = 0.5 / RATE / half
    slopes = np.arange(-np.ceil(MOST_DRIFT / step), np.ceil(MOST_DRIFT / step) + 1) * step
    totals = np.stack([_along(parts, middle * slope) for slope in slopes])
    best, at = np.unravel_index(int(totals.argmax()), totals.shape)
    line = parts.lags[at] + slopes[best] * middle
    lags, weights = _peaks(parts, line)
    if (weights > 0.0).sum() < 3:
        return 0.0
    slope, doubt = _fitted(middle, lags, weights)
    if abs(slope) < _SURE * doubt or abs(slope) > MOST_DRIFT:
        return 0.0
    return slope


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

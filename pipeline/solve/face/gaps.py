# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames without a face: short losses are bridged, long ones relax to the rest, and nothing jumps."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.curves import smoothstep

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BRIDGE: Final = 0.5
"""Seconds: shorter losses are bridged."""

HOLD: Final = 0.15
"""Seconds for which a lost face is held."""

RELAX: Final = 0.7
"""Seconds in which it then relaxes."""

REJOIN: Final = 0.3
"""Seconds in which a face that comes back moves from its rest to what is seen."""


def filled(time: Array, values: Array, seen: Mask) -> Array:
    """Return values (n, k) without gaps; their rest is 0. Unchanged where none or all are seen.

    Args:
        time: (n,) seconds.
        values: (n, k), whatever where they are not seen.
        seen: (n,) which rows count.
    """
    known = np.flatnonzero(seen)
    if not len(known) or len(known) == len(seen):
        return values
    result = np.array(values)
    after = np.searchsorted(known, np.arange(len(seen)))
    for start, end in _losses(seen):
        before_row = known[after[start] - 1] if after[start] > 0 else None
        after_row = known[after[start]] if after[start] < len(known) else None
        now = time[start:end, None]
        if before_row is not None and after_row is not None and time[after_row] - time[before_row] <= BRIDGE:
            span = max(time[after_row] - time[before_row], 1e-6)
            part = smoothstep((now - time[before_row]) / span)
            result[start:end] = values[before_row] * (1.0 - part) + values[after_row] * part
            continue
        lost, weight = np.zeros((end - start, values.shape[1])), np.zeros((end - start, 1))
        if before_row is not None:
            held = 1.0 - smoothstep(now - time[before_row] - HOLD, 0.0, RELAX)
            lost, weight = lost + values[before_row] * held, weight + held
        if after_row is not None:
            coming = smoothstep(now - time[after_row] + REJOIN, 0.0, REJOIN)
            lost, weight = lost + values[after_row] * coming, weight + coming
        result[start:end] = lost / np.maximum(weight, 1.0)
    return result


def without_glimpses(seen: Mask, *, least: int = 3) -> Mask:
    """Return which frames count as seen: not those of sights of fewer than `least` frames, if there are longer ones.

    The first and the last frame of a face that comes or goes are the worst ones; a sight of two has no others.
    """
    sights = [(start, end) for start, end in _losses(~seen) if end - start >= least]
    if not sights:
        return seen
    result = np.zeros(len(seen), dtype=bool)
    for start, end in sights:
        result[start:end] = True
    return result


def steadied(values: Array) -> Array:
    """Return values (n, k) without jumps of a single frame; steps and slopes stay as they are."""
    if len(values) < 3:
        return values
    around = np.concatenate([values[:1], values, values[-1:]])
    return np.asarray(np.median(np.stack([around[:-2], values, around[2:]]), axis=0))


def _losses(seen: Mask) -> list[tuple[int, int]]:
    """Return the first frame of each run that is not seen, and the frame after its last."""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], seen, [True]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


class LiveHold:
    """Holds values (k,) of a face that is lost, relaxes them to 0, and lets them come back.

    They begin at 0 as well. What is held is the middle of the last three, because the last frame before a loss is the
    worst one.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget the past: nothing was seen yet."""
        self._last: Array | None = None
        self._recent: tuple[Array, ...] = ()
        self._missing = np.inf
        self._strength = 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing was seen yet."""
        return self._last is None

    def step(self, elapsed: float, values: Array, *, seen: bool) -> Array | None:
        """Return the values `elapsed` seconds after the last ones; None as long as nothing was seen."""
        if seen:
            self._strength = min(1.0, self._strength + elapsed / REJOIN)
            self._last, self._missing = values, 0.0
            self._recent = (*self._recent, values)[-3:]
        elif self._last is not None:
            if self._recent:
                self._last, self._recent = np.median(self._recent, axis=0), ()
            self._missing += elapsed
            if self._missing > HOLD:
                self._strength = max(0.0, self._strength - elapsed / RELAX)
        if self._last is None:
            return None
        return self._last * float(smoothstep(np.asarray(self._strength)))

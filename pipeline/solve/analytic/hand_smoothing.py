# SPDX-License-Identifier: GPL-3.0-or-later
"""Filtering hand landmarks over time: MediaPipe smooths the body, but not the hands."""

import numpy as np
from numpy.typing import NDArray

from ...landmarks.settings import OneEuro
from ...landmarks.smoothing import OneEuroFilter
from ..geometry import Array


class HandSmoothing:
    """One-Euro filters of the shape of both hands. Keeps its state between calls."""

    def __init__(self, settings: OneEuro | None) -> None:
        self._filters = [] if settings is None else [OneEuroFilter(settings) for _ in range(2)]

    def run(self, time: Array, hands: Array, seen: NDArray[np.bool_]) -> Array:
        """Filter hands (n, 2, 21, 3), each relative to its wrist, at `time` (n,); reset where not `seen` (n, 2)."""
        result = np.array(hands)
        for side, smooth in enumerate(self._filters):
            for i, now in enumerate(time):
                if seen[i, side]:
                    result[i, side] = smooth(result[i, side], float(now))
                else:
                    smooth.reset()
        return result

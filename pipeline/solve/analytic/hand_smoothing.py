# SPDX-License-Identifier: GPL-3.0-or-later
"""Hand landmarks filtered over time: MediaPipe smooths the body, but not the hands."""

import numpy as np
from numpy.typing import NDArray

from ...landmarks.settings import OneEuro
from ...landmarks.smoothing import OneEuroFilter
from ..geometry import Array


class HandSmoothing:
    """One-Euro filters of both hands' shapes. Carries its state from one call to the next."""

    def __init__(self, settings: OneEuro | None) -> None:
        self._filters = [] if settings is None else [OneEuroFilter(settings) for _ in range(2)]

    def run(self, time: Array, hands: Array, seen: NDArray[np.bool_]) -> Array:
        """Hands (n, 2, 21, 3), each about its own wrist, at `time` (n,); where not `seen` (n, 2) it forgets."""
        result = np.array(hands)
        for side, smooth in enumerate(self._filters):
            for i, now in enumerate(time):
                if seen[i, side]:
                    result[i, side] = smooth(result[i, side], float(now))
                else:
                    smooth.reset()
        return result

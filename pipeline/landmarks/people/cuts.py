# SPDX-License-Identifier: GPL-3.0-or-later
"""Cuts in a film, after which everybody in the picture may be somebody else."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_ROWS: Final = 24
_COLUMNS: Final = 32
_CHANGE: Final = 30.0
"""Mean change of the picture's values (of 255) from one frame to the next. Pans and people who come near change less
than 20, cuts to another place 40 and more."""


class CutDetector:
    """Tells a cut to another scene from motion: the whole picture is another at once."""

    def __init__(self) -> None:
        self._last: NDArray[np.int16] | None = None

    def reset(self) -> None:
        """Forget the last picture."""
        self._last = None

    def __call__(self, image: NDArray[np.uint8]) -> bool:
        """Return whether the next RGB uint8 (H, W, 3) picture is of another scene than the last one."""
        height, width = image.shape[:2]
        now = image[:: max(height // _ROWS, 1), :: max(width // _COLUMNS, 1)].astype(np.int16)
        last, self._last = self._last, now
        return last is not None and last.shape == now.shape and float(np.abs(now - last).mean()) > _CHANGE

# SPDX-License-Identifier: GPL-3.0-or-later
"""A frame of a source: what the landmark networks are given."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Frame:
    """One image: RGB uint8 (H, W, 3), its time in seconds from the start of the source, and its index."""

    image: NDArray[np.uint8]
    time: float
    index: int

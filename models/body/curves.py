# SPDX-License-Identifier: GPL-3.0-or-later
"""The two curves from 0 to 1 that everything here goes by."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAX_EXPONENT = 80.0
"""Beyond it the exponential would leave float32, and the sigmoid is 0 or 1 to the last bit."""


def smoothstep(x: NDArray[np.float64], low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
    """0 at `low` and before, 1 at `high` and beyond, a cubic that is level at both; `high` may lie below `low`."""
    fraction = np.clip((x - low) / (high - low), 0.0, 1.0)
    return fraction * fraction * (3.0 - 2.0 * fraction)


def sigmoid(x: NDArray[Any] | float) -> NDArray[Any]:
    """The logistic function, which is one half at 0, in the precision that is given."""
    return 1 / (1 + np.exp(-np.clip(x, -_MAX_EXPONENT, _MAX_EXPONENT)))

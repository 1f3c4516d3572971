# SPDX-License-Identifier: GPL-3.0-or-later
"""The two curves from 0 to 1 that are used everywhere."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAX_EXPONENT = 80.0
"""Beyond it the exponential would overflow float32, and the sigmoid is exactly 0 or 1."""


def smoothstep(x: NDArray[np.float64], low: float = 0.0, high: float = 1.0) -> NDArray[np.float64]:
    """Return 0 up to `low`, 1 from `high` on, and a smooth cubic between them; `high` may be less than `low`."""
    fraction = np.clip((x - low) / (high - low), 0.0, 1.0)
    return fraction * fraction * (3.0 - 2.0 * fraction)


def sigmoid(x: NDArray[Any] | float) -> NDArray[Any]:
    """Return the logistic function, which is one half at 0, in the precision of `x`."""
    return 1 / (1 + np.exp(-np.clip(x, -_MAX_EXPONENT, _MAX_EXPONENT)))

# SPDX-License-Identifier: GPL-3.0-or-later
"""The only place that converts axes: from landmark world coordinates to Blender's.

Landmark world coordinates are x image-right, y down, z away from the camera; Blender's are X right, Y into the
picture, Z up. The conversion is a proper rotation, so left and right do not change.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SWAPPED: Final = np.array([0, 2, 1])
_TO_BLENDER: Final = np.array([1.0, 1.0, -1.0])
_FROM_BLENDER: Final = np.array([1.0, -1.0, 1.0])


def to_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Convert points or directions (..., 3) from landmark world to Blender's axes: (x, z, -y)."""
    return np.asarray(points, dtype=float).take(_SWAPPED, axis=-1) * _TO_BLENDER


def from_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Convert points or directions (..., 3) from Blender's axes to landmark world: (X, -Z, Y)."""
    return np.asarray(points, dtype=float).take(_SWAPPED, axis=-1) * _FROM_BLENDER

# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that converts axes: landmark world to Blender's.

Landmark world is x image-right, y down, z away from the camera; Blender's is X right, Y into the picture, Z up.
The change is a proper rotation, so left and right stay what they are.
"""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SWAPPED: Final = np.array([0, 2, 1])
_TO_BLENDER: Final = np.array([1.0, 1.0, -1.0])
_FROM_BLENDER: Final = np.array([1.0, -1.0, 1.0])


def to_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Points or directions (..., 3) of landmark world in Blender's axes: (x, z, -y)."""
    return np.asarray(points, dtype=float).take(_SWAPPED, axis=-1) * _TO_BLENDER


def from_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Points or directions (..., 3) of Blender's axes in landmark world: (X, -Z, Y)."""
    return np.asarray(points, dtype=float).take(_SWAPPED, axis=-1) * _FROM_BLENDER

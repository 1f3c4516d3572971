# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place that converts axes: landmark world to Blender's.

Landmark world is x image-right, y down, z away from the camera; Blender's is X right, Y into the picture, Z up.
The change is a proper rotation, so left and right stay what they are.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def to_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Points or directions (..., 3) of landmark world in Blender's axes: (x, z, -y)."""
    p = np.asarray(points, dtype=float)
    return np.stack([p[..., 0], p[..., 2], -p[..., 1]], axis=-1)


def from_blender(points: ArrayLike) -> NDArray[np.float64]:
    """Points or directions (..., 3) of Blender's axes in landmark world: (X, -Z, Y)."""
    p = np.asarray(points, dtype=float)
    return np.stack([p[..., 0], -p[..., 2], p[..., 1]], axis=-1)

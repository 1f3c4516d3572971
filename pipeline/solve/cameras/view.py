# SPDX-License-Identifier: GPL-3.0-or-later
"""What one camera saw of one person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....models.body.motion import BodyMotion

Array = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """What one camera saw of one person, in the camera's own clock and axes.

    Axes are Blender's: the camera at the origin looks along +Y, Z is up.

    Attributes:
        time: (n,) seconds by the camera's clock, rising; frame rates may differ between cameras and vary.
        pixels: (n, 75, 2) landmarks in the order of `Body.landmarks`, px from the middle of the picture, x right, y
            down; NaN where missing.
        weight: (n, 75) 0..1 how sure each is; 0 where missing.
        motion: what was solved from this camera alone, of the neutral body, in the camera's axes.
        size: width and height of its pictures in px.
        focal: focal length in px, as assumed, given or found.
        focal_doubt: error of the focal length as a fraction of it, one standard deviation.
    """

    time: Array
    pixels: Array
    weight: Array
    motion: BodyMotion
    size: tuple[int, int]
    focal: float
    focal_doubt: float

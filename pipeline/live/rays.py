# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of sight of two cameras, and the points at which they meet."""

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ..takes.geometry import CameraGeometry

Array = NDArray[np.float64]


def rays_of(pixels: Array, camera: CameraGeometry) -> Array:
    """Return unit lines of sight (k, 3) in the first camera's axes, of pixels (k, 2) from the middle of a picture."""
    slopes = pixels / camera.focal
    along = np.stack([slopes[:, 0], np.ones(len(slopes)), -slopes[:, 1]], axis=-1)
    return rot.rotate(np.array(camera.rotation), rot.unit(along))


def meeting(first: Array, second: Array, base: Array) -> tuple[Array, Array, Array]:
    """Return where lines of sight (k, 3) from the origin and from `base` (3,) come closest to each other.

    The point between them is nearer to the line of the camera that is nearer, which sees it more exactly.

    Returns:
        Points (k, 3) in metres, NaN where the lines are parallel or meet behind a camera; the distance (k,) between the
        lines in radians as seen from the farther camera; and the sine (k,) of the angle between them.
    """
    cosine = np.sum(first * second, axis=-1)
    sine2 = 1.0 - cosine * cosine
    along_first, along_second = first @ base, second @ base
    with np.errstate(divide="ignore", invalid="ignore"):
        depth = (along_first - cosine * along_second) / sine2
        other = (cosine * along_first - along_second) / sine2
        on_first, on_second = depth[:, None] * first, base + other[:, None] * second
        share = (depth**2 / (depth**2 + other**2))[:, None]
        gap = np.linalg.norm(on_first - on_second, axis=-1) / np.maximum(depth, other)
        points = on_first + share * (on_second - on_first)
    wrong = ~((depth > 0.0) & (other > 0.0))
    points[wrong], gap[wrong] = np.nan, np.nan
    return points, gap, np.sqrt(np.maximum(sine2, 0.0))

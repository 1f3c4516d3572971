# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person stands before the camera, from 2D and 3D landmarks together.

World landmarks know the person's shape but not where the person is; image landmarks know the direction of every
point but not how far it is. The translation that makes the one project onto the other follows from both, for a
perspective camera whose focal length is known or assumed. Placed so, world landmarks can be put right sideways, where
the image is the better witness of the two.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SEGMENTS: Final = np.array([(11, 23), (12, 24), (23, 25), (24, 26), (25, 27), (26, 28)])
"""Landmarks between which a person's size is measured: flanks, thighs, shanks."""
_SURE: Final = 0.5
_MIN_POINTS: Final = 4
_COUNTS: Final = 0.05
"""Weight from which a point counts as known."""
_ITERATIONS: Final = 6
_EXACT: Final = 1e-9
"""Error, as a part of the depth, that nobody can see."""
_NEAREST: Final = 0.05
"""Metres from the camera to the nearest point that is believed."""


@dataclass(frozen=True)
class CameraSettings:
    """The camera that filmed.

    Attributes:
        field_of_view: degrees along the longer side of the picture; used when `focal` is not known. 65 is a phone's
            main camera held either way; webcams have 60 to 80.
        focal: focal length in pixels, or None.
        depth_smoothing: seconds over which the distance is averaged (exponentially, without looking ahead); 0 is off.
    """

    field_of_view: float = 65.0
    focal: float | None = None
    depth_smoothing: float = 0.1


POINT_WEIGHTS: Final = np.array([0.2] * 11 + [1.0] * 6 + [0.3] * 6 + [1.0] * 6 + [0.5] * 4)
"""(33,) weights of BlazePose's points in `locate`: those that crowd on face, hands and feet share what one is worth."""


def focal_length(size: Array, settings: CameraSettings) -> Array:
    """Focal lengths (n,) in pixels for pictures of width and height `size` (n, 2)."""
    if settings.focal is not None:
        return np.full(len(size), settings.focal)
    return 0.5 * size.max(axis=1) / np.tan(np.radians(0.5 * settings.field_of_view))


def locate(points: Array, pixels: Array, weights: Array, *, focal: Array, centre: Array) -> Array:
    """Translations (n, 3) in metres that project 3D points onto 2D ones as nearly as may be.

    `points` (n, k, 3) are in metres about any origin, in Blender's axes (the camera looks along +Y, Z up); `pixels`
    (n, k, 2) are x right, y down; `weights` (n, k) are 0..1; `focal` (n,) is in pixels and `centre` (n, 2) is the
    principal point. NaN where too few points are known or the result would lie behind the camera.

    Projection, multiplied by the depth, is linear in the translation, so each pass is one linear least squares,
    solved in closed form. Later passes divide by the depth found before, so that pixels count, and trust points the
    less the farther they land from their pixel (Cauchy's weights, scaled by the median residual).
    """
    known = np.isfinite(points).all(axis=-1) & np.isfinite(pixels).all(axis=-1)
    weights = np.where(known, np.nan_to_num(weights), 0.0)
    points = np.where(known[..., None], points, 0.0)
    offsets = np.where(known[..., None], (pixels - centre[:, None]) / focal[:, None, None], 0.0)
    enough = (weights > _COUNTS).sum(axis=1) >= _MIN_POINTS
    terms = _terms(points, offsets)
    u, v, a, b = terms[..., :4].swapaxes(0, -1).swapaxes(1, -1)
    counted, middle = weights > 0.0, np.maximum((weights > 0.0).sum(axis=1) - 1, 0) // 2
    rows, share = np.arange(len(points)), weights
    result = np.zeros((len(points), 3))
    for _ in range(_ITERATIONS):
        result = _least_squares(terms, share, enough)
        x, y, z = result.T[..., None]
        depth = np.maximum(points[..., 1] + y, _NEAREST)
        off = np.sqrt((x - u * y - a) ** 2 + (z - v * y - b) ** 2) / depth
        typical = np.sort(np.where(counted, off, np.inf), axis=1)[rows, middle]
        typical = np.where(np.isfinite(typical), typical, 1.0)[:, None]
        trust = 1.0 / (1.0 + (off / (2.0 * typical + _EXACT)) ** 2)
        share = weights * trust / depth**2
    return np.where((enough & (result[:, 1] > _NEAREST))[:, None], result, np.nan)


def onto_rays(points: Array, pixels: Array, place: Array, share: Array, *, focal: Array, centre: Array) -> Array:
    """Points (n, k, 3) moved sideways by `share` (n, k) of the way onto the lines of sight of their pixels (n, k, 2).

    `place` (n, 3) is their translation as `locate` found it; each point keeps its depth. Points stay where they
    are in frames without a place, or where their pixel is not known.
    """
    depth = points[..., 1] + place[:, None, 1]
    offsets = (pixels - centre[:, None]) / focal[:, None, None]
    ray = np.stack([offsets[..., 0], np.ones_like(depth), -offsets[..., 1]], axis=-1)
    shift = (ray * depth[..., None] - place[:, None] - points) * share[..., None]
    known = np.isfinite(shift).all(axis=-1) & (depth > _NEAREST)
    return points + np.where(known[..., None], shift, 0.0)


def size_ratios(points: Array, confidence: Array, rest: Array) -> Array:
    """How much larger the body is than the person in each frame, (m,) for the m frames that show it.

    `points` (n, 33+, 3) and `rest` (33+, 3) are landmarks of the person and of the body, `confidence` (n, 33+).
    Only flanks, thighs and shanks that are seen count, so that a person seen to the waist is measured too.
    """
    a, b = _SEGMENTS.T
    lengths = np.linalg.norm(points[:, a] - points[:, b], axis=-1)
    sure = (np.minimum(confidence[:, a], confidence[:, b]) >= _SURE) & np.isfinite(lengths)
    own = np.linalg.norm(rest[a] - rest[b], axis=-1)
    seen = np.where(sure, lengths, 0.0).sum(axis=1)
    whole = (sure.sum(axis=1) >= 2) & (seen > 0.0)
    return (sure * own).sum(axis=1)[whole] / seen[whole]


class DepthFilter:
    """Averages the distance of a moving point; its direction stays as it was seen. Carries its state between calls."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._time = np.nan
        self._depth = np.nan

    def run(self, time: Array, positions: Array) -> Array:
        """Positions (n, 3) at `time` (n,) with their depth averaged; after a gap the average starts anew."""
        result = np.array(positions)
        for i, now in enumerate(time):
            depth = float(positions[i, 1])
            step = float(now) - self._time
            if np.isfinite(self._depth) and self._seconds > 0.0:
                depth = self._depth + (depth - self._depth) * -float(np.expm1(-step / self._seconds))
            result[i] *= depth / positions[i, 1]
            self._time, self._depth = float(now), depth
        return result


def _terms(points: Array, offsets: Array) -> Array:
    """What the equations of n frames and k points are made of, (n, k, 7).

    Each point's line of sight, sideways `u` and upwards `v` for each metre of depth, asks of the translation (x, y, z)
    that ``x - u y = a`` and ``z - v y = b``: here are u, v, a, b, then the products that their sums need, and 1.
    """
    u, v = offsets[..., 0], -offsets[..., 1]
    a, b = u * points[..., 1] - points[..., 0], v * points[..., 1] - points[..., 2]
    return np.stack([u, v, a, b, u * u + v * v, u * a + v * b, np.ones_like(u)], axis=-1)


def _least_squares(terms: Array, weights: Array, enough: Array) -> Array:
    """Translations (n, 3) that solve the equations as nearly as may be; anything where there are not `enough`."""
    u, v, a, b, uu, ua, one = np.squeeze(weights[:, None] @ terms, 1).T
    one = np.where(enough, one, 1.0)
    # Points that all lie in one line of sight leave the depth open.
    spread = uu - (u * u + v * v) / one
    spread = np.where(enough & (spread > 1e-12 * uu), spread, np.inf)
    depth = ((u * a + v * b) / one - ua) / spread
    return np.stack([(a + u * depth) / one, depth, (b + v * depth) / one], axis=-1)

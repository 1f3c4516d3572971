# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a person stands before the camera, from 2D and 3D landmarks together.

World landmarks know the person's shape but not where the person is; image landmarks know the direction of every
point but not how far it is. The translation that makes the one project onto the other follows from both, for a
perspective camera whose focal length is known or assumed. Placed so, world landmarks can be put right sideways, where
the image is the better witness of the two.
"""

from dataclasses import dataclass
from math import radians, tan
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Plane = NDArray[np.complex128]
"""What lies square to the camera's axis: sideways, and upwards as the imaginary part. Half the calls of two columns."""

_MIN_POINTS: Final = 4
_MIN_WEIGHT: Final = 0.05
"""Weight from which a point counts as known."""
_ITERATIONS: Final = 6
_TOLERANCE: Final = np.array(1e-9)
"""Error, as a part of the depth, that nobody can see."""
_MIN_DEPTH: Final = np.array(0.05)
"""Metres from the camera to the nearest point that is believed."""
_COLLINEAR: Final = np.array(1e-12)
_TWICE: Final = np.array(2.0)
_ACROSS: Final = np.array([0, 2])


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
    return size.max(axis=1) * (0.5 / tan(radians(0.5 * settings.field_of_view)))


def locate(points: Array, pixels: Array, weights: Array, *, focal: Array, centre: Array) -> Array:
    """Translations (n, 3) in metres that project 3D points onto 2D ones as nearly as may be.

    `points` (n, k, 3) are in metres about any origin, in Blender's axes (the camera looks along +Y, Z up); `pixels`
    (n, k, 2) are x right, y down; `weights` (n, k) are 0..1; `focal` (n,) is in pixels and `centre` (n, 2) is the
    principal point. NaN where too few points are known or the result would lie behind the camera.

    See `locate_from_slopes` for the method.
    """
    known = np.isfinite(points).all(axis=-1) & np.isfinite(pixels).all(axis=-1)
    weights = np.where(known, np.nan_to_num(weights), 0.0)
    points = np.where(known[..., None], points, 0.0)
    slopes = np.where(known, slopes_of(pixels, focal=focal, centre=centre), 0.0)
    return locate_from_slopes(points, slopes, weights)


def slopes_of(pixels: Array, *, focal: Array, centre: Array) -> Plane:
    """How far lines of sight (n, k) go sideways and upwards for each metre of depth, of pixels as in `locate`."""
    offsets = (pixels - centre[:, None]) / focal[:, None, None]
    slopes = np.empty(offsets.shape[:-1], complex)
    slopes.real, slopes.imag = offsets[..., 0], -offsets[..., 1]
    return slopes


def locate_from_slopes(points: Array, slopes: Plane, weights: Array) -> Array:
    """Translations (n, 3) as `locate` finds them, of points (n, k, 3) and slopes (n, k) that are all finite.

    Projection, multiplied by the depth, is linear in the translation, so each pass is one linear least squares,
    solved in closed form. Later passes divide by the depth found before, so that pixels count, and trust points the
    less the farther they land from their pixel (Cauchy's weights, scaled by the median residual).
    """
    counted = weights > 0.0
    enough = (weights > _MIN_WEIGHT).sum(axis=1) >= _MIN_POINTS
    if not enough.all():
        # Their answer is thrown away: any weights do that keep the sums regular.
        counted, weights = counted | ~enough[:, None], np.where(enough[:, None], weights, 1.0)
    targets, depths = slopes * points[..., 1] - _across_axis(points), points[..., 1]
    terms = _terms(slopes, targets)
    uncounted = np.where(counted, 0.0, np.inf)
    middle = (counted.sum(axis=1) - 1) // 2 + np.arange(0, counted.size, counted.shape[1])
    share = weights
    for _ in range(_ITERATIONS - 1):
        across, depth = _least_squares(terms, share)
        off = np.abs(slopes * depth + (targets - across))
        away = np.maximum(depths + depth, _MIN_DEPTH)
        ranked = off / away + uncounted
        ranked.sort(axis=1)
        typical = ranked.ravel().take(middle)[:, None] * _TWICE + _TOLERANCE
        share = weights / (away * away + np.square(off / typical))
    across, depth = _least_squares(terms, share)
    place = np.concatenate([across.real, depth, across.imag], axis=1)
    place[~(enough & (place[:, 1] > _MIN_DEPTH))] = np.nan
    return place


def move_onto_rays(points: Array, pixels: Array, place: Array, share: Array, *, focal: Array, centre: Array) -> Array:
    """Points (n, k, 3) moved sideways by `share` (n, k) of the way onto the lines of sight of their pixels (n, k, 2).

    `place` (n, 3) is their translation as `locate` found it; each point keeps its depth. Points stay where they
    are in frames without a place, or where their pixel is not known.
    """
    return move_onto_slopes(points, slopes_of(pixels, focal=focal, centre=centre), place, share)


def move_onto_slopes(points: Array, slopes: Plane, place: Array, share: Array) -> Array:
    """The same of lines of sight (n, k) as `slopes_of` tells them."""
    depth = points[..., 1] + place[:, 1:2]
    shift = (slopes * depth - _across_axis(place)[:, None] - _across_axis(points)) * share
    shift[~(np.isfinite(shift) & (depth > _MIN_DEPTH))] = 0.0
    moved = points.copy()
    moved[..., 0] += shift.real
    moved[..., 2] += shift.imag
    return moved


def _across_axis(points: Array) -> Plane:
    """Of points (..., 3) what lies square to the camera's axis, (...)."""
    return np.asarray(points, dtype=float).take(_ACROSS, axis=-1).view(complex)[..., 0]


def _terms(slopes: Plane, targets: Plane) -> Array:
    """What the equations of n frames and k points are made of, (n, k, 7).

    Each point's line of sight, sideways `u` and upwards `v` for each metre of depth, asks of the translation (x, y, z)
    that ``x - u y = a`` and ``z - v y = b``, `targets`: here are u, v, a, b, then the products that their sums need,
    and 1.
    """
    terms = np.empty((*slopes.shape, 7))
    terms[..., 0], terms[..., 1], terms[..., 2], terms[..., 3] = slopes.real, slopes.imag, targets.real, targets.imag
    turned = slopes.conj()
    terms[..., 4], terms[..., 5], terms[..., 6] = (turned * slopes).real, (turned * targets).real, 1.0
    return terms


def _least_squares(terms: Array, weights: Array) -> tuple[Plane, Array]:
    """Translations that solve the equations as nearly as may be: (n, 1) across and (n, 1) in depth."""
    sums = (weights[:, None] @ terms)[:, 0]
    means = sums[:, :6] / sums[:, 6:]
    slopes_and_targets = means.view(complex)[:, :2]
    slope, targets = slopes_and_targets[:, :1], slopes_and_targets[:, 1:]
    covariances = means[:, 4:] - (slopes_and_targets * slope.conj()).real
    spread = covariances[:, :1]
    # Points that all lie in one line of sight leave the depth open.
    spread[~(spread > _COLLINEAR * means[:, 4:5])] = np.inf
    depth = -covariances[:, 1:] / spread
    return targets + slope * depth, depth

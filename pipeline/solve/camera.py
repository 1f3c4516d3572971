# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's position relative to the camera, from 2D and 3D landmarks together.

World landmarks give the person's shape but not the position; image landmarks give the direction of every point but
not its distance. Together they determine the translation with which the world landmarks project onto the image
landmarks, for a perspective camera of known or assumed focal length. The positioned world landmarks can then be
corrected sideways, where the image landmarks are more accurate.
"""

from dataclasses import dataclass
from math import radians, tan
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Plane = NDArray[np.complex128]
"""Coordinates perpendicular to the camera's axis, as complex numbers: sideways + i * upwards. Complex numbers need half
as many numpy calls as two columns."""

_MIN_POINTS: Final = 4
_MIN_WEIGHT: Final = 0.05
"""Weight above which a point counts as known."""
_ITERATIONS: Final = 6
_TOLERANCE: Final = np.array(1e-9)
"""Negligible error, as a fraction of the depth."""
_MIN_DEPTH: Final = np.array(0.05)
"""Least plausible distance of a point from the camera, in metres."""
_COLLINEAR: Final = np.array(1e-12)
_TWICE: Final = np.array(2.0)
_ACROSS: Final = np.array([0, 2])


@dataclass(frozen=True)
class CameraSettings:
    """Properties of the camera.

    Attributes:
        field_of_view: degrees along the longer side of the picture; used if `focal` is None. 65 is typical for the
            main camera of a phone; webcams have 60 to 80.
        focal: focal length in pixels, or None.
        depth_smoothing: time constant in seconds of the exponential average of the distance; 0 is off.
    """

    field_of_view: float = 65.0
    focal: float | None = None
    depth_smoothing: float = 0.1


POINT_WEIGHTS: Final = np.array([0.2] * 11 + [1.0] * 6 + [0.3] * 6 + [1.0] * 6 + [0.5] * 4)
"""(33,) weights of BlazePose's points in `locate`; lower for the many points of face, hands and feet."""


def focal_length(size: Array, settings: CameraSettings) -> Array:
    """Return focal lengths (n,) in pixels for pictures of width and height `size` (n, 2)."""
    if settings.focal is not None:
        return np.full(len(size), settings.focal)
    return size.max(axis=1) * (0.5 / tan(radians(0.5 * settings.field_of_view)))


def locate(points: Array, pixels: Array, weights: Array, *, focal: Array, centre: Array) -> Array:
    """Return the translations (n, 3) in metres with which 3D points project best onto 2D points.

    Args:
        points: (n, k, 3) metres about any origin, in Blender's axes (the camera looks along +Y, Z up).
        pixels: (n, k, 2) x right, y down.
        weights: (n, k) 0..1.
        focal: (n,) focal lengths in pixels.
        centre: (n, 2) principal points in pixels.

    Returns:
        NaN where too few points are known or the result would be behind the camera. `locate_from_slopes` describes
        the method.
    """
    known = np.isfinite(points).all(axis=-1) & np.isfinite(pixels).all(axis=-1)
    weights = np.where(known, np.nan_to_num(weights), 0.0)
    points = np.where(known[..., None], points, 0.0)
    slopes = np.where(known, slopes_of(pixels, focal=focal, centre=centre), 0.0)
    return locate_from_slopes(points, slopes, weights)


def slopes_of(pixels: Array, *, focal: Array, centre: Array) -> Plane:
    """Return the slopes (n, k) of the pixels' lines of sight: sideways and upwards per metre of depth; see `locate`."""
    offsets = (pixels - centre[:, None]) / focal[:, None, None]
    slopes = np.empty(offsets.shape[:-1], complex)
    slopes.real, slopes.imag = offsets[..., 0], -offsets[..., 1]
    return slopes


def locate_from_slopes(points: Array, slopes: Plane, weights: Array) -> Array:
    """Return the translations (n, 3) of `locate`, from points (n, k, 3) and slopes (n, k) that are all finite.

    The projection, multiplied by the depth, is linear in the translation, so each iteration is a linear least-squares
    problem, solved in closed form. Later iterations divide by the previous depth, so that errors count in pixels, and
    give less weight to points with large errors (Cauchy weights, scaled by the median residual).
    """
    counted = weights > 0.0
    enough = (weights > _MIN_WEIGHT).sum(axis=1) >= _MIN_POINTS
    if not enough.all():
        # Their result is discarded below; any weights that keep the sums regular will do.
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
    """Move points (n, k, 3) sideways towards the lines of sight of their pixels (n, k, 2), by the fraction `share`.

    `place` (n, 3) is their translation from `locate`, `share` is (n, k). Each point keeps its depth. Points do not
    move in frames whose translation is NaN, or if their pixel is NaN.
    """
    return move_onto_slopes(points, slopes_of(pixels, focal=focal, centre=centre), place, share)


def move_onto_slopes(points: Array, slopes: Plane, place: Array, share: Array) -> Array:
    """Like `move_onto_rays`, for lines of sight given as `slopes` (n, k); see `slopes_of`."""
    depth = points[..., 1] + place[:, 1:2]
    shift = (slopes * depth - _across_axis(place)[:, None] - _across_axis(points)) * share
    shift[~(np.isfinite(shift) & (depth > _MIN_DEPTH))] = 0.0
    moved = points.copy()
    moved[..., 0] += shift.real
    moved[..., 2] += shift.imag
    return moved


def _across_axis(points: Array) -> Plane:
    """Return the coordinates (...) of points (..., 3) perpendicular to the camera's axis."""
    return np.asarray(points, dtype=float).take(_ACROSS, axis=-1).view(complex)[..., 0]


def _terms(slopes: Plane, targets: Plane) -> Array:
    """Return the terms (n, k, 7) of the equations of n frames and k points.

    A point's line of sight with slopes `u` sideways and `v` upwards requires of the translation (x, y, z) that
    ``x - u y = a`` and ``z - v y = b``, where `targets` is ``a + i b``. The terms are u, v, a, b, then the products
    needed for the sums, and 1.
    """
    terms = np.empty((*slopes.shape, 7))
    terms[..., 0], terms[..., 1], terms[..., 2], terms[..., 3] = slopes.real, slopes.imag, targets.real, targets.imag
    turned = slopes.conj()
    terms[..., 4], terms[..., 5], terms[..., 6] = (turned * slopes).real, (turned * targets).real, 1.0
    return terms


def _least_squares(terms: Array, weights: Array) -> tuple[Plane, Array]:
    """Solve the equations by weighted least squares: translations (n, 1) perpendicular to the axis, (n, 1) in depth."""
    sums = (weights[:, None] @ terms)[:, 0]
    means = sums[:, :6] / sums[:, 6:]
    slopes_and_targets = means.view(complex)[:, :2]
    slope, targets = slopes_and_targets[:, :1], slopes_and_targets[:, 1:]
    covariances = means[:, 4:] - (slopes_and_targets * slope.conj()).real
    spread = covariances[:, :1]
    # If all points are on one line of sight, the depth is undetermined.
    spread[~(spread > _COLLINEAR * means[:, 4:5])] = np.inf
    depth = -covariances[:, 1:] / spread
    return targets + slope * depth, depth

# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry of regions of interest: making them from points, adjusting them, and checking whether to keep the last one.

All values are in pixels of the full frame (x right, y down); rotations are radians, clockwise on screen. The formulas
are MediaPipe's (alignment_points_to_rects, rect_transformation, hand_landmarks_to_rect and roi_tracking calculators).
"""

from math import atan2, cos, hypot, inf, isfinite, pi, sin
from typing import Final

import numpy as np

from .data import Floats, Region
from .settings import RegionAdjustment, TrackingTolerance

UP: Final = pi / 2
RIGHT: Final = 0.0
DOWN: Final = -pi / 2


def wrap(angle: float) -> float:
    """Return the same angle in [-pi, pi)."""
    return (angle + pi) % (2 * pi) - pi


def rotation_of(start: Floats, end: Floats, *, target: float) -> float:
    """Return the rotation of the region in which start -> end has the angle `target`, counter-clockwise from right."""
    return wrap(target - atan2(-(float(end[1]) - float(start[1])), float(end[0]) - float(start[0])))


def whole_frame(width: int, height: int) -> Region:
    """Return the region of the whole frame."""
    return Region(width / 2, height / 2, float(width), float(height), 0.0)


def square_around(center: Floats, scale_point: Floats, *, target: float) -> Region:
    """Return the square around `center` whose half side is the distance to `scale_point`.

    It is rotated so that `scale_point` lies in the direction `target` as seen from the centre.
    """
    side = 2 * hypot(float(scale_point[0]) - float(center[0]), float(scale_point[1]) - float(center[1]))
    return Region(float(center[0]), float(center[1]), side, side, rotation_of(center, scale_point, target=target))


def bounding_box(points: Floats, *, rotation: float = 0.0, lowest_maximum: float = -inf) -> Region:
    """Return the axis-aligned bounding box of points (n, 2+), labelled with a rotation.

    The rotation is stored in the region but does not affect the box. A `lowest_maximum` of 0 reproduces a defect of
    MediaPipe, whose search for the maximum begins just above zero, so that the box of points left of or above the
    picture extends to the picture's edge.
    """
    low, high = _bounds(points, lowest_maximum)
    return Region((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, high[0] - low[0], high[1] - low[1], rotation)


def rotated_bounding_box(points: Floats, *, rotation: float, lowest_maximum: float = -inf) -> Region:
    """Return the bounding box of points (n, 2+) along rotated axes. `lowest_maximum`: see `bounding_box`."""
    c, s = cos(rotation), sin(rotation)
    around = bounding_box(points, lowest_maximum=lowest_maximum)
    x = points[:, 0] - around.cx
    y = points[:, 1] - around.cy
    low, high = _bounds(np.stack([c * x + s * y, c * y - s * x], axis=1), lowest_maximum)
    u, v = (low[0] + high[0]) / 2, (low[1] + high[1]) / 2
    return Region(around.cx + c * u - s * v, around.cy + s * u + c * v, high[0] - low[0], high[1] - low[1], rotation)


def _bounds(points: Floats, lowest_maximum: float) -> tuple[tuple[float, float], tuple[float, float]]:
    low = points[:, :2].min(axis=0)
    high = np.maximum(points[:, :2].max(axis=0), lowest_maximum)
    return (float(low[0]), float(low[1])), (float(high[0]), float(high[1]))


def adjusted(region: Region, adjustment: RegionAdjustment) -> Region:
    """Shift a region along its own y by a fraction of its height, make it square by its longer side, and scale it."""
    shift = region.height * adjustment.shift_y
    side = max(region.width, region.height) * adjustment.scale
    return Region(
        region.cx - shift * sin(region.rotation),
        region.cy + shift * cos(region.rotation),
        side,
        side,
        region.rotation,
    )


def is_usable(region: Region, *, min_side: float) -> bool:
    """Whether the region is finite and at least `min_side` pixels wide and high."""
    finite = all(isfinite(v) for v in (region.cx, region.cy, region.width, region.height, region.rotation))
    return finite and min(region.width, region.height) >= min_side


def agrees(last: Region, points: Floats, *, own: Region, rule: TrackingTolerance) -> bool:
    """Whether `last`, the region of the last frame's landmarks `points` (n, 2+), agrees with this frame's `own`."""
    c, s = cos(own.rotation), sin(own.rotation)
    dx, dy = last.cx - own.cx, last.cy - own.cy
    if (
        abs(wrap(last.rotation - own.rotation)) > rule.rotation
        or abs(c * dx + s * dy) > rule.translation * own.width
        or abs(c * dy - s * dx) > rule.translation * own.height
        or abs(last.width - own.width) > rule.scale * own.width
        or abs(last.height - own.height) > rule.scale * own.height
    ):
        return False
    x, y = points[:, 0] - own.cx, points[:, 1] - own.cy
    inside_x = np.abs(c * x + s * y) < own.width / 2 * (1 + rule.margin)
    inside_y = np.abs(c * y - s * x) < own.height / 2 * (1 + rule.margin)
    return bool(np.all(inside_x & inside_y))

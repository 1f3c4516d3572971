# SPDX-License-Identifier: GPL-3.0-or-later
"""Regions of interest: made of points, moved, and accepted from the frame before."""

from dataclasses import astuple
from math import cos, hypot, inf, nan, pi, radians, sin

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mimic.pipeline.landmarks import regions
from mimic.pipeline.landmarks.data import Region
from mimic.pipeline.landmarks.settings import RegionAdjustment, TrackingTolerance

coordinate = st.floats(-5000, 5000)
point = st.tuples(coordinate, coordinate).map(np.array)
angle = st.floats(-pi, pi - 1e-6)
cloud = st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=30).map(np.array)
RULE = TrackingTolerance(rotation=radians(40), translation=0.2, scale=0.4, margin=-0.1)
OWN = Region(300.0, 200.0, 100.0, 100.0, radians(25))


def inside(region: Region, points: np.ndarray) -> np.ndarray:
    """Points in the region's own axes, as fractions of its sides, 0 at its centre."""
    c, s = cos(region.rotation), sin(region.rotation)
    x, y = points[:, 0] - region.cx, points[:, 1] - region.cy
    return np.stack([(c * x + s * y) / region.width, (c * y - s * x) / region.height], axis=1)


@given(st.floats(-50, 50))
def test_wrapped_angle_is_the_same_angle_within_pi(value: float) -> None:
    wrapped = regions.wrap(value)
    assert -pi <= wrapped <= pi  # pi itself only by rounding
    assert cos(wrapped) == pytest.approx(cos(value), abs=1e-9)
    assert sin(wrapped) == pytest.approx(sin(value), abs=1e-9)


@pytest.mark.parametrize(
    ("target", "expected"), [(regions.UP, (0, -0.5)), (regions.RIGHT, (0.5, 0)), (regions.DOWN, (0, 0.5))]
)
@given(center=point, scale_point=point)
def test_aligned_region_has_the_scale_point_on_the_edge_toward_the_target(
    target, expected, center, scale_point
) -> None:
    assume(hypot(*(scale_point - center)) > 1e-3)
    region = regions.square_around(center, scale_point, target=target)
    assert region.width == region.height == pytest.approx(2 * hypot(*(scale_point - center)))
    np.testing.assert_allclose(inside(region, scale_point[None])[0], expected, atol=1e-6)


def test_aligned_region_of_an_upright_person_has_no_rotation() -> None:
    region = regions.square_around(np.array([50.0, 80.0]), np.array([50.0, 20.0]), target=regions.UP)
    assert astuple(region) == pytest.approx((50, 80, 120, 120, 0), abs=1e-9)


@given(points=cloud, rotation=angle)
def test_turned_box_is_the_tightest_around_the_points(points, rotation) -> None:
    region = regions.rotated_bounding_box(points, rotation=rotation)
    assume(region.width > 1e-3 and region.height > 1e-3)
    seen = inside(region, points)
    np.testing.assert_allclose(seen.min(axis=0), -0.5, atol=1e-6)
    np.testing.assert_allclose(seen.max(axis=0), 0.5, atol=1e-6)


@given(points=cloud, rotation=angle)
def test_box_has_the_extent_of_the_unrotated_turned_box(points, rotation) -> None:
    box = regions.bounding_box(points, rotation=rotation)
    turned = regions.rotated_bounding_box(points, rotation=0)
    assert box.rotation == rotation
    np.testing.assert_allclose(
        [box.cx, box.cy, box.width, box.height], [turned.cx, turned.cy, turned.width, turned.height], atol=1e-6
    )


def test_box_of_points_left_of_the_picture_reaches_the_edge_as_in_mediapipe() -> None:
    points = np.array([[-50.0, 10.0], [-20.0, 30.0]])
    assert regions.bounding_box(points) == Region(-35, 20, 30, 20, 0)
    assert regions.bounding_box(points, lowest_maximum=0.0) == Region(-25, 20, 50, 20, 0)


rectangle = st.builds(Region, coordinate, coordinate, st.floats(1, 900), st.floats(1, 900), angle)


@given(region=rectangle, shift=st.floats(-1, 1), scale=st.floats(0.1, 4))
def test_adjusted_region_is_shifted_by_height_then_squared_and_scaled(region, shift, scale) -> None:
    moved = regions.adjusted(region, RegionAdjustment(shift, scale))
    np.testing.assert_allclose(inside(region, np.array([[moved.cx, moved.cy]]))[0], [0, shift], atol=1e-6)
    assert moved.width == moved.height == pytest.approx(max(region.width, region.height) * scale)
    assert moved.rotation == region.rotation


def test_adjusted_upright_region_with_negative_shift_moves_up() -> None:
    assert regions.adjusted(Region(10, 50, 20, 40, 0), RegionAdjustment(-0.1, 1)).cy == pytest.approx(46)


@pytest.mark.parametrize(
    ("region", "usable"),
    [
        (Region(5, 5, 2, 2, 0), True),
        (Region(5, 5, 0.5, 2, 0), False),
        (Region(5, 5, 0, 0, 0), False),
        (Region(nan, 5, 2, 2, 0), False),
        (Region(5, 5, inf, 2, 0), False),
        (Region(5, 5, 2, 2, nan), False),
    ],
)
def test_usable_regions_are_finite_and_of_some_size(region: Region, usable: bool) -> None:
    assert regions.is_usable(region, min_side=1.0) is usable


def moved(*, along: float = 0.0, across: float = 0.0, turned: float = 0.0, size: float = 1.0) -> Region:
    """OWN, moved by fractions of its sides along its own axes, turned by degrees, and scaled."""
    c, s = cos(OWN.rotation), sin(OWN.rotation)
    dx, dy = along * OWN.width, across * OWN.height
    return Region(
        OWN.cx + c * dx - s * dy,
        OWN.cy + s * dx + c * dy,
        OWN.width * size,
        OWN.height * size,
        OWN.rotation + radians(turned),
    )


MIDDLE = np.array([[OWN.cx, OWN.cy]])


@pytest.mark.parametrize(
    ("last", "accepted"),
    [
        (moved(), True),
        (moved(along=0.199), True),
        (moved(along=0.201), False),
        (moved(across=-0.199), True),
        (moved(across=-0.201), False),
        (moved(turned=39.9), True),
        (moved(turned=40.1), False),
        (moved(turned=-320.1), True),
        (moved(size=1.39), True),
        (moved(size=1.41), False),
        (moved(size=0.59), False),
    ],
)
def test_last_region_continues_only_within_the_tolerances(last: Region, accepted: bool) -> None:
    assert regions.agrees(last, MIDDLE, own=OWN, rule=RULE) is accepted


@pytest.mark.parametrize(("fraction", "accepted"), [(0.449, True), (0.451, False), (-0.449, True), (-0.451, False)])
@pytest.mark.parametrize("axis", ["along", "across"])
def test_last_region_continues_only_with_every_landmark_well_inside(axis: str, fraction: float, accepted: bool) -> None:
    place = moved(**{axis: fraction})
    points = np.concatenate([MIDDLE, [[place.cx, place.cy]]])
    assert regions.agrees(moved(), points, own=OWN, rule=RULE) is accepted

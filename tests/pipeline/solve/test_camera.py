# SPDX-License-Identifier: GPL-3.0-or-later
"""The translation that makes 3D landmarks project onto the 2D ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body.model import neutral_body
from mimic.pipeline.solve.camera import CameraSettings, focal_length, locate, move_onto_rays

FOCAL, CENTRE = 900.0, np.array([640.0, 360.0])
POINTS = neutral_body().landmarks[:33] - neutral_body().landmarks[[23, 24]].mean(axis=0)


def project(points):
    """Pixels of points before a camera at the origin that looks along +Y."""
    return CENTRE + FOCAL * np.stack([points[..., 0], -points[..., 2]], axis=-1) / points[..., 1:2]


def found(points, pixels, weights=None):
    n = len(points)
    weights = np.ones(points.shape[:2]) if weights is None else weights
    return locate(points, pixels, weights, focal=np.full(n, FOCAL), centre=np.tile(CENTRE, (n, 1)))


PLACES = st.tuples(st.floats(-3.0, 3.0), st.floats(1.5, 12.0), st.floats(-2.0, 2.0))


@settings(max_examples=50, deadline=None)
@given(PLACES, st.floats(-np.pi, np.pi))
def test_camera_locate_recovers_a_known_translation(place, heading):
    turn = np.array([[np.cos(heading), -np.sin(heading), 0], [np.sin(heading), np.cos(heading), 0], [0, 0, 1]])
    points = (POINTS @ turn.T)[None]
    assert np.allclose(found(points, project(points + place))[0], place, atol=1e-6)


def test_camera_locate_with_noise_stays_near():
    rng = np.random.default_rng(3)
    place = np.array([0.5, 4.0, 0.2])
    points = np.tile(POINTS, (200, 1, 1))
    pixels = project(points + place) + rng.normal(0.0, 3.0, (200, 33, 2))
    noisy = points + rng.normal(0.0, 0.02, points.shape)
    error = found(noisy, pixels) - place
    assert np.abs(np.median(error, axis=0)).max() < 0.05
    assert np.quantile(np.abs(error[:, [0, 2]]), 0.95) < 0.03
    assert np.quantile(np.abs(error[:, 1]), 0.95) < 0.3


def test_camera_locate_with_a_few_outliers_stays_near():
    place = np.array([-0.4, 3.0, 0.0])
    points = POINTS[None]
    pixels = project(points + place)
    pixels[0, [15, 16, 31]] += [150.0, -90.0]
    assert np.allclose(found(points, pixels)[0], place, atol=0.02)


def test_camera_locate_ignores_points_without_weight_or_value():
    place = np.array([0.0, 5.0, 0.3])
    points = POINTS[None].copy()
    pixels = project(points + place)
    weights = np.ones((1, 33))
    pixels[0, 25:] = 9999.0
    weights[0, 25:] = 0.0
    points[0, 3], pixels[0, 4], weights[0, 5] = np.nan, np.nan, np.nan
    assert np.allclose(found(points, pixels, weights)[0], place, atol=1e-6)


def test_camera_locate_of_too_few_points_gives_nan():
    points = np.tile(POINTS, (2, 1, 1))
    place = np.array([0.0, 4.0, 0.0])
    pixels = project(points + place)
    weights = np.ones((2, 33))
    weights[0, 3:] = 0.0
    result = found(points, pixels, weights)
    assert np.isnan(result[0]).all()
    assert np.allclose(result[1], place, atol=1e-6)


def test_camera_locate_of_no_frames_gives_no_frames():
    assert found(np.empty((0, 33, 3)), np.empty((0, 33, 2))).shape == (0, 3)


def test_focal_length_follows_the_longer_side():
    size = np.array([[1920.0, 1080.0], [1080.0, 1920.0]])
    wide, tall = focal_length(size, CameraSettings(field_of_view=90.0))
    assert wide == pytest.approx(960.0)
    assert tall == pytest.approx(960.0)
    assert focal_length(size, CameraSettings(focal=1234.0)).tolist() == [1234.0, 1234.0]


def test_camera_locate_of_a_frame_is_the_same_alone_or_among_others():
    rng = np.random.default_rng(8)
    points, pixels = rng.normal(0.0, 0.5, (40, 33, 3)), CENTRE + rng.normal(0.0, 80.0, (40, 33, 2))
    weights = rng.uniform(0.0, 1.0, (40, 33)) * (rng.random((40, 33)) < 0.7)
    points[::5, 7], weights[::6], points[::9] = np.nan, 0.0, 0.3
    camera = {"focal": np.full(40, FOCAL), "centre": np.tile(CENTRE, (40, 1))}
    together = locate(points, pixels, weights, **camera)
    turned = np.asfortranarray(points), np.asfortranarray(pixels), np.asfortranarray(weights)
    assert np.allclose(locate(*turned, **camera), together, equal_nan=True)
    for i in range(40):
        one = slice(i, i + 1)
        alone = locate(points[one], pixels[one], weights[one], **{name: x[one] for name, x in camera.items()})
        assert np.allclose(alone, together[one], equal_nan=True)


def test_onto_rays_puts_sure_points_on_the_camera_rays():
    rng = np.random.default_rng(9)
    points, pixels = rng.normal(0.0, 0.5, (2, 9, 3)), CENTRE + rng.normal(0.0, 80.0, (2, 9, 2))
    place = np.array([[0.1, 3.0, -0.2], [np.nan] * 3])
    camera = {"focal": np.full(2, FOCAL), "centre": np.tile(CENTRE, (2, 1))}
    pixels[0, 3] = np.nan
    moved = move_onto_rays(points, pixels, place, np.ones((2, 9)), **camera)
    seen = moved[0] + place[0]
    flat = CENTRE + FOCAL * np.stack([seen[:, 0], -seen[:, 2]], axis=-1) / seen[:, 1:2]
    known = np.arange(9) != 3
    assert np.allclose(flat[known], pixels[0, known])
    assert np.allclose(moved[0, :, 1], points[0, :, 1])
    assert np.array_equal(moved[0, 3], points[0, 3])
    assert np.array_equal(moved[1], points[1])

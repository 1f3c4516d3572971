# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network sees of a region, and where its points lie in the frame."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline.landmarks.crops import Crop
from mimic.pipeline.landmarks.data import Region

region = st.builds(
    Region, st.floats(-500, 2500), st.floats(-500, 2500), st.floats(1, 3000), st.floats(1, 3000), st.floats(-pi, pi)
)


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(region)
def test_crop_around_a_region_is_square_and_holds_the_region(around: Region) -> None:
    crop = Crop.around(around, 64)
    assert crop.region.width == crop.region.height == max(around.width, around.height)
    assert (crop.region.cx, crop.region.cy, crop.region.rotation) == (around.cx, around.cy, around.rotation)


@given(region, st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))
def test_crop_restore_returns_points_to_their_pixels(around: Region, u: float, v: float) -> None:
    crop = Crop.around(around, 64)
    taken_from = crop.matrix() @ [u * 64, v * 64, 1]
    np.testing.assert_allclose(crop.to_frame(np.array([[u, v]]))[0], taken_from, atol=1e-6)


@given(region, st.floats(-2, 2))
def test_crop_restore_scales_depth_like_width(around: Region, z: float) -> None:
    crop = Crop.around(around, 64)
    assert crop.to_frame(np.array([[0.3, 0.8, z]]))[0, 2] == pytest.approx(z * crop.region.width)


@given(region, st.lists(st.tuples(*[st.floats(-2, 2)] * 3), min_size=1, max_size=5).map(np.array))
def test_crop_upright_turns_world_points_with_the_image(around: Region, world: np.ndarray) -> None:
    crop = Crop.around(around, 64)
    turned = crop.to_frame_axes(world)
    on_image = crop.to_frame(world[:, :2] + 0.5) - [crop.region.cx, crop.region.cy]
    np.testing.assert_allclose(turned[:, :2] * crop.region.width, on_image, atol=1e-6)
    np.testing.assert_array_equal(turned[:, 2], world[:, 2])


@pytest.mark.parametrize("exact", [False, True])
def test_crop_of_the_whole_frame_unscaled_is_the_frame(exact: bool) -> None:
    image = noise(64, 64)
    seen = Crop.around(Region(32, 32, 64, 64, 0), 64).extract(image, exact=exact)
    assert seen.shape == (1, 64, 64, 3)
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen[0], image / 255, atol=1e-6)


def test_crop_of_a_region_on_its_side_is_the_picture_turned_back() -> None:
    image = noise(64, 64)
    seen = Crop.around(Region(32, 32, 64, 64, pi / 2), 64).extract(image)[0]
    # Row v of the crop is column 64 - v: corner to corner, so that row 0 would be just beyond the frame.
    np.testing.assert_allclose(seen[1:], image.swapaxes(0, 1)[:0:-1] / 255, atol=1e-6)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("rotation", [0.0, 0.7, -2.5])
def test_crop_restore_of_a_bright_spot_finds_its_place(exact: bool, rotation: float) -> None:
    image = np.zeros((200, 300, 3), np.uint8)
    image[77:84, 157:164] = 255
    crop = Crop.around(Region(150, 90, 80, 60, rotation), 128)
    seen = crop.extract(image, exact=exact)[0, :, :, 0]
    rows, columns = np.nonzero(seen > 0.5)
    spot = np.array([[columns.mean(), rows.mean()]]) / 128
    np.testing.assert_allclose(crop.to_frame(spot)[0], [160, 80], atol=0.5)


def test_crop_by_either_way_of_warping_is_the_same() -> None:
    image = noise(480, 640)
    crop = Crop.around(Region(300, 200, 350, 350, 0.3), 256)
    assert np.abs(crop.extract(image) - crop.extract(image, exact=True)).mean() < 0.001


def test_crop_values_reach_both_ends_of_the_range() -> None:
    image = np.zeros((8, 8, 3), np.uint8)
    image[:, 4:] = 255
    crop = Crop.around(Region(4, 4, 8, 8, 0), 8)
    assert set(np.unique(crop.extract(image, values="-1..1"))) == {-1, 1}
    assert set(np.unique(crop.extract(image, values="0..1"))) == {0, 1}


def test_crop_beyond_the_frame_repeats_the_edge_or_is_black() -> None:
    image = np.full((10, 10, 3), 255, np.uint8)
    crop = Crop.around(Region(5, 5, 40, 40, 0), 40)
    assert crop.extract(image).min() == pytest.approx(1.0, abs=1 / 255)
    assert crop.extract(image, values="-1..1", zero_border=True)[0, 0, 0, 0] == pytest.approx(-1.0, abs=1 / 255)


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (17, 31), (4320, 7680)])
@pytest.mark.parametrize("exact", [False, True])
def test_crop_of_a_frame_of_any_size_keeps_the_values(size: tuple[int, int], exact: bool) -> None:
    image = np.full((*size, 3), 128, np.uint8)
    seen = Crop.around(Region(size[1] / 2, size[0] / 2, size[1], size[0], 0.1), 32).extract(image, exact=exact)
    np.testing.assert_allclose(seen, 128 / 255, atol=1e-6)

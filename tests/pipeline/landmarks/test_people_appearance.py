# SPDX-License-Identifier: GPL-3.0-or-later
"""What people look like: quantiles of a few colours, as numpy finds them."""

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import PoseLandmarks, Region
from mimic.pipeline.landmarks.people.appearance import COLOURS, PARTS, look


@pytest.mark.parametrize("hidden", [0, 20])
def test_look_is_the_quantiles_of_the_colours_that_are_inside_the_picture(hidden: int) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (400, 400, 3)).astype(np.uint8)
    image[..., 1] = image[..., 2] = image[..., 0]  # grey: only brightness differs
    points = np.zeros((33, 3))
    # Shoulders and hips of a torso, `hidden` pixels of which are beyond the left edge.
    points[[11, 12, 23, 24], :2] = np.array([[100, 50], [0, 50], [100, 250], [0, 250]]) - [hidden, 0]
    points[[25, 26, 27, 28], :2] = -1000.0
    ones = np.ones(33)
    pose = PoseLandmarks(points, points, ones, ones, 1.0, Region(50.0, 150.0, 300.0, 300.0, 0.0))
    found = look(image, pose)
    assert found.shape == (PARTS, COLOURS)
    assert np.isnan(found[1:]).all()
    u, v = np.meshgrid(np.linspace(0.15, 0.85, 8), np.linspace(0.1, 0.75, 8))
    x, y = np.rint(100 * (1 - u) - hidden).astype(int), np.rint(50 + 200 * v).astype(int)
    inside = x >= 0
    expected = 0.35 * np.quantile(image[y[inside], x[inside], 0], (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9))
    np.testing.assert_allclose(found[0].reshape(-1, 3)[:, 0], expected, rtol=1e-9)

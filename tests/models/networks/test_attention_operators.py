# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe's custom operators: the ONNX forms against the same thing said in numpy, with angles and corners."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mimic.models.networks import attention_reference as reference
from mimic.models.networks.convert.graph import Graph
from mimic.models.networks.errors import UnknownOperator

Array = NDArray[Any]
Run = Callable[[Graph, Array], Array]
FEW = settings(max_examples=15, deadline=None)

BOX = {
    "left_rotation_idx": 0,
    "right_rotation_idx": 1,
    "subset_idxs": [0, 1, 2, 5, 7],
    "target_rotation_radians": 0.4,
    "output_height": 12,
    "output_width": 16,
    "scale_x": 1.5,
    "scale_y": 1.25,
}


@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_transform_matrix_of_random_landmarks_equals_the_reference(seed: int, build: Any, run: Run) -> None:
    mesh = np.random.default_rng(seed).uniform(0, 48, (1, 8, 3)).astype(np.float32)
    graph = build((1, 8, 3))
    matrix = graph.graph(graph.add("Landmarks2TransformMatrix", [0], (1, 4, 4), **BOX))
    np.testing.assert_allclose(run(matrix, mesh), reference.transform_matrix(BOX, mesh), atol=1e-3)


def test_transform_matrix_of_level_landmarks_equals_the_hand_computed_one(build: Any, run: Run) -> None:
    options = {**BOX, "target_rotation_radians": 0.0, "subset_idxs": [0, 1, 2], "scale_x": 1.0, "scale_y": 2.0}
    mesh = np.array([[[10, 20, 5], [26, 20, 5], [18, 32, 5]]], np.float32)
    graph = build((1, 3, 3))
    matrix = graph.graph(graph.add("Landmarks2TransformMatrix", [0], (1, 4, 4), **options))
    # 16 x 12 mesh units onto 16 x 12 pixels, twice as high: corner (0, 0) is at (10, 26 - 12)
    expected = [[1, 0, 0, 10], [0, 2, 0, 14], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(run(matrix, mesh)[0], expected, atol=1e-4)


def test_transform_matrix_of_landmarks_in_one_spot_is_finite(build: Any, run: Run) -> None:
    graph = build((1, 8, 3))
    matrix = graph.graph(graph.add("Landmarks2TransformMatrix", [0], (1, 4, 4), **BOX))
    assert np.isfinite(run(matrix, np.ones((1, 8, 3), np.float32))).all()


def placed(*, scale: float, angle: float, x: float, y: float) -> Array:
    matrix = np.eye(4)
    matrix[:2, :2] = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix[:2, 3] = x, y
    return matrix[None].astype(np.float32)


@FEW
@given(
    scale=st.floats(0.2, 2), angle=st.floats(-3, 3), x=st.floats(-4, 14), y=st.floats(-4, 14), seed=st.integers(0, 99)
)
def test_transform_tensor_of_a_feature_map_equals_the_reference(  # noqa: PLR0917
    scale: float, angle: float, x: float, y: float, seed: int, build: Any, run: Run
) -> None:
    options = {"output_height": 5, "output_width": 6}
    features = np.random.default_rng(seed).normal(size=(1, 9, 11, 3)).astype(np.float32)
    matrix = placed(scale=scale, angle=angle, x=x, y=y)
    graph = build((1, 9, 11, 3))
    inputs = [0, graph.constant(matrix)]
    result = run(graph.graph(graph.add("TransformTensorBilinear", inputs, (1, 5, 6, 3), **options)), features)
    expected = reference.transform_tensor(options, features, matrix)
    # A pixel exactly on the border may fall either way by rounding, so one pixel of the 30 may differ.
    different = ~np.isclose(result, expected, atol=1e-3).all(axis=-1)
    assert different.sum() <= 1


def test_transform_tensor_outside_the_feature_map_is_zero_without_fading(build: Any, run: Run) -> None:
    features = np.ones((1, 4, 4, 1), np.float32)
    graph = build((1, 4, 4, 1))
    inputs = [0, graph.constant(placed(scale=1, angle=0, x=0.5, y=0))]
    sampled = graph.add("TransformTensorBilinear", inputs, (1, 4, 4, 1), output_height=4, output_width=4)
    result = run(graph.graph(sampled), features)
    np.testing.assert_allclose(result[0, :, :, 0], [[1, 1, 1, 0]] * 4, atol=1e-6)


def test_transform_landmarks_of_2d_points_equals_the_hand_computed_ones(build: Any, run: Run) -> None:
    points = np.random.default_rng(1).normal(size=(1, 7, 2)).astype(np.float32)
    matrix = placed(scale=2, angle=np.pi / 2, x=10, y=20)
    graph = build((1, 7, 2))
    moved = graph.graph(graph.add("TransformLandmarks", [0, graph.constant(matrix)], (1, 7, 2)))
    by_hand = np.stack([10 - 2 * points[..., 1], 20 + 2 * points[..., 0]], -1)
    np.testing.assert_allclose(run(moved, points), by_hand, atol=1e-5)
    np.testing.assert_allclose(reference.transform_landmarks({}, points, matrix), by_hand, atol=1e-5)


def test_transform_landmarks_of_3d_points_is_refused(build: Any, run: Run) -> None:
    graph = build((1, 7, 3))
    odd = graph.graph(graph.add("TransformLandmarks", [0, graph.constant(np.eye(4)[None])], (1, 7, 3)))
    with pytest.raises(UnknownOperator, match="TransformLandmarks on points that are not 2D"):
        run(odd, np.zeros((1, 7, 3), np.float32))

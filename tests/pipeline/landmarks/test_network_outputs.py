# SPDX-License-Identifier: GPL-3.0-or-later
"""How networks' outputs are read: heat maps, the face's finer points, one hand seen twice."""

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import HandLandmarks, Region
from mimic.pipeline.landmarks.face import merged
from mimic.pipeline.landmarks.hands import same_hand
from mimic.pipeline.landmarks.pose import refined


def hand(*, right_handed: float, shift: float = 0.0) -> HandLandmarks:
    points = np.random.default_rng(0).uniform(0, 100, (21, 3)) + np.array([shift, 0, 0])
    return HandLandmarks(points, points, 0.9, right_handed, Region(50, 50, 100, 100, 0))


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (hand(right_handed=0.9), hand(right_handed=0.9, shift=10), True),
        (hand(right_handed=0.1), hand(right_handed=0.1, shift=-10), True),
        (hand(right_handed=0.1), hand(right_handed=0.9), False),  # folded
        (hand(right_handed=0.9), hand(right_handed=0.9, shift=40), False),
    ],
)
def test_same_hand_needs_overlap_and_equal_handedness(left, right, same: bool) -> None:
    assert same_hand(left, right, max_distance=0.25) is same


def heat(x: int, y: int, *, logit: float) -> np.ndarray:
    heatmap = np.full((64, 64, 1), -20, np.float32)
    heatmap[y, x] = logit
    return heatmap


@pytest.mark.parametrize(
    ("point", "hot", "logit", "kernel", "expected"),
    [
        ((30.5, 20.5), (32, 19), 5.0, 7, (32, 19)),  # drawn to the heat
        ((30.5, 20.5), (32, 19), -0.1, 7, (30.5, 20.5)),  # too cold
        ((30.5, 20.5), (34, 20), 5.0, 7, (30.5, 20.5)),  # beyond a reach of 3
        ((30.5, 20.5), (34, 20), 5.0, 9, (34, 20)),  # within a reach of 4
        ((-0.5, 20.5), (0, 20), 5.0, 7, (0, 20)),  # truncated toward zero: cell 0
        ((-1.5, 20.5), (0, 20), 5.0, 7, (-1.5, 20.5)),  # off the map
        ((63.9, 63.9), (63, 63), 5.0, 7, (63, 63)),  # at its end
        ((64.5, 20.5), (63, 20), 5.0, 7, (64.5, 20.5)),
    ],
)
def test_refined_points_move_to_the_heat_around(point, hot, logit: float, kernel: int, expected) -> None:
    points = np.array([point], np.float32) / 64
    moved = refined(points, heat(*hot, logit=logit), kernel=kernel, min_heat=0.5)
    np.testing.assert_allclose(moved * 64, [expected], atol=1e-3)


def test_refined_points_average_two_hot_cells_by_heat() -> None:
    heatmap = heat(30, 20, logit=20.0)
    heatmap[20, 32] = 0.0  # sigmoid 0.5
    moved = refined(np.array([[31, 20]], np.float32) / 64, heatmap, kernel=7, min_heat=0.5)
    np.testing.assert_allclose(moved * 64, [[(30 + 16) / 1.5, 20]], atol=1e-3)


def test_merged_face_outputs_move_the_mesh_in_the_plane_with_irises_at_eye_depth() -> None:
    mesh = np.zeros((468, 3), np.float32)
    mesh[:, 2] = 7
    mesh[[33, 133], 2] = 7 + 8  # two of sixteen contour points
    outputs = {"mesh": mesh.reshape(1, 1, 1, -1)}
    for value, (name, n) in enumerate(
        {"lips": 80, "left_eye": 71, "right_eye": 71, "left_iris": 5, "right_iris": 5}.items()
    ):
        outputs[name] = np.full((1, 1, 1, 2 * n), value + 1, np.float32)
    points = merged(outputs)
    np.testing.assert_array_equal(points[[61, 33, 263, 468, 473, 1], 0], [1, 2, 3, 4, 5, 0])
    np.testing.assert_array_equal(points[[61, 263], 2], 7)
    np.testing.assert_allclose(points[[468, 472, 473, 477], 2], [8, 8, 7, 7], atol=1e-5)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Detectors: anchors, decoding, and boxes merged."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline.landmarks.detection import (
    FACE_DETECTOR,
    PALM_DETECTOR,
    POSE_DETECTOR,
    Detector,
    anchors,
    best_detection,
    decode,
    merge,
)
from mimic.pipeline.landmarks.settings import DetectionSettings


def logit(p: float) -> float:
    return log(p / (1 - p))


def outputs(
    detector: Detector, planted: dict[int, tuple[float, list[float]]], *, points: int = 2
) -> dict[str, np.ndarray]:
    """Raw outputs with nothing in them but the planted anchors' scores and raw boxes."""
    count = len(anchors(detector))
    boxes = np.zeros((1, count, 4 + 2 * points), np.float32)
    scores = np.full((1, count, 1), -20, np.float32)
    for anchor, (score, raw) in planted.items():
        scores[0, anchor] = logit(score)
        boxes[0, anchor] = raw
    return {"boxes": boxes, "scores": scores}


@pytest.mark.parametrize(("detector", "count"), [(POSE_DETECTOR, 2254), (PALM_DETECTOR, 2016), (FACE_DETECTOR, 896)])
def test_anchors_of_each_detector_match_its_outputs(detector: Detector, count: int) -> None:
    assert anchors(detector).shape == (count, 2)


def test_anchors_run_along_rows_and_share_cells_within_one_stride() -> None:
    places = anchors(POSE_DETECTOR)
    np.testing.assert_allclose(places[:4] * 28, [[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [1.5, 0.5]], atol=1e-5)
    np.testing.assert_allclose(places[1568] * 14, [0.5, 0.5], atol=1e-5)
    np.testing.assert_allclose(places[-6:] * 7, np.full((6, 2), 6.5), atol=1e-5)


def test_decode_of_a_box_is_relative_to_its_anchor() -> None:
    raw = [22.4, -11.2, 44.8, 22.4, 2.24, 4.48, -2.24, 0]
    x, y = anchors(POSE_DETECTOR)[700]
    seen = outputs(POSE_DETECTOR, {700: (0.9, raw)})
    scores, boxes, points = decode(POSE_DETECTOR, seen["boxes"], seen["scores"], min_score=0.5)
    np.testing.assert_allclose(scores, [0.9], atol=1e-6)
    np.testing.assert_allclose(boxes, [[x, y - 0.1, x + 0.2, y]], atol=1e-6)
    np.testing.assert_allclose(points, [[[x + 0.01, y + 0.02], [x - 0.01, y]]], atol=1e-6)


def test_decode_keeps_scores_from_the_threshold_on_sorted() -> None:
    box = [0.0, 0, 20, 20, 0, 0, 0, 0]
    seen = outputs(POSE_DETECTOR, {3: (0.4999, box), 5: (0.5, box), 900: (0.7, box), 40: (0.6, box)})
    scores, _, _ = decode(POSE_DETECTOR, seen["boxes"], seen["scores"], min_score=0.5)
    np.testing.assert_allclose(scores, [0.7, 0.6, 0.5], atol=1e-6)


@pytest.mark.parametrize("side", [-1.0, np.nan])
def test_decode_of_negative_or_nan_boxes_drops_the_boxes(side: float) -> None:
    seen = outputs(POSE_DETECTOR, {3: (0.9, [0.0, 0, side, 20, 0, 0, 0, 0]), 4: (0.8, [0.0, 0, 20, 20, 0, 0, 0, 0])})
    scores, _, _ = decode(POSE_DETECTOR, seen["boxes"], seen["scores"], min_score=0.5)
    np.testing.assert_allclose(scores, [0.8], atol=1e-6)


def test_best_detection_without_a_score_above_the_threshold_is_none() -> None:
    assert best_detection(FACE_DETECTOR, outputs(FACE_DETECTOR, {}, points=6), DetectionSettings()) is None


def test_merge_of_overlapping_boxes_averages_by_score() -> None:
    boxes = np.array([[0.0, 0, 1, 1], [0.0, 0, 1, 0.8], [5.0, 5, 6, 6]])
    points = np.array([[[0.0, 0]], [[1.0, 2]], [[5.0, 5]]])
    first, second = merge(np.array([0.8, 0.4, 0.3]), boxes, points, min_overlap=0.3)
    assert first.score == 0.8
    np.testing.assert_allclose(first.box, [0, 0, 1, (0.8 * 1 + 0.4 * 0.8) / 1.2])
    np.testing.assert_allclose(first.points, [[1 / 3, 2 / 3]])
    assert second.score == 0.3
    np.testing.assert_allclose(second.box, boxes[2])


def test_merge_of_boxes_with_little_overlap_keeps_both() -> None:
    boxes = np.array([[0.0, 0, 1, 1], [0.6, 0, 1.6, 1]])  # 0.4 of 1.6
    assert len(merge(np.array([0.9, 0.8]), boxes, np.zeros((2, 1, 2)), min_overlap=0.3)) == 2
    assert len(merge(np.array([0.9, 0.8]), boxes, np.zeros((2, 1, 2)), min_overlap=0.2)) == 1


corner = st.floats(0, 1)


@given(st.lists(st.tuples(corner, corner, corner, corner), max_size=20))
def test_merge_of_any_boxes_sorts_by_score_and_stays_within_the_boxes(sides: list[tuple[float, ...]]) -> None:
    raw = np.array(sides).reshape(-1, 4)
    boxes = np.concatenate([raw[:, :2], raw[:, :2] + raw[:, 2:]], axis=1)  # some without area
    scores = np.linspace(0.9, 0.5, len(boxes))
    found = merge(scores, boxes, boxes.reshape(-1, 2, 2), min_overlap=0.3)
    assert [f.score for f in found] == sorted((f.score for f in found), reverse=True)
    assert len(found) <= len(boxes)
    if found:
        assert found[0].score == 0.9
        everything = np.array([f.box for f in found])
        assert everything.min() >= boxes.min() - 1e-9
        assert everything.max() <= boxes.max() + 1e-9
    for f in found:
        np.testing.assert_allclose(f.points.ravel(), f.box, atol=1e-9)

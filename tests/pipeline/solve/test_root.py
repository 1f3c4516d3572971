# SPDX-License-Identifier: GPL-3.0-or-later
"""The person's size beside the body's, and the distance averaged over time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body.model import neutral_body
from mimic.pipeline.solve.root import DepthFilter, RootTracker, RunningMedian, size_ratios


def test_size_ratios_use_only_the_visible_landmarks():
    rest = neutral_body().landmarks
    points = np.tile(0.8 * rest, (3, 1, 1))
    points[:, 25:29] *= 3.0
    sure = np.ones((3, 75))
    sure[:, 25:29] = 0.1
    sure[2] = 0.0
    assert np.allclose(size_ratios(points, sure, rest), [1.25, 1.25])


def test_depth_filter_averages_along_the_line_of_sight():
    rng = np.random.default_rng(5)
    n = 400
    true = np.array([0.5, 4.0, 0.2])
    seen = true * (1.0 + rng.normal(0.0, 0.05, (n, 1)))
    calm = DepthFilter(0.2).run(np.arange(n) / 30.0, seen)
    assert np.allclose(calm / calm[:, 1:2], true / true[1])
    assert np.std(calm[50:, 1]) < 0.5 * np.std(seen[50:, 1])
    assert np.allclose(DepthFilter(0.0).run(np.arange(n) / 30.0, seen), seen)


def test_depth_filter_starts_again_after_a_gap():
    seen = np.tile([0.0, 4.0, 0.0], (6, 1))
    seen[2:4] = np.nan
    seen[4:] = [0.0, 8.0, 0.0]
    calm = DepthFilter(1.0).run(np.arange(6) / 30.0, seen)
    assert np.isnan(calm[2:4]).all()
    assert np.allclose(calm[4:], seen[4:])


@given(st.lists(st.lists(st.floats(0.1, 10.0), max_size=4), max_size=30), st.integers(1, 9))
def test_running_median_is_that_of_the_last_numbers(parts, kept):
    running, seen = RunningMedian(kept), []
    for part in parts:
        seen += part
        expected = np.median(seen[-kept:]) if seen else 1.0
        assert running.add(np.array(part)) == pytest.approx(expected)


def test_root_of_a_small_person_is_that_of_the_body_farther_away():
    body = neutral_body()
    tracker = RootTracker(body, body.landmarks, depth_smoothing=0.0)
    points, place = np.tile(0.8 * body.landmarks, (3, 1, 1)), np.tile([0.4, 4.0, 0.1], (3, 1))
    to_joint = np.tile(tracker.to_joint, (3, 1))
    root = tracker.run(np.arange(3) / 30.0, place, to_joint, points=points, confidence=np.ones((3, 75)))
    assert np.allclose(root, place / 0.8 + tracker.to_joint)
    # Who has turned sideways, so that nothing shows the size, keeps it.
    root = tracker.run(np.array([0.1]), place[:1], to_joint[:1], points=points[:1], confidence=np.zeros((1, 75)))
    assert np.allclose(root, place[:1] / 0.8 + tracker.to_joint)

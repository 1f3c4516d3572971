# SPDX-License-Identifier: GPL-3.0-or-later
"""Curves with few keys stay near all samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.retarget.motion.keys_reduction import reduce_keys


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 80), st.floats(1e-4, 0.5))
def test_reduced_keys_of_random_curves_stay_within_the_tolerance(seed, count, tolerance):
    rng = np.random.default_rng(seed)
    frames = np.cumsum(rng.uniform(0.3, 2.0, count))
    values = np.cumsum(rng.normal(scale=0.2, size=(count, 3)), axis=0)
    curve = reduce_keys(frames, values, tolerance=tolerance)
    assert np.linalg.norm(curve.at(frames) - values, axis=-1).max() <= tolerance + 1e-9
    assert curve.frames[0] == frames[0]
    assert curve.frames[-1] == frames[-1]
    assert np.isin(curve.frames, frames).all()
    assert len(curve.frames) == len(curve.values) == len(curve.slopes)


def test_reduced_keys_of_a_constant_curve_are_two():
    curve = reduce_keys(np.arange(100.0), np.full((100, 4), 0.3), tolerance=1e-6)
    assert len(curve.frames) == 2


def test_reduced_keys_of_a_swing_are_few_and_more_for_less_tolerance():
    frames = np.arange(120.0)
    swing = np.sin(frames / 12.0)[:, None]
    counts = [len(reduce_keys(frames, swing, tolerance=t).frames) for t in (0.001, 0.01, 0.1)]
    assert counts == sorted(counts, reverse=True)
    assert counts[1] <= 20


@pytest.mark.parametrize("count", [0, 1, 2])
def test_reduced_keys_of_two_samples_or_less_are_unchanged(count):
    frames, values = np.arange(float(count)), np.ones((count, 4))
    curve = reduce_keys(frames, values, tolerance=0.1)
    np.testing.assert_array_equal(curve.values, values)

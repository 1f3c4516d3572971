# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over time, against their formulas one number at a time."""

from math import pi

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline.landmarks.settings import OneEuro
from mimic.pipeline.landmarks.smoothing import ExponentialMean, OneEuroFilter


def by_the_book(samples: list[tuple[float, float]], *, settings: OneEuro, size: float) -> list[float]:
    """One-Euro of (value, seconds since the last) samples, as holistic.md 3.4 writes it."""

    def alpha(cutoff: float, rate: float) -> float:
        return 1 / (1 + rate / (2 * pi * cutoff))

    out = []
    raw = slow = smooth = 0.0
    for i, (value, elapsed) in enumerate(samples):
        if i == 0:
            slow, smooth = 0.0, value
        else:
            rate = 1 / elapsed
            speed = (value - raw) / size * rate
            weight = alpha(settings.derivative_cutoff, rate)
            slow = weight * speed + (1 - weight) * slow
            weight = alpha(settings.min_cutoff + settings.beta * abs(slow), rate)
            smooth = weight * value + (1 - weight) * smooth
        raw = value
        out.append(smooth)
    return out


samples = st.lists(st.tuples(st.floats(-2000, 2000), st.floats(0.001, 2)), min_size=1, max_size=30)


@given(samples, st.floats(0.5, 3000), st.booleans())
def test_one_euro_follows_its_formula(sequence, size: float, scaled: bool) -> None:
    settings = OneEuro(0.05, 80.0, scaled=scaled)
    smooth = OneEuroFilter(settings)
    time, seen = 5.0, []
    for value, elapsed in sequence:
        time += elapsed
        seen.append(float(smooth(np.array([value]), time, size=size)[0]))
    # Elapsed times are differences of times, so the last digits differ.
    expected = by_the_book(sequence, settings=settings, size=size if scaled else 1.0)
    np.testing.assert_allclose(seen, expected, rtol=1e-6, atol=1e-6)


def test_one_euro_filters_each_element_by_itself() -> None:
    values = np.random.default_rng(0).normal(size=(20, 4, 3))
    together, alone = OneEuroFilter(OneEuro(0.1, 40)), OneEuroFilter(OneEuro(0.1, 40))
    for i, value in enumerate(values):
        whole = together(value, i / 30)
        np.testing.assert_allclose(whole[2, 1], alone(value[2, 1], i / 30))


def test_one_euro_calms_rest_and_follows_quick_motion() -> None:
    smooth = OneEuroFilter(OneEuro(0.05, 80.0))
    noise = np.random.default_rng(0).normal(0, 0.001, 300)
    still = [float(smooth(np.array(x), i / 30, size=500.0)) for i, x in enumerate(noise)]
    assert np.std(still[100:]) < 0.25 * np.std(noise[100:])
    assert float(smooth(np.array(400.0), 10.0, size=500.0)) > 0.9 * 400


@pytest.mark.parametrize("time", [1.0, 0.5])
def test_one_euro_at_an_earlier_or_equal_time_passes_the_value_unremembered(time: float) -> None:
    smooth, other = OneEuroFilter(OneEuro(0.05, 80.0)), OneEuroFilter(OneEuro(0.05, 80.0))
    for f in (smooth, other):
        f(np.zeros(2), 0.9)
        f(np.ones(2), 1.0)
    np.testing.assert_array_equal(smooth(np.full(2, 7.0), time), [7, 7])
    np.testing.assert_allclose(smooth(np.full(2, 2.0), 1.1), other(np.full(2, 2.0), 1.1), atol=1e-12)


def test_one_euro_without_a_size_passes_the_value() -> None:
    smooth = OneEuroFilter(OneEuro(0.05, 80.0))
    smooth(np.zeros(1), 0.0, size=10.0)
    np.testing.assert_array_equal(smooth(np.ones(1), 0.1, size=0.0), [1])
    assert smooth(np.ones(1), 0.1, size=10.0)[0] < 1


def test_filters_after_reset_start_again() -> None:
    smooth, mean = OneEuroFilter(OneEuro(0.05, 80.0)), ExponentialMean(0.1)
    smooth(np.zeros(1), 0.0)
    mean(np.zeros(1))
    smooth.reset()
    mean.reset()
    assert smooth(np.ones(1), 0.1)[0] == 1
    assert mean(np.ones(1))[0] == 1


def test_exponential_mean_falls_below_a_tenth_after_22_frames() -> None:
    mean = ExponentialMean(0.1)
    mean(np.ones(1))
    fallen = [mean(np.zeros(1))[0] < 0.1 for _ in range(30)]
    assert fallen.index(True) == 21


def test_filters_leave_the_input_array_unchanged() -> None:
    values = np.arange(3.0)
    smooth, mean = OneEuroFilter(OneEuro(0.05, 80.0)), ExponentialMean(0.1)
    for i in range(3):
        smooth(values, i / 30)
        mean(values)
    np.testing.assert_array_equal(values, [0, 1, 2])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Lids: blinks close, both alike; winks, tired eyes and noise stay what they are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline.solve.face.lids import LiveLids, closing, linked, sharpened

RATE = 30.0


def _time(n: int) -> np.ndarray:
    return np.arange(n) / RATE


def _lids(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return np.stack([left, right], axis=1)


def _curve(n: int, at: dict[int, float], rest: float = 0.05) -> np.ndarray:
    curve = np.full(n, rest)
    for frame, value in at.items():
        curve[frame] = value
    return curve


def test_blink_seen_in_two_frames_closes_both_lids_completely() -> None:
    left = _curve(60, {30: 0.45, 31: 0.6})
    right = _curve(60, {30: 0.35, 31: 0.45})
    found = sharpened(_time(60), _lids(left, right))
    np.testing.assert_allclose(found[31], 1.0)
    np.testing.assert_allclose(found[:28], 0.05)
    np.testing.assert_allclose(found[34:], 0.05)


def test_wink_closes_one_eye_only() -> None:
    shape = {28: 0.3, 29: 0.6, 30: 0.75, 31: 0.75, 32: 0.7, 33: 0.4}
    found = sharpened(_time(60), _lids(_curve(60, shape), _curve(60, {})))
    assert found[:, 0].max() == pytest.approx(1.0)
    assert found[:, 1].max() < 0.2


def test_one_eye_hidden_for_a_frame_does_not_wink() -> None:
    found = sharpened(_time(60), _lids(_curve(60, {30: 0.9}), _curve(60, {})))
    assert found.max() < 0.55


def test_eyes_that_stay_narrow_stay_as_they_are() -> None:
    narrow = np.where(np.arange(90) < 30, 0.05, 0.4)
    np.testing.assert_allclose(sharpened(_time(90), _lids(narrow, narrow)), _lids(narrow, narrow))


def test_trembling_lids_do_not_blink() -> None:
    noise = np.abs(np.random.default_rng(2).normal(0.15, 0.08, (300, 2)))
    assert sharpened(_time(300), noise).max() < 0.6


def test_eyes_closed_for_seconds_are_closed_even_if_the_network_says_less() -> None:
    assert closing(np.array([0.8, 0.9, 1.0])).min() == pytest.approx(1.0)
    np.testing.assert_allclose(closing(np.array([0.0, 0.1, 0.2])), [0.0, 0.1, 0.2])


@given(left=st.floats(0.0, 1.0), right=st.floats(0.0, 1.0))
def test_linked_lids_keep_their_mean_and_order(left: float, right: float) -> None:
    a, b = linked(np.array([left, right]))
    assert a + b == pytest.approx(left + right, abs=1e-9)
    assert abs(a - b) <= abs(left - right) + 1e-9
    if abs(left - right) < 0.25:
        assert a == pytest.approx(b)


def test_live_blink_closes_at_once_and_opens_with_the_eye() -> None:
    lids = LiveLids()
    curve = [0.05, 0.05, 0.45, 0.6, 0.3, 0.05, 0.05]
    found = [lids.step(1 / RATE, np.full(2, value))[0] for value in curve]
    np.testing.assert_allclose(found, [0.05, 0.05, 1.0, 1.0, 0.3, 0.05, 0.05])


def test_live_lids_that_stay_down_are_as_closed_as_they_seem_after_a_moment() -> None:
    lids = LiveLids()
    found = [lids.step(1 / RATE, np.full(2, value))[0] for value in [0.05, *[0.5] * 30]]
    assert found[1] == 1.0
    assert found[-1] == 0.5

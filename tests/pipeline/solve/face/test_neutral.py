# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's rest: learnt, taken away, and never a smile that lasts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.pipeline.solve.face.neutral import LIMITS, Neutral, RunningNeutral, learn_neutral, rest_of

SMILE = EXPRESSION_INDEX["mouthSmileLeft"]
BROW = EXPRESSION_INDEX["browDownLeft"]
JAW = EXPRESSION_INDEX["jawOpen"]


def _learn(curves: dict[int, np.ndarray], *, rate: float = 30.0, head: float = 0.0) -> Neutral:
    n = len(next(iter(curves.values())))
    values = np.zeros((n, len(EXPRESSIONS)))
    for index, curve in curves.items():
        values[:, index] = np.clip(curve, 0.0, 1.0)
    turned = np.full((n, 2), np.radians(head))
    return learn_neutral(np.arange(n) / rate, values, np.zeros((n, 2, 2)), turned, np.ones(n, dtype=bool))


def _noise(n: int, deviation: float = 0.02) -> np.ndarray:
    return np.random.default_rng(1).normal(0.0, deviation, n)


def test_rest_with_noise_is_learnt_and_leaves_little_after_it_is_taken_away() -> None:
    curve = 0.3 + _noise(300)
    rest = _learn({BROW: curve})
    assert rest.expressions[BROW] == pytest.approx(0.3, abs=0.02)
    after = rest.relative(np.where(np.arange(len(EXPRESSIONS)) == BROW, curve[:, None], 0.0))
    assert after.mean(axis=0).max() < 0.02


def test_smile_through_most_of_a_take_stays_a_smile() -> None:
    curve = np.where(np.arange(300) < 60, 0.05, 0.8) + _noise(300)
    rest = _learn({SMILE: curve})
    assert rest.expressions[SMILE] == pytest.approx(0.05, abs=0.02)


def test_smile_through_the_whole_take_stays_a_smile() -> None:
    assert _learn({SMILE: 0.8 + _noise(300)}).expressions[SMILE] == 0.0


def test_brows_rest_where_they_usually_are_and_not_where_a_frown_takes_them() -> None:
    curve = np.where(np.arange(300) < 60, 0.02, 0.4) + _noise(300)
    assert _learn({BROW: curve}).expressions[BROW] == pytest.approx(0.4, abs=0.02)


def test_speech_leaves_the_jaws_rest_closed() -> None:
    time = np.arange(300) / 30.0
    rest = _learn({JAW: 0.02 + 0.3 * np.maximum(np.sin(2.0 * np.pi * 3.0 * time), 0.0)})
    assert rest.expressions[JAW] < 0.06


@pytest.mark.parametrize("n", [1, 5, 40])
def test_still_picture_and_short_take_have_no_rest(n: int) -> None:
    assert not _learn({BROW: np.full(n, 0.4)}).expressions.any()


def test_rest_is_learnt_from_a_head_turned_aside_if_it_always_is_but_not_from_a_profile() -> None:
    assert _learn({BROW: np.full(300, 0.3)}, head=35.0).expressions[BROW] == pytest.approx(0.3, abs=0.01)
    assert not _learn({BROW: np.full(300, 0.3)}, head=60.0).expressions.any()


def test_directions_of_eyes_have_no_rest() -> None:
    looks = [EXPRESSION_INDEX[name] for name in EXPRESSIONS if name.startswith("eyeLook")]
    assert not _learn({index: np.full(300, 0.5) for index in looks}).expressions.any()
    assert not LIMITS[looks].any()


@given(rest=st.floats(0.0, 0.7), value=st.floats(0.0, 1.0))
def test_expression_relative_to_rest_keeps_one_and_is_zero_at_rest(rest: float, value: float) -> None:
    neutral = Neutral(expressions=np.full(len(EXPRESSIONS), rest))
    found = neutral.relative(np.full(len(EXPRESSIONS), value))
    assert ((found >= 0.0) & (found <= 1.0)).all()
    assert neutral.relative(np.ones(len(EXPRESSIONS)))[0] == pytest.approx(1.0)
    if value <= rest:
        assert found[0] == 0.0


def test_gaze_that_is_mostly_aside_is_straight_ahead_only_as_far_as_orbits_allow() -> None:
    n = 300
    gaze = np.radians(np.broadcast_to([[20.0, 3.0], [14.0, 3.0]], (n, 2, 2)))
    rest = learn_neutral(
        np.arange(n) / 30.0, np.zeros((n, 52)), gaze, np.zeros((n, 2)), np.ones(n, dtype=bool)
    )  # fmt: skip
    np.testing.assert_allclose(np.degrees(rest.gaze), [[9.0, 3.0], [3.0, 3.0]], atol=1e-6)


def test_calibrated_rest_is_what_the_face_says_whatever_it_is() -> None:
    values = np.zeros((20, 52))
    values[:, SMILE] = 0.6
    rest = rest_of(values, np.radians(np.broadcast_to([[5.0, -8.0]], (20, 2, 2))))
    assert rest.expressions[SMILE] == pytest.approx(0.6)
    np.testing.assert_allclose(np.degrees(rest.gaze), [[5.0, -8.0], [5.0, -8.0]], atol=1e-6)


def test_running_rest_learns_in_seconds_and_does_not_eat_a_smile() -> None:
    running = RunningNeutral()
    values, gaze = np.zeros(52), np.zeros((2, 2))
    values[[SMILE, BROW]] = 0.1, 0.3
    for _ in range(300):
        running.learn(1 / 30, values, gaze)
    assert running.neutral.expressions[BROW] == pytest.approx(0.3, abs=0.02)
    values[SMILE] = 0.9
    for _ in range(600):
        running.learn(1 / 30, values, gaze)
    assert running.neutral.relative(values)[SMILE] > 0.85
    values[SMILE] = 0.0
    for _ in range(90):
        running.learn(1 / 30, values, gaze)
    assert running.neutral.expressions[SMILE] < 0.03


def test_running_rest_of_a_face_with_unknown_points_knows_the_points_of_the_next_one() -> None:
    running = RunningNeutral()
    values, gaze = np.zeros(52), np.zeros((2, 2))
    running.learn(1 / 30, values, gaze, np.array([np.nan, 1.0]))
    for _ in range(90):
        running.learn(1 / 30, values, gaze, np.array([2.0, 1.0]))
    running.learn(1 / 30, values, gaze, np.array([2.0, np.nan]))
    assert running.features is not None
    np.testing.assert_allclose(running.features, [2.0, 1.0])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps: short ones are bridged, long ones relax, and nothing jumps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mimic.pipeline.solve.face.gaps import LiveHold, filled, without_glimpses

TIME = np.arange(120) / 30.0


def _seen(*losses: tuple[int, int]) -> np.ndarray:
    seen = np.ones(len(TIME), dtype=bool)
    for start, end in losses:
        seen[start:end] = False
    return seen


def test_short_loss_is_bridged_from_one_side_to_the_other() -> None:
    values = np.where(TIME < 1.0, 0.4, 0.8)[:, None]
    found = filled(TIME, values, _seen((28, 38)))[:, 0]
    assert (np.diff(found) >= 0.0).all()
    assert np.abs(np.diff(found)).max() < 0.08


def test_long_loss_relaxes_to_rest_and_comes_back_without_a_jump() -> None:
    found = filled(TIME, np.full((120, 1), 0.8), _seen((20, 100)))[:, 0]
    assert found[60] == 0.0
    assert np.abs(np.diff(found)).max() < 0.15
    assert found[19] == found[100] == 0.8


def test_before_the_first_sight_and_long_after_the_last_the_face_is_at_rest() -> None:
    found = filled(TIME, np.full((120, 1), 0.8), _seen((0, 40), (60, 120)))[:, 0]
    assert found[0] == found[25] == 0.0
    assert found[-1] == 0.0
    assert np.abs(np.diff(found)).max() < 0.15


@given(
    seen=hnp.arrays(bool, len(TIME)),
    values=hnp.arrays(float, (len(TIME), 2), elements=st.floats(0.0, 1.0)),
)
def test_filled_values_keep_what_is_seen_and_stay_between_zero_and_one(seen: np.ndarray, values: np.ndarray) -> None:
    found = filled(TIME, values, seen)
    np.testing.assert_array_equal(found[seen], values[seen])
    if seen.any():
        assert ((found >= 0.0) & (found <= 1.0)).all()


def test_glimpses_do_not_count_beside_longer_sights_but_a_still_picture_does() -> None:
    seen = _seen((0, 120))
    seen[[10, 11, *range(40, 60)]] = True
    assert without_glimpses(seen).sum() == 20
    np.testing.assert_array_equal(without_glimpses(np.array([True])), [True])


def test_live_hold_eases_in_holds_relaxes_and_comes_back() -> None:
    hold = LiveHold()
    assert hold.step(0.0, np.ones(1), seen=False) is None
    found = []
    for i in range(150):
        seen = i < 30 or 36 <= i < 60 or i >= 120
        value = hold.step(1 / 30, np.ones(1), seen=seen)
        assert value is not None
        found.append(value[0])
    assert found[29] == 1.0
    assert min(found[30:36]) > 0.9
    assert found[119] == pytest.approx(0.0)
    assert found[-1] == 1.0
    assert np.abs(np.diff(found)).max() < 0.2


def test_live_hold_holds_the_middle_of_the_last_three() -> None:
    hold = LiveHold()
    for value in (0.2, *[0.2] * 30, 0.95):
        hold.step(1 / 30, np.array([value]), seen=True)
    held = hold.step(1 / 30, np.zeros(1), seen=False)
    assert held is not None
    assert held[0] == pytest.approx(0.2)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters keep to their people, wait for those who leave, and say when they follow somebody else."""

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Landmarks, PoseLandmarks, Region
from mimic.pipeline.live.roles import PATIENCE, Roles

HERE = PoseLandmarks(np.zeros((33, 3)), np.zeros((33, 3)), np.ones(33), np.ones(33), 1.0, Region(0, 0, 1, 1, 0))


def frame(time: float, *people: int, absent: tuple[int, ...] = ()) -> tuple[Landmarks, ...]:
    """Return a frame with these people in view; person 0 is always there, found or not."""
    listed = sorted({0, *people, *absent})
    return tuple(Landmarks(time, 0, (64, 48), HERE if number in people else None, person=number) for number in listed)


def cast(roles: Roles, found: tuple[Landmarks, ...]) -> list[int | None]:
    """Return the number of the person in view whom each character follows; None for nobody."""
    return [each.person if each.pose is not None else None for each in roles.cast(found)]


def test_characters_take_people_in_order_of_their_numbers() -> None:
    assert cast(Roles(3), frame(0.0, 0, 1, 2)) == [0, 1, 2]


def test_character_whose_person_appears_later_waits_without_one() -> None:
    roles = Roles(2)
    assert cast(roles, frame(0.0, 0)) == [0, None]
    assert cast(roles, frame(1.0, 0, 4)) == [0, 4]
    assert roles.changes == (0, 0)


def test_person_who_returns_in_time_is_followed_again_by_the_same_character() -> None:
    roles = Roles(2)
    cast(roles, frame(0.0, 0, 1))
    assert cast(roles, frame(1.0, 0, 2, absent=(1,))) == [0, None]
    assert cast(roles, frame(2.0, 0, 1, 2)) == [0, 1]
    assert roles.changes == (0, 0)


def test_person_who_stays_away_is_replaced_by_somebody_else_and_that_is_counted() -> None:
    roles = Roles(2)
    cast(roles, frame(0.0, 0, 1))
    assert cast(roles, frame(PATIENCE + 0.1, 0, 2)) == [0, 2]
    assert roles.changes == (0, 1)


def test_first_character_never_follows_anybody_but_person_0() -> None:
    roles = Roles(1)
    assert cast(roles, frame(0.0, 0)) == [0]
    assert cast(roles, frame(10.0, 1)) == [None]


def test_fewer_people_than_characters_leave_the_last_without() -> None:
    roles = Roles(3)
    found = roles.cast(frame(0.0, 0, 1))
    assert [each.pose is None for each in found] == [False, False, True]
    assert {each.time for each in found} == {0.0}


@pytest.mark.parametrize("count", [1, 2])
def test_more_people_than_characters_leave_the_last_unfollowed(count: int) -> None:
    assert cast(Roles(count), frame(0.0, 0, 1, 2)) == list(range(count))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to follow first: what texts mean, and the sentence about those that mean nothing."""

import pytest

from mimic.pipeline.errors import PersonUnclear
from mimic.pipeline.landmarks.data import Region
from mimic.pipeline.landmarks.people.choice import Choice
from mimic.pipeline.landmarks.people.people import People

SIZE = (640, 480)
PLACES = ((80.0, 240.0, 200.0), (330.0, 250.0, 150.0), (520.0, 200.0, 300.0))
PEOPLE = [Region(x, y, side, side, 0.0) for x, y, side in PLACES]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("largest", [2, 0, 1]),
        ("left", [0, 1, 2]),
        ("right", [2, 1, 0]),
        ("centre", [1, 2, 0]),
        (" Center ", [1, 2, 0]),
        ("90,240", [0, 1, 2]),
        ("500.5, 90", [2, 1, 0]),
    ],
)
def test_choice_puts_those_to_follow_first_in_front(text: str, order: list[int]) -> None:
    assert Choice.of(text).order(PEOPLE, SIZE) == order


def test_choice_of_nobody_is_an_empty_order() -> None:
    assert Choice.of("left").order([], SIZE) == []


def test_point_at_the_feet_of_one_is_theirs_and_not_a_nearer_neighbours() -> None:
    people = [Region(200, 200, 300, 300, 0.0), Region(320, 330, 80, 80, 0.0)]
    assert Choice.of("205,340").order(people, SIZE) == [0, 1]


@pytest.mark.parametrize("text", ["", "tallest", "1", "1,2,3", "1;2", "nan,2", "1,inf", "x,y"])
def test_text_that_is_no_choice_is_refused_in_a_sentence_that_lists_them(theatre, text: str) -> None:
    with pytest.raises(PersonUnclear) as refusal:
        Choice.of(text)
    assert str(refusal.value).startswith(f"“{text}” does not say whom to follow: choose centre, largest, left, right")
    with pytest.raises(PersonUnclear):
        People(theatre.settings(person=text), threads=1)


@pytest.mark.parametrize(("text", "expected"), [("left", 0), ("right", 2), ("centre", 1), ("300,120", 1), ("400,9", 2)])
def test_people_follow_the_one_who_was_chosen(theatre, figure, clothes, text: str, expected: int) -> None:
    names = ("red", "blue", "green")
    cast = tuple(figure(lambda _, x=x: x, clothes[n]) for x, n in zip((90.0, 250.0, 390.0), names, strict=True))
    followed = theatre.follow(*cast, frames=3, settings=theatre.settings(people=1, person=text))
    assert followed.who == [{0: expected}] * 3


def test_people_follow_the_largest_by_default(theatre, figure, clothes) -> None:
    cast = (figure(lambda _: 90.0, size=120.0), figure(lambda _: 300.0, clothes["blue"], size=170.0))
    settings = theatre.settings(people=1, person="largest")
    assert theatre.follow(*cast, frames=3, settings=settings).who == [{0: 1}] * 3

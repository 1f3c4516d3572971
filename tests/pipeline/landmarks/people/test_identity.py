# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who from frame to frame: people who cross, hide, leave and return keep their numbers."""

import numpy as np
import pytest


def away(start: int, end: int, x: float):
    """A place that is left between two frames."""
    return lambda i: float("nan") if start <= i < end else x


def crossing(depth: float, figure, clothes):
    """One who walks from left to right at a depth, and one who stands at depth 0."""
    return (
        figure(lambda i: 92.0 + 4.0 * i, clothes["red"], depth=depth),
        figure(lambda _: 250.0, clothes["blue"]),
    )


@pytest.mark.parametrize("depth", [-1.0, 1.0], ids=["in front", "behind"])
def test_two_people_who_cross_keep_their_numbers(theatre, figure, clothes, depth: float) -> None:
    followed = theatre.follow(*crossing(depth, figure, clothes), frames=80)
    assert followed.numbers(0) == {0}
    assert followed.numbers(1) == {1}
    for number in (0, 1):
        assert followed.of(number)[:20] == followed.of(number)[-20:] == [number] * 20


@pytest.mark.parametrize("depth", [-1.0, 1.0], ids=["in front", "behind"])
def test_one_person_who_is_followed_past_another_stays_the_same(theatre, figure, clothes, depth: float) -> None:
    followed = theatre.follow(*crossing(depth, figure, clothes), frames=80, settings=theatre.settings(people=1))
    assert followed.numbers(0) == {0}
    assert followed.numbers(1) == set()
    assert followed.of(0)[-20:] == [0] * 20


def test_twins_who_cross_are_told_apart_by_how_they_move(theatre, figure, clothes) -> None:
    walkers = (
        figure(lambda i: 90.0 + 4.0 * i, clothes["red"], turn=lambda _: 0.7),
        figure(lambda i: 390.0 - 4.0 * i, clothes["red"], depth=1.0, turn=lambda _: -0.7),
    )
    followed = theatre.follow(*walkers, frames=75)
    assert (followed.numbers(0), followed.numbers(1)) == ({0}, {1})
    assert followed.of(0)[-15:] == [0] * 15
    assert followed.of(1)[-15:] == [1] * 15


def test_person_who_returns_has_the_old_number(theatre, figure, clothes) -> None:
    cast = (figure(lambda _: 120.0, clothes["red"]), figure(away(30, 120, 340.0), clothes["blue"]))
    followed = theatre.follow(*cast, frames=160)
    assert followed.of(1)[30:120] == [None] * 90
    assert followed.numbers(1) == {1}
    assert followed.of(1)[-10:] == [1] * 10
    assert any(event.sentence.startswith("Person 2 is back") for event in followed.events)


def test_person_who_returns_elsewhere_has_the_old_number(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda _: 240.0, clothes["red"]),
        figure(lambda i: 90.0 if i < 30 else float("nan") if i < 120 else 390.0, clothes["blue"]),
    )
    followed = theatre.follow(*cast, frames=160, settings=theatre.settings(person="right"))
    assert followed.numbers(1) == {1}
    assert followed.of(1)[-10:] == [1] * 10
    assert followed.of(2) == [None] * 160


def test_number_of_one_who_left_is_never_given_to_somebody_else(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda _: 120.0, clothes["red"]),
        figure(lambda i: 340.0 if i < 30 else float("nan"), clothes["blue"]),
        figure(lambda i: 340.0 if i >= 60 else float("nan"), clothes["green"]),
    )
    followed = theatre.follow(*cast, frames=130)
    assert [followed.numbers(i) for i in range(3)] == [{0}, {1}, {2}]
    assert followed.of(2)[-20:] == [2] * 20


def test_person_zero_who_left_is_not_replaced_by_a_passer_by_at_once(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 if i < 40 else float("nan"), clothes["red"]),
        figure(lambda i: 470.0 - 4.0 * (i - 40) if i >= 40 else float("nan"), clothes["blue"]),
    )
    followed = theatre.follow(*cast, frames=90, settings=theatre.settings(people=1))
    assert followed.numbers(0) == {0}
    assert followed.numbers(1) == set()


def test_person_zero_who_never_returns_is_after_long_whoever_is_alone_with_a_word(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 if i < 40 else float("nan"), clothes["red"]),
        figure(lambda i: 340.0 if i >= 60 else float("nan"), clothes["green"]),
    )
    followed = theatre.follow(*cast, frames=220, settings=theatre.settings(people=1))
    assert followed.of(0)[60:95] == [None] * 35
    assert followed.of(0)[-20:] == [1] * 20
    assert [event.doubtful for event in followed.events if "is taken to be whoever is" in event.sentence] == [True]


def test_cut_to_another_scene_follows_whoever_is_in_it_at_once_with_a_word(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 if i < 40 else float("nan"), clothes["red"]),
        figure(lambda i: 340.0 if i >= 40 else float("nan"), clothes["green"]),
    )
    followed = theatre.follow(
        *cast, frames=60, settings=theatre.settings(people=1), wall=lambda i: 128 if i < 40 else 40
    )
    assert followed.of(0) == [0] * 40 + [1] * 20
    assert [event.sentence for event in followed.events] == [
        "At 1.3 s the picture is of another scene: whom to follow is chosen anew."
    ]


def test_light_that_is_switched_on_leaves_numbers_alone(theatre, figure, clothes) -> None:
    cast = tuple(
        figure(lambda _, x=x: x, clothes[name], light=lambda i: 0.7 if i < 30 else 1.2)
        for x, name in ((120.0, "red"), (340.0, "blue"))
    )
    followed = theatre.follow(*cast, frames=70)
    assert (followed.numbers(0), followed.numbers(1)) == ({0}, {1})
    assert followed.of(0)[-10:] == [0] * 10
    assert followed.of(1)[-10:] == [1] * 10


def test_people_of_one_clip_have_the_same_numbers_every_time(theatre, figure, clothes) -> None:
    first, second = (theatre.follow(*crossing(-1.0, figure, clothes), frames=60) for _ in range(2))
    assert first.who == second.who
    assert first.events == second.events


@pytest.mark.parametrize("speed", [2.0, 6.0])
def test_three_people_of_whom_one_walks_past_the_others_keep_their_numbers(
    theatre, figure, clothes, speed: float
) -> None:
    cast = (
        figure(lambda i: 60.0 + speed * min(i, 360.0 / speed), clothes["green"], depth=-1.0),
        figure(lambda _: 180.0, clothes["red"]),
        figure(lambda _: 310.0, clothes["blue"]),
    )
    followed = theatre.follow(*cast, frames=int(360 / speed) + 30)
    assert [followed.numbers(i) for i in range(3)] == [{0}, {1}, {2}]
    assert all(len(frame) == 3 for frame in followed.who[-10:])


def test_landmarks_of_an_absent_person_are_those_of_the_frame(theatre, figure, clothes) -> None:
    followed = theatre.follow(figure(away(10, 20, 120.0), clothes["red"]), frames=20)
    nobody = followed.landmarks[15]
    assert len(nobody) == 1
    assert (nobody[0].person, nobody[0].index, nobody[0].size) == (0, 15, (480, 240))
    assert nobody[0].pose is None
    assert nobody[0].time == pytest.approx(0.5)
    assert np.isfinite(followed.landmarks[5][0].pose.image).all()

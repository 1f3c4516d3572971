# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that never move are pictures, such as posters, unless they were chosen or nobody else is there."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import PoseLandmarks, Region
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.people.appearance import COLOURS, PARTS
from mimic.pipeline.landmarks.people.crowd import Crowd
from mimic.pipeline.landmarks.people.events import Event
from mimic.pipeline.landmarks.people.person import Candidate, Person
from mimic.pipeline.landmarks.people.search import Image, Search
from mimic.pipeline.landmarks.pose import PoseResult, TrackedPose
from mimic.pipeline.landmarks.settings import HolisticSettings

SIZE = 200.0
FPS = 25.0
NOISE = 0.003
"""Of their size: more than what a network's noise moves a rendered poster's joints by."""
SWAY = 0.0126
"""Of their size: what the least lively of those who stand in the rendered clips moves by in three seconds."""


class Trackers:
    """Stands for the trackers of somebody's body."""

    region = None

    def reset(self) -> None: ...

    def lose(self) -> None: ...

    def accept(self, result: PoseResult, _time: float, **_: object) -> TrackedPose:
        return TrackedPose(result.pose, result.pose)


class NoSearch(Search):
    """Stands for the search, which loads networks."""

    def __init__(self) -> None:
        pass


def no_trackers() -> Holistic:
    raise AssertionError("nobody new is followed here")


def trackers() -> Holistic:
    return cast(Holistic, SimpleNamespace(tracker=Trackers()))


def seen(number: int, time: float, *, sway: float, by: Person | None = None) -> Candidate:
    """Return what is seen at a time of somebody who sways by a share of their size, with noise."""
    points = np.random.default_rng(number).uniform(0.0, SIZE, (33, 3))
    points[:, 0] += 3.0 * SIZE * number
    noise = np.random.default_rng((number, round(1000 * time))).standard_normal((33, 3))
    pose = PoseLandmarks(
        image=points + SIZE * (sway * np.sin(time) + NOISE * noise),
        world=points / SIZE,
        visibility=np.ones(33),
        presence=np.ones(33),
        score=1.0,
        region=Region(0.0, 0.0, SIZE, SIZE, 0.0),
        size=SIZE,
    )
    hips = [100.0 + 3.0 * SIZE * number, 50.0]
    return Candidate.of(PoseResult(pose, np.array([hips, hips])), np.full((PARTS, COLOURS), np.nan), by)


def figure(number: int, *, sway: float, seconds: float = 3.0) -> Person:
    """Return somebody who was seen for some seconds."""
    person = Person(number=number)
    for time in np.arange(0.0, seconds, 1.0 / FPS):
        person.take(seen(number, float(time), sway=sway), float(time), rate=0.03)
    return person


def finished(people: list[Person], *, settings: HolisticSettings | None = None) -> list[Event]:
    found: list[Event] = []
    crowd = Crowd(settings or HolisticSettings(people=0), search=NoSearch(), make=no_trackers, on_event=found.append)
    crowd.people = people
    crowd.finish()
    return found


def test_figure_that_never_moves_beside_a_person_is_a_picture() -> None:
    (event,) = finished([figure(0, sway=0.1), figure(1, sway=0.0)])
    assert (event.picture, event.instead) == (1, None)
    assert "a picture or a screen at 700,50?" in event.sentence


def test_picture_that_was_person_0_gives_the_number_to_the_first_who_moves() -> None:
    (event,) = finished([figure(0, sway=0.0), figure(1, sway=0.1), figure(2, sway=0.1)])
    assert (event.picture, event.instead) == (0, 1)


@pytest.mark.parametrize("sways", [(SWAY, SWAY), (0.1, SWAY)])
def test_people_who_stand_still_for_three_seconds_are_no_pictures(sways: tuple[float, float]) -> None:
    assert not finished([figure(i, sway=sway) for i, sway in enumerate(sways)])


def test_figure_that_is_seen_too_shortly_is_no_picture() -> None:
    assert not finished([figure(0, sway=0.1), figure(1, sway=0.0, seconds=1.5)])


@pytest.mark.parametrize("count", [1, 2])
def test_nobody_is_a_picture_where_nobody_moves(count: int) -> None:
    assert not finished([figure(i, sway=0.0) for i in range(count)])


def test_one_person_who_is_followed_is_never_dropped() -> None:
    people = [figure(0, sway=0.0), figure(1, sway=0.1)]
    assert not finished(people, settings=HolisticSettings(people=1))


def test_only_person_who_stands_still_stays_followed_while_somebody_walks_by() -> None:
    class TwoFigures(NoSearch):
        def follow(self, _image: Image, _people: Sequence[Person], time: float) -> list[Candidate]:
            return [seen(i, time, sway=(0.0, 0.1)[i], by=person) for i, person in enumerate(figures)]

        def everyone(self, _image: Image, found: Sequence[Candidate], _views: Sequence[Region]) -> list[Candidate]:
            return list(found)

    found: list[Event] = []
    figures: list[Person] = []
    blank = np.zeros((480, 1280, 3), np.uint8)
    crowd = Crowd(HolisticSettings(), search=TwoFigures(), make=trackers, on_event=found.append)
    crowd.find(blank, 74 / FPS)  # of nobody yet
    figures += [figure(0, sway=0.0), figure(1, sway=0.1)]
    figures[1].number = None
    for person in figures:
        person.body = trackers()
    crowd.people = list(figures)
    for i in range(75, 100):
        crowd.find(blank, i / FPS)
    assert crowd.person_0 is figures[0]
    assert not found


def test_unrelated_pictures_are_of_people() -> None:
    people = [figure(0, sway=0.0), figure(1, sway=0.1)]
    assert not finished(people, settings=HolisticSettings(people=0, static=True))

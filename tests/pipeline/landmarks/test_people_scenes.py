# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in scenes that are hard, played by scripted figures: nobody is lost or taken for another in silence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import PoseLandmarks, Region
from mimic.pipeline.landmarks.people.appearance import COLOURS, PARTS
from mimic.pipeline.landmarks.people.crowd import Crowd
from mimic.pipeline.landmarks.people.events import Event
from mimic.pipeline.landmarks.people.person import Candidate, Person
from mimic.pipeline.landmarks.pose import PoseResult
from mimic.pipeline.landmarks.settings import HolisticSettings

FPS = 25.0
PICTURE = np.zeros((480, 848, 3), np.uint8)
BODY = np.random.default_rng(1).normal(0.0, [0.12, 0.28, 0.1], (33, 3))
"""Points around the hips in sizes of the person, and in metres."""


@dataclass(frozen=True)
class Figure:
    """Somebody, or something that looks like it.

    Attributes:
        name: who it is.
        x: where it is at a time in seconds, in pixels; None while it is not to be seen.
        colour: level of its clothes.
        moves: whether arms and legs move.
        turned: radians by which the body is turned.
        size: pixels.
        score: of its pose, by which it is told from others.
    """

    name: str
    x: Callable[[float], float | None]
    colour: float = 100.0
    moves: bool = True
    turned: float = 0.0
    score: float = 0.9
    size: float = 300.0

    def candidate(self, time: float, by: Person | None = None) -> Candidate | None:
        x = self.x(time)
        if x is None:
            return None
        noise = np.random.default_rng(round(1e3 * time)).normal(0.0, 0.002, BODY.shape)
        swing = 0.08 * np.sin(6.0 * time + np.arange(33))[:, None] if self.moves else 0.0
        c, s = np.cos(self.turned), np.sin(self.turned)
        world = (BODY + noise + swing) @ np.array([[c, 0.0, -s], [0.0, 1.0, 0.0], [s, 0.0, c]])
        hips = np.array([x, 260.0, 0.0])
        pose = PoseLandmarks(
            image=hips + self.size * world,
            world=world,
            visibility=np.ones(33),
            presence=np.ones(33),
            score=self.score,
            region=Region(x, 260.0, 1.25 * self.size, 1.25 * self.size, 0.0),
            size=self.size,
        )
        look = np.full((PARTS, COLOURS), self.colour) + np.random.default_rng(round(1e3 * time)).normal(0.0, 2.0)
        return Candidate.of(PoseResult(pose, np.array([hips, hips - np.array([0.0, self.size, 0.0])])), look, by)


@dataclass
class Tracker:
    """Stands for a pose tracker."""

    region: Region | None = None

    def reset(self) -> None:
        self.region = None

    def lose(self) -> None:
        self.region = None

    def accept(self, result: PoseResult, _time: float, *, tracked: bool) -> PoseResult:  # noqa: ARG002
        self.region = result.pose.region
        return result


@dataclass
class Body:
    """Stands for the trackers of a person."""

    tracker: Tracker = field(default_factory=Tracker)


@dataclass
class Stage:
    """Figures in front of a camera, found as the networks find them: by place, whoever it is."""

    figures: Sequence[Figure]
    time: float = 0.0

    def follow(self, _image: np.ndarray, people: Sequence[Person], time: float) -> list[Candidate]:
        found = []
        for person in people:
            if not person.present and (person.number is None or time - person.time > 1.0):
                continue
            if person.present and person.body is None:
                continue
            x, _ = person.predicted(time)
            seen = [(abs(at - x), figure) for figure in self.figures if (at := figure.x(time)) is not None]
            if seen and min(seen, key=lambda each: each[0])[0] < 100.0:
                nearest = min(seen, key=lambda each: each[0])[1]
                found.append(nearest.candidate(time, person if person.present else None))
        return [each for each in found if each is not None]

    def everyone(self, _image: np.ndarray, found: Sequence[Candidate], _views: object) -> list[Candidate]:
        kept: list[Candidate] = []
        everybody = [figure.candidate(self.time) for figure in self.figures]
        for each in (*sorted(found, key=lambda candidate: candidate.by is None), *everybody):
            if each is not None and not any(each.is_same(other) for other in kept):
                kept.append(each)
        return kept


@dataclass(frozen=True)
class Played:
    """Who had which number in each frame, and what was said."""

    frames: list[dict[int, str]]
    events: list[Event]

    @property
    def said(self) -> list[str]:
        return [event.sentence for event in self.events]

    def names(self, number: int) -> list[str]:
        """Everyone who had a number, in order."""
        return list(dict.fromkeys(frame[number] for frame in self.frames if number in frame))

    def seen(self, number: int) -> float:
        """Share of the frames in which somebody had a number."""
        return sum(number in frame for frame in self.frames) / len(self.frames)


def play(*figures: Figure, seconds: float, people: int = 0, person: str = "largest") -> Played:
    names = {0.5 + 0.01 * n: figure.name for n, figure in enumerate(figures)}
    stage = Stage([replace(figure, score=score) for figure, score in zip(figures, names, strict=True)])
    events: list[Event] = []
    frames: list[dict[int, str]] = []
    search: Any = stage
    make: Any = Body
    crowd = Crowd(HolisticSettings(people=people, person=person), search=search, make=make, on_event=events.append)
    for n in range(round(seconds * FPS)):
        stage.time = n / FPS
        found: Any = crowd.find(PICTURE, stage.time)
        frames.append({seen.number: names[seen.pose.pose.score] for seen in found})
    return Played(frames, events)


def walk(start: float, end: float, seconds: float) -> Callable[[float], float]:
    return lambda time: start + (end - start) * time / seconds


def at(x: float) -> Callable[[float], float]:
    return lambda _time: x


def test_person_who_appears_halfway_is_told_and_the_first_is_not_lost() -> None:
    late = Figure("late", lambda time: 650.0 - 20.0 * time if time > 2.0 else None, colour=160.0)
    played = play(Figure("first", at(250.0)), late, seconds=4.0)
    assert played.names(0) == ["first"]
    assert played.names(1) == ["late"]
    assert played.seen(0) == 1.0
    assert 0.4 < played.seen(1) < 0.5
    (said,) = played.said
    assert said.startswith("Person 2 appears at 2.")


def test_twins_in_clothes_who_cross_keep_their_numbers() -> None:
    twins = Figure("to the right", walk(200.0, 650.0, 4.0)), Figure("to the left", walk(650.0, 200.0, 4.0), turned=3.1)
    played = play(*twins, seconds=4.0)
    assert sorted([*played.names(0), *played.names(1)]) == ["to the left", "to the right"]
    assert min(played.seen(0), played.seen(1)) > 0.85


@pytest.mark.parametrize("people", [0, 1])
def test_image_in_a_mirror_is_not_taken_for_the_person(people: int) -> None:
    person = Figure("person", lambda time: 300.0 + 60.0 * np.sin(time), size=320.0)
    image = Figure("image", lambda time: 620.0 - 60.0 * np.sin(time), size=220.0)
    played = play(person, image, seconds=6.0, people=people)
    assert played.names(0) == ["person"]
    assert played.seen(0) == 1.0
    assert played.names(1) == (["image"] if people == 0 else [])


def test_poster_is_not_followed_when_the_person_leaves() -> None:
    person = Figure("person", lambda time: 300.0 - 150.0 * max(0.0, time - 4.0) if time < 6.0 else None, size=320.0)
    poster = Figure("poster", at(600.0), colour=220.0, moves=False, size=200.0)
    played = play(person, poster, seconds=10.0, people=1)
    assert played.names(0) == ["person"]
    assert played.seen(0) > 0.55


def test_screen_with_other_people_beside_the_one_who_is_followed_is_left_alone() -> None:
    person = Figure("person", at(300.0), size=320.0)

    def shown(n: int) -> Figure:
        return Figure(
            f"film {n}", lambda time: 600.0 if int(time) % 3 == n else None, colour=60.0 + 60.0 * n, size=150.0
        )

    film = map(shown, range(3))
    played = play(person, *film, seconds=9.0, people=1)
    assert played.names(0) == ["person"]
    assert played.seen(0) == 1.0
    assert played.said == []


def test_person_who_leaves_and_returns_has_the_same_number_and_it_is_told() -> None:
    away = Figure("away", lambda time: 300.0 if not 2.0 < time < 5.0 else None, colour=200.0)
    played = play(Figure("stays", at(650.0), size=320.0), away, seconds=7.0)
    assert played.names(0) == ["stays"]
    assert played.names(1) == ["away"]
    assert [said.split(" at ")[0] for said in played.said] == ["Person 2 is back"]


def test_somebody_else_alone_in_the_picture_is_never_followed_in_silence() -> None:
    person = Figure("person", lambda time: 300.0 if time < 3.0 else None)
    other = Figure("other", lambda time: 500.0 if time > 5.0 else None, colour=130.0)
    played = play(person, other, seconds=12.0, people=1)
    if "other" in played.names(0):
        (said,) = [event.sentence for event in played.events if event.doubtful]
        assert said.endswith(
            "is taken to be whoever is in the picture, who looks different: check that it is the same person."
        )


@pytest.mark.parametrize("person", ["left", "right", "centre", "largest", "700,260"])
def test_choice_of_a_person_is_followed_from_the_first_frame(person: str) -> None:
    figures = (
        Figure("left", at(150.0)),
        Figure("middle", at(420.0), colour=160.0),
        Figure("right", at(700.0), size=340.0),
    )
    played = play(*figures, seconds=2.0, people=1, person=person)
    wanted = {"centre": "middle", "largest": "right", "700,260": "right"}.get(person, person)
    assert played.names(0) == [wanted]
    assert played.seen(0) == 1.0


def test_more_people_wanted_than_there_are_follows_those_there_are() -> None:
    played = play(Figure("one", at(200.0)), Figure("two", at(600.0), colour=200.0), seconds=2.0, people=4)
    assert (played.seen(0), played.seen(1), played.seen(2)) == (1.0, 1.0, 0.0)

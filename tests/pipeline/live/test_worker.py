# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker makes poses of whatever kind it is given a maker for, and ends when told to."""

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.people.events import Event
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.live.reader import SourceInfo, TimedFrame
from mimic.pipeline.live.worker import Worker
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.take import Take

POLL_SECONDS = 10.0


class EndlessReader:
    """Hands over a grey frame whenever it is asked."""

    def __init__(self) -> None:
        self.info = SourceInfo("numbers", (8, 8), 100.0)
        self.task = SimpleNamespace(done=False)
        self._numbers = itertools.count()

    def take(self, _timeout: float) -> TimedFrame:
        number = next(self._numbers)
        time.sleep(0.002)
        return TimedFrame(Frame(np.full((8, 8, 3), 128, np.uint8), number / 100.0, number), time.monotonic())


class Counter:
    """Makes of each frame its number, as text."""

    def pose(self, landmarks: Landmarks) -> str:
        return f"frame {landmarks.index}"


class NoNetworks:
    """Stands in for the networks: sees nobody."""

    def __init__(self, *_settings: object, **_more: object) -> None:
        self.closed = False

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        return (Landmarks(frame.time, frame.index, (8, 8)),)

    def close(self) -> None:
        self.closed = True


def until(so) -> None:
    limit = time.monotonic() + POLL_SECONDS
    while not so():
        assert time.monotonic() < limit, "it never came to be so"
        time.sleep(0.005)


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr("mimic.pipeline.live.worker.open_people", NoNetworks)
    made = Worker(EndlessReader(), [Counter()], HolisticSettings(), mirrored=False, turn=(1.0, 0.0, 0.0, 0.0))
    yield made
    made.stop()
    assert made.task.join(POLL_SECONDS)


def test_worker_with_a_maker_of_texts_gives_texts_as_poses(worker):
    until(lambda: worker.newest is not None)
    result = worker.newest
    assert result.poses[0].startswith("frame ")
    assert (result.in_view, result.blank) == ((False,), True)
    assert result.finished >= result.arrived


def test_worker_with_an_exchanged_maker_uses_the_new_maker(worker):
    until(lambda: worker.newest is not None)
    worker.pose_makers = (SimpleNamespace(pose=lambda _landmarks: "still"),)
    until(lambda: worker.newest.poses == ("still",))


def test_worker_that_is_paused_makes_no_pose(worker):
    until(lambda: worker.newest is not None)
    worker.paused.set()
    time.sleep(0.1)
    number = worker.newest.number
    time.sleep(0.2)
    assert worker.newest.number == number


class TwoPeople(NoNetworks):
    """Sees two people, and is told whom to follow."""

    def __init__(self, *_settings: object, **_more: object) -> None:
        super().__init__()
        self.chosen: list[tuple[float, float]] = []

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        return tuple(Landmarks(frame.time, frame.index, (8, 8), person=number) for number in range(2))

    def choose(self, x: float, y: float) -> None:
        self.chosen.append((x, y))


class PairMaker:
    """Makes of each frame its own name and the person's number; counts how often it started over."""

    def __init__(self, name: str) -> None:
        self.name, self.starts = name, 0

    def pose(self, landmarks: Landmarks) -> tuple[str, int]:
        return self.name, landmarks.person

    def forget(self) -> None:
        raise AssertionError("nobody left")

    def start_over(self) -> None:
        self.starts += 1


@pytest.fixture
def pair(monkeypatch):
    people = TwoPeople()
    monkeypatch.setattr("mimic.pipeline.live.worker.open_people", lambda _settings, **_more: people)
    makers = [PairMaker(n) for n in "ab"]
    made = Worker(EndlessReader(), makers, HolisticSettings(people=2), mirrored=False, turn=(1.0, 0.0, 0.0, 0.0))
    yield made, people
    made.stop()
    assert made.task.join(POLL_SECONDS)


def test_worker_with_two_makers_gives_each_a_person(pair):
    worker, _ = pair
    until(lambda: worker.newest is not None)
    assert [name for name, _ in worker.newest.poses] == ["a", "b"]
    assert worker.newest.in_view == (False, False)


def test_worker_that_is_told_whom_to_follow_passes_it_on_once(pair):
    worker, people = pair
    worker.choose(3.0, 4.0)
    until(lambda: people.chosen)
    number = worker.newest.number
    until(lambda: worker.newest.number > number + 2)
    assert people.chosen == [(3.0, 4.0)]
    assert [maker.starts for maker in worker.pose_makers] == [1, 1]


def test_person_who_is_replaced_during_a_recording_is_told_of_in_the_take(pair, tmp_path):
    worker, _people = pair
    path = tmp_path / "a.mimic"
    worker.recorder.begin(path)
    until(lambda: worker.recorder.frames)
    worker._note(Event(1.0, "Somebody else is taken for person 1.", doubtful=True))
    worker.recorder.end()
    until(lambda: not worker.recorder.path)
    assert worker.events.get_nowait().doubtful
    with Take.open(path) as take:
        assert take.info.warning == "Somebody else is taken for person 1."

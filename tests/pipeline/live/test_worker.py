# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker makes poses of whatever kind it is given a maker for, and ends when told to."""

import itertools
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.live.reader import SourceInfo, TimedFrame
from mimic.pipeline.live.worker import Worker
from mimic.pipeline.sources.frame import Frame

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

    def process(self, frame: Frame) -> Landmarks:
        return Landmarks(frame.time, frame.index, (8, 8))

    def close(self) -> None:
        self.closed = True


def until(so) -> None:
    limit = time.monotonic() + POLL_SECONDS
    while not so():
        assert time.monotonic() < limit, "it never came to be so"
        time.sleep(0.005)


@pytest.fixture
def worker(monkeypatch):
    monkeypatch.setattr("mimic.pipeline.landmarks.holistic.Holistic", NoNetworks)
    made = Worker(EndlessReader(), Counter(), HolisticSettings(), mirrored=False, turn=(1.0, 0.0, 0.0, 0.0))
    yield made
    made.stop()
    assert made.task.join(POLL_SECONDS)


def test_worker_with_a_maker_of_texts_gives_texts_as_poses(worker):
    until(lambda: worker.newest is not None)
    result = worker.newest
    assert result.pose.startswith("frame ")
    assert (result.person, result.blank) == (False, True)
    assert result.finished >= result.arrived


def test_worker_with_an_exchanged_maker_uses_the_new_maker(worker):
    until(lambda: worker.newest is not None)
    worker.pose_maker = SimpleNamespace(pose=lambda _landmarks: "still")
    until(lambda: worker.newest.pose == "still")


def test_worker_that_is_paused_makes_no_pose(worker):
    until(lambda: worker.newest is not None)
    worker.paused.set()
    time.sleep(0.1)
    number = worker.newest.number
    time.sleep(0.2)
    assert worker.newest.number == number

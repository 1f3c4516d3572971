# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame a feed hands over: the newest, and the next one if that comes in a moment."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Frame
from mimic.pipeline.live import reader as feeds
from mimic.pipeline.live.reader import Feed, Origin, Shot

PERIOD = 100.0


def shot(index: int, *, age: float) -> Shot:
    return Shot(Frame(np.zeros((2, 2, 3), np.uint8), index * PERIOD, index), time.monotonic() - age)


@pytest.fixture
def feed(monkeypatch):
    """A feed without a thread, of a camera that sends a frame each hundred seconds."""
    monkeypatch.setattr(feeds, "Task", lambda *_args, **_more: SimpleNamespace(done=False))
    made = Feed("camera")
    made.origin = Origin("camera", (2, 2), 1.0 / PERIOD)
    return made


def send(feed: Feed, sent: Shot) -> None:
    with feed._came:
        feed._newest = sent
        feed._came.notify_all()


def test_a_frame_that_just_came_is_taken_once(feed):
    send(feed, shot(0, age=0.0))
    assert feed.take(1.0).frame.index == 0
    assert feed.take(0.01) is None


def test_shortly_before_the_next_frame_that_one_is_waited_for(feed):
    send(feed, shot(0, age=0.9 * PERIOD))
    threading.Timer(0.05, send, (feed, shot(1, age=0.0))).start()
    assert feed.take(1.0).frame.index == 1


def test_a_frame_whose_successor_is_late_already_is_taken(feed):
    send(feed, shot(0, age=2.0 * PERIOD))
    assert feed.take(1.0).frame.index == 0

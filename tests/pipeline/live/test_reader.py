# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frame a reader hands over: the newest, and the next one if that comes in a moment."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline.live import reader as readers
from mimic.pipeline.live.reader import FrameReader, SourceInfo, TimedFrame
from mimic.pipeline.sources.frame import Frame

PERIOD = 100.0


def timed(index: int, *, age: float) -> TimedFrame:
    return TimedFrame(Frame(np.zeros((2, 2, 3), np.uint8), index * PERIOD, index), time.monotonic() - age)


@pytest.fixture
def reader(monkeypatch):
    """A reader without a thread, of a camera that sends a frame each hundred seconds."""
    monkeypatch.setattr(readers, "Task", lambda *_args, **_more: SimpleNamespace(done=False))
    made = FrameReader("camera")
    made.info = SourceInfo("camera", (2, 2), 1.0 / PERIOD)
    return made


def send(reader: FrameReader, sent: TimedFrame) -> None:
    with reader._arrival:
        reader._newest = sent
        reader._arrival.notify_all()


def test_reader_gives_a_fresh_frame_once(reader):
    send(reader, timed(0, age=0.0))
    assert reader.take(1.0).frame.index == 0
    assert reader.take(0.01) is None


def test_reader_waits_for_a_frame_that_is_due_in_a_moment(reader):
    send(reader, timed(0, age=0.9 * PERIOD))
    threading.Timer(0.05, send, (reader, timed(1, age=0.0))).start()
    assert reader.take(1.0).frame.index == 1


def test_reader_gives_a_frame_when_the_next_one_is_late(reader):
    send(reader, timed(0, age=2.0 * PERIOD))
    assert reader.take(1.0).frame.index == 0

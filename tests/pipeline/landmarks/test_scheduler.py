# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames in work on two threads: in order, overlapping, bounded, and gone when nobody wants them any more."""

import threading
from collections.abc import Iterator

import numpy as np
import pytest

from mimic.errors import MimicError
from mimic.pipeline.landmarks import scheduler
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.sources.frame import Frame

WAIT = 20.0  # seconds until a test gives up on an event that must come


def frames(count: int) -> list[Frame]:
    return [Frame(np.zeros((4, 6, 3), np.uint8), i / 30, i) for i in range(count)]


def workers() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("mimic-landmarks")]


class Recorder:
    """Stands in for Holistic: writes down what is asked of it, and passes no landmarks on."""

    parts: tuple[str, ...] = ("left_hand", "right_hand", "face")

    def __init__(self, *_: object, **__: object) -> None:
        self.events: list[tuple[str, int]] = []
        type(self).last = self

    def find_pose(self, frame: Frame):
        self.events.append(("pose", frame.index))

    def find_part(self, part: str, frame: Frame, _: None):
        self.events.append((part, frame.index))

    def assemble(self, frame: Frame, _: None, found) -> Landmarks:
        assert set(found) == set(self.parts)
        self.events.append(("assemble", frame.index))
        return Landmarks(frame.time, frame.index, (6, 4))


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch):
    """Let the schedule run a stand-in for Holistic."""
    return lambda kind: monkeypatch.setattr(scheduler, "Holistic", kind)


@pytest.mark.parametrize("window", [1, 2, 3, 8])
def test_scheduler_yields_every_frame_in_order(use, window: int) -> None:
    use(Recorder)
    seen = list(scheduler.run(frames(25), window=window))
    assert [s.index for s in seen] == list(range(25))
    assert workers() == []


def test_scheduler_without_frames_yields_nothing(use) -> None:
    use(Recorder)
    assert list(scheduler.run([])) == []


def test_scheduler_without_hands_and_face_yields_every_pose(use) -> None:
    class PoseOnly(Recorder):
        parts = ()

    use(PoseOnly)
    assert [s.index for s in scheduler.run(frames(5))] == list(range(5))


def test_scheduler_runs_each_stage_after_the_stages_before(use) -> None:
    use(Recorder)
    list(scheduler.run(frames(20)))
    events = Recorder.last.events
    place = {event: i for i, event in enumerate(events)}
    assert len(events) == len(place) == 20 * 5
    for i in range(20):
        for part in Recorder.parts:
            assert place["pose", i] < place[part, i] < place["assemble", i]
            assert i == 0 or place["assemble", i - 1] < place[part, i]
        assert i == 0 or place["pose", i - 1] < place["pose", i]


def test_scheduler_finds_the_next_pose_while_hands_are_in_work(use) -> None:
    next_pose = threading.Event()

    class Slow(Recorder):
        def find_pose(self, frame: Frame):
            if frame.index == 1:
                next_pose.set()

        def find_part(self, part: str, frame: Frame, _: None):
            assert frame.index != 0 or part != "left_hand" or next_pose.wait(WAIT)

    use(Slow)
    assert len(list(scheduler.run(frames(3)))) == 3


def test_scheduler_reads_frames_only_a_window_ahead(use) -> None:
    use(Recorder)
    read = []

    def source() -> Iterator[Frame]:
        for frame in frames(10):
            read.append(frame.index)
            yield frame

    for seen in scheduler.run(source(), window=3):
        assert len(read) <= seen.index + 3


@pytest.mark.parametrize("stage", ["find_pose", "find_part", "assemble"])
def test_scheduler_raises_an_error_of_a_stage_after_the_frames_before(use, stage: str) -> None:
    class Failing(Recorder):
        pass

    def fail(self, *arguments):
        frame = next(a for a in arguments if isinstance(a, Frame))
        if frame.index == 4:
            raise ZeroDivisionError("in frame 4")
        return getattr(Recorder, stage)(self, *arguments)

    setattr(Failing, stage, fail)
    use(Failing)
    seen = []
    with pytest.raises(ZeroDivisionError, match="in frame 4"):
        seen.extend(s.index for s in scheduler.run(frames(10)))
    assert seen == [0, 1, 2, 3]
    assert workers() == []


def test_scheduler_of_a_source_that_fails_yields_the_frames_before(use) -> None:
    def source() -> Iterator[Frame]:
        yield from frames(5)
        raise MimicError("The film breaks off.")

    use(Recorder)
    seen: list[int] = []
    with pytest.raises(MimicError, match="breaks off"):
        seen.extend(s.index for s in scheduler.run(source()))
    assert seen == [0, 1, 2, 3, 4]


def test_scheduler_closed_early_stops_work_and_threads(use) -> None:
    use(Recorder)
    seen = scheduler.run(frames(1000))
    assert next(seen).index == 0
    assert workers()
    seen.close()
    assert workers() == []
    assert ("pose", 10) not in Recorder.last.events

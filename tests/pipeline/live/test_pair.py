# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames of two cameras a pair reader hands over: the newest of the same moment, and what it does without one."""

from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.errors import CamerasSame
from mimic.pipeline.live import reader as readers
from mimic.pipeline.live.pair import PairReader
from mimic.pipeline.live.reader import FrameReader, SourceInfo, TimedFrame
from mimic.pipeline.sources import Camera
from mimic.pipeline.sources.frame import Frame

NOW = 1e6
"""Seconds by the clock of these tests."""


@pytest.fixture
def pair(monkeypatch):
    """A pair reader without threads, of two cameras with 10 frames a second; `pair.now` is the time."""
    clock = SimpleNamespace(now=NOW)
    monkeypatch.setattr(readers, "Task", lambda *_args, **_more: SimpleNamespace(done=False))
    monkeypatch.setattr("mimic.pipeline.live.pair.time.monotonic", lambda: clock.now)
    made = PairReader(("left", "right"))
    for each in (made.first, made.second):
        each.info = SourceInfo("camera", (4, 2), 10.0)
    made.clock = clock
    return made


def send(reader: FrameReader, index: int, arrived: float) -> None:
    image = np.zeros((2, 4, 3), np.uint8)
    timed = TimedFrame(Frame(image, index / 10.0, index), NOW + arrived)
    with reader._arrival:
        reader._remember(timed)


def numbers(timed: TimedFrame | None) -> tuple[int, int | None]:
    assert timed is not None
    return timed.frame.index, None if timed.beside is None else timed.beside.frame.index


def test_pair_of_the_newest_frames_is_given_if_they_are_of_one_moment(pair):
    send(pair.first, 0, -0.03)
    send(pair.second, 0, -0.01)
    assert numbers(pair.take(0.0)) == (0, 0)
    assert pair.take(0.0) is None


def test_frame_before_is_given_if_the_newest_is_farther_from_the_other_cameras(pair):
    send(pair.second, 7, -0.08)
    send(pair.first, 0, -0.10)
    send(pair.first, 1, -0.01)
    assert numbers(pair.take(0.0)) == (0, 7)


def test_pairs_of_cameras_of_different_rates_come_as_often_as_the_slower_camera(pair):
    pair.second.info = SourceInfo("camera", (4, 2), 25.0)
    seen = []
    for number in range(50):
        pair.clock.now = NOW + number / 50.0
        if number % 5 == 0:
            send(pair.first, number // 5, number / 50.0)
        if number % 2 == 0:
            send(pair.second, number // 2, number / 50.0)
        timed = pair.take(0.0)
        if timed is not None:
            seen.append(timed)
    assert len(seen) == 10
    assert all(abs(timed.arrived - timed.beside.arrived) <= 0.05 for timed in seen)


def test_cameras_that_arrive_late_are_paired_by_the_moment_they_show(pair):
    pair.lag = 0.2
    for number in range(5):
        send(pair.first, number, 0.1 * number)
        send(pair.second, number, 0.1 * number + 0.2)
    assert numbers(pair.take(0.0)) == (4, 4)


def test_first_camera_goes_on_alone_when_the_second_has_stopped(pair):
    send(pair.second, 0, -0.9)
    send(pair.first, 9, 0.0)
    assert numbers(pair.take(0.0)) == (9, None)


def test_first_camera_waits_a_moment_for_the_second(pair):
    send(pair.second, 0, -0.1)
    send(pair.first, 1, 0.0)
    assert pair.take(0.0) is None
    pair.clock.now += 0.2
    assert numbers(pair.take(0.0)) == (1, None)


def test_second_camera_stands_in_for_the_first_only_if_it_may(pair):
    send(pair.first, 0, -2.0)
    pair.take(0.0)
    send(pair.second, 20, 0.0)
    pair.first.task = SimpleNamespace(done=True)
    assert pair.take(0.0) is None
    assert pair.task is pair.first.task
    pair.stand_in = True
    timed = pair.take(0.0)
    assert (timed.sent, timed.beside.frame.index, timed.frame.image.shape) == (False, 20, (2, 4, 3))
    # The second camera's first frame arrived two seconds after the first one's, with its clock at two seconds.
    assert timed.frame.time == pytest.approx(2.0)
    assert pair.task is pair.second.task


def test_second_camera_stands_in_while_the_first_sends_nothing_and_time_goes_on(pair):
    pair.stand_in = True
    send(pair.first, 0, -2.0)
    send(pair.second, 0, -2.0)
    assert numbers(pair.take(0.0)) == (0, 0)
    send(pair.second, 20, 0.0)
    alone = pair.take(0.0)
    assert (alone.sent, alone.frame.time) == (False, pytest.approx(2.0))
    pair.clock.now += 0.1
    send(pair.first, 20, 0.1)  # of the same moment as the last one, by its own clock
    assert pair.take(0.0) is None
    send(pair.first, 22, 0.2)
    send(pair.second, 22, 0.2)
    later = pair.take(0.0)
    assert later.sent
    assert later.frame.time > alone.frame.time


def test_clock_of_the_second_camera_is_told_by_when_its_frames_arrive(pair):
    send(pair.first, 0, 0.0)
    send(pair.second, 0, 0.3)
    send(pair.second, 1, 0.45)  # late by 50 ms
    assert pair.info.offset == pytest.approx(0.3)
    assert pair.info.beside == SourceInfo("camera", (4, 2), 10.0)


@pytest.mark.parametrize("specs", [("0", " 0"), ("1", "desk"), ("Desk Camera", "desk"), ("http://a/b", "http://a/b")])
def test_same_camera_twice_is_refused(specs, monkeypatch):
    monkeypatch.setattr("mimic.pipeline.sources.cameras", lambda: [Camera(0, "Laptop"), Camera(1, "Desk Camera")])
    with pytest.raises(CamerasSame, match="Camera 2 is the same as camera 1"):
        PairReader(specs)


def test_same_file_by_two_paths_is_refused(tmp_path):
    path = film(tmp_path / "a.avi", frames=1)
    with pytest.raises(CamerasSame):
        PairReader((path, str(tmp_path / "." / "a.avi")))


def film(path, *, frames: int) -> str:
    cv2 = opencv.load()
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 25.0, (64, 48))
    for _ in range(frames):
        writer.write(np.full((48, 64, 3), 128, np.uint8))
    writer.release()
    return str(path)


def test_files_of_different_length_stay_in_step_when_they_repeat(tmp_path):
    specs = film(tmp_path / "a.avi", frames=8), film(tmp_path / "b.avi", frames=12)
    reader = PairReader(specs, repeat=True)
    pairs = []
    while not pairs or pairs[-1].frame.time < 1.1:
        timed = reader.take(5.0)
        assert timed is not None
        pairs += [timed] if timed.beside is not None else []
    reader.stop()
    assert reader.join(5.0)
    # The longer film lasts 0.48 s, after which both begin again: by now they would be 0.32 s apart.
    assert {timed.frame.index for timed in pairs} <= set(range(8))
    assert all(timed.frame.time == pytest.approx(timed.beside.frame.time, abs=0.1) for timed in pairs)

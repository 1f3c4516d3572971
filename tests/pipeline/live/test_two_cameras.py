# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker of a session with two cameras: both are looked at, shown, and recorded in one take."""

import itertools
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.live.cameras import LiveCameras
from mimic.pipeline.live.preview import Picture
from mimic.pipeline.live.reader import SourceInfo, TimedFrame
from mimic.pipeline.live.worker import Worker
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.take import Take

from .pairs import film, geometry

PATIENCE = 10.0


def until(so) -> None:
    limit = time.monotonic() + PATIENCE
    while not so():
        assert time.monotonic() < limit, "it never came to be so"
        time.sleep(0.005)


class TwoCameras:
    """Hands over frames of two cameras; `second` and `first` say whether they send any."""

    def __init__(self) -> None:
        beside = SourceInfo("right", (6, 8), 25.0)
        self.info = SourceInfo("left", (8, 6), 100.0, beside=beside, offset=5.0)
        self.task = SimpleNamespace(done=False)
        self.first = self.second = True
        self._numbers = itertools.count()

    def take(self, _timeout: float) -> TimedFrame:
        number, now = next(self._numbers), time.monotonic()
        time.sleep(0.002)
        beside = TimedFrame(Frame(np.full((8, 6, 3), 90, np.uint8), number / 100.0 - 5.0, number), now)
        frame = Frame(np.full((6, 8, 3), 30, np.uint8), number / 100.0, number)
        return TimedFrame(frame, now, beside=beside if self.second else None, sent=self.first)


class Seers:
    """Stand in for the networks: everybody sees a person; remembers which frames were looked at, in which thread."""

    def __init__(self) -> None:
        self.looked: list[tuple[tuple[int, int], str]] = []
        self._pose = film(seconds=0.2).frames[0][0].landmarks.pose

    def __call__(self, _settings: object, **_more: object) -> "Seers":
        return self

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        height, width = frame.image.shape[:2]
        self.looked.append(((width, height), threading.current_thread().name))
        return (Landmarks(frame.time, frame.index, (width, height), self._pose),)

    def close(self) -> None:
        pass


class Maker:
    """Makes of each frame the times and sizes that it is given."""

    def pose(self, landmarks: Landmarks, /, *, beside: Landmarks | None = None) -> tuple[float, float | None]:
        return landmarks.time, None if beside is None else beside.time


@pytest.fixture
def seers(monkeypatch):
    made = Seers()
    monkeypatch.setattr("mimic.pipeline.live.worker.open_people", made)
    return made


@pytest.fixture
def worker(seers):
    reader, cameras = TwoCameras(), LiveCameras(fields_of_view=(None, 70.0))
    made = Worker(reader, [Maker()], HolisticSettings(), mirrored=False, turn=(1.0, 0.0, 0.0, 0.0), cameras=cameras)
    made.reader, made.cameras = reader, cameras
    yield made
    made.stop()
    assert made.task.join(PATIENCE)


def test_both_cameras_are_looked_at_at_once_with_times_by_one_clock(worker, seers):
    worker.cameras.lag = 0.25
    until(lambda: worker.newest is not None and worker.newest.number > 3)
    first, second = worker.newest.poses[0]
    assert second == pytest.approx(first - 0.25)
    threads = dict(seers.looked)
    assert threads[6, 8].startswith("mimic-camera-2")
    assert threads[8, 6] == "mimic-worker"


def test_performer_is_in_view_if_the_second_camera_alone_sees_anything(worker, seers):
    worker.reader.first = False
    until(lambda: worker.newest is not None and worker.newest.number > 3)
    seers.looked.clear()
    number = worker.newest.number
    until(lambda: worker.newest.number > number + 2)
    assert {size for size, _ in seers.looked} == {(6, 8)}
    assert worker.newest.in_view == (True,)


def test_preview_shows_both_pictures_side_by_side(worker):
    worker.previewing.set()
    until(lambda: worker.picture is not None)
    assert worker.picture.size == (8, 6)
    assert worker.picture.pixels.shape[1] > 8
    assert worker.picture.share == pytest.approx(8 / worker.picture.pixels.shape[1])


def test_picture_beside_another_is_as_high_as_that():
    tall = np.arange(16.0, dtype=np.float32).reshape(4, 4, 1)[:, :2].repeat(4, axis=2)
    picture = Picture(1, (640, 480), np.zeros((2, 3, 4), np.float32)).beside(tall)
    assert picture.pixels.shape == (2, 4, 4)
    assert picture.share == 0.75


def test_take_of_two_cameras_keeps_both_streams_and_how_the_cameras_stand(worker, tmp_path):
    worker.cameras.cameras = geometry()
    path = tmp_path / "a.take"
    worker.recorder.begin(path)
    until(lambda: (worker.recorder.frames or 0) > 5)
    worker.reader.second = False
    frames = worker.recorder.frames
    until(lambda: (worker.recorder.frames or 0) > frames + 5)
    worker.recorder.end()
    until(lambda: not worker.recorder.ended.empty())
    assert worker.recorder.ended.get().fault is None
    with Take.open(path) as take:
        assert take.camera_count == 2
        second = take.camera(1)
        assert (second.info.source, second.info.size, second.info.fps) == ("right", (6, 8), 25.0)
        assert second.info.settings["field_of_view"] == 70.0
        assert take.info.settings["field_of_view"] is None
        assert 5 <= second.frame_count < take.frame_count
        kept = take.info.cameras
    assert len(kept) == 2
    assert kept[1].clock.offset == pytest.approx(5.0)
    assert kept[1].rotation == pytest.approx(geometry()[1].rotation)


def test_take_without_known_cameras_has_none(worker, tmp_path):
    path = tmp_path / "a.take"
    worker.recorder.begin(path)
    until(lambda: (worker.recorder.frames or 0) > 3)
    worker.recorder.end()
    until(lambda: not worker.recorder.ended.empty())
    with Take.open(path) as take:
        assert (take.camera_count, take.info.cameras) == (2, ())

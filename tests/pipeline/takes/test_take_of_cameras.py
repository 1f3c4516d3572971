# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that several cameras recorded."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mimic.pipeline.errors import CameraMissing, TakeClosed, TakeCorrupt, TooManyCameras
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.file import store_cameras
from mimic.pipeline.takes.format import ONE_CAMERA_VERSION, VERSION
from mimic.pipeline.takes.geometry import CameraGeometry, Clock
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import CameraWriter, TakeWriter

MakeLandmarks = Callable[..., Landmarks]

SIDE = CameraGeometry((0.8, 0.0, 0.0, 0.6), (2.0, 3.0, 0.1), 900.0, (1280, 720), Clock(-1.25, 1.00001), 4.5, (1, -1, 0))


def new(path: Path) -> TakeWriter:
    return TakeWriter(path, source="front.mp4", size=(640, 480), fps=30.0)


def side(writer: TakeWriter) -> CameraWriter:
    return writer.camera(source="side.mp4", size=(480, 640), fps=25.0, settings={"field_of_view": 70.0})


@pytest.fixture
def path(tmp_path: Path, make_landmarks: MakeLandmarks) -> Path:
    """A take of two cameras: three frames, and two of which the second has another person."""
    path = tmp_path / "a.take"
    with new(path) as writer, side(writer) as other:
        for index in range(3):
            writer.add(make_landmarks(index))
        other.add(make_landmarks(5))
        other.add(make_landmarks(6), [replace(make_landmarks(6), person=1)])
        other.warn("The camera moved.")
    return path


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def test_take_of_two_cameras_is_read_camera_by_camera(path: Path) -> None:
    with Take.open(path) as take:
        assert take.camera_count == 2
        assert take.camera(0) is take
        other = take.camera(1)
        assert [each.info.source for each in (take, other)] == ["front.mp4", "side.mp4"]
        assert [each.info.warning for each in (take, other)] == [None, "The camera moved."]
        assert [each.frame_count for each in (take, other)] == [3, 2]
        assert [frame.index for frame in other.frames()] == [5, 6]
        assert [each.people for each in (take, other)] == [(0,), (0, 1)]
        assert [frame.pose is not None for frame in other.frames(1)] == [False, True]
        assert other.info.settings["field_of_view"] == 70.0
        assert all(each.info.complete for each in (take, other))
        assert other.track().time.shape == (2,)


def test_take_of_two_cameras_has_a_version_that_older_mimics_refuse(path: Path) -> None:
    assert version_of(path) == VERSION > ONE_CAMERA_VERSION


def test_camera_that_a_take_has_not_is_named(path: Path) -> None:
    with Take.open(path) as take, pytest.raises(CameraMissing, match="no camera 3: it was recorded by 2"):
        take.camera(2)


def test_camera_of_a_closed_take_cannot_be_read(path: Path) -> None:
    with Take.open(path) as take:
        other = take.camera(1)
    with pytest.raises(TakeClosed):
        list(other.frames())


def test_discarded_camera_leaves_the_take_of_the_others(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.take"
    with new(path) as writer:
        writer.add(make_landmarks(0))
        with side(writer) as other:
            other.add(make_landmarks(1))
            other.discard()
    assert version_of(path) == ONE_CAMERA_VERSION
    with Take.open(path) as take:
        assert (take.camera_count, take.frame_count) == (1, 1)


def test_ninth_camera_is_refused_and_the_take_stays(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.take"
    with new(path) as writer:
        writer.add(make_landmarks(0))
        for _ in range(7):
            side(writer).close()
        with pytest.raises(TooManyCameras, match="no more than 8"):
            side(writer)
    with Take.open(path) as take:
        assert take.camera_count == 8


def test_stored_cameras_are_read_again(path: Path) -> None:
    cameras = (CameraGeometry(focal=500.0, size=(640, 480)), SIDE)
    store_cameras(path, cameras, said="They stand close together.")
    with Take.open(path) as take:
        assert take.info.cameras == cameras
        assert take.info.cameras_said == "They stand close together."
        assert take.info.warnings == ()


def test_camera_with_pictures_of_another_size_has_the_same_lens_but_not_of_another_shape() -> None:
    smaller = SIDE.with_size((640, 360))
    assert smaller is not None
    assert (smaller.focal, smaller.size) == (450.0, (640, 360))
    assert smaller.field_of_view == pytest.approx(SIDE.field_of_view)
    assert SIDE.with_size((640, 480)) is None


def test_why_cameras_were_not_found_is_a_warning_beside_the_take_s_own(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    path = tmp_path / "a.take"
    with new(path) as writer, side(writer):
        writer.add(make_landmarks(0))
        writer.warn("The camera moved.")
    for _ in range(2):  # what was said before is forgotten
        store_cameras(path, (), said="Nobody moves.")
        with Take.open(path) as take:
            assert take.info.warnings == ("The camera moved.", "Nobody moves.")


def test_cameras_cannot_be_stored_while_the_take_is_recorded(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.take"
    with new(path) as writer:
        writer.add(make_landmarks(0))
        with pytest.raises(TakeCorrupt, match="being recorded"):
            store_cameras(path, (SIDE,))


@pytest.mark.parametrize(
    "change",
    [
        {"focal": 0.0},
        {"focal": "long"},
        {"focal": 1e300},
        {"focal": 1e-9},
        {"rotation": [1.0, 1.0, 0.0, 0.0]},
        {"rotation": [1.0, 0.0, 0.0]},
        {"position": [0.0, 0.0, True]},
        {"clock": {"offset": 0.0, "rate": 0.0}},
        {"clock": {"offset": 0.0, "rate": 1e-7}},
        {"clock": {"offset": 0.0, "rate": 1e7}},
        {"clock": 3},
        {"size": [0, 480]},
        {"size": [10**400, 480]},
        {"residual": None},
        {"people": [0, -2]},
        {"people": [True]},
        {"people": 0},
    ],
)
def test_cameras_that_are_not_valid_are_refused(path: Path, change: dict[str, object]) -> None:
    store_cameras(path, (SIDE, SIDE))
    with closing(sqlite3.connect(path)) as database, database:
        text = database.execute("SELECT value FROM about WHERE name = 'cameras'").fetchone()[0]
        cameras = json.loads(text)
        cameras[1] |= change
        database.execute("UPDATE about SET value = ? WHERE name = 'cameras'", (json.dumps(cameras),))
    with pytest.raises(TakeCorrupt, match="not a take"):
        Take.open(path)


def test_take_with_half_the_tables_of_a_camera_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DROP TABLE recheck_2")
    with pytest.raises(TakeCorrupt, match="not a take"):
        Take.open(path)

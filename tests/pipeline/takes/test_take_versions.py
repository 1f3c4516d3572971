# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of other versions of the format: older ones are read, later ones refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.pipeline.errors import TakeTooNew
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.format import ONE_CAMERA_VERSION, SCHEMA
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]


def write(path: Path, frames: list[Landmarks]) -> Path:
    with TakeWriter(path, source="clip.mp4", size=(640, 480), fps=30.0) as writer:
        for frame in frames:
            writer.add(frame)
    return path


def read(path: Path) -> list[Landmarks]:
    with Take.open(path) as take:
        return list(take.frames())


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return int(database.execute("PRAGMA user_version").fetchone()[0])


def make_older(database: sqlite3.Connection, version: int) -> None:
    """Turn an empty-handed take of today into one of versions 1 and 2, which had no tables but these two."""
    for table in SCHEMA.keys() - {"about", "frame"}:
        database.execute(f"DROP TABLE {table}")
    database.execute(f"PRAGMA user_version = {version}")


def test_take_of_version_2_was_smoothed_before_and_is_not_again(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    frames = [make_landmarks(0), make_landmarks(1)]
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="a.mp4", size=(640, 480), fps=30.0, settings={"smooth": True}) as writer:
        for frame in frames:
            writer.add(frame)
    found = [frame.pose for frame in read(path)]
    assert found[1] is not None
    assert frames[1].pose is not None
    assert not np.allclose(found[1].visibility, frames[1].pose.visibility, atol=1e-4)
    with closing(sqlite3.connect(path)) as database:
        make_older(database, 2)
    old = read(path)
    for before, now in zip(frames, old, strict=True):
        assert now.pose is not None
        assert before.pose is not None
        np.testing.assert_allclose(now.pose.visibility, before.pose.visibility, rtol=1e-6)


def test_take_of_several_people_is_read_person_by_person(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="a.mp4", size=(640, 480), fps=30.0) as writer:
        writer.add(make_landmarks(0), [replace(make_landmarks(0), person=1)])
        writer.add(make_landmarks(1))
        writer.add(make_landmarks(2), [replace(make_landmarks(2), person=n) for n in (1, 3)])
    with Take.open(path) as take:
        assert take.people == (0, 1, 3)
        assert [[f.pose is not None for f in take.frames(person)] for person in take.people] == [
            [True, True, True],
            [True, False, True],
            [False, False, True],
        ]
        assert {frame.person for frame in take.frames(3)} == {3}
        assert [frame.time for frame in take.frames(1)] == [frame.time for frame in take.frames()]


def test_take_without_the_people_s_numbers_is_searched_for_them(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="a.mp4", size=(640, 480), fps=30.0) as writer:
        writer.add(make_landmarks(0), [replace(make_landmarks(0), person=n) for n in (2, 5)])
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM about WHERE name = 'people'")
        database.commit()
    with Take.open(path) as take:
        assert take.people == (0, 2, 5)


def test_take_of_version_1_without_coefficients_is_read(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    frame = make_landmarks(0)
    assert frame.face is not None
    old = replace(frame, face=replace(frame.face, coefficients=None))
    path = write(tmp_path / "a.mimic", [old])
    with closing(sqlite3.connect(path)) as database:
        # What Mimic wrote then: 478 points, presence and region.
        assert database.execute("SELECT length(face) FROM frame").fetchone() == (4 * (478 * 3 + 6),)
        make_older(database, 1)
    (found,) = read(path)
    assert found.face is not None
    assert found.face.coefficients is None
    np.testing.assert_array_equal(found.face.image, np.float32(old.face.image))
    assert found.pose is not None
    assert version_of(path) == 1


def test_take_with_coefficients_is_of_a_version_that_older_mimics_refuse(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    frame = make_landmarks(0)
    assert frame.face is not None
    values = np.linspace(0.0, 1.0, 52)
    path = write(tmp_path / "a.mimic", [replace(frame, face=replace(frame.face, coefficients=values))])
    assert version_of(path) == ONE_CAMERA_VERSION == 3
    (found,) = read(path)
    assert found.face is not None
    np.testing.assert_allclose(found.face.coefficients, values, atol=1e-7)


def test_take_of_a_later_mimic_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mimic", [])
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(TakeTooNew, match="update Mimic"):
        Take.open(path)

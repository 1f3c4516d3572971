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
from mimic.pipeline.takes.take import Take, TakeWriter

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


def test_take_of_version_1_without_coefficients_is_read(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    frame = make_landmarks(0)
    assert frame.face is not None
    old = replace(frame, face=replace(frame.face, coefficients=None))
    path = write(tmp_path / "a.mimic", [old])
    with closing(sqlite3.connect(path)) as database:
        # What Mimic wrote then: 478 points, presence and region.
        assert database.execute("SELECT length(face) FROM frame").fetchone() == (4 * (478 * 3 + 6),)
        database.execute("PRAGMA user_version = 1")
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
    assert version_of(path) == 2
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

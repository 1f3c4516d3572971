# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures that turn out to be pictures, such as posters, are deleted from the take once it is recorded."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.pipeline.landmarks import scheduler
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.people import events
from mimic.pipeline.landmarks.people.events import EventCallback
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.capture import capture
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]
FRAMES = 6


def recorded(path: Path, make: MakeLandmarks) -> TakeWriter:
    """Begin a take of person 0, of person 1 from the third frame on, and of person 2."""
    writer = TakeWriter(path, source="a", size=(640, 480), fps=30.0)
    for i in range(FRAMES):
        one, two = replace(make(i + 100, parts="plf"), person=1), replace(make(i + 200, parts="p"), person=2)
        writer.add(make(i), (one, two) if i >= 2 else (two,))
        for person, found in enumerate((make(i), one)):
            assert found.pose is not None
            writer.recheck(i + 1, person, found.pose)
    return writer


def poses(path: Path, person: int) -> list[float | None]:
    with Take.open(path) as take:
        found = [each.pose for each in take.frames(person, as_found=True)]
    return [None if pose is None else float(pose.image[0, 0]) for pose in found]


def test_forgotten_person_is_gone_and_the_others_stay(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.mimic"
    with recorded(path, make_landmarks) as writer:
        assert writer.forget(1)[0] == FRAMES
    with Take.open(path) as take:
        assert take.people == (0, 2)
        assert not take.rechecks(1)
        assert len(take.rechecks(0)) == FRAMES
    assert poses(path, 1) == [None] * FRAMES
    assert None not in poses(path, 0) + poses(path, 2)


def test_person_0_who_is_forgotten_is_whoever_takes_the_number_over(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    path = tmp_path / "a.mimic"
    with recorded(path, make_landmarks) as writer:
        assert writer.forget(0, instead=1) == (4, 4, 0, 4)
    with Take.open(path) as take:
        assert take.people == (0, 2)
        assert len(take.rechecks(0)) == FRAMES
    expected = [make_landmarks(i + 100).pose for i in range(2, FRAMES)]
    found = poses(path, 0)
    assert found[:2] == [None, None]
    np.testing.assert_allclose(
        [value for value in found if value is not None],
        [pose.image[0, 0] for pose in expected if pose is not None],
        rtol=1e-6,
    )


@pytest.mark.parametrize("picture", [(1, None), (0, 1)])
def test_capture_of_somebody_who_is_a_picture_records_one_person_and_says_so(
    tmp_path: Path,
    make_film: Callable[..., Path],
    make_landmarks: MakeLandmarks,
    monkeypatch: pytest.MonkeyPatch,
    picture: tuple[int, int | None],
) -> None:
    def run_people(
        frames: Iterable[Frame], settings: HolisticSettings, *, on_event: EventCallback, **_: object
    ) -> Iterator[tuple[Landmarks, ...]]:
        for frame in frames:
            found = make_landmarks(frame.index, time=frame.time)
            yield found, replace(found, person=1)
        on_event(events.still(1.0, picture[0], (10.0, 20.0), picture[1]))

    monkeypatch.setattr(scheduler, "run_people", run_people)
    with open_source(make_film(tmp_path / "a.mp4")) as source:
        summary = capture(source, tmp_path / "a.mimic", settings=HolisticSettings(people=0))
    assert summary.people == 1
    assert dict(summary.person_poses) == {0: summary.frames}
    assert summary.poses == summary.frames
    assert any("never moves (a picture or a screen at 10,20?)" in note for note in summary.notes)
    with Take.open(tmp_path / "a.mimic") as take:
        assert take.people == (0,)

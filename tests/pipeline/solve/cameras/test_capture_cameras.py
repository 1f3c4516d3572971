# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures by several cameras: one take, every camera's stream in it, nothing lost when one of them fails."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from mimic.pipeline.errors import NoPersonFound, OutputExists, OutputUnwritable, PersonUnclear
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve.cameras.capture import CamerasSummary, capture_cameras
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.capture import LandmarksOf, Progress
from mimic.pipeline.takes.take import Take

MakeLandmarks = Callable[..., Landmarks]
MakeFilm = Callable[..., Path]
Capture = Callable[..., CamerasSummary]


@pytest.fixture
def captured(tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks) -> Capture:
    """Capture two films, with what is found in each: "p" for a body, nothing for nobody."""

    def finder(parts: str) -> LandmarksOf:
        def find(frames: Iterable[Frame]) -> Iterator[tuple[Landmarks, ...]]:
            for frame in frames:
                size = frame.image.shape[1], frame.image.shape[0]
                yield (make_landmarks(frame.index, time=frame.time, size=size, parts=parts),)

        return find

    def run(
        front: str = "p",
        side: str = "p",
        *,
        live: bool = False,
        sizes: Sequence[tuple[int, int]] = ((64, 48), (64, 48)),
        **options: object,
    ) -> CamerasSummary:
        names = ("front.mp4", "side.mp4")
        films = [make_film(tmp_path / name, size=size) for name, size in zip(names, sizes, strict=True)]
        with ExitStack() as opened:
            sources = [opened.enter_context(open_source(film)) for film in films]
            for source in sources:
                source.live = live
            options = {"take": tmp_path / "a.take", "landmarks_of": [finder(front), finder(side)], **options}
            return capture_cameras(sources, **options)  # type: ignore[arg-type]

    return run


def test_two_films_become_one_take_of_two_cameras(captured: Capture, tmp_path: Path) -> None:
    told: list[Progress] = []
    summary = captured(progress=told.append, fields_of_view=(None, 70.0), overlay=tmp_path / "o.mp4")
    assert [each.source for each in summary.cameras] == ["front.mp4", "side.mp4"]
    assert [step.camera for step in told] == sorted(step.camera for step in told)
    assert {step.camera for step in told} == {0, 1}
    assert (tmp_path / "o.mp4").exists()
    assert (tmp_path / "o-2.mp4").exists()
    with Take.open(tmp_path / "a.take") as take:
        assert take.camera_count == 2
        assert take.info.complete
        cameras = [take, take.camera(1)]
        assert [each.frame_count for each in cameras] == [each.frames for each in summary.cameras]
        assert [each.info.settings["field_of_view"] for each in cameras] == [None, 70.0]


def test_further_camera_without_people_is_left_out_with_a_sentence(captured: Capture, tmp_path: Path) -> None:
    summary = captured(side="")
    assert len(summary.cameras) == 1
    (sentence,) = summary.warnings
    assert sentence.startswith("Camera 2 is left out: no person was found in “side.mp4”. ")
    assert "no take" not in sentence  # there is one, of the first camera
    with Take.open(tmp_path / "a.take") as take:
        assert take.camera_count == 1
        assert take.frame_count == summary.cameras[0].frames


def test_first_camera_without_people_leaves_no_take(captured: Capture, tmp_path: Path) -> None:
    with pytest.raises(NoPersonFound, match=r"front\.mp4"):
        captured(front="")
    assert not (tmp_path / "a.take").exists()


def test_capture_that_is_stopped_in_the_second_film_keeps_both_streams(captured: Capture, tmp_path: Path) -> None:
    done: list[Progress] = []
    summary = captured(progress=done.append, cancelled=lambda: sum(step.camera for step in done) >= 3)
    assert summary.cancelled
    with Take.open(tmp_path / "a.take") as take:
        assert take.frame_count == summary.cameras[0].frames
        assert 0 < take.camera(1).frame_count < take.frame_count


def test_capture_that_is_stopped_in_the_first_film_keeps_it(captured: Capture, tmp_path: Path) -> None:
    done: list[Progress] = []
    summary = captured(progress=done.append, cancelled=lambda: len(done) >= 3)
    assert summary.cancelled
    with Take.open(tmp_path / "a.take") as take:
        assert (take.camera_count, take.frame_count) == (1, summary.cameras[0].frames)


def test_point_outside_the_picture_of_a_further_camera_is_refused_before_any_is_captured(
    captured: Capture, tmp_path: Path
) -> None:
    told: list[Progress] = []
    with pytest.raises(PersonUnclear, match=r"outside the picture of “side\.mp4”"):
        captured(sizes=[(128, 96), (64, 48)], settings=HolisticSettings(person="100,20"), progress=told.append)
    assert not told
    assert not (tmp_path / "a.take").exists()


def test_overlay_of_one_camera_over_the_film_of_another_is_refused(captured: Capture, tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match=r"side\.mp4.* is a file being read"):
        captured(overlay=tmp_path / "side.mp4", force=True)
    assert not (tmp_path / "a.take").exists()


def test_cameras_that_film_now_are_recorded_together(captured: Capture, tmp_path: Path) -> None:
    told: list[Progress] = []
    summary = captured(live=True, progress=told.append)
    assert {step.camera for step in told} == {0, 1}
    with Take.open(tmp_path / "a.take") as take:
        assert take.camera_count == 2
        assert [take.frame_count, take.camera(1).frame_count] == [each.frames for each in summary.cameras]


def test_camera_that_films_nobody_now_leaves_no_take_and_does_not_hang(captured: Capture, tmp_path: Path) -> None:
    with pytest.raises(NoPersonFound, match=r"front\.mp4"):
        captured(front="", live=True)
    assert not (tmp_path / "a.take").exists()


def test_take_that_exists_is_refused_without_hanging(captured: Capture, tmp_path: Path) -> None:
    (tmp_path / "a.take").write_bytes(b"mine")
    with pytest.raises(OutputExists):
        captured(live=True)
    assert (tmp_path / "a.take").read_bytes() == b"mine"

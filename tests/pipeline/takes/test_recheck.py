# SPDX-License-Identifier: GPL-3.0-or-later
"""The heavy network's second look: at the frames in doubt, where the source can be read twice, and never in vain."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models.networks import files
from mimic.pipeline.landmarks.data import Landmarks, LandmarkTrack, PoseLandmarks, Region
from mimic.pipeline.landmarks.pose import PoseResult
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes import recheck
from mimic.pipeline.takes.capture import CaptureSummary, capture
from mimic.pipeline.takes.take import Take

MakeLandmarks = Callable[..., Landmarks]
MakeFilm = Callable[..., Path]
DOUBTFUL = (2, 5, 11)
SHADES = range(0, 200, 10)
Looked = list[tuple[float, Region]]


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch, make_landmarks: MakeLandmarks) -> Looked:
    """Three frames in doubt, and a heavy network that notes the shade and the region of what it is shown."""
    seen: Looked = []

    class Tracker:
        def __init__(self, settings: HolisticSettings, *, threads: int) -> None:
            assert (settings.model, threads > 0) == ("heavy", True)

        @staticmethod
        def estimate(image: np.ndarray, region: Region) -> PoseResult:
            seen.append((float(image[-1, -1].mean()), region))
            return PoseResult(replace(pose_of(make_landmarks(len(seen))), score=0.5), np.zeros((2, 3)))

    def doubts(track: LandmarkTrack) -> np.ndarray:
        return np.array([i for i in DOUBTFUL[::-1] if i < len(track.time)], dtype=int)

    monkeypatch.setattr(recheck, "PoseTracker", Tracker)
    monkeypatch.setattr(recheck, "second_looks", doubts)
    monkeypatch.setattr(files, "installed", lambda: {"pose_landmark_heavy": files.Converted("a", "b", 1)})
    return seen


def pose_of(frame: Landmarks) -> PoseLandmarks:
    assert frame.pose is not None
    return frame.pose


def captured(
    film: Path, take: Path, make_landmarks: MakeLandmarks, settings: HolisticSettings | None = None, **options: float
) -> CaptureSummary:
    def find(frames: Iterable[Frame]) -> Iterator[tuple[Landmarks, ...]]:
        for frame in frames:
            yield (make_landmarks(frame.index, time=frame.time),)

    with open_source(film, **options) as source:  # type: ignore[arg-type]
        return capture(source, take, settings=settings, landmarks_of=find)


def test_frames_in_doubt_are_looked_at_once_more_in_their_region(
    tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks, looked: Looked
) -> None:
    film = make_film(tmp_path / "a.mp4", SHADES)
    summary = captured(film, tmp_path / "a.take", make_landmarks)
    with Take.open(tmp_path / "a.take") as take:
        assert tuple(take.rechecks()) == DOUBTFUL
    np.testing.assert_allclose([shade for shade, _ in looked], [SHADES[i] for i in DOUBTFUL], atol=4.0)
    assert [region for _, region in looked] == [pose_of(make_landmarks(i)).region for i in DOUBTFUL]
    assert summary.stages[recheck.STAGE] > 0.0
    assert summary.warning is None


def test_frames_in_doubt_of_a_part_of_a_mirrored_film_are_the_same_ones(
    tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks, looked: Looked
) -> None:
    film = make_film(tmp_path / "a.mp4", SHADES, fps=25.0)
    captured(film, tmp_path / "a.take", make_landmarks, start=0.2, mirror=True)
    np.testing.assert_allclose([shade for shade, _ in looked], [SHADES[5 + i] for i in DOUBTFUL], atol=4.0)


def test_frames_in_doubt_far_apart_are_read_without_those_between(
    tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks, looked: Looked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "_TOGETHER", 0.05)
    film = make_film(tmp_path / "a.mp4", SHADES)
    captured(film, tmp_path / "a.take", make_landmarks)
    np.testing.assert_allclose([shade for shade, _ in looked], [SHADES[i] for i in DOUBTFUL], atol=4.0)


@pytest.mark.parametrize("settings", [HolisticSettings(model="heavy"), HolisticSettings(static=True)])
def test_take_of_the_heavy_network_or_of_unrelated_pictures_is_not_looked_at_again(
    tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks, looked: Looked, settings: HolisticSettings
) -> None:
    captured(make_film(tmp_path / "a.mp4", SHADES), tmp_path / "a.take", make_landmarks, settings)
    assert not looked


def test_frames_in_doubt_without_the_heavy_network_are_told(
    tmp_path: Path,
    make_film: MakeFilm,
    make_landmarks: MakeLandmarks,
    looked: Looked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "installed", dict)
    summary = captured(make_film(tmp_path / "a.mp4", SHADES), tmp_path / "a.take", make_landmarks)
    assert not looked
    assert "3 of 20 frames" in (summary.warning or "")
    assert "heavy" in (summary.warning or "")


def test_frames_in_doubt_of_a_film_that_is_gone_are_told_and_the_take_is_kept(
    tmp_path: Path,
    make_film: MakeFilm,
    make_landmarks: MakeLandmarks,
    looked: Looked,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    film = make_film(tmp_path / "a.mp4", SHADES)
    choose = recheck.second_looks

    def gone(track: LandmarkTrack) -> np.ndarray:
        film.unlink(missing_ok=True)
        return choose(track)

    monkeypatch.setattr(recheck, "second_looks", gone)
    summary = captured(film, tmp_path / "a.take", make_landmarks)
    assert not looked
    assert summary.frames == len(SHADES)
    assert "could not be looked at once more" in (summary.warning or "")

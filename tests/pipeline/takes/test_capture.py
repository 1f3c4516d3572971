# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures: every frame recorded and drawn, stopped captures kept, captures in vain leaving nothing behind."""

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.errors import NoPersonFound, OutputExists, OutputUnwritable, PersonUnclear
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.base import Picture, Source, Window
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.capture import CaptureSummary, Progress, capture
from mimic.pipeline.takes.take import Take

MakeLandmarks = Callable[..., Landmarks]
MakeFilm = Callable[..., Path]
Finder = Callable[[Iterable[Frame]], Iterator[tuple[Landmarks, ...]]]
MakeFinder = Callable[..., Finder]


@pytest.fixture
def finder(make_landmarks: MakeLandmarks) -> MakeFinder:
    """Make what stands for the networks: it reads two frames ahead, as they do, and finds `parts` in every frame."""

    def make(parts: str = "plrf") -> Finder:
        def found_in(frame: Frame) -> Landmarks:
            size = frame.image.shape[1], frame.image.shape[0]
            return make_landmarks(frame.index, time=frame.time, size=size, parts=parts)

        def find(frames: Iterable[Frame]) -> Iterator[tuple[Landmarks, ...]]:
            waiting: list[Frame] = []
            for frame in frames:
                waiting.append(frame)
                if len(waiting) > 2:
                    yield (found_in(waiting.pop(0)),)
            yield from ((found_in(frame),) for frame in waiting)

        return find

    return make


def captured(film: Path, take: Path, find: Finder, **options: object) -> CaptureSummary:
    with open_source(film) as source:
        return capture(source, take, landmarks_of=find, **options)  # type: ignore[arg-type]


def film_length(path: Path) -> int:
    capture_ = opencv.load().VideoCapture(str(path))
    return sum(1 for _ in iter(lambda: capture_.read()[0], False))


def test_capture_of_a_film_records_and_draws_every_frame(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "film.mp4")
    told: list[Progress] = []
    summary = captured(
        film,
        tmp_path / "a.mimic",
        finder("plf"),
        overlay=tmp_path / "a.mp4",
        progress=told.append,
        settings=HolisticSettings(model="lite"),
    )
    assert (summary.take, summary.overlay) == (tmp_path / "a.mimic", tmp_path / "a.mp4")
    assert (summary.source, summary.frames, summary.expected) == ("film.mp4", 20, 20)
    assert (summary.poses, summary.left_hands, summary.right_hands, summary.faces) == (20, 20, 0, 20)
    assert summary.duration == pytest.approx(0.8)
    assert not summary.cancelled
    assert summary.warning is None
    assert summary.stages.keys() - {"recheck"} == {"decode", "draw", "record"}
    assert [progress.frames for progress in told] == list(range(1, 21))
    assert told[-1].expected == 20
    assert film_length(tmp_path / "a.mp4") == 20
    with Take.open(tmp_path / "a.mimic") as take:
        np.testing.assert_allclose(take.track().time, np.arange(20) / 25.0, atol=1e-6)
        assert take.info.complete
        assert take.info.source == "film.mp4"
        assert take.info.settings["model"] == "lite"


def test_capture_of_a_room_records_the_vertical_that_its_lines_show(tmp_path: Path, finder: MakeFinder) -> None:
    cv2 = opencv.load()
    picture = np.full((360, 480, 3), 200, np.uint8)
    for x in (40, 130, 350, 440):  # All lead to a point far below the picture, as for a camera that looks down.
        cv2.line(picture, (240 + round(0.7 * (x - 240)), 359), (x, 0), (20, 20, 20), 5, cv2.LINE_AA)
    film = tmp_path / "room.avi"
    writer = cv2.VideoWriter(str(film), cv2.VideoWriter_fourcc(*"MJPG"), 30.0, (480, 360))
    for _ in range(12):
        writer.write(picture)
    writer.release()
    captured(film, tmp_path / "room.take", finder())
    with Take.open(tmp_path / "room.take") as take:
        (vertical,) = take.info.verticals
    assert vertical.source == "lines"
    assert np.degrees(np.arctan2(-vertical.up[1], vertical.up[2])) == pytest.approx(20.5, abs=3.0)
    assert vertical.up[0] == pytest.approx(0.0, abs=0.03)


def test_overlay_shows_each_frame_with_its_own_landmarks(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    """Frames are read ahead of their landmarks; the pictures must not be."""
    film = make_film(tmp_path / "film.mp4", range(0, 200, 10), size=(64, 48))
    captured(film, tmp_path / "a.mimic", finder("p"), overlay=tmp_path / "a.avi")
    reader = opencv.load().VideoCapture(str(tmp_path / "a.avi"))
    corners = [float(np.median(reader.read()[1][-4:, -4:])) for _ in range(20)]
    np.testing.assert_allclose(corners, range(0, 200, 10), atol=10)


def test_cancelled_capture_keeps_every_frame_that_was_begun(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    asked = count(1)
    summary = captured(
        make_film(tmp_path / "film.mp4"),
        tmp_path / "a.mimic",
        finder(),
        overlay=tmp_path / "a.mp4",
        cancelled=lambda: next(asked) > 7,
    )
    assert summary.cancelled
    assert summary.frames == 7
    assert film_length(tmp_path / "a.mp4") == 7
    with Take.open(tmp_path / "a.mimic") as take:
        assert take.frame_count == 7
        assert take.info.complete


def test_capture_interrupted_by_ctrl_c_keeps_the_recorded_frames(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.frames == 5:
            raise KeyboardInterrupt

    summary = captured(make_film(tmp_path / "film.mp4"), tmp_path / "a.mimic", finder(), progress=interrupt)
    assert summary.cancelled
    assert summary.frames == 5
    with Take.open(tmp_path / "a.mimic") as take:
        assert take.frame_count == 5


def test_capture_cancelled_before_its_first_frame_leaves_nothing(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "film.mp4")
    summary = captured(film, tmp_path / "a.mimic", finder(), overlay=tmp_path / "a.mp4", cancelled=lambda: True)
    assert (summary.take, summary.overlay, summary.frames) == (None, None, 0)
    assert summary.cancelled
    assert list(tmp_path.iterdir()) == [film]


def test_capture_without_a_person_is_refused_and_leaves_existing_files(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "wall.mp4")
    with pytest.raises(NoPersonFound, match=r"in the 20 frames of “wall\.mp4”"):
        captured(film, tmp_path / "a.mimic", finder(""), overlay=tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == [film]
    captured(film, tmp_path / "a.mimic", finder("p"), overlay=tmp_path / "a.mp4")
    before = [(tmp_path / name).read_bytes() for name in ("a.mimic", "a.mp4")]
    with pytest.raises(NoPersonFound):
        captured(film, tmp_path / "a.mimic", finder(""), overlay=tmp_path / "a.mp4", force=True)
    assert [(tmp_path / name).read_bytes() for name in ("a.mimic", "a.mp4")] == before


def test_capture_that_fails_after_some_frames_keeps_those_frames(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    def failing(frames: Iterable[Frame]) -> Iterator[Landmarks]:
        for number, found in enumerate(finder()(frames)):
            if number == 6:
                raise OutputUnwritable("The disk is full.")
            yield found

    with pytest.raises(OutputUnwritable):
        captured(make_film(tmp_path / "film.mp4"), tmp_path / "a.mimic", failing)
    with Take.open(tmp_path / "a.mimic") as take:
        assert take.frame_count == 6


def test_capture_that_fails_before_its_first_frame_leaves_nothing(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "film.mp4")
    (tmp_path / "a.mp4").write_bytes(b"precious")
    with pytest.raises(OutputExists, match=r"a\.mp4"):
        captured(film, tmp_path / "a.mimic", finder(), overlay=tmp_path / "a.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "film.mp4"]
    assert (tmp_path / "a.mp4").read_bytes() == b"precious"


def test_capture_onto_its_own_source_is_refused_even_by_force(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "film.mp4")
    before = film.read_bytes()
    other = tmp_path / "other.mp4"
    for take, overlay in ((film, None), (tmp_path / "." / "film.mp4", other), (other, film), (other, other)):
        with pytest.raises(OutputUnwritable, match="another name"):
            captured(film, take, finder(), overlay=overlay, force=True)
    assert film.read_bytes() == before
    assert list(tmp_path.iterdir()) == [film]


def test_capture_of_a_truncated_film_records_its_frames_and_a_warning(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder
) -> None:
    film = make_film(tmp_path / "film.avi", [10 * (i % 20) for i in range(100)], size=(320, 240))
    film.write_bytes(film.read_bytes()[:-40000])
    summary = captured(film, tmp_path / "a.mimic", finder("p"))
    assert summary.warning is not None
    assert f"frame {summary.frames} of 100" in summary.warning
    with Take.open(tmp_path / "a.mimic") as take:
        assert take.frame_count == summary.frames > 20
        assert take.info.warning == summary.warning


class EndlessCamera(Source):
    """A camera that never stops, and must not be read by two at once or after it was closed."""

    def __init__(self) -> None:
        super().__init__(name="camera 0", size=(32, 24), fps=30.0, frame_count=None, window=Window(), live=True)
        self.closed = False
        self.read_after_close = False

    def _pictures(self) -> Iterator[Picture]:
        for number in count():
            self.read_after_close |= self.closed
            yield np.zeros((24, 32, 3), np.uint8), number / 30.0

    def close(self) -> None:
        self.closed = True


def test_live_capture_when_cancelled_ends_and_releases_the_camera(tmp_path: Path, finder: MakeFinder) -> None:
    threads = threading.active_count()
    asked = count(1)
    camera = EndlessCamera()
    with camera:
        summary = capture(camera, tmp_path / "a.mimic", landmarks_of=finder("p"), cancelled=lambda: next(asked) > 10)
        assert threading.active_count() == threads
    assert summary.frames == 10
    assert summary.cancelled
    assert summary.expected is None
    assert not camera.read_after_close
    with Take.open(tmp_path / "a.mimic") as take:
        times = take.track().time
    assert np.all(np.diff(times) > 0)


def test_live_capture_that_fails_releases_the_camera(tmp_path: Path) -> None:
    threads = threading.active_count()

    def failing(frames: Iterable[Frame]) -> Iterator[Landmarks]:
        next(iter(frames))
        raise OutputUnwritable("The disk is full.")
        yield

    with EndlessCamera() as camera, pytest.raises(OutputUnwritable):
        capture(camera, tmp_path / "a.mimic", landmarks_of=failing)
    assert threading.active_count() == threads
    assert not camera.read_after_close


@pytest.mark.networks
def test_capture_of_the_performer_finds_a_pose_in_every_frame(tmp_path: Path, networks: Path, performer: Path) -> None:
    if not performer.is_file():
        pytest.skip("needs the clip of the performer")
    with open_source(performer, end=0.5) as source:
        summary = capture(source, tmp_path / "a.mimic", overlay=tmp_path / "a.mp4")
    assert summary.frames > 5
    assert summary.poses == summary.frames
    assert summary.stages.keys() >= {"decode", "detect", "pose", "hands", "face", "record", "draw"}
    with Take.open(tmp_path / "a.mimic") as take:
        assert "pose_landmark_full" in take.info.networks
        assert np.isfinite(take.track().pose_world).all()


@pytest.mark.networks
@pytest.mark.parametrize("size", [(16, 16), (101, 77)])
def test_capture_of_grey_frames_is_refused_and_leaves_nothing(
    tmp_path: Path, networks: Path, make_film: MakeFilm, size: tuple[int, int]
) -> None:
    film = make_film(tmp_path / "grey.avi", [120, 121, 122], size=size)
    with open_source(film) as source, pytest.raises(NoPersonFound):
        capture(source, tmp_path / "a.mimic")
    assert list(tmp_path.iterdir()) == [film]


@pytest.mark.parametrize(("step", "moves"), [(0, False), (5, True)])
def test_capture_by_a_camera_that_moves_says_so_and_records_everything(
    tmp_path: Path, finder: MakeFinder, step: int, moves: bool
) -> None:
    cv2 = opencv.load()
    wall = cv2.resize(
        np.random.default_rng(3).integers(0, 255, (12, 24), np.uint8), None, fx=40, fy=40, interpolation=0
    )
    film = cv2.VideoWriter(str(tmp_path / "film.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (640, 480))
    for number in range(20):
        film.write(cv2.cvtColor(wall[:, step * number : step * number + 640], cv2.COLOR_GRAY2BGR))
    film.release()
    summary = captured(tmp_path / "film.mp4", tmp_path / "a.take", nobody_near(finder("p")))
    with Take.open(tmp_path / "a.take") as take:
        assert (take.frame_count, take.info.warning) == (20, summary.warning)
        assert all(frame.pose is not None for frame in take.frames())
    if moves:
        assert summary.warning == (
            "The camera moved while it filmed, so the character's place drifts: put it on something firm, or keep the "
            "root in place when you bake."
        )
    else:
        assert summary.warning is None


def nobody_near(find: Finder) -> Finder:
    """Find people in a corner of the picture."""

    def found(frames: Iterable[Frame]) -> Iterator[tuple[Landmarks, ...]]:
        for people in find(frames):
            pose = people[0].pose
            assert pose is not None
            yield (replace(people[0], pose=replace(pose, image=0.1 * pose.image)),)

    return found


@pytest.mark.parametrize("person", ["700,100", "100,481", "1e9,1e9"])
def test_capture_of_whoever_is_outside_the_picture_is_refused(
    tmp_path: Path, make_film: MakeFilm, finder: MakeFinder, person: str
) -> None:
    film = make_film(tmp_path / "film.mp4", [100, 100], size=(640, 480))
    settings = HolisticSettings(person=person)
    with pytest.raises(
        PersonUnclear, match=rf"^The point {person} is outside .* which has 640 by 480 pixels: choose one"
    ):
        captured(film, tmp_path / "a.take", finder(), settings=settings)
    assert not (tmp_path / "a.take").exists()


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        (3, 2, "Only 2 people were found of the 3 to follow."),
        (2, 1, "Only 1 person was found of the 2 to follow."),
        (2, 2, None),
        (0, 2, None),
    ],
)
def test_capture_of_fewer_people_than_wanted_keeps_them_and_says_so(
    tmp_path: Path, make_film: MakeFilm, make_landmarks: MakeLandmarks, *, wanted: int, there: int, said: str | None
) -> None:
    film = make_film(tmp_path / "film.mp4", [100] * 8)

    def find(frames: Iterable[Frame]) -> Iterator[tuple[Landmarks, ...]]:
        for frame in frames:
            found = make_landmarks(frame.index, time=frame.time, parts="p")
            yield tuple(replace(found, person=person) for person in range(there if frame.index > 3 else 1))

    summary = captured(film, tmp_path / "a.take", find, settings=HolisticSettings(people=wanted))
    assert summary.warning == said
    assert summary.people == there
    with Take.open(tmp_path / "a.take") as take:
        assert take.info.warning == said
        assert take.people == tuple(range(there))
        for person in take.people:  # nobody loses a frame, whoever appears late is there from then on
            missed = [frame.index for frame in take.frames(person) if frame.pose is None]
            assert missed == ([0, 1, 2, 3] if person else [])

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources: right frames at right times from every kind of file, and a sentence for every bad one."""

import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline import opencv
from mimic.pipeline.errors import EmptyFolder, EmptyRange, SourceMissing, UnreadablePicture, UnreadableVideo
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.pictures import natural_order
from mimic.pipeline.sources.video import VideoSource

MakeFilm = Callable[..., Path]
Edit = Callable[[bytes], bytes]


def edit_box(data: bytes, path: Sequence[str], edit: Edit) -> bytes:
    """Replace the payload of an MP4 box, and the sizes of the boxes around it."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind.decode("latin1") == path[0]:
            payload = data[at + 8 : at + size]
            payload = edit(payload) if len(path) == 1 else edit_box(payload, path[1:], edit)
            return data[:at] + struct.pack(">I4s", len(payload) + 8, kind) + payload + data[at + size :]
        at += size
    raise KeyError(path[0])


def with_durations(film: Path, durations: Sequence[float]) -> Path:
    """Give each frame of an MP4 a duration of its own, in seconds."""
    data = film.read_bytes()
    header = data.index(b"mdhd") + 4
    (timescale,) = struct.unpack(">I", data[header + 12 : header + 16])
    ticks = [round(duration * timescale) for duration in durations]
    track = ["moov", "trak", "mdia"]
    stretched = struct.pack(">I", sum(ticks))
    data = edit_box(data, [*track, "mdhd"], lambda box: box[:16] + stretched + box[20:])
    table = struct.pack(">I", len(ticks)) + b"".join(struct.pack(">II", 1, tick) for tick in ticks)
    data = edit_box(data, [*track, "minf", "stbl", "stts"], lambda box: box[:4] + table)
    # The edit list would still end the film at its old length.
    film.write_bytes(edit_box(data, ["moov", "trak", "edts"], lambda _: b""))
    return film


def turned_clockwise(film: Path) -> Path:
    """Mark an MP4 as filmed with a camera on its side, to be shown a quarter turn clockwise."""
    matrix = struct.pack(">iiiiii", 0, 1 << 16, 0, -1 << 16, 0, 0)
    data = edit_box(film.read_bytes(), ["moov", "trak", "tkhd"], lambda box: box[:40] + matrix + box[64:])
    film.write_bytes(data)
    return film


def write_picture(path: Path, image: np.ndarray) -> Path:
    found, data = opencv.load().imencode(path.suffix, image)
    assert found
    path.write_bytes(data.tobytes())
    return path


def test_film_yields_every_frame_with_its_time(tmp_path: Path, make_film: MakeFilm) -> None:
    path = make_film(tmp_path / "film.mp4", range(20, 180, 10), fps=25.0)
    with open_source(path) as source:
        frames = list(source)
    assert (source.name, source.size, source.fps, source.frame_count) == ("film.mp4", (64, 48), 25.0, 16)
    assert source.duration == pytest.approx(0.64)
    assert [frame.index for frame in frames] == list(range(16))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(16) / 25.0, atol=1e-6)
    shades = [float(frame.image[40, 60].mean()) for frame in frames]
    np.testing.assert_allclose(shades, range(20, 180, 10), atol=6)
    assert frames[0].image.shape == (48, 64, 3)
    assert frames[0].image.dtype == np.uint8
    assert source.warning is None


def test_picture_colours_are_rgb(tmp_path: Path) -> None:
    red = np.zeros((8, 8, 3), np.uint8)
    red[..., 2] = 255  # OpenCV writes BGR
    with open_source(write_picture(tmp_path / "red.png", red)) as source:
        (frame,) = source
    np.testing.assert_array_equal(frame.image[4, 4], (255, 0, 0))


def test_film_of_variable_frame_rate_keeps_its_frame_times(tmp_path: Path, make_film: MakeFilm) -> None:
    durations = [0.04] * 5 + [0.2] + [0.01] * 4 + [0.333] + [0.04] * 9
    path = with_durations(make_film(tmp_path / "phone.mp4", range(0, 200, 10)), durations)
    with open_source(path) as source:
        times = [frame.time for frame in source]
    np.testing.assert_allclose(times, np.cumsum([0.0, *durations[:-1]]), atol=1e-3)
    assert source.warning is None


@pytest.mark.parametrize("start", [0.0, 0.25, 1.0])
def test_window_of_a_variable_rate_film_selects_by_time(tmp_path: Path, make_film: MakeFilm, start: float) -> None:
    durations = [0.1] * 10 + [0.02] * 10
    path = with_durations(make_film(tmp_path / "phone.mp4", range(0, 200, 10)), durations)
    times = np.cumsum([0.0, *durations[:-1]])
    with open_source(path, start=start, end=1.1) as source:
        found = [frame.time for frame in source]
    np.testing.assert_allclose(found, times[(times >= start - 1e-6) & (times < 1.1 - 1e-6)], atol=1e-3)


def test_late_start_of_a_long_film_is_exact(tmp_path: Path, make_film: MakeFilm) -> None:
    shades = [10 * (i % 20) for i in range(300)]
    path = make_film(tmp_path / "long.mp4", shades, fps=10.0, size=(32, 32))
    with open_source(path, start=20.0, end=21.0) as source:
        frames = list(source)
    np.testing.assert_allclose([frame.time for frame in frames], 20.0 + np.arange(10) / 10.0, atol=1e-6)
    np.testing.assert_allclose([frame.image[30, 30].mean() for frame in frames], shades[200:210], atol=6)
    assert source.frame_count == 10
    assert frames[0].index == 0


@pytest.mark.parametrize("durations", [[0.01] * 600 + [1.0] * 20, [1.0] * 20 + [0.01] * 600, [0.1] * 60 + [30.0, 0.1]])
@pytest.mark.parametrize("start", [11.0, 19.995, 24.5])
def test_late_start_of_an_uneven_film_is_exact(
    tmp_path: Path, make_film: MakeFilm, durations: list[float], start: float
) -> None:
    film = make_film(tmp_path / "uneven.mp4", [i % 200 for i in range(len(durations))], size=(32, 32))
    times = np.cumsum([0.0, *durations[:-1]])
    with open_source(with_durations(film, durations), start=start) as source:
        found = [frame.time for frame in source]
    np.testing.assert_allclose(found, times[times >= start - 1e-6], atol=1e-3)


class Overshooting:
    """A capture whose seeks land too late, as they may where the index of a file is coarse."""

    def __init__(self, capture: Any) -> None:
        self._capture = capture

    def set(self, what: int, value: float) -> bool:
        seeking = what == opencv.load().CAP_PROP_POS_MSEC
        return bool(self._capture.set(what, value + 9000.0 if seeking else value))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._capture, name)


def test_seek_that_lands_too_late_loses_no_frame(tmp_path: Path, make_film: MakeFilm) -> None:
    path = make_film(tmp_path / "long.mp4", [i % 200 for i in range(300)], fps=10.0, size=(32, 32))
    with open_source(path, start=12.0, end=12.5) as source:
        assert isinstance(source, VideoSource)
        source._capture = Overshooting(source._capture)
        np.testing.assert_allclose([frame.time for frame in source], 12.0 + np.arange(5) / 10.0, atol=1e-6)


def test_rotation_metadata_turns_the_picture_upright(tmp_path: Path, make_film: MakeFilm) -> None:
    path = turned_clockwise(make_film(tmp_path / "side.mp4", [40] * 4))
    with open_source(path) as source:
        frame = next(iter(source))
    assert source.size == (48, 64)
    assert frame.image.shape == (64, 48, 3)
    # What was top-left is top-right after a quarter turn clockwise.
    assert frame.image[10, 40].mean() > 200
    assert frame.image[10, 5].mean() < 80


def test_mirror_flips_left_to_right(tmp_path: Path, make_film: MakeFilm) -> None:
    path = make_film(tmp_path / "film.mp4", [40] * 3)
    with open_source(path, mirror=True) as source:
        frame = next(iter(source))
    assert source.mirrored
    assert frame.image[5, 60].mean() > 200
    assert frame.image[5, 5].mean() < 80
    assert frame.image.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize("name", ["Straße im Süden.mp4", "視頻 1.mp4", "100% %03d.mp4", "a:b.mp4", "-rf.mp4"])
def test_film_and_picture_with_any_name_are_opened(tmp_path: Path, make_film: MakeFilm, name: str) -> None:
    folder = tmp_path / "Ordner mit Ümläut"
    folder.mkdir()
    path = make_film(tmp_path / "plain.mp4", [40] * 3).rename(folder / name)
    with open_source(path) as source:
        assert len(list(source)) == 3
    image = write_picture(tmp_path / "p.png", np.zeros((9, 7, 3), np.uint8)).rename(folder / f"{name}.png")
    with open_source(str(image)) as source:
        assert source.size == (7, 9)


@pytest.mark.parametrize("size", [(16, 16), (64, 50), pytest.param((7680, 4320), marks=pytest.mark.slow)])
def test_film_of_any_size_keeps_its_size(tmp_path: Path, make_film: MakeFilm, size: tuple[int, int]) -> None:
    with open_source(make_film(tmp_path / "film.avi", [40, 50], size=size)) as source:
        assert [frame.image.shape for frame in source] == [(size[1], size[0], 3)] * 2


def test_pictures_of_any_kind_become_rgb(tmp_path: Path) -> None:
    grey = np.full((5, 7), 128, np.uint8)
    write_picture(tmp_path / "1 grey.png", grey)
    write_picture(tmp_path / "2 rgba.png", np.dstack([grey, grey, grey, np.zeros_like(grey)]))
    write_picture(tmp_path / "10 deep.png", grey.astype(np.uint16) * 257)
    write_picture(tmp_path / "11 deep.tiff", np.dstack([grey.astype(np.uint16) * 257] * 3))
    with open_source(tmp_path, picture_fps=10.0) as source:
        frames = list(source)
    assert (source.name, source.size, source.fps, source.frame_count) == (tmp_path.name, (7, 5), 10.0, 4)
    assert [frame.time for frame in frames] == [0.0, 0.1, 0.2, pytest.approx(0.3)]
    for frame in frames:
        assert frame.image.dtype == np.uint8
        np.testing.assert_allclose(frame.image, np.full((5, 7, 3), 128), atol=1)


def test_picture_folder_is_in_natural_order_without_damaged_pictures(tmp_path: Path) -> None:
    for number in (10, 9, 2, 1):
        write_picture(tmp_path / f"frame {number}.png", np.full((4, 4, 3), number, np.uint8))
    (tmp_path / "frame 3.png").write_bytes(b"not a picture")
    (tmp_path / "notes.txt").write_text("not a picture either")
    with open_source(tmp_path) as source:
        frames = list(source)
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [1, 2, 9, 10]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert frames[2].time == pytest.approx(3 / 30)
    assert source.warning is not None
    assert "1 of 5" in source.warning
    assert "frame 3.png" in source.warning


@given(st.lists(st.integers(0, 10**12), min_size=2, unique=True))
def test_natural_order_of_numbered_names_is_numeric(numbers: list[int]) -> None:
    names = [f"take2_{number}.png" for number in numbers]
    assert sorted(names, key=natural_order) == [f"take2_{number}.png" for number in sorted(numbers)]


@pytest.mark.parametrize("name", ["film.avi", "film.mkv"])
def test_truncated_film_yields_its_whole_frames_and_a_warning(tmp_path: Path, make_film: MakeFilm, name: str) -> None:
    whole = make_film(tmp_path / name, [10 * (i % 20) for i in range(100)], size=(320, 240))
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) * 6 // 10])
    with open_source(whole) as source:
        frames = list(source)
    assert 30 < len(frames) < 80
    assert source.warning is not None
    assert f"frame {len(frames)} of 100" in source.warning


def test_film_with_an_early_end_has_no_truncation_warning(tmp_path: Path, make_film: MakeFilm) -> None:
    with open_source(make_film(tmp_path / "film.mp4"), end=0.2) as source:
        assert len(list(source)) == 5
    assert source.warning is None


def zero_bytes(path: Path) -> None:
    path.write_bytes(b"")


def words(path: Path) -> None:
    path.write_text("This is not a video.\n" * 200)


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(5000))


@pytest.mark.parametrize("content", [zero_bytes, words, noise])
@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".txt", ""])
def test_file_that_is_no_video_is_refused_by_name(tmp_path: Path, content: Callable[[Path], None], suffix: str) -> None:
    path = tmp_path / f"holiday{suffix}"
    content(path)
    with pytest.raises(UnreadableVideo, match="holiday"):
        open_source(path)


def test_film_without_its_index_is_refused_as_cut_short(tmp_path: Path, make_film: MakeFilm) -> None:
    path = make_film(tmp_path / "film.mp4")
    path.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(UnreadableVideo, match="cut short"):
        open_source(path)


def test_missing_and_empty_sources_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceMissing, match=r"no file or folder “.*gone\.mp4”"):
        open_source(tmp_path / "gone.mp4")
    with pytest.raises(SourceMissing):
        open_source("")
    (tmp_path / "empty").mkdir()
    with pytest.raises(EmptyFolder, match="empty"):
        open_source(tmp_path / "empty")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG broken")
    with pytest.raises(UnreadablePicture, match=r"broken\.png"):
        open_source(tmp_path / "broken.png")
    with pytest.raises(UnreadablePicture, match=r"broken\.png"):
        open_source(tmp_path)


def test_window_outside_the_film_is_refused(tmp_path: Path, make_film: MakeFilm) -> None:
    path = make_film(tmp_path / "film.mp4")
    with pytest.raises(EmptyRange, match=r"lasts 0\.80 s"):
        open_source(path, start=5.0)
    with pytest.raises(EmptyRange):
        open_source(path, start=0.5, end=0.2)
    with pytest.raises(EmptyRange):
        open_source(path, start=-1.0)


@pytest.mark.parametrize("window", [{"start": 5.0}, {"start": -1.0}, {"start": 0.5, "end": 0.2}], ids=str)
def test_refused_window_leaves_no_capture_open(
    tmp_path: Path, make_film: MakeFilm, monkeypatch: pytest.MonkeyPatch, window: dict[str, float]
) -> None:
    path = make_film(tmp_path / "film.mp4")
    cv2 = opencv.load()
    made: list[Any] = []
    real = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda *given: made.append(real(*given)) or made[-1])
    with pytest.raises(EmptyRange):
        open_source(path, **window)
    assert made
    assert not any(capture.isOpened() for capture in made)


def test_opencv_reading_damaged_sources_prints_nothing(tmp_path: Path, make_film: MakeFilm) -> None:
    """In a process of its own, because its log is set up at import."""
    cut = make_film(tmp_path / "cut.avi", [10 * (i % 20) for i in range(60)], size=(320, 240))
    cut.write_bytes(cut.read_bytes()[:-30000])
    words(tmp_path / "words.mp4")
    script = """
import sys
from mimic.errors import MimicError
from mimic.pipeline.sources import open_source
for spec in sys.argv[1:]:
    try:
        with open_source(spec) as source:
            print(spec, len(list(source)))
    except MimicError as error:
        print(spec, error)
"""
    specs = [str(cut), str(tmp_path / "words.mp4"), "77", "http://127.0.0.1:9/nothing"]
    done = subprocess.run([sys.executable, "-c", script, *specs], capture_output=True, text=True, check=True)
    assert len(done.stdout.splitlines()) == 4
    assert done.stderr == ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: what goes in comes out, a killed writer loses a second at most, and nothing is overwritten unasked."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.pipeline.errors import OutputExists, OutputUnwritable, TakeClosed, TakeCorrupt
from mimic.pipeline.landmarks.data import FaceLandmarks, HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.takes import new_file as file_module
from mimic.pipeline.takes.file import _JOURNAL_MAGIC
from mimic.pipeline.takes.take import Take, is_take
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]


def write(path: Path, frames: Sequence[Landmarks], *, force: bool = False) -> Path:
    with TakeWriter(path, source="clip.mp4", size=(640, 480), fps=30.0, force=force) as writer:
        for frame in frames:
            writer.add(frame)
    return path


def read(path: Path) -> list[Landmarks]:
    with Take.open(path) as take:
        return list(take.frames())


def assert_same(found: Landmarks, wanted: Landmarks) -> None:
    """Equal up to the float32 in which arrays are stored; times and sizes exactly."""
    assert (found.time, found.index, found.size) == (wanted.time, wanted.index, wanted.size)
    for part in ("pose", "left_hand", "right_hand", "face"):
        one, other = getattr(found, part), getattr(wanted, part)
        assert (one is None) == (other is None)
        if one is None:
            continue
        for name, value in vars(other).items():
            stored = getattr(one, name)
            if value is None:
                assert stored is None, name
            elif isinstance(value, Region):
                np.testing.assert_array_equal(list(vars(stored).values()), np.float32(list(vars(value).values())))
            else:
                np.testing.assert_array_equal(stored, np.float32(value))


NUMBERS = st.floats(-1e5, 1e5, width=32)
SHARES = st.floats(0.0, 1.0, width=32)
REGIONS = st.builds(Region, NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.floats(-4.0, 4.0, width=32))


def points(n: int) -> st.SearchStrategy[np.ndarray]:
    return arrays(np.float32, (n, 3), elements=st.floats(-1e5, 1e5, width=32) | st.just(float("nan")))


def hands() -> st.SearchStrategy[HandLandmarks | None]:
    hand = st.builds(
        HandLandmarks, image=points(21), world=points(21), presence=SHARES, right_handed=SHARES, region=REGIONS
    )
    return st.none() | hand


POSES = st.builds(
    PoseLandmarks,
    image=points(33),
    world=points(33),
    visibility=arrays(np.float32, 33, elements=SHARES),
    presence=arrays(np.float32, 33, elements=SHARES),
    score=SHARES,
    region=REGIONS,
)
PLAIN_FACES = st.builds(FaceLandmarks, image=points(478) | points(468), presence=SHARES, region=REGIONS)
FACES = PLAIN_FACES | st.builds(
    FaceLandmarks,
    image=points(478),
    presence=SHARES,
    region=REGIONS,
    coefficients=arrays(np.float32, 52, elements=SHARES),
)
FRAMES = st.builds(
    Landmarks,
    time=st.floats(0.0, 1e6),
    index=st.integers(0, 2**40),
    size=st.tuples(st.integers(1, 16384), st.integers(1, 16384)),
    pose=st.none() | POSES,
    left_hand=hands(),
    right_hand=hands(),
    face=st.none() | FACES,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(frames=st.lists(FRAMES, max_size=3).map(lambda frames: sorted(frames, key=lambda frame: frame.time)))
def test_take_written_and_read_gives_the_same_frames(
    tmp_path_factory: pytest.TempPathFactory, frames: list[Landmarks]
) -> None:
    path = write(tmp_path_factory.mktemp("take") / "a.mimic", frames)
    found = read(path)
    assert len(found) == len(frames)
    for one, other in zip(found, frames, strict=True):
        assert_same(one, other)


def test_take_info_holds_source_settings_and_networks(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "Tänzer 1.mimic"
    with TakeWriter(
        path,
        source="Tänzer.mp4",
        size=(1920, 1080),
        fps=29.97,
        mirrored=True,
        settings={"model": "heavy", "pose_settings": {"min_score": 0.5}},
        networks={"pose_detection": "ab12"},
    ) as writer:
        for i in range(10):
            writer.add(make_landmarks(i, parts="pl"))
        writer.warn("It stopped.")
    with Take.open(path) as take:
        info = take.info
        assert (info.source, info.size, info.fps, info.mirrored) == ("Tänzer.mp4", (1920, 1080), 29.97, True)
        assert info.settings == {"model": "heavy", "pose_settings": {"min_score": 0.5}}
        assert info.networks == {"pose_detection": "ab12"}
        assert info.complete
        assert info.warning == "It stopped."
        assert info.mimic.count(".") == 2
        assert info.created.endswith("+00:00")
        assert take.frame_count == 10
        assert take.duration == pytest.approx(9 / 30)
        assert not take.has_face
    assert is_take(path)


def test_take_track_stacks_the_frames_with_nan_for_missing_parts(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    frames = [make_landmarks(0, parts="pr"), make_landmarks(1, parts=""), make_landmarks(2, parts="plrf")]
    with Take.open(write(tmp_path / "a.mimic", frames)) as take:
        track = take.track()
    assert track.pose_world.shape == (3, 33, 3)
    np.testing.assert_array_equal(np.isnan(track.hand_presence), [[True, False], [True, True], [False, False]])
    assert frames[2].pose is not None
    np.testing.assert_allclose(track.pose_image[2], frames[2].pose.image, rtol=1e-6)


def test_take_closed_cleanly_is_one_file(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    write(tmp_path / "a.mimic", [make_landmarks(i) for i in range(50)])
    read(tmp_path / "a.mimic")
    assert [path.name for path in tmp_path.iterdir()] == ["a.mimic"]


def test_take_frame_takes_no_more_space_than_floats_of_its_landmarks(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(i) for i in range(100)])
    floats = (33 * 8 + 6) + 2 * (21 * 6 + 7) + (478 * 3 + 52 + 6)
    assert path.stat().st_size < 100 * 4 * floats * 1.1 + 20_000


def test_empty_take_opens_without_frames(tmp_path: Path) -> None:
    with Take.open(write(tmp_path / "a.mimic", [])) as take:
        assert (take.frame_count, take.duration, list(take.frames())) == (0, 0.0, [])
        assert take.track().pose_image.shape == (0, 33, 3)


KILLED = """
import sys, time
from pathlib import Path
import numpy as np
from mimic.pipeline.takes import new_file as module
from mimic.pipeline.takes.writer import TakeWriter
from mimic.pipeline.landmarks.data import FaceLandmarks, Landmarks, Region
module.COMMIT_SECONDS = float(sys.argv[2])
writer = TakeWriter(Path(sys.argv[1]), source="camera", size=(640, 480), fps=30.0, force=True)
index, committed = 0, writer._file._committed
while True:
    face = FaceLandmarks(image=np.full((478, 3), float(index)), presence=1.0, region=Region(0.0, 0.0, 1.0, 1.0, 0.0))
    writer.add(Landmarks(time=index / 30.0, index=index, size=(640, 480), face=face))
    index += 1
    print(index, int(writer._file._committed != committed), flush=True)
    committed = writer._file._committed
"""


def kill_while_recording(path: Path, *, frames: int, commit_seconds: float) -> tuple[int, int]:
    """Record in another process, kill it after so many frames: how many it had added, and how many committed."""
    command = [sys.executable, "-c", KILLED, str(path), str(commit_seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        added = safe = 0
        for line in process.stdout:
            added, committed = map(int, line.split())
            safe = added if committed else safe
            if added >= frames and safe > 0:
                break
        process.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        process.wait()
    return added, safe


@pytest.mark.slow
@pytest.mark.parametrize("commit_seconds", [0.0, 0.05])
def test_killed_recording_opens_with_every_committed_frame(tmp_path: Path, commit_seconds: float) -> None:
    path = tmp_path / "a.mimic"
    added, safe = kill_while_recording(path, frames=300, commit_seconds=commit_seconds)
    with Take.open(path) as take:
        found = list(take.frames())
        assert not take.info.complete
    assert added >= 300
    assert len(found) >= safe > 0
    assert [frame.index for frame in found] == list(range(len(found)))
    assert found[-1].face is not None
    np.testing.assert_array_equal(found[-1].face.image, np.full((478, 3), len(found) - 1))


def test_take_that_is_being_recorded_names_the_people_so_far_without_reading_frames(
    tmp_path: Path, make_landmarks: MakeLandmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_module, "COMMIT_SECONDS", 0.0)
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="a.mp4", size=(640, 480), fps=30.0) as writer, Take.open(path) as take:
        asked: list[str] = []
        take._db.set_trace_callback(asked.append)
        writer.add(make_landmarks(0))
        assert take.people == (0,)
        writer.add(make_landmarks(1), [replace(make_landmarks(1), person=2)])
        assert take.people == (0, 2)
        writer.add(make_landmarks(2), [replace(make_landmarks(2), person=n) for n in (1, 2)])
        assert take.people == (0, 1, 2)
        assert not [statement for statement in asked if "other" in statement]


def test_killed_recording_with_force_leaves_the_take_before(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(0)])
    kill_while_recording(path, frames=50, commit_seconds=0.0)
    assert len(read(path.with_name("a.mimic.previous"))) == 1


def test_read_of_a_closed_take_says_that_the_take_is_closed(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    take = Take.open(write(tmp_path / "a.mimic", [make_landmarks(0), make_landmarks(1)]))
    begun = take.frames()
    next(begun)
    take.close()
    reads: list[Callable[[], object]] = [
        lambda: next(take.frames()), lambda: next(begun), take.track, lambda: take.frame_count, lambda: take.duration,
    ]  # fmt: skip
    for read_closed in reads:
        with pytest.raises(TakeClosed, match=r"a\.mimic.* is closed: .*open it again"):
            read_closed()


def test_take_can_be_read_while_it_is_recorded(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="camera", size=(640, 480), fps=30.0) as writer:
        writer.add(make_landmarks(0))
        with Take.open(path) as take:
            assert not take.info.complete
            assert take.frame_count == 0
    assert len(read(path)) == 1


def test_take_that_exists_is_not_overwritten_without_force(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(0)])
    before = path.read_bytes()
    with pytest.raises(OutputExists, match=r"a\.mimic.*--force"):
        TakeWriter(path, source="b", size=(1, 1), fps=30.0)
    assert path.read_bytes() == before
    write(path, [make_landmarks(i) for i in range(3)], force=True)
    assert len(read(path)) == 3
    assert [other.name for other in tmp_path.iterdir()] == ["a.mimic"]


def test_discarded_take_gives_back_the_one_before(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(0)])
    before = path.read_bytes()
    with TakeWriter(path, source="b", size=(1, 1), fps=30.0, force=True) as writer:
        writer.add(make_landmarks(0))
        writer.discard()
    assert path.read_bytes() == before
    assert [other.name for other in tmp_path.iterdir()] == ["a.mimic"]


@pytest.mark.parametrize("end", [TakeWriter.close, TakeWriter.discard])
def test_forced_take_leaves_a_users_own_previous_file_alone(
    tmp_path: Path, make_landmarks: MakeLandmarks, end: Callable[[TakeWriter], None]
) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(0)])
    own = {path.with_name(f"a.mimic.{ending}"): ending.encode() for ending in ("previous", "previous-2-journal")}
    for file, content in own.items():
        file.write_bytes(content)
    with TakeWriter(path, source="b", size=(1, 1), fps=30.0, force=True) as writer:
        writer.add(make_landmarks(0))
        end(writer)
    assert {file: file.read_bytes() for file in own} == own
    assert {*tmp_path.iterdir()} == {path, *own}


def test_take_is_not_begun_where_its_journal_is_a_users_own_file(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    own = tmp_path / "a.mimic-journal"
    own.write_text("My diary.")
    with pytest.raises(OutputExists, match=r"a\.mimic-journal.*another name"):
        write(tmp_path / "a.mimic", [make_landmarks(0)], force=True)
    assert own.read_text() == "My diary."
    assert list(tmp_path.iterdir()) == [own]


def test_discarded_take_gives_back_an_unfinished_one_with_its_journal(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    path = tmp_path / "a.mimic"
    _, safe = kill_while_recording(path, frames=100, commit_seconds=0.0)
    path.with_name("a.mimic-journal").write_bytes(_JOURNAL_MAGIC + bytes(504))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with TakeWriter(path, source="b", size=(1, 1), fps=30.0, force=True) as writer:
        writer.add(make_landmarks(0))
        writer.discard()
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert len(read(path)) >= safe


def test_take_at_an_unwritable_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "gone" / "a.mimic", tmp_path / "file" / "a.mimic", tmp_path):
        with pytest.raises(OutputUnwritable, match="cannot be written"):
            TakeWriter(path, source="b", size=(1, 1), fps=30.0, force=True)
    assert [other.name for other in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a limit on file sizes, which Windows has not")
def test_take_on_a_full_disk_keeps_the_recorded_frames(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk."""
    script = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
from mimic.pipeline.errors import OutputUnwritable
try:
    sys.argv = ["", {str(tmp_path / "a.mimic")!r}, "0.0"]
    exec({KILLED!r})
except OutputUnwritable as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "free some disk space" in done.stdout.splitlines()[-1]
    assert len(read(tmp_path / "a.mimic")) > 10


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def words(path: Path) -> None:
    path.write_text("This is not a take. " * 100)


def other_database(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE about (name TEXT, value TEXT)")
    database.close()


@pytest.mark.parametrize("content", [nothing, words, other_database])
def test_file_that_is_no_take_is_refused(tmp_path: Path, content: Callable[[Path], None]) -> None:
    path = tmp_path / "a.mimic"
    content(path)
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        Take.open(path)
    assert not is_take(path)


def test_missing_take_is_refused_and_not_made(tmp_path: Path) -> None:
    with pytest.raises(TakeCorrupt, match=r"There is no take .*a\.mimic"):
        Take.open(tmp_path / "a.mimic")
    assert not is_take(tmp_path / "a.mimic")
    assert list(tmp_path.iterdir()) == []


def test_damaged_take_is_refused_at_the_damaged_frame(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = write(tmp_path / "a.mimic", [make_landmarks(i) for i in range(100)])
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        read(path)
    write(path, [make_landmarks(0)], force=True)
    database = sqlite3.connect(path)
    database.execute("UPDATE frame SET pose = zeroblob(12)")
    database.commit()
    database.close()
    with pytest.raises(TakeCorrupt, match="wrong length"):
        read(path)

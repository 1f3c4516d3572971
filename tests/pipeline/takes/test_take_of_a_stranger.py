# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that a stranger may have made: what is in them is data, and what no take holds is refused with a sentence."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimic.errors import MimicError
from mimic.pipeline.errors import TakeCorrupt, TakeTooLong
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes import take as take_module
from mimic.pipeline.takes.file import _JOURNAL_MAGIC
from mimic.pipeline.takes.take import Take, is_take, recover
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
FRAME_COLUMNS = "number, time, source_index, width, height, pose, left_hand, right_hand, face"


@pytest.fixture
def path(tmp_path: Path, make_landmarks: MakeLandmarks) -> Path:
    """A take of three frames, the last without a face."""
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="clip.mp4", size=(640, 480), fps=30.0) as writer:
        for index in range(3):
            writer.add(make_landmarks(index, parts="plr" if index == 2 else "plrf"))
    return path


def change(path: Path, script: str, *values: object) -> None:
    """Run a statement on the file with these values, or a script without any."""
    with closing(sqlite3.connect(path)) as database, database:
        if values:
            database.execute(script, values)
        else:
            database.executescript(script)


def read_all(path: Path) -> list[Landmarks]:
    with Take.open(path) as take:
        take.frame_count, take.duration, take.has_face  # noqa: B018
        take.track()
        return list(take.frames())


PROGRAMS = {
    "about is a view that never ends": f"""
        DROP TABLE about; CREATE VIEW about(name, value) AS {ENDLESS} SELECT 'source', '"a"' FROM n WHERE i < 0""",
    "frame is a view that never ends": f"""
        DROP TABLE frame;
        CREATE VIEW frame({FRAME_COLUMNS}) AS {ENDLESS} SELECT 1, 0.0, 0, 1, 1, NULL, NULL, NULL, NULL FROM n
        WHERE i < 0""",
    "frame has a computed column": """
        ALTER TABLE frame RENAME TO kept;
        CREATE TABLE frame (number INTEGER PRIMARY KEY, time REAL NOT NULL, source_index INTEGER NOT NULL,
            width INTEGER NOT NULL, height INTEGER NOT NULL, pose BLOB AS (zeroblob(1080)), left_hand BLOB,
            right_hand BLOB, face BLOB);
        DROP TABLE kept""",
    "about is a virtual table": "DROP TABLE about; CREATE VIRTUAL TABLE about USING fts4(name, value)",
    "there is a trigger": "CREATE TRIGGER t AFTER UPDATE ON about BEGIN DELETE FROM frame; END",
    "there is a table more": "CREATE TABLE more (a)",
    "frame is missing": "DROP TABLE frame",
}


@pytest.mark.parametrize("what", PROGRAMS)
def test_take_of_a_stranger_that_is_a_program_is_refused(path: Path, what: str) -> None:
    """In a process of its own, which can be stopped if it never ends."""
    change(path, PROGRAMS[what])
    script = """
import sys
from pathlib import Path
from mimic.pipeline.errors import TakeCorrupt
from mimic.pipeline.takes.take import Take, recover
for read in (recover, Take.open):
    try:
        with read(Path(sys.argv[1])) as take:
            list(take.frames())
    except TakeCorrupt as error:
        print(error)
"""
    before = path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout.splitlines() == [str(take_module.not_a_take(path))] * 2, done.stderr
    assert path.read_bytes() == before


FACTS: dict[str, tuple[str, Any]] = {
    "deep": ("settings", "[" * 10_000 + "]" * 10_000),
    "deeper than Python counts": ("settings", "[" * 60_000),
    "huge text": ("source", json.dumps("a" * 10_000_000)),
    "no JSON": ("source", "clip.mp4"),
    "bytes": ("source", b'"clip.mp4"'),
    "no UTF-8": ("source", b'"\xff\xfe"'),
    "source is a number": ("source", "3"),
    "size is one number": ("size", "640"),
    "size is three": ("size", "[1, 2, 3]"),
    "size is text": ("size", '["a", "b"]'),
    "size is 0": ("size", "[0, 480]"),
    "size is enormous": ("size", "[640, 1" + 400 * "0" + "]"),
    "size is a fraction": ("size", "[640.5, 480]"),
    "fps is not a number": ("fps", "NaN"),
    "fps has no end": ("fps", "Infinity"),
    "fps is 0": ("fps", "0"),
    "fps is true": ("fps", "true"),
    "fps is enormous": ("fps", "1" + 400 * "0"),
    "fps has more digits than are read": ("fps", "1" * 5000),
    "complete is a number": ("complete", "1"),
    "settings is a list": ("settings", "[]"),
    "networks are numbers": ("networks", '{"a": 1}'),
    "warning is a list": ("warning", "[]"),
    "calibration is text": ("settings", '{"calibration": "up"}'),
    "calibration is three": ("settings", '{"calibration": [1, 0, 0]}'),
    "calibration is no turn": ("settings", '{"calibration": [0, 0, 0, 0]}'),
    "calibration is enormous": ("settings", '{"calibration": [1' + 400 * "0" + ", 0, 0, 0]}"),
    "face at rest is too short": ("settings", '{"neutral_face": [0, 0]}'),
    "face at rest is text": ("settings", '{"neutral_face": "calm"}'),
    "face at rest is impossible": ("settings", '{"neutral_face": [' + "7, " * 55 + "0]}"),
    "face at rest has no numbers": ("settings", '{"neutral_face": [' + "NaN, " * 55 + "0]}"),
    "calibration is not a number": ("settings", '{"calibration": [NaN, 0, 0, 0]}'),
}


@pytest.mark.parametrize("what", FACTS)
def test_take_with_an_impossible_fact_is_refused(path: Path, what: str) -> None:
    name, value = FACTS[what]
    change(path, "UPDATE about SET value = ? WHERE name = ?", value, name)
    with pytest.raises(TakeCorrupt, match=r"a\.mimic” is not a take, or is damaged"):
        Take.open(path)
    with pytest.raises(TakeCorrupt):
        recover(path)


def test_take_with_too_many_facts_is_refused(path: Path) -> None:
    change(path, f"{ENDLESS} INSERT INTO about SELECT i, '1' FROM n LIMIT 5000;")
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        Take.open(path)


@pytest.mark.parametrize("name", ["source", "size", "fps"])
def test_take_without_a_required_fact_is_refused(path: Path, name: str) -> None:
    change(path, "DELETE FROM about WHERE name = ?", name)
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        Take.open(path)


def test_take_text_with_control_characters_is_read_without_control_characters(path: Path) -> None:
    change(path, "UPDATE about SET value = ? WHERE name = 'source'", json.dumps("a\x1b[2Jb\nc\udc80 Tänzer 1.mp4"))
    with Take.open(path) as take:
        assert take.info.source == "a\ufffd[2Jb\ufffdc\ufffd Tänzer 1.mp4"


def face_with(coefficient: float) -> bytes:
    """A face at the origin, one of whose coefficients has this value."""
    values = np.zeros(478 * 3 + 52 + 6, "<f4")
    values[478 * 3 + 20] = coefficient
    return values.tobytes()


FRAMES: dict[str, tuple[str, object, str]] = {
    "time is text": ("time", "soon", "has an invalid time"),
    "time has no end": ("time", float("inf"), "has an invalid time"),
    "time is negative": ("time", -1.0, "has an invalid time"),
    "time is far off": ("time", 1e300, "has an invalid time"),
    "times run backwards": ("time", 0.01, "is earlier than the one before"),
    "index is text": ("source_index", "one", "has an invalid index"),
    "index is negative": ("source_index", -(2**63), "has an invalid index"),
    "width is 0": ("width", 0, "has an invalid size"),
    "width is enormous": ("width", 2**63 - 1, "has an invalid size"),
    "height is text": ("height", "tall", "has an invalid size"),
    "height is a fraction": ("height", 480.5, "has an invalid size"),
    "pose is text": ("pose", "a" * 1080, "wrong length"),
    "pose is a number": ("pose", 1080, "wrong length"),
    "pose is short": ("pose", bytes(1076), "wrong length"),
    "hand is empty": ("left_hand", b"", "wrong length"),
    "face is of a hundred points": ("face", bytes(4 * (300 + 6)), "wrong length"),
    "face is a number": ("face", 5, "wrong length"),
    "face lacks a coefficient": ("face", bytes(4 * (478 * 3 + 51 + 6)), "wrong length"),
    "face has a coefficient more": ("face", bytes(4 * (478 * 3 + 53 + 6)), "wrong length"),
    "face has coefficients without irises": ("face", bytes(4 * (468 * 3 + 52 + 6)), "wrong length"),
    "coefficient is above 1": ("face", face_with(1.01), "not between 0 and 1"),
    "coefficient is negative": ("face", face_with(-0.01), "not between 0 and 1"),
    "coefficient is not a number": ("face", face_with(float("nan")), "not between 0 and 1"),
    "coefficient has no end": ("face", face_with(float("inf")), "not between 0 and 1"),
}


@pytest.mark.parametrize("what", FRAMES)
def test_take_frame_with_impossible_values_is_refused_by_its_number(path: Path, what: str) -> None:
    column, value, words = FRAMES[what]
    change(path, f"UPDATE frame SET {column} = ? WHERE number = 3", value)
    with Take.open(path) as take:
        assert len(list(islice(take.frames(), 2))) == 2
    with Take.open(path) as take, pytest.raises(TakeCorrupt, match=rf"a\.mimic” is damaged: frame 3 .*{words}"):
        list(take.frames())
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        read_all(path)


def test_take_value_that_is_too_long_is_refused_before_memory_is_taken(path: Path) -> None:
    change(path, "UPDATE frame SET face = zeroblob(200000000) WHERE number = 2;")
    resource = pytest.importorskip("resource", reason="needs a limit on memory, which Windows has not")
    script = """
import resource, sys
from pathlib import Path
from mimic.pipeline.errors import TakeCorrupt
from mimic.pipeline.takes.take import Take
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with Take.open(Path(sys.argv[1])) as take:
        list(take.frames())
except TakeCorrupt as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)
"""
    assert resource
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 20_000  # kilobytes, or on a Mac bytes


@pytest.mark.parametrize("number", [2**62, -5, 7])
def test_take_with_frame_numbers_out_of_sequence_is_refused(path: Path, number: int) -> None:
    change(path, "UPDATE frame SET number = ? WHERE number = 3", number)
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        read_all(path)


def test_frame_count_beyond_the_size_of_the_file_is_refused(path: Path) -> None:
    change(path, "UPDATE frame SET number = ? WHERE number = 3", 2**62)
    with Take.open(path) as take, pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        take.frame_count  # noqa: B018


def test_take_too_long_to_read_at_once_is_refused_but_read_frame_by_frame(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Take.open(path) as take:
        monkeypatch.setattr(take_module, "MAX_FRAMES", 2)
        with pytest.raises(TakeTooLong, match=r"a\.mimic” has 3 frames in .*no more than 2 frames.*in parts"):
            take.track()
        assert len(list(take.frames())) == 3
    monkeypatch.undo()
    change(path, "UPDATE frame SET time = 90000.0 WHERE number = 3;")
    with Take.open(path) as take, pytest.raises(TakeTooLong, match=r"in 25\.0 hours"):
        take.track()


def test_take_is_read_without_a_change_to_its_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda place, **how: opened.append(str(place)) or connect(place, **how))
    before = path.read_bytes()
    assert len(read_all(path)) == 3
    assert opened
    assert all(place.endswith("?mode=ro") for place in opened)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_take_that_keeps_a_write_ahead_log_is_refused(path: Path) -> None:
    change(path, "PRAGMA journal_mode = WAL;")
    with pytest.raises(TakeCorrupt, match=r"a\.mimic"):
        Take.open(path)
    assert not is_take(path)
    assert list(path.parent.iterdir()) == [path]


def leave_journal(path: Path, ending: bytes = b"") -> Path:
    """Let the take look as if a crash had cut its writer short, with a journal that holds nothing but its header."""
    size = path.stat().st_size
    pages = size // 4096
    header = _JOURNAL_MAGIC + b"".join(value.to_bytes(4, "big") for value in (0, 0, pages, 512, 4096))
    journal = path.with_name(f"{path.name}-journal")
    journal.write_bytes(header + bytes(512 - len(header)) + ending)
    return journal


def test_journal_of_a_crashed_recording_is_applied_and_removed(path: Path) -> None:
    journal = leave_journal(path)
    assert len(read_all(path)) == 3
    assert not journal.exists()


def test_journal_of_a_stranger_deletes_no_other_file(path: Path) -> None:
    """SQLite deletes the file that a journal names as the one of databases that were written together."""
    own = path.with_name("diary.txt")
    own.write_text("My diary.")
    name = str(own).encode()
    checksum = sum(np.frombuffer(name, np.int8).astype(int)) & 0xFFFFFFFF
    tail = bytes(4) + name + len(name).to_bytes(4, "big") + int(checksum).to_bytes(4, "big") + _JOURNAL_MAGIC
    journal = leave_journal(path, tail)
    with pytest.raises(TakeCorrupt, match=r"a\.mimic-journal” is not the journal of a take: move it away"):
        Take.open(path)
    with pytest.raises(TakeCorrupt):
        recover(path)
    assert own.read_text() == "My diary."
    assert journal.exists()


def test_take_with_any_bytes_changed_is_read_or_refused(path: Path) -> None:
    random = np.random.default_rng(0)
    whole = path.read_bytes()
    for _ in range(300):
        data = bytearray(whole)
        for place in random.integers(0, 4096 * random.integers(1, 4), 3):  # the header and the first pages
            data[place] = random.integers(256)
        path.write_bytes(data)
        with suppress(MimicError):
            read_all(path)


def test_take_in_a_folder_with_odd_letters_opens(tmp_path: Path, path: Path) -> None:
    odd = tmp_path / "100 % of #1? ä" / "b.mimic"
    odd.parent.mkdir()
    path.rename(odd)
    assert len(read_all(odd)) == 3


@pytest.mark.parametrize(
    "people", ["[]", "[1]", "[0, 0]", "[0, 2, 1]", "[0, 32]", "[0, -1]", "[0, 1.0]", "{}", "null", "9", "["]
)
def test_take_that_names_impossible_people_is_refused(path: Path, people: str) -> None:
    change(path, "UPDATE about SET value = ? WHERE name = 'people'", people)
    with pytest.raises(TakeCorrupt, match="is not a take"), Take.open(path) as take:
        take.people  # noqa: B018


def test_take_that_names_people_who_are_not_in_it_has_frames_without_them(path: Path) -> None:
    change(path, "UPDATE about SET value = ? WHERE name = 'people'", "[0, 4]")
    with Take.open(path) as take:
        assert take.people == (0, 4)
        assert [frame.pose for frame in take.frames(4)] == [None] * 3
        assert len(take.track(person=4).time) == 3

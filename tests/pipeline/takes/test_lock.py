# SPDX-License-Identifier: GPL-3.0-or-later
"""A take that is being recorded is locked, for this program and for others."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.lock import is_being_recorded
from mimic.pipeline.takes.take import Take, is_take
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]

ASKED = """
import sys
from pathlib import Path
from mimic.pipeline.takes.lock import is_being_recorded
print(is_being_recorded(Path(sys.argv[1])))
"""


def test_take_opened_by_its_own_recorder_stays_locked_for_others(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="camera", size=(640, 480), fps=30.0) as writer:
        writer.add(make_landmarks(0))
        assert is_take(path)
        with Take.open(path):
            pass
        asked = subprocess.run([sys.executable, "-c", ASKED, path], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "True"


def test_take_is_locked_before_its_first_frame_and_right_after_each_commit(
    tmp_path: Path, make_landmarks: MakeLandmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimic.pipeline.takes.new_file.COMMIT_SECONDS", 0.0)
    path = tmp_path / "a.mimic"
    with TakeWriter(path, source="camera", size=(640, 480), fps=30.0) as writer:
        locked = [is_being_recorded(path)]
        for index in range(3):
            writer.add(make_landmarks(index))
            locked.append(is_being_recorded(path))
    assert locked == [True] * 4
    assert not is_being_recorded(path)
    with Take.open(path) as take:
        assert take.frame_count == 3

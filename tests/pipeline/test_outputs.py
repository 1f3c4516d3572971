# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that replace others: whole or not at all, and with the rights that any new file has."""

import os
from pathlib import Path

import pytest

from mimic.pipeline.errors import OutputExists, OutputUnwritable
from mimic.pipeline.outputs import replacing


def test_written_file_has_the_rights_of_any_new_file_and_leaves_the_umask_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain").touch()
    asked: list[int] = []
    monkeypatch.setattr(os, "umask", lambda mask: asked.append(mask) or 0o22)
    with replacing(tmp_path / "a.json", force=False) as part:
        part.write_text("{}")
    assert asked == []  # it belongs to the process, so every thread would have it for a moment
    assert (tmp_path / "a.json").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_failed_block_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text("before")
    with pytest.raises(ZeroDivisionError), replacing(path, force=True) as part:  # noqa: PT012
        part.write_text("half")
        raise ZeroDivisionError
    with replacing(path, force=True) as part:
        part.unlink()
    with pytest.raises(OutputExists), replacing(path, force=False):
        pass
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_output_in_a_folder_that_vanishes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mimic.pipeline.outputs.check_output", lambda *_, **__: None)
    with (
        pytest.raises(OutputUnwritable, match=r"a\.json” cannot be written"),
        replacing(tmp_path / "gone" / "a.json", force=False),
    ):
        pass

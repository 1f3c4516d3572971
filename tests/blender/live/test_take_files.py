# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of takes when they cannot be read, renamed or deleted: a sentence, and nothing is lost."""

import errno
import os
from pathlib import Path

import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

FRAMES = 5


def begin(path):
    writer = TakeWriter(path, source="made up", size=(640, 480), fps=30.0)
    for index in range(FRAMES):
        writer.add(Landmarks(index / 30.0, index, (640, 480)))
    return writer


@pytest.fixture
def folder(add_on, tmp_path):
    place = tmp_path / "takes"
    place.mkdir()
    return place


@pytest.fixture
def wave(folder):
    """The path of a whole take."""
    with begin(folder / "Wave.take"):
        pass
    return folder / "Wave.take"


@pytest.fixture
def refuse(monkeypatch):
    """Let the system refuse to do something with files of a name, as it does without permission, or in Windows."""

    def forbid(name, method):
        real = getattr(Path, method)

        def refusing(path, *args, **more):
            if path.name == name:
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return real(path, *args, **more)

        monkeypatch.setattr(Path, method, refusing)

    return forbid


def frames_of(path):
    with Take.open(path) as take:
        return len(list(take.frames()))


def listed(add_on):
    add_on.ops.mimic.takes_refresh()
    return {entry.name: entry.readable for entry in add_on.context.window_manager.mimic_takes.entries}


def test_delete_take_without_permission_is_refused_and_keeps_the_take(add_on, wave, refuse):
    refuse("Wave.take", "unlink")
    with pytest.raises(RuntimeError, match=r"“Wave” cannot be deleted.*Permission denied"):
        add_on.ops.mimic.take_delete(take="Wave")
    assert frames_of(wave) == FRAMES
    assert listed(add_on) == {"Wave": True}


def test_rename_take_without_permission_is_refused_and_keeps_the_take(add_on, wave, refuse):
    refuse("Wave.take", "rename")
    with pytest.raises(RuntimeError, match=r"“Wave” cannot be renamed.*Permission denied"):
        add_on.ops.mimic.take_rename(take="Wave", name="Other")
    assert frames_of(wave) == FRAMES
    assert listed(add_on) == {"Wave": True}


@pytest.mark.parametrize("operator", ["take_delete", "take_rename"])
def test_folder_named_like_a_take_is_neither_deleted_nor_renamed(add_on, folder, operator):
    (folder / "Wave.take").mkdir()
    (folder / "Wave.take" / "kept").touch()
    properties = {"take": "Wave", **({"name": "Other"} if operator == "take_rename" else {})}
    with pytest.raises(RuntimeError, match="no take “Wave”"):
        getattr(add_on.ops.mimic, operator)(**properties)
    assert (folder / "Wave.take" / "kept").is_file()


def test_delete_take_keeps_a_folder_named_like_its_journal(add_on, wave):
    journal = wave.with_name("Wave.take-journal")
    journal.mkdir()
    assert add_on.ops.mimic.take_delete(take="Wave") == {"FINISHED"}
    assert not wave.exists()
    assert journal.is_dir()


@pytest.mark.parametrize("operator", ["take_delete", "take_rename"])
def test_take_being_recorded_is_neither_deleted_nor_renamed(add_on, folder, operator):
    writer = begin(folder / "Now.take")
    properties = {"take": "Now", **({"name": "Other"} if operator == "take_rename" else {})}
    with pytest.raises(RuntimeError, match="“Now” is being recorded"):
        getattr(add_on.ops.mimic, operator)(**properties)
    writer.close()
    assert frames_of(folder / "Now.take") == FRAMES


def test_damaged_take_can_be_deleted(add_on, folder):
    (folder / "Broken.take").write_bytes(b"not a take")
    assert add_on.ops.mimic.take_delete(take="Broken") == {"FINISHED"}
    assert not list(folder.iterdir())


def test_list_of_takes_leaves_out_a_take_that_vanishes_while_listing(add_on, wave, monkeypatch):
    gone = wave.with_name("Gone.take")
    gone.write_bytes(wave.read_bytes())
    real = Path.stat

    def vanishing(path, **more):
        found = real(path, **more)
        if path == gone and path in seen:
            gone.unlink()
        seen.add(path)
        return found

    seen = set()
    monkeypatch.setattr(Path, "stat", vanishing)
    assert listed(add_on) == {"Wave": True}
    assert not gone.exists()


def test_list_of_takes_leaves_out_a_take_that_vanishes_before_opening(add_on, wave, monkeypatch):
    gone = wave.with_name("Gone.take")
    gone.write_bytes(wave.read_bytes())
    real = Take.open

    def late(path):
        if path == gone:
            gone.unlink(missing_ok=True)
        return real(path)

    monkeypatch.setattr(Take, "open", late)
    assert listed(add_on) == {"Wave": True}


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_list_of_takes_leaves_out_a_broken_link(add_on, wave):
    wave.with_name("Nowhere.take").symlink_to(wave.with_name("nothing"))
    assert listed(add_on) == {"Wave": True}


def test_list_of_takes_in_an_unreadable_folder_is_refused_with_a_sentence(add_on, wave, monkeypatch):
    def refuse_listing(place):
        raise PermissionError(errno.EACCES, "Permission denied", str(place))

    monkeypatch.setattr("os.scandir", refuse_listing)
    monkeypatch.setattr("os.listdir", refuse_listing)
    with pytest.raises(RuntimeError, match=r"cannot be read.*Permission denied"):
        add_on.ops.mimic.takes_refresh()


def test_rename_take_to_a_name_too_long_for_a_file_is_refused(add_on, wave):
    with pytest.raises(RuntimeError, match=r"cannot be called.*too long"):
        add_on.ops.mimic.take_rename(take="Wave", name="ü" * 130)
    assert frames_of(wave) == FRAMES

# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras, disks and libraries that fail a session for real: each has its sentence, and nothing made is lost."""

import shutil
import subprocess
import sys
from importlib import import_module
from types import ModuleType

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


@pytest.fixture
def impatient(monkeypatch):
    """A camera is given up after half a second."""
    # By its module: the package has a function of the same name.
    monkeypatch.setattr(import_module("mimic.pipeline.sources.cameras"), "TIMEOUT_MS", 500)


@pytest.fixture
def disk(tmp_path):
    """A disk of 192 kB where takes are kept. Mounting one is the system administrator's right."""
    folder = tmp_path / "takes"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=192k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here: that needs root on Linux")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def listed(add_on):
    return {entry.name: entry for entry in add_on.context.window_manager.mimic_takes.entries}


def test_record_on_a_full_disk_ends_the_take_and_keeps_its_frames(  # noqa: PLR0917
    add_on, avatar, started, until, disk, monkeypatch
):
    from mimic.addon.runtime import runtime

    monkeypatch.setattr("mimic.pipeline.takes.new_file.COMMIT_SECONDS", 0.05)
    add_on.ops.mimic.take_record(take="Long", bake=False)
    until(lambda: runtime().notices.error("record"))
    assert "free some disk space" in runtime().notices.error("record")
    assert not started.recording.requested
    count = started.count
    until(lambda: started.count > count + 3)
    until(lambda: "Long" in listed(add_on))
    with Take.open(disk / "Long.take") as take:
        frames = list(take.frames())
    assert len(frames) >= 10
    assert all(frame.pose is not None for frame in frames)


def test_record_on_a_read_only_disk_is_refused_and_the_session_goes_on(add_on, avatar, started, until, disk):
    from mimic.addon.runtime import runtime

    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    add_on.ops.mimic.take_record(take="Locked", bake=False)
    until(lambda: runtime().notices.error("record"))
    assert "Locked.take" in runtime().notices.error("record")
    assert "cannot be written" in runtime().notices.error("record")
    count = started.count
    until(lambda: started.count > count + 3)
    assert listed(add_on) == {}


@pytest.mark.usefixtures("impatient")
def test_session_of_a_camera_that_sends_no_picture_ends_and_names_the_camera(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    camera.frozen.set()
    add_on.ops.mimic.session_start(source=camera.address)
    until(lambda: runtime().session is None)
    assert camera.address in runtime().notices.error("live")


def test_session_of_a_camera_in_use_ends_and_says_to_close_other_programs(add_on, avatar, until, monkeypatch):
    from mimic.addon.runtime import runtime

    class Busy:
        def __init__(self, *_args):
            pass

        def isOpened(self):
            return True

        def read(self):
            return False, None

        def release(self):
            pass

    monkeypatch.setattr(opencv.load(), "VideoCapture", Busy)
    add_on.ops.mimic.session_start(source="0")
    until(lambda: runtime().session is None)
    assert "close other programs" in runtime().notices.error("live")


@pytest.mark.usefixtures("impatient")
def test_session_of_a_camera_that_freezes_ends_and_keeps_the_take(add_on, avatar, camera, until, tmp_path):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    running = runtime().session
    add_on.ops.mimic.take_record(take="Frozen", bake=False)
    until(lambda: running.recording.frames > 8)
    camera.frozen.set()
    until(lambda: runtime().session is None)
    assert "stopped sending" in runtime().notices.error("live")
    until(lambda: "Frozen" in listed(add_on))
    assert listed(add_on)["Frozen"].complete
    with Take.open(tmp_path / "takes" / "Frozen.take") as take:
        assert take.frame_count > 8


def test_record_from_a_camera_that_is_unplugged_bakes_the_take(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    running = runtime().session
    add_on.ops.mimic.take_record(take="Unplugged")
    until(lambda: running.recording.frames > 8)
    camera.unplug()
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    assert "stopped sending" in runtime().notices.error("live")
    assert avatar.animation_data.action.name == "Unplugged"
    assert listed(add_on)["Unplugged"].complete


def test_session_of_green_pictures_has_the_state_blank(  # noqa: PLR0917
    add_on, avatar, camera, until, monkeypatch, performer_in_numbers
):
    from mimic.addon.live.session import State
    from mimic.addon.runtime import runtime
    from mimic.pipeline.landmarks.data import Landmarks

    def see_nobody(_self, frame):
        height, width = frame.image.shape[:2]
        return Landmarks(frame.time, frame.index, (width, height))

    monkeypatch.setattr(performer_in_numbers, "process", see_nobody)
    camera.shade = (0, 135, 0)
    add_on.ops.mimic.session_start(source=camera.address)
    running = runtime().session
    until(lambda: running.state is State.BLANK)
    assert running.worker.task.fault is None


def test_record_goes_on_when_its_camera_changes_resolution(add_on, avatar, camera, until, tmp_path):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    running = runtime().session
    add_on.ops.mimic.take_record(take="Zoomed")
    until(lambda: running.recording.frames > 4)
    camera.size = (96, 72)
    until(lambda: running.recording.frames > 24)
    add_on.ops.mimic.take_record()
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    with Take.open(tmp_path / "takes" / "Zoomed.take") as take:
        sizes = [frame.size for frame in take.frames()]
    assert sizes[0] == (64, 48)
    assert len(sizes) > 24


def test_record_while_another_file_is_opened_keeps_the_take(add_on, avatar, started, until, tmp_path):
    from mimic.addon.runtime import runtime
    from mimic.addon.takes import store as takes

    add_on.ops.mimic.take_record(take="Interrupted")
    until(lambda: started.recording.frames > 5)
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert runtime().session is None
    assert "file" in runtime().notices.error("live")
    until(lambda: started.worker.task.done and started.reader.task.done)
    entry = next(each for each in takes.entries() if each.name == "Interrupted")
    assert entry.complete
    assert entry.frames > 5


def test_record_while_the_file_is_saved_goes_on(add_on, avatar, started, until, tmp_path):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.take_record(take="Saved", bake=False)
    until(lambda: started.recording.frames > 3)
    frames = started.recording.frames
    add_on.ops.wm.save_as_mainfile(filepath=str(tmp_path / "work.blend"))
    until(lambda: started.recording.frames > frames + 5)
    assert runtime().session is started
    add_on.ops.mimic.take_record()
    until(lambda: "Saved" in listed(add_on))


def test_session_with_an_old_opencv_of_another_add_on_ends_and_names_the_add_on(
    add_on, avatar, film, until, monkeypatch
):
    from mimic.addon.runtime import runtime

    strange = ModuleType("cv2")
    strange.__version__, strange.__file__ = "3.4.18", "addons/mocap/cv2.so"
    monkeypatch.setitem(sys.modules, "cv2", strange)
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session is None)
    assert "OpenCV 3.4.18" in runtime().notices.error("live")
    assert "mocap" in runtime().notices.error("live")
    monkeypatch.undo()
    assert np.isfinite(np.array(avatar.matrix_world)).all()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker begins a pose when Blender can soon show it, and its threads let Blender's go first."""

import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import SimpleNamespace

import pytest

from mimic.pipeline.live import pace, priority
from mimic.pipeline.live.pace import Pace


class Call:
    """A function of a library, which may be told its types."""

    def __init__(self, run):
        self._run = run

    def __call__(self, *arguments):
        return self._run(*arguments)


@pytest.fixture(autouse=True)
def forever(monkeypatch):
    """Nothing comes about because someone grew tired of waiting, but where a test says so."""
    monkeypatch.setattr(pace, "MAX_WAIT", 10.0)


@pytest.fixture
def worker():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def begins(future: Future[None]) -> bool:
    """Whether the worker begins its next pose."""
    future.result(20.0)
    return True


def waits(future: Future[None]) -> bool:
    """Whether the worker still waits after a moment."""
    return not wait([future], 0.05).done


def test_pace_begins_the_first_pose_at_once(worker):
    assert begins(worker.submit(Pace(cores=2).wait))


def test_pace_with_few_cores_alternates_poses_and_redraws(worker):
    speed = Pace(cores=2)
    speed.begin()
    speed.made()
    waiting = worker.submit(speed.wait)
    assert waits(waiting)
    speed.shown()
    assert waits(waiting)
    speed.redrawn()
    assert begins(waiting)
    assert speed.draw_seconds > 0.0


def test_pace_with_many_cores_does_not_wait_for_a_quick_redraw(worker):
    speed = Pace(cores=8)
    speed.begin()
    speed.made()
    waiting = worker.submit(speed.wait)
    assert waits(waiting)
    speed.shown()
    assert begins(waiting)


def test_pace_with_many_cores_begins_a_pose_in_time_for_the_end_of_the_redraw(worker):
    speed = Pace(cores=8)
    speed.draw_seconds, speed.pose_seconds = 9.0, 1.0
    speed.shown()
    waiting = worker.submit(speed.wait)
    assert waits(waiting)
    speed.redrawn()
    assert begins(waiting)
    speed.draw_seconds, speed.pose_seconds = 1.0, 9.0
    speed.shown()
    assert begins(worker.submit(speed.wait))


def test_pace_without_a_redraw_begins_after_the_longest_wait(worker, monkeypatch):
    monkeypatch.setattr(pace, "MAX_WAIT", 0.01)
    speed = Pace(cores=2)
    speed.made()
    assert begins(worker.submit(speed.wait))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell a thread's priority so simply")
def test_thread_priority_is_lowered_once_with_the_threads_started_from_there():
    found = []

    def own() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def work() -> None:
        priority.lower_priority()
        priority.lower_priority()
        found.append(own())
        with ThreadPoolExecutor(1, initializer=priority.lower_priority) as pool:
            found.append(pool.submit(own).result())

    before = own()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [before + priority.NICE] * 2
    assert own() == before


def test_thread_priority_on_windows_is_set_below_normal(monkeypatch):
    told = []
    kernel = SimpleNamespace(GetCurrentThread=Call(lambda: -2), SetThreadPriority=Call(lambda *said: told.append(said)))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr("ctypes.WinDLL", lambda name: {"kernel32": kernel}[name], raising=False)
    priority.lower_priority()
    assert told == [(-2, -1)]

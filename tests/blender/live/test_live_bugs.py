# SPDX-License-Identifier: GPL-3.0-or-later
"""Bugs, that is what is no MimicError: logged with a traceback, said in the panel, and over."""

import logging
import threading
import time
from contextlib import suppress

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def tracebacks(caplog) -> list[str]:
    """What was logged with a traceback."""
    return [record.exc_text or "" for record in caplog.records if record.exc_info and record.levelno >= logging.ERROR]


def job(work, finish):
    from mimic.addon.jobs import Job

    return Job("Working", work, finish)


@pytest.fixture
def jobs(add_on):
    from mimic.addon.runtime import runtime

    return runtime().jobs


def test_job_whose_finish_raises_is_reported_once_and_the_next_job_runs(jobs, until, caplog):
    from mimic.addon.runtime import runtime

    calls, results = [], []

    def broken(result):
        calls.append(result)
        raise ZeroDivisionError("a bug in finish")

    jobs.add(job(lambda _progress: 1, broken))
    jobs.add(job(lambda _progress: 2, results.append))
    limit = time.monotonic() + 5.0
    while not calls and time.monotonic() < limit:
        with suppress(ZeroDivisionError):  # Blender would print it, and call the timer no more
            runtime().timer.tick()
        time.sleep(0.005)
    said = runtime().notices.error("bake")
    until(lambda: jobs.current is None)
    assert calls == [1]
    assert results == [2]
    assert "console" in said
    assert any("a bug in finish" in text for text in tracebacks(caplog))


def test_job_whose_work_raises_is_reported_and_the_next_job_runs(jobs, until, monkeypatch):
    from mimic.addon.runtime import runtime

    told, results = [], []
    monkeypatch.setattr(threading, "excepthook", lambda args: told.append(args.exc_value))
    jobs.add(job(lambda _progress: 1 / 0, results.append))
    until(lambda: jobs.current is None)
    assert "console" in runtime().notices.error("bake")
    assert isinstance(told[0], ZeroDivisionError)
    jobs.add(job(lambda _progress: 2, results.append))
    until(lambda: jobs.current is None)
    assert results == [2]
    assert not runtime().notices.error("bake")


def test_job_added_by_the_finish_of_another_runs_once(jobs, until):
    results = []
    jobs.add(job(lambda _progress: 1, lambda _result: jobs.add(job(lambda _progress: 2, results.append))))
    until(lambda: jobs.current is None)
    assert results == [2]


def live_threads() -> list[str]:
    """Names of Mimic's threads."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("mimic")]


@pytest.mark.parametrize(
    "where",
    [
        "mimic.addon.live.session.LivePipeline.__init__",
        "mimic.addon.live.session.Worker.__init__",
        "mimic.addon.live.session.Target.warnings",
    ],
)
def test_session_that_cannot_be_built_releases_the_camera_and_the_next_starts(  # noqa: PLR0917
    add_on, avatar, film, until, monkeypatch, where
):
    from mimic.addon.runtime import runtime
    from mimic.retarget.errors import RigUnmapped

    def broken(*_args, **_more):
        raise RigUnmapped("The rig has no legs: choose their bones.")

    with monkeypatch.context() as patched:
        patched.setattr(where, broken)
        with pytest.raises(RuntimeError, match="no legs"):
            add_on.ops.mimic.session_start(source=str(film))
    assert runtime().session is None
    until(lambda: not live_threads())
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 2)


def test_session_that_meets_a_bug_ends_and_is_logged_while_jobs_go_on(  # noqa: PLR0917
    add_on, avatar, started, jobs, until, monkeypatch, caplog, tmp_path
):
    from mimic.addon.runtime import runtime
    from mimic.pipeline.takes.take import Take

    def broken(*_args):
        raise ZeroDivisionError("a bug in a pose")

    results = []
    go_on = threading.Event()
    jobs.add(job(lambda _progress: go_on.wait(20.0), results.append))
    add_on.ops.mimic.take_record(take="Kept", bake=False)
    until(lambda: started.recording.frames > 3)
    monkeypatch.setattr("mimic.addon.live.target.apply_pose", broken)
    until(lambda: runtime().session is None)
    assert "console" in runtime().notices.error("live")
    assert any("a bug in a pose" in text for text in tracebacks(caplog))
    until(lambda: started.worker.task.done and started.reader.task.done)
    assert started.reader.task.fault is None
    go_on.set()
    until(lambda: jobs.current is None)
    assert results == [True]
    with Take.open(tmp_path / "takes" / "Kept.take") as take:
        assert take.info.complete
    assert runtime().timer.running


def test_take_whose_use_meets_a_bug_is_logged_and_the_session_ends(add_on, started, until, monkeypatch, caplog):
    from mimic.addon.runtime import runtime

    def broken(*_args, **_more):
        raise ZeroDivisionError("a bug in the list")

    monkeypatch.setattr("mimic.addon.live.operators.read_takes", broken)
    add_on.ops.mimic.take_record(take="Odd", bake=False)
    until(lambda: started.recording.frames > 3)
    add_on.ops.mimic.session_stop()
    until(lambda: not live_threads())
    until(lambda: runtime().timer.tick() is None)
    assert "console" in runtime().notices.error("record")
    assert any("a bug in the list" in text for text in tracebacks(caplog))

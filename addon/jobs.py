# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work beside Blender: a thread computes, then Blender's own thread uses what came out. One after the other."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from ..errors import MimicError
from ..pipeline.live.priority import lower_priority
from ..pipeline.live.tasks import Task
from . import notices
from .notices import Topic

T = TypeVar("T")


class Progress:
    """What a job's thread and the panel tell each other.

    Attributes:
        share: how much is done, 0..1; None if nobody knows.
        doing: what is being done, as a message to be translated, and the name that goes in place of its `{name}`.
        cancelled: set when it should stop.
    """

    def __init__(self, text: str, name: str = "") -> None:
        self.share: float | None = None
        self.doing = text, name
        self.cancelled = threading.Event()

    def begin(self, text: str, name: str = "") -> None:
        """Report what is done from now on."""
        self.doing, self.share = (text, name), None

    def tell(self, done: int, expected: int | None) -> None:
        """Report how many steps of about how many are done."""
        self.share = min(1.0, done / expected) if expected else None


class Job(Generic[T]):
    """Work, and what to do with its result.

    Args:
        text: what is being done, for the panel, with `{name}` where the name goes.
        work: runs in a thread; touches nothing of Blender's.
        finish: runs on Blender's thread with what `work` returned.
        name: what it is done with.
        topic: where complaints are shown.
    """

    def __init__(
        self,
        text: str,
        work: Callable[[Progress], T],
        finish: Callable[[T], None],
        *,
        name: str = "",
        topic: Topic = "bake",
    ) -> None:
        self._work, self._finish = work, finish
        self.topic = topic
        self.progress = Progress(text, name)
        self._task: Task[list[T]] | None = None

    def begin(self) -> None:
        """Start the thread."""
        notices.clear(self.topic)
        self._task = Task(self._run, name="mimic-job")

    def poll(self) -> bool:
        """Use the result if it is there. Says whether the job is over."""
        if self._task is None or not self._task.done:
            return False
        if self._task.crashed:
            notices.set_error(self.topic, "Mimic met a bug in this: its traceback is in the system console.")
        elif self._task.fault is not None:
            notices.set_error(self.topic, str(self._task.fault))
        else:
            for result in self._task.result or []:
                self._use(result)
        return True

    def join(self, timeout: float) -> None:
        """Wait for the thread, for so many seconds at most."""
        if self._task is not None:
            self._task.join(timeout)

    def _run(self) -> list[T]:
        """The result in a list, as it may well be None."""
        lower_priority()
        return [self._work(self.progress)]

    def _use(self, result: T) -> None:
        try:
            self._finish(result)
        except MimicError as fault:
            notices.set_error(self.topic, str(fault))


_jobs: Final[deque[Job[Any]]] = deque()
_dropped: Final[list[Job[Any]]] = []
"""Jobs whose thread may still run, though nobody waits for what it does."""


def add(job: Job[Any]) -> None:
    """Do a job after those that are waiting."""
    _jobs.append(job)
    if len(_jobs) == 1:
        job.begin()


def current() -> Job[Any] | None:
    """The job that is being done."""
    return _jobs[0] if _jobs else None


def poll() -> bool:
    """Finish the job that is done, if one is, and begin the next. Says whether any is left."""
    if _jobs and _jobs[0].poll():
        _jobs.popleft()
        if _jobs:
            _jobs[0].begin()
    return bool(_jobs)


def cancel() -> None:
    """Ask the current job to stop. What it does with what is done until then is its own affair."""
    if _jobs:
        _jobs[0].progress.cancelled.set()


def drop() -> None:
    """Cancel all jobs and use none of their results."""
    cancel()
    _dropped.extend(list(_jobs)[:1])
    _jobs.clear()


def shut_down(timeout: float) -> None:
    """Drop all jobs and wait for their threads, for so many seconds each at most."""
    drop()
    while _dropped:
        _dropped.pop().join(timeout)

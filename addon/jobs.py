# SPDX-License-Identifier: GPL-3.0-or-later
"""Long work beside Blender: a thread computes, then Blender's own thread uses what came out. One after the other."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from ..errors import MimicError
from ..pipeline.live.priority import lower_priority
from ..pipeline.live.tasks import Task
from .errors import Unexpected
from .notices import Notices, Topic

T = TypeVar("T")

BUG: Final = "A bug in Mimic ended this work: the traceback is in the system console."

_logger: Final = logging.getLogger(__name__)


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
        topic: where it is said what went wrong.
        makes: the file that `work` makes, if it makes one.
    """

    def __init__(
        self,
        text: str,
        work: Callable[[Progress], T],
        finish: Callable[[T], None],
        *,
        name: str = "",
        topic: Topic = "bake",
        makes: Path | None = None,
    ) -> None:
        self._work, self._finish = work, finish
        self.topic, self.makes = topic, makes
        self.progress = Progress(text, name)
        self._task: Task[list[T]] | None = None

    def start(self) -> None:
        """Start the thread."""
        self._task = Task(self._run, name="mimic-job")

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return self._task is not None and self._task.done

    def finish(self) -> None:
        """Use the result, on Blender's thread, once the job is done.

        Raises:
            MimicError: the work failed, or its result cannot be used.
        """
        if self._task is None:
            return
        if self._task.crashed:
            raise Unexpected(BUG)
        if self._task.fault is not None:
            raise self._task.fault
        for result in self._task.result or []:
            self._finish(result)

    def join(self, timeout: float) -> None:
        """Wait for the thread, for so many seconds at most."""
        if self._task is not None:
            self._task.join(timeout)

    def _run(self) -> list[T]:
        """The result in a list, as it may well be None."""
        lower_priority()
        return [self._work(self.progress)]


class Jobs:
    """Jobs in the order in which they were added. All on Blender's thread.

    Args:
        notices: where it is said what went wrong.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._current: Job[Any] | None = None
        self._waiting: deque[Job[Any]] = deque()
        # Their threads may still run, though nobody waits for what they do.
        self._dropped: list[Job[Any]] = []

    @property
    def current(self) -> Job[Any] | None:
        """The job that is being done."""
        return self._current

    @property
    def paths(self) -> set[Path]:
        """Files that jobs make which are not done yet; they may not be there yet."""
        jobs = [*self._waiting, *(job for job in (self._current, *self._dropped) if job is not None and not job.done)]
        return {job.makes for job in jobs if job.makes is not None}

    def add(self, job: Job[Any]) -> None:
        """Do a job after those that are waiting. What went wrong with earlier ones was read by whoever asks for it."""
        self._notices.clear(job.topic)
        self._waiting.append(job)
        if self._current is None:
            self._start_next()

    def poll(self) -> bool:
        """Finish the job that is done, if one is, and start the next. Says whether any is left."""
        job = self._current
        if job is not None and job.done:
            try:
                self._finish(job)
            finally:
                if self._current is job:
                    self._start_next()
        return self._current is not None

    def cancel(self) -> None:
        """Ask the current job to stop. What it does with what is done until then is its own affair."""
        if self._current is not None:
            self._current.progress.cancelled.set()

    def drop(self) -> None:
        """Cancel all jobs and use none of their results."""
        self.cancel()
        if self._current is not None:
            self._dropped.append(self._current)
        self._current = None
        self._waiting.clear()

    def close(self, timeout: float) -> None:
        """Drop all jobs and wait for their threads, for so many seconds each at most."""
        self.drop()
        while self._dropped:
            self._dropped.pop().join(timeout)

    def _start_next(self) -> None:
        self._current = self._waiting.popleft() if self._waiting else None
        if self._current is not None:
            self._current.start()

    def _finish(self, job: Job[Any]) -> None:
        """Use a job's result. Whatever comes of that is said, and the job is over."""
        try:
            job.finish()
        except MimicError as fault:
            self._notices.set_error(job.topic, str(fault))
        except Exception:
            _logger.exception("The result of a job could not be used")
            self._notices.set_error(job.topic, BUG)

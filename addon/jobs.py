# SPDX-License-Identifier: GPL-3.0-or-later
"""Background jobs, one at a time: a thread computes, then Blender's main thread uses the result."""

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
    """Progress of a job, shared between its thread and the panel.

    Attributes:
        share: fraction done, 0 to 1; None if unknown.
        doing: the current step as a message to be translated, and the name that replaces `{name}` in it.
        cancelled: set to ask the job to stop.
    """

    def __init__(self, text: str, name: str = "") -> None:
        self.share: float | None = None
        self.doing = text, name
        self.cancelled = threading.Event()

    def begin(self, text: str, name: str = "") -> None:
        """Report the start of a step."""
        self.doing, self.share = (text, name), None

    def tell(self, done: int, expected: int | None) -> None:
        """Report how many of the expected units of work are done; None if their number is unknown."""
        self.share = min(1.0, done / expected) if expected else None


class Job(Generic[T]):
    """Background work and the use of its result.

    Args:
        text: message for the panel, with `{name}` as a placeholder.
        work: runs in a thread and must not use Blender.
        finish: called on Blender's main thread with the result of `work`.
        name: name for the placeholder.
        topic: topic under which errors are reported.
        makes: the file that `work` creates, or None.
        failed: called on Blender's main thread if `work` failed, before that is reported.
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
        failed: Callable[[], None] | None = None,
    ) -> None:
        self._work, self._finish, self._failed = work, finish, failed
        self.topic, self.makes = topic, makes
        self.progress = Progress(text, name)
        self._task: Task[list[T]] | None = None

    def start(self) -> None:
        """Start the thread."""
        self._task = Task(self._run, name="mimic-job")

    def do(self) -> None:
        """Do the work at once, instead of in a thread, and use its result.

        Raises:
            MimicError: the work failed, or its result cannot be used.
        """
        self._finish(self._work(self.progress))

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return self._task is not None and self._task.done

    def finish(self) -> None:
        """Use the result of a job that is done, on Blender's main thread.

        Raises:
            MimicError: the work failed, or its result cannot be used.
        """
        if self._task is None:
            return
        if self._failed is not None and (self._task.crashed or self._task.fault is not None):
            self._failed()
        if self._task.crashed:
            raise Unexpected(BUG)
        if self._task.fault is not None:
            raise self._task.fault
        for result in self._task.result or []:
            self._finish(result)

    def join(self, timeout: float) -> None:
        """Wait at most `timeout` seconds for the thread."""
        if self._task is not None:
            self._task.join(timeout)

    def _run(self) -> list[T]:
        """Return the result in a list, as it may be None."""
        lower_priority()
        return [self._work(self.progress)]


class Jobs:
    """Runs jobs in the order in which they were added. To be used on Blender's main thread.

    Args:
        notices: where errors are reported.
    """

    def __init__(self, notices: Notices) -> None:
        self._notices = notices
        self._current: Job[Any] | None = None
        self._waiting: deque[Job[Any]] = deque()
        # Their threads may still run, but their results are not used.
        self._dropped: list[Job[Any]] = []

    @property
    def current(self) -> Job[Any] | None:
        """The running job, or None."""
        return self._current

    @property
    def paths(self) -> set[Path]:
        """Files that unfinished jobs create; they need not exist yet."""
        jobs = [*self._waiting, *(job for job in (self._current, *self._dropped) if job is not None and not job.done)]
        return {job.makes for job in jobs if job.makes is not None}

    def add(self, job: Job[Any]) -> None:
        """Add a job to the queue. Clears the notices of its topic, which belong to earlier jobs."""
        self._notices.clear(job.topic)
        self._waiting.append(job)
        if self._current is None:
            self._start_next()

    def poll(self) -> bool:
        """Finish the current job if it is done, and start the next; return whether any is left."""
        job = self._current
        if job is not None and job.done:
            try:
                self._finish(job)
            finally:
                if self._current is job:
                    self._start_next()
        return self._current is not None

    def cancel(self) -> None:
        """Ask the current job to stop; it decides what to do with its partial result."""
        if self._current is not None:
            self._current.progress.cancelled.set()

    def drop(self) -> None:
        """Cancel all jobs and discard their results."""
        self.cancel()
        if self._current is not None:
            self._dropped.append(self._current)
        self._current = None
        self._waiting.clear()

    def close(self, timeout: float) -> None:
        """Drop all jobs and wait at most `timeout` seconds for each of their threads."""
        self.drop()
        while self._dropped:
            self._dropped.pop().join(timeout)

    def _start_next(self) -> None:
        self._current = self._waiting.popleft() if self._waiting else None
        if self._current is not None:
            self._current.start()

    def _finish(self, job: Job[Any]) -> None:
        """Use a job's result and report errors; the job is over in any case."""
        try:
            job.finish()
        except MimicError as fault:
            self._notices.set_error(job.topic, str(fault))
        except Exception:
            _logger.exception("The result of a job could not be used")
            self._notices.set_error(job.topic, BUG)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Work in a thread of its own, whose end can be looked for without waiting."""

import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ...errors import MimicError

T = TypeVar("T")


class Task(Generic[T]):
    """A thread that does one thing. It must not touch Blender.

    A bug in it goes where threads' bugs go, to the console; `crashed` tells of it.

    Attributes:
        result: what the work returned, once it is done.
        fault: the sentence with which it failed, if it did.
    """

    def __init__(self, work: Callable[[], T], *, name: str) -> None:
        self._work = work
        self.result: T | None = None
        self.fault: MimicError | None = None
        self.crashed = False
        # A daemon: a camera's driver that never answers must not keep Blender from quitting.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait for the end, for `timeout` seconds at most. Says whether it came."""
        self._thread.join(timeout)
        return self.done

    def _run(self) -> None:
        try:
            self.result = self._work()
        except MimicError as fault:
            self.fault = fault
        finally:
            self.crashed = sys.exc_info()[0] is not None

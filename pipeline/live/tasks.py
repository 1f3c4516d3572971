# SPDX-License-Identifier: GPL-3.0-or-later
"""A function running in its own thread, whose end can be checked without waiting."""

import sys
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from ...errors import MimicError

T = TypeVar("T")


class Task(Generic[T]):
    """A thread that runs one function, which must not use bpy.

    An exception other than MimicError is a bug: it is printed to the console, and `crashed` is set.

    Attributes:
        result: the function's result, once it has returned.
        fault: the error that it raised, if any.
        crashed: whether it raised any other exception.
    """

    def __init__(self, work: Callable[[], T], *, name: str) -> None:
        self._work = work
        self.result: T | None = None
        self.fault: MimicError | None = None
        self.crashed = False
        # A daemon, so that a camera driver that hangs does not keep Blender from quitting.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def join(self, timeout: float) -> bool:
        """Wait for the thread for at most `timeout` seconds. Return whether it has ended."""
        self._thread.join(timeout)
        return self.done

    def _run(self) -> None:
        try:
            self.result = self._work()
        except MimicError as fault:
            self.fault = fault
        finally:
            self.crashed = sys.exc_info()[0] is not None

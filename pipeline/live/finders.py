# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding people in the frames of one camera, or of two at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..landmarks.data import Landmarks
from .priority import lower_priority
from .reader import TimedFrame

if TYPE_CHECKING:
    from ..landmarks.people.people import People


@dataclass(frozen=True)
class Found:
    """Who was found in the frames of a moment: in the first camera's, and in the second's, if there is one."""

    people: tuple[Landmarks, ...]
    beside: tuple[Landmarks, ...] = ()


class Finders:
    """Finds people in each camera's frames. Used in the worker's thread.

    The second camera's are found in a thread of its own, while the first one's are. On two cores that gives 26 pairs a
    second where one camera alone gives 46; one after the other it would be 20 (28 November 2026).

    Args:
        first: finds them in the first camera's frames.
        open_second: opens what finds them in the second's, when its first frame is there.
    """

    def __init__(self, first: "People", open_second: Callable[[], "People"]) -> None:
        self.first = first
        self._open_second = open_second
        self._second: People | None = None
        self._thread: ThreadPoolExecutor | None = None

    def process(self, timed: TimedFrame) -> Found:
        """Find all landmarks in the next frame, and in that beside it."""
        beside = timed.beside
        if beside is None:
            return Found(self.first.process(timed.frame))
        if self._thread is None or self._second is None:
            self._thread = ThreadPoolExecutor(1, "mimic-camera-2", initializer=lower_priority)
            self._second = self._open_second()
        other = self._thread.submit(self._second.process, beside.frame)
        if timed.sent:
            people = self.first.process(timed.frame)
        else:
            height, width = timed.frame.image.shape[:2]
            people = (Landmarks(timed.frame.time, timed.frame.index, (width, height)),)
        return Found(people, other.result())

    def close(self) -> None:
        """End all threads."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        for each in (self.first, self._second):
            if each is not None:
                each.close()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames at the pace of life, the newest one only: a camera as it is, a file as if it were one."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from .. import opencv
from ..landmarks.data import Frame
from ..sources import Source, open_source
from .tasks import Task

HANDOVER_SECONDS: Final = 10.0
"""Seconds that a new reader waits for the one before to let go of its camera."""

SOON_SHARE: Final = 0.4
"""Part of the time between two frames for which the next one is waited for."""


@dataclass(frozen=True)
class TimedFrame:
    """A frame and when it came, by `time.monotonic`."""

    frame: Frame
    arrived: float


@dataclass(frozen=True)
class SourceInfo:
    """What a source says about itself once it is open: see `pipeline.sources.Source`."""

    name: str
    size: tuple[int, int]
    fps: float


class FrameReader:
    """Reads a source in a thread of its own and keeps its newest frame.

    Args:
        spec: what `pipeline.sources.open_source` opens.
        size: (width, height) of picture to ask a camera for.
        mirror: flip each frame left to right.
        repeat: begin a file again when it ends; time goes on.
        before: a reader that may still hold the same camera.

    Attributes:
        info: the source, once it is open.
        warning: why frames stopped coming, if the source knows.
        missed: frames that nobody took.
    """

    def __init__(
        self,
        spec: str,
        *,
        size: tuple[int, int] | None = None,
        mirror: bool = False,
        repeat: bool = False,
        before: "FrameReader | None" = None,
    ) -> None:
        self._size = size
        self._spec, self._mirror, self._repeat, self._before = spec, mirror, repeat, before
        self._newest: TimedFrame | None = None
        self._arrival = threading.Condition()
        self._stop = threading.Event()
        self.info: SourceInfo | None = None
        self.warning: str | None = None
        self.missed = 0
        self._began: float | None = None
        self.task: Task[None] = Task(self._read, name="mimic-reader")

    def take(self, timeout: float) -> TimedFrame | None:
        """The newest frame that was not taken yet; None if none comes within `timeout` seconds.

        A frame that is soon followed by another is not worth beginning with: the next one is waited for.
        """
        with self._arrival:
            self._arrival.wait_for(lambda: self._newest is not None, timeout)
            timed = self._newest
            if timed is not None and self.info is not None:
                left = timed.arrived + 1.0 / self.info.fps - time.monotonic()
                if 0.0 < left < SOON_SHARE / self.info.fps:
                    self._arrival.wait_for(lambda: self._newest is not timed, left + SOON_SHARE / self.info.fps)
            timed, self._newest = self._newest, None
            return timed

    def stop(self) -> None:
        """Ask the thread to let go of the source after the frame that it waits for."""
        self._stop.set()

    def _read(self) -> None:
        if self._before is not None:
            self._before.task.join(HANDOVER_SECONDS)
            self._before = None
        opencv.load()
        lap = 0.0
        while not self._stop.is_set():
            with open_source(self._spec, mirror=self._mirror, camera_size=self._size) as source:
                self.info = SourceInfo(source.name, source.size, source.fps)
                last = self._play(source, lap)
                self.warning = source.warning
            if source.live or not self._repeat or last is None:
                return
            lap = last + 1.0 / source.fps

    def _play(self, source: Source, lap: float) -> float | None:
        """Show a source once, its first frame at `lap` seconds; the time of its last frame, if it had any."""
        last = None
        for timed in self._paced(source, lap):
            with self._arrival:
                self.missed += self._newest is not None
                self._newest = timed
                self._arrival.notify_all()
            last = timed.frame.time
        return last

    def _paced(self, source: Source, lap: float) -> Iterator[TimedFrame]:
        first = None
        for frame in source:
            if self._stop.is_set():
                return
            first = frame.time if first is None else first
            shown = replace(frame, time=lap + frame.time - first)
            # One clock for all laps: what opening the file again takes must not add up.
            self._began = time.monotonic() if self._began is None else self._began
            if not source.live and self._stop.wait(max(0.0, self._began + shown.time - time.monotonic())):
                return
            yield TimedFrame(shown, time.monotonic())

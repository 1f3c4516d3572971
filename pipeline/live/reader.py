# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading frames in real time, keeping only the newest: from a camera, or from a file played at its own speed."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from .. import opencv
from ..sources import Source, open_source
from ..sources.frame import Frame
from .tasks import Task

HANDOVER_SECONDS: Final = 10.0
"""Seconds that a new reader waits for the previous one to release its camera."""

SOON_SHARE: Final = 0.4
"""Share of the time between two frames in which the next one counts as about to arrive."""


@dataclass(frozen=True)
class TimedFrame:
    """A frame and the time when it arrived, by `time.monotonic`."""

    frame: Frame
    arrived: float


@dataclass(frozen=True)
class SourceInfo:
    """Name, size and frame rate of an open source; see `pipeline.sources.Source`."""

    name: str
    size: tuple[int, int]
    fps: float


class FrameReader:
    """Reads a source in its own thread and keeps the newest frame.

    Args:
        spec: the source, as for `pipeline.sources.open_source`.
        size: (width, height) in pixels to request from a camera.
        mirror: flip each frame left to right.
        repeat: play a file again when it ends; frame times continue to rise.
        before: a previous reader, which may still hold the same camera.

    Attributes:
        info: the source's properties, once it is open.
        warning: why no more frames arrive, if the source reports it.
        missed: number of frames that were replaced before they were taken.
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
        """Return the newest frame that was not taken yet; None if none arrives within `timeout` seconds.

        If the next frame is about to arrive, it waits for that one instead.
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
        """Tell the thread to close the source after the frame that it is waiting for."""
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
        """Play a source once, its first frame at `lap` seconds. Return the time of its last frame, if it has any."""
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
            # One clock for all repeats, so that the time for opening the file again does not add up.
            self._began = time.monotonic() if self._began is None else self._began
            if not source.live and self._stop.wait(max(0.0, self._began + shown.time - time.monotonic())):
                return
            yield TimedFrame(shown, time.monotonic())

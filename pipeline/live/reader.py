# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading frames in real time, keeping only the newest: from a camera, or from a file played at its own speed."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Protocol

from .. import opencv
from ..sources import Source, open_source
from ..sources.frame import Frame
from .tasks import Task
from .together import Together

HANDOVER_SECONDS: Final = 10.0
"""Seconds that a new reader waits for the previous one to release its camera."""

SOON_SHARE: Final = 0.4
"""Share of the time between two frames in which the next one counts as about to arrive."""


@dataclass(frozen=True)
class TimedFrame:
    """A frame and the time when it arrived, by `time.monotonic`.

    Attributes:
        frame: the frame.
        arrived: when.
        beside: what the second camera showed at the same moment, if there is one and it did.
        sent: whether the camera sent it; if not, it is grey and stands in for a camera that stopped.
    """

    frame: Frame
    arrived: float
    beside: "TimedFrame | None" = None
    sent: bool = True


@dataclass(frozen=True)
class SourceInfo:
    """Name, size and frame rate of an open source; see `pipeline.sources.Source`.

    `beside` are those of the second camera, if there is one and it is open; its times of frames become those of the
    first camera's clock when `offset` seconds are added, but for the time that pictures take to arrive.
    """

    name: str
    size: tuple[int, int]
    fps: float
    beside: "SourceInfo | None" = None
    offset: float = 0.0


class Reader(Protocol):
    """What gives a live session its frames: the reader of one source, or of two."""

    @property
    def info(self) -> SourceInfo | None:
        """The source's properties, once it is open."""

    @property
    def task(self) -> Task[None]:
        """The thread without which there are no more frames."""

    @property
    def warning(self) -> str | None:
        """Why no more frames arrive, if the source reports it."""

    @property
    def done(self) -> bool:
        """Whether all threads have ended, and their sources are closed."""

    def take(self, timeout: float) -> TimedFrame | None:
        """Return the newest frame that was not taken yet; None if none arrives within `timeout` seconds."""

    def stop(self) -> None:
        """Tell the threads to close their sources."""

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for each thread, and return whether all have ended."""


class FrameReader:
    """Reads a source in its own thread and keeps the newest frame.

    Args:
        spec: the source, as for `pipeline.sources.open_source`.
        size: (width, height) in pixels to request from a camera.
        mirror: flip each frame left to right.
        repeat: play a file again when it ends; frame times continue to rise.
        before: a previous reader, which may still hold the same camera.
        arrival: notified of each frame; one of its own unless given.
        keep: seconds for which frames stay in `recent`; 0 keeps none.
        together: begins files in step with those of other readers.

    Attributes:
        info: the source's properties, once it is open.
        warning: why no more frames arrive, if the source reports it.
        missed: number of frames that were replaced before they were taken.
        recent: the last frames, oldest first; changed with `arrival` locked.
        origin: `time.monotonic` at the time 0 of the frames, as far as can be told; None before the first.
    """

    def __init__(
        self,
        spec: str,
        *,
        size: tuple[int, int] | None = None,
        mirror: bool = False,
        repeat: bool = False,
        before: "Reader | None" = None,
        arrival: threading.Condition | None = None,
        keep: float = 0.0,
        together: Together | None = None,
    ) -> None:
        self._size = size
        self._spec, self._mirror, self._repeat, self._before = spec, mirror, repeat, before
        self._newest: TimedFrame | None = None
        self._arrival = arrival or threading.Condition()
        self._keep, self._together = keep, together
        self._stop = threading.Event()
        self.recent: deque[TimedFrame] = deque()
        self.origin: float | None = None
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

    @property
    def done(self) -> bool:
        """Whether the thread has ended, and the source is closed."""
        return self.task.done

    def join(self, timeout: float) -> bool:
        """Wait at most `timeout` seconds for the thread, and return whether it has ended."""
        return self.task.join(timeout)

    def _read(self) -> None:
        try:
            self._read_all()
        finally:
            if self._together is not None:
                self._together.leave()
            with self._arrival:
                self._arrival.notify_all()

    def _read_all(self) -> None:
        if self._before is not None:
            self._before.join(HANDOVER_SECONDS)
            self._before = None
        opencv.load()
        lap = 0.0
        while not self._stop.is_set():
            with open_source(self._spec, mirror=self._mirror, camera_size=self._size) as source:
                self.info = SourceInfo(source.name, source.size, source.fps)
                if self._together is not None:
                    lap, self._began = self._together.begin(lap)
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
                self._remember(timed)
                self._arrival.notify_all()
            last = timed.frame.time
        return last

    def _remember(self, timed: TimedFrame) -> None:
        origin = timed.arrived - timed.frame.time
        self.origin = origin if self.origin is None else min(origin, self.origin)
        if self._keep > 0.0:
            self.recent.append(timed)
            while self.recent[0].arrived < timed.arrived - self._keep:
                self.recent.popleft()

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

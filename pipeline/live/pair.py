# SPDX-License-Identifier: GPL-3.0-or-later
"""Two cameras of one scene, read at once: the newest pair of frames of the same moment."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import CamerasSame
from ..sources import same_source
from ..sources.frame import Frame
from .reader import FrameReader, Reader, SourceInfo, TimedFrame
from .tasks import Task
from .together import Together

MAX_LAG: Final = 0.3
"""Seconds by which the pictures of one camera may arrive later than those of the other."""

_KEEP: Final = MAX_LAG + 0.1
"""Seconds for which frames are kept, until those of the other camera arrive."""

_STILL: Final = 0.5
"""Seconds without a frame after which a camera is not waited for."""

_PATIENCE: Final = 1.5
"""Times between two frames of the first camera after which its frame goes on without one of the second."""

_GREY: Final = 64


class PairReader:
    """Reads two sources, each in its own thread, and gives the newest frames that were taken at the same moment.

    Without the second camera's frames, those of the first one go on alone; and with `stand_in` the other way round.

    Args:
        specs: both sources, as for `pipeline.sources.open_source`.
        size, mirror, repeat, before: as for `FrameReader`. Files repeat when the longer one has ended.

    Raises:
        CamerasSame: both are the same.

    Attributes:
        first, second: the readers.
        lag: seconds by which the second camera's pictures arrive later than the first one's of the same moment.
        stand_in: whether the second camera may go on alone.
    """

    def __init__(
        self,
        specs: tuple[str, str],
        *,
        size: tuple[int, int] | None = None,
        mirror: bool = False,
        repeat: bool = False,
        before: Reader | None = None,
    ) -> None:
        if same_source(*specs):
            raise CamerasSame(
                "Camera 2 is the same as camera 1: choose another one, by its number if both have the same name."
            )
        self._arrival = threading.Condition()
        together = Together(2) if all(Path(spec).exists() for spec in specs) else None
        self.first, self.second = (
            FrameReader(
                spec,
                size=size,
                mirror=mirror,
                repeat=repeat,
                before=before,
                arrival=self._arrival,
                keep=_KEEP,
                together=together,
            )
            for spec in specs
        )
        self.lag = 0.0
        self.stand_in = False
        self._taken, self._shown = [0.0, 0.0], -np.inf

    @property
    def info(self) -> SourceInfo | None:
        """See `Reader.info`."""
        info = self.first.info
        if info is None or self.second.info is None or self.second.origin is None or self.first.origin is None:
            return info
        return replace(info, beside=self.second.info, offset=self.second.origin - self.first.origin)

    @property
    def task(self) -> Task[None]:
        """See `Reader.task`."""
        return self.second.task if self._stands_in else self.first.task

    @property
    def warning(self) -> str | None:
        """See `Reader.warning`."""
        return self.first.warning

    @property
    def done(self) -> bool:
        """See `Reader.done`."""
        return self.first.done and self.second.done

    def take(self, timeout: float) -> TimedFrame | None:
        """See `Reader.take`."""
        until = time.monotonic() + timeout
        with self._arrival:
            while True:
                timed, due = self._next()
                left = min(until, due) - time.monotonic()
                if timed is not None or time.monotonic() >= until:
                    return timed
                self._arrival.wait(max(left, 0.001))

    def stop(self) -> None:
        """See `Reader.stop`."""
        self.first.stop()
        self.second.stop()

    def join(self, timeout: float) -> bool:
        """See `Reader.join`."""
        ended = [each.join(timeout) for each in (self.first, self.second)]
        return all(ended)

    @property
    def _stands_in(self) -> bool:
        if not self.stand_in or self.second.done or self.first.info is None:
            return False
        last = self.first.recent[-1].arrived if self.first.recent else -np.inf
        return self.first.done or time.monotonic() - last > _STILL

    def _next(self) -> tuple[TimedFrame | None, float]:
        """Return the frame to take now, if there is one; else also when there will be, even if none arrives."""
        first = [each for each in self.first.recent if each.arrived > self._taken[0] and each.frame.time > self._shown]
        second = [each for each in self.second.recent if each.arrived > self._taken[1]]
        if self._stands_in and second and not first:
            return self._alone(second[-1]), 0.0
        info, other = self.first.info, self.second.info
        if not first or info is None:
            return None, np.inf
        if other is not None:
            timed = self._pair(first, second, within=0.5 / min(info.fps, other.fps))
            if timed is not None:
                return timed, 0.0
        newest, now = first[-1], time.monotonic()
        last = self.second.recent[-1].arrived if self.second.recent else -np.inf
        due = first[0].arrived + _PATIENCE / info.fps + max(self.lag, 0.0)
        if now - last > _STILL or now > due:
            self._taken[0], self._shown = newest.arrived, newest.frame.time
            return newest, 0.0
        return None, due

    def _pair(self, first: Sequence[TimedFrame], second: Sequence[TimedFrame], *, within: float) -> TimedFrame | None:
        """Return the newest frame of the first camera with one of the second's, if any was taken `within` seconds."""
        for timed in reversed(first):
            away = [abs(each.arrived - self.lag - timed.arrived) for each in second]
            if away and min(away) <= within:
                beside = second[int(np.argmin(away))]
                self._taken, self._shown = [timed.arrived, beside.arrived], timed.frame.time
                return replace(timed, beside=beside)
        return None

    def _alone(self, beside: TimedFrame) -> TimedFrame:
        """Return a frame of the second camera, beside one that stands in for the first camera's."""
        info = self.info
        self._taken[1] = beside.arrived
        width, height = (1, 1) if info is None else info.size
        image = np.full((height, width, 3), _GREY, np.uint8)
        offset = 0.0 if info is None else info.offset
        # Later than the last one, also where the clocks differ by the time that pictures take to arrive.
        self._shown = max(beside.frame.time + offset - self.lag, np.nextafter(self._shown, np.inf))
        frame = Frame(image, self._shown, beside.frame.index)
        return TimedFrame(frame, beside.arrived, beside=beside, sent=False)

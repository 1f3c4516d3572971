# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that stand in for several cameras of one scene: they play in step."""

import threading
import time


class Together:
    """Lets files begin at the same moment, and begin again when the longest of them has ended.

    Args:
        count: number of files, each of which is read in a thread of its own.
    """

    def __init__(self, count: int) -> None:
        self._barrier = threading.Barrier(count, action=self._agree)
        self._lock = threading.Lock()
        self._laps: list[float] = []
        self._lap = 0.0
        self._began: float | None = None

    def begin(self, lap: float) -> tuple[float, float]:
        """Wait until all are about to begin. Return the time of their first frame, and `time.monotonic` at time 0.

        Once one of them has left, the others go on without waiting.

        Args:
            lap: time at which this one's first frame would be.
        """
        with self._lock:
            self._laps.append(lap)
        try:
            self._barrier.wait()
        except threading.BrokenBarrierError:
            with self._lock:
                self._began = time.monotonic() - lap if self._began is None else self._began
                return lap, self._began
        return self._lap, self._began or 0.0

    def leave(self) -> None:
        """Do not wait for this one any more."""
        self._barrier.abort()

    def _agree(self) -> None:
        self._lap, self._laps = max(self._laps), []
        self._began = time.monotonic() - self._lap if self._began is None else self._began

# SPDX-License-Identifier: GPL-3.0-or-later
"""When to start computing the next pose: so that it is ready just when Blender can show it.

Blender shows no new pose while it redraws. A pose that is ready too early is outdated when it is shown; and one that
is replaced by the next before it is shown wastes processor time that redrawing needs on a machine with few cores.
"""

import os
import threading
import time
from typing import Final

MAX_WAIT: Final = 0.25
"""Longest time in seconds to wait for a pose to be shown, or for a redraw."""

MEAN_WEIGHT: Final = 0.2
"""Weight of the newest redraw or pose in the moving averages of their duration."""

FEW_CORES: Final = 2
"""Number of cores up to which poses and redraws slow each other down so much that they are made alternately."""


class Pace:
    """Synchronizes the worker with Blender's redraws. May be used from any thread.

    Attributes:
        draw_seconds: average seconds for a redraw.
        pose_seconds: average seconds for a pose.
    """

    def __init__(self, *, cores: int | None = None) -> None:
        self._in_turn = (cores or os.cpu_count() or 1) <= FEW_CORES
        self._changed = threading.Condition()
        self._taken = self._drawn = True
        self._shown = self._begun = 0.0
        self.draw_seconds = self.pose_seconds = 0.0

    def wait(self) -> None:
        """Wait until the next pose should be started."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken, MAX_WAIT)
            ahead = MAX_WAIT if self._in_turn else min(self.draw_seconds - self.pose_seconds, MAX_WAIT)
            self._changed.wait_for(lambda: self._drawn, max(0.0, self._shown + ahead - time.monotonic()))

    def begin(self) -> None:
        """Note that the worker starts a pose."""
        self._begun = time.monotonic()

    def made(self) -> None:
        """Note that the worker has finished the pose."""
        with self._changed:
            self._taken = False
            self.pose_seconds += MEAN_WEIGHT * (time.monotonic() - self._begun - self.pose_seconds)

    def shown(self) -> None:
        """Note that the newest pose was applied in Blender, which redraws once its main thread is free."""
        with self._changed:
            self._taken, self._drawn, self._shown = True, False, time.monotonic()
            self._changed.notify_all()

    def redrawn(self) -> None:
        """Note that Blender's main thread is free again, so that the last pose is drawn."""
        with self._changed:
            if not self._drawn:
                self._drawn = True
                self.draw_seconds += MEAN_WEIGHT * (time.monotonic() - self._shown - self.draw_seconds)
                self._changed.notify_all()

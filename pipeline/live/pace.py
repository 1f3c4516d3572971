# SPDX-License-Identifier: GPL-3.0-or-later
"""When to begin the next pose: so that it is done when Blender can show it, and not long before.

Blender shows nothing while it draws. A pose that waits for that grows old meanwhile, and one that is overtaken by the
next has cost processor time for nothing, of which drawing itself is short on a machine of few cores.
"""

import os
import threading
import time
from typing import Final

MAX_WAIT: Final = 0.25
"""Seconds after which a pose that Blender does not come for, or a redraw, is not waited for any more."""

MEAN_WEIGHT: Final = 0.2
"""Weight of the newest redraw or pose in the mean of how long they take."""

FEW_CORES: Final = 2
"""With so many, poses and redraws made at once take so much longer that it is better to make them in turn."""


class Pace:
    """What Blender's thread and the worker tell each other of their speed. Safe from any thread.

    Attributes:
        drawing: seconds that a redraw takes, about.
        making: seconds that a pose takes, about.
    """

    def __init__(self, *, cores: int | None = None) -> None:
        self._in_turn = (cores or os.cpu_count() or 1) <= FEW_CORES
        self._changed = threading.Condition()
        self._taken = self._drawn = True
        self._shown = self._begun = 0.0
        self.drawing = self.making = 0.0

    def wait(self) -> None:
        """Return when the next pose should be begun."""
        with self._changed:
            self._changed.wait_for(lambda: self._taken, MAX_WAIT)
            ahead = MAX_WAIT if self._in_turn else min(self.drawing - self.making, MAX_WAIT)
            self._changed.wait_for(lambda: self._drawn, max(0.0, self._shown + ahead - time.monotonic()))

    def begin(self) -> None:
        """The worker begins a pose."""
        self._begun = time.monotonic()

    def made(self) -> None:
        """The worker has made it."""
        with self._changed:
            self._taken = False
            self.making += MEAN_WEIGHT * (time.monotonic() - self._begun - self.making)

    def shown(self) -> None:
        """Blender has shown the newest pose, and draws it when its thread is free again."""
        with self._changed:
            self._taken, self._drawn, self._shown = True, False, time.monotonic()
            self._changed.notify_all()

    def looked(self) -> None:
        """Blender's thread is free: what was shown before is drawn."""
        with self._changed:
            if not self._drawn:
                self._drawn = True
                self.drawing += MEAN_WEIGHT * (time.monotonic() - self._shown - self.drawing)
                self._changed.notify_all()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic's only timer and its application handlers, which are removed again when nothing is running."""

import time
from collections.abc import Callable
from typing import Any, Final

import bpy

from .jobs import Jobs
from .live.preview import Preview
from .live.session import INTERVAL
from .live.sessions import Sessions
from .windows import redraw, rendering

BUSY_INTERVAL: Final = 0.1
PANEL_SECONDS: Final = 0.25


class Timer:
    """Advances the live session and background jobs from Blender's main thread."""

    def __init__(self, sessions: Sessions, jobs: Jobs, preview: Preview) -> None:
        self._sessions, self._jobs, self._preview = sessions, jobs, preview
        self._drawn, self._count = 0.0, 0
        # Blender compares functions by identity, and each access to a bound method creates a new object.
        self._callback = self._on_timer
        self._soon: dict[Callable[[], None], Callable[[], None]] = {}

    @property
    def running(self) -> bool:
        """Whether the timer is registered."""
        return bpy.app.timers.is_registered(self._callback)

    def start(self) -> None:
        """Register timer and handlers, if they are not."""
        if not self.running:
            bpy.app.timers.register(self._callback, first_interval=0.0, persistent=True)
        for handlers, handler in self._handlers():
            if handler not in handlers:
                handlers.append(handler)

    def stop(self) -> None:
        """Unregister timer and handlers, and stop drawing the preview."""
        self._preview.stop()
        if self.running:
            bpy.app.timers.unregister(self._callback)
        for handlers, handler in self._handlers():
            if handler in handlers:
                handlers.remove(handler)

    def soon(self, work: Callable[[], None]) -> None:
        """Call a function once, as soon as Blender is idle, however often it is requested before."""
        same = self._soon.setdefault(work, work)  # as Blender compares by identity
        if not bpy.app.timers.is_registered(same):
            bpy.app.timers.register(same, first_interval=0.0)

    def close(self) -> None:
        """Stop, and cancel pending calls of `soon`."""
        self.stop()
        while self._soon:
            _, work = self._soon.popitem()
            if bpy.app.timers.is_registered(work):
                bpy.app.timers.unregister(work)

    def tick(self) -> float | None:
        """Advance session and jobs without waiting; return the seconds until the next call, None if nothing runs."""
        live = self._sessions.tick()
        busy = self._jobs.poll()
        running = self._sessions.current
        if running is None:
            self._preview.stop()
        count = 0 if running is None else running.count
        if count != self._count:
            self._count = count
            redraw("WINDOW")
        now = time.monotonic()
        if not (live or busy):
            redraw("UI", "WINDOW")
        elif now - self._drawn > PANEL_SECONDS:
            self._drawn = now
            redraw("UI")
        if live:
            return INTERVAL
        return BUSY_INTERVAL if busy else None

    def _on_timer(self) -> float | None:
        again = self.tick()
        if again is None:
            self.stop()
        return again

    def _before_load(self, *_args: Any) -> None:
        """End the session and drop all jobs before another file is opened.

        Blender drops the handlers by itself; removing one here would make it skip the next one. The timer continues
        until the takes of this file are closed and listed.
        """
        self._sessions.leave_file()
        self._jobs.drop()

    def _after_frame_change(self, *_args: Any) -> None:
        """Show the performer's pose again after Blender's animation has posed the character."""
        running = self._sessions.current
        if running is not None and not rendering():
            running.show_again()

    def _handlers(self) -> tuple[tuple[Any, Any], ...]:
        handlers = bpy.app.handlers
        return (handlers.load_pre, self._before_load), (handlers.frame_change_post, self._after_frame_change)

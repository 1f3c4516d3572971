# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic's one timer, and the handlers of Blender's that it needs: all gone again when nothing runs."""

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
    """Lets session and jobs go on while Blender's own thread is free."""

    def __init__(self, sessions: Sessions, jobs: Jobs, preview: Preview) -> None:
        self._sessions, self._jobs, self._preview = sessions, jobs, preview
        self._drawn, self._count = 0.0, 0
        # Blender knows functions by their identity, and a bound method is another one each time it is asked for.
        self._callback = self._on_timer
        self._soon: set[Callable[[], None]] = set()

    @property
    def running(self) -> bool:
        """Whether Blender calls the timer."""
        return bpy.app.timers.is_registered(self._callback)

    def start(self) -> None:
        """Let the timer run, if it does not."""
        if not self.running:
            bpy.app.timers.register(self._callback, first_interval=0.0, persistent=True)
        for handlers, handler in self._handlers():
            if handler not in handlers:
                handlers.append(handler)

    def stop(self) -> None:
        """Take timer, handlers and picture out of Blender."""
        self._preview.stop()
        if self.running:
            bpy.app.timers.unregister(self._callback)
        for handlers, handler in self._handlers():
            if handler in handlers:
                handlers.remove(handler)

    def soon(self, work: Callable[[], None]) -> None:
        """Call a function once, when Blender is free; asked again before that, still once."""
        if not bpy.app.timers.is_registered(work):
            bpy.app.timers.register(work, first_interval=0.0)
            self._soon.add(work)

    def close(self) -> None:
        """Stop, and forget what was to be called soon."""
        self.stop()
        while self._soon:
            work = self._soon.pop()
            if bpy.app.timers.is_registered(work):
                bpy.app.timers.unregister(work)

    def tick(self) -> float | None:
        """Do what is due on Blender's thread, without waiting. Returns when to come again, None if nothing runs."""
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
        """Another file is about to be opened: nothing of this one must be touched any more.

        Opening drops the handlers by itself; taking one out here would hide the next one from Blender. The timer goes
        on until the takes of this file are closed and listed.
        """
        self._sessions.leave_file()
        self._jobs.drop()

    def _after_frame_change(self, *_args: Any) -> None:
        """Blender's own animation has just posed the character; the performer comes first."""
        running = self._sessions.current
        if running is not None and not rendering():
            running.show_again()

    def _handlers(self) -> tuple[tuple[Any, Any], ...]:
        handlers = bpy.app.handlers
        return (handlers.load_pre, self._before_load), (handlers.frame_change_post, self._after_frame_change)

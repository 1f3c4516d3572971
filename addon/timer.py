# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic's one timer, and the handlers of Blender's that it needs: all gone again when nothing runs."""

import time
from typing import Any, Final

import bpy

from . import jobs
from .live import preview, session
from .windows import redraw, rendering

BUSY_INTERVAL: Final = 0.1
PANEL_SECONDS: Final = 0.25

_drawn, _count = 0.0, 0


def start() -> None:
    """Let the timer run, if it does not."""
    if not bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.register(_on_timer, first_interval=0.0)
    for handlers, handler in _handlers():
        if handler not in handlers:
            handlers.append(handler)


def stop() -> None:
    """Take timer, handlers and picture out of Blender."""
    preview.end()
    if bpy.app.timers.is_registered(_on_timer):
        bpy.app.timers.unregister(_on_timer)
    for handlers, handler in _handlers():
        if handler in handlers:
            handlers.remove(handler)


def tick() -> float | None:
    """Do what is due on Blender's thread, without waiting. Returns when to come again, None if nothing runs."""
    global _drawn, _count  # noqa: PLW0603
    live = session.tick()
    busy = jobs.poll()
    running = session.current()
    if running is None:
        preview.end()
    count = 0 if running is None else running.count
    if count != _count:
        _count = count
        redraw("WINDOW")
    now = time.monotonic()
    if not (live or busy):
        redraw("UI", "WINDOW")
    elif now - _drawn > PANEL_SECONDS:
        _drawn = now
        redraw("UI")
    if live:
        return session.INTERVAL
    return BUSY_INTERVAL if busy else None


def shut_down() -> None:
    """Stop all that runs and wait for its threads, a few seconds at most."""
    session.shut_down()
    jobs.shut_down(session.JOIN_SECONDS)
    stop()


def _on_timer() -> float | None:
    again = tick()
    if again is None:
        stop()
    return again


def _before_load(*_args: Any) -> None:
    """Another file is about to be opened: nothing of this one must be touched any more.

    Opening drops timer and handlers by itself; taking one out here would hide the next one from Blender.
    """
    if session.current() is not None:
        session.stop("Another file was opened, so the session ended: start it again.")
    jobs.drop()


def _after_frame_change(*_args: Any) -> None:
    """Blender's own animation has just posed the character; the performer comes first."""
    running = session.current()
    if running is not None and not rendering():
        running.show_again()


def _handlers() -> tuple[tuple[Any, Any], ...]:
    handlers = bpy.app.handlers
    return (handlers.load_pre, _before_load), (handlers.frame_change_post, _after_frame_change)

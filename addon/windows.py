# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's windows, for code that runs from a timer, outside any window."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import bpy


def manager() -> bpy.types.WindowManager:
    """Return the window manager; there is always one."""
    return cast(bpy.types.WindowManager, bpy.context.window_manager)


def rendering() -> bool:
    """Return whether a render is running, whose thread reads the scene, so that nothing in it may change."""
    return bool(cast(Any, bpy.app).is_job_running("RENDER"))


def redraw(*regions: str) -> None:
    """Tag region types of every 3D viewport for redraw: "WINDOW" is the view, "UI" the sidebar."""
    for window in manager().windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                for region in area.regions:
                    if region.type in regions:
                        region.tag_redraw()


@contextmanager
def in_a_window() -> Iterator[bool]:
    """Run operators in the context of a window. Yields False, and changes nothing, if Blender has no window."""
    window = bpy.context.window or next(iter(manager().windows), None)
    if window is None or bpy.app.background:
        yield False
        return
    with bpy.context.temp_override(window=window):
        yield True


def push_undo(step: str) -> None:
    """Add an undo step, for changes made outside an operator."""
    with in_a_window() as shown:
        if shown:
            bpy.ops.ed.undo_push(message=step)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Control Blender's window like a user: mouse and keyboard through the X server, and screenshots.

Runs inside Blender. A script is a generator that does something and then yields the number of seconds for which
Blender may process events and draw.
"""

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

Script = Generator[float, None, Any]

ADD_ON = "bl_ext.user_default.mimic"

HOVER = 0.2
"""Seconds until Blender has noticed the pointer's position, on software OpenGL."""

TABS = 20
"""Width of the sidebar's tabs in pixels."""

STEP = 11
"""Pixels between two positions when searching a panel: less than half a button's height."""


def xdotool(*arguments: object) -> None:
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def press(*keys: str) -> None:
    """Press keys one after the other, by their X names: `space`, `ctrl+c`."""
    xdotool("key", "--clearmodifiers", *keys)


def type_text(text: str) -> None:
    xdotool("type", "--delay", 15, text)


def session() -> Any:
    """Return the add-on's live session, or None."""
    return sys.modules[f"{ADD_ON}.addon.runtime"].runtime().session


def notice() -> str:
    """Return the live session's error message in the panel, or an empty string."""
    found = sys.modules[f"{ADD_ON}.addon.runtime"].runtime().notices.error("live")
    return str(found or "")


def window() -> Any:
    return bpy.context.window_manager.windows[0]


def area(kind: str = "VIEW_3D") -> Any:
    return next(each for each in window().screen.areas if each.type == kind)


def region(kind: str, of: str = "VIEW_3D") -> Any:
    return next(each for each in area(of).regions if each.type == kind)


def point(x: float, y: float) -> None:
    """Move the pointer to a position in Blender's window, with y from the bottom as in Blender."""
    height = window().height
    xdotool("mousemove", round(x) - 3, height - round(y))
    xdotool("mousemove", round(x), height - round(y))


def draw_fast() -> None:
    """Turn off effects that are slow with software OpenGL."""
    bpy.context.preferences.system.viewport_aa = "OFF"
    bpy.context.preferences.view.smooth_view = 0


def point_at_viewport() -> None:
    """Move the pointer to the lower left of the viewport, where there are no buttons."""
    view = region("WINDOW")
    point(view.x + 0.4 * view.width, view.y + 0.2 * view.height)


def install_extension(archive: str) -> None:
    """Close the splash screen, then install and enable the extension."""
    point_at_viewport()
    press("Escape")
    draw_fast()
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)


def clear_scene() -> None:
    """Remove all objects of the startup file."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)


def drag(*, button: int, by: tuple[int, int]) -> Script:
    """Drag the pointer over the viewport with a mouse button held down."""
    point_at_viewport()
    yield HOVER
    xdotool("mousedown", button)
    for _ in range(8):
        xdotool("mousemove_relative", "--", by[0] // 8, by[1] // 8)
        yield 0.1
    xdotool("mouseup", button)
    yield 0.5


@dataclass
class Eyes:
    """Takes numbered screenshots."""

    folder: Path
    count: int = 0

    def see(self, what: str) -> None:
        self.count += 1
        name = f"{self.count:02}-{what}.png"
        subprocess.run(["import", "-window", "root", str(self.folder / name)], check=True)


def open_sidebar(tab: str) -> Script:
    """Open a tab of the 3D viewport's sidebar."""
    area().spaces.active.show_region_ui = True
    yield 1.0
    region("UI").active_panel_category = tab
    area().tag_redraw()
    yield 1.0


@dataclass
class Panel:
    """The buttons of the sidebar, found by hovering over them and copying their Python command or data path.

    Attributes:
        places: operator ("mimic.avatar_add") or property ("mimic.source") -> (x, y) in the window.
    """

    places: dict[str, tuple[float, float]]

    @classmethod
    def empty(cls) -> "Panel":
        return cls({})

    def look(self, *wanted: str) -> Script:
        """Search the sidebar from the top until all wanted buttons are found, or to its end if none is given.

        The pointer passes over the fields, right of their labels; of a row of buttons it finds the last.
        """
        self.places.clear()
        side = region("UI")
        yield from self._look_down(side.y + side.height - 12, *wanted)

    def find(self, name: str, *, below: str) -> Script:
        """Search for a button below the known position of another one."""
        self.places.pop(name, None)
        yield from self._look_down(self.places[below][1] + 2 * STEP, name)

    def _look_down(self, top: float, *wanted: str) -> Script:
        y = top
        while y > region("UI").y + 12 and not (wanted and self.places.keys() >= set(wanted)):
            yield from self._look_at(self._across(0.75), y)
            y -= STEP

    def _look_at(self, x: float, y: float) -> Script:
        manager = bpy.context.window_manager
        manager.clipboard = " "
        point(x, y)
        yield HOVER
        press("ctrl+c")
        yield 0.05
        found = manager.clipboard
        if not found.startswith("bpy.ops."):
            manager.clipboard = " "
            press("ctrl+shift+alt+c")
            yield 0.05
            found = manager.clipboard
        name = _name_of(found)
        if name:
            self.places[name] = (x, y)

    @staticmethod
    def _across(share: float) -> float:
        side = region("UI")
        return side.x + share * (side.width - TABS)

    def click(self, name: str, *, share: float | None = None) -> Script:
        """Click a button; `share` is the position along its row, as a fraction of the sidebar's width."""
        x, y = self.places[name]
        point(x if share is None else self._across(share), y)
        yield HOVER
        xdotool("click", 1)
        yield 0.6

    def fill(self, name: str, text: str) -> Script:
        """Replace the text of a field."""
        yield from self.click(name, share=0.7)
        press("ctrl+a")
        type_text(text)
        yield 0.3
        press("Return")
        yield 0.6


def _name_of(copied: str) -> str:
    """`bpy.ops.mimic.avatar_add()` -> "mimic.avatar_add"; `bpy.data.scenes["Scene"].mimic.source` -> "mimic.source"."""
    if copied.startswith("bpy.ops."):
        return copied.removeprefix("bpy.ops.").split("(")[0]
    if copied.startswith(("bpy.data.", "bpy.context.")) and "mimic" in copied:
        return copied[copied.index("mimic") :].split("[", maxsplit=1)[0]
    return ""


def until(true: Callable[[], bool], what: str, *, seconds: float = 180.0) -> Script:
    """Wait until a condition holds; raise TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"timed out after {seconds:.0f} s: {what}")
        yield 0.1


def perform(script: Script, eyes: Eyes, *, end: Callable[[], None]) -> None:
    """Run a script from Blender's timer, then quit: with status 0, or 1 and a last screenshot if it failed."""

    def go_on() -> float | None:
        try:
            return next(script)
        except StopIteration:
            status = 0
        except Exception:  # noqa: BLE001 - any error is printed, and Blender must quit
            traceback.print_exc()
            eyes.see("failed")
            status = 1
        end()
        sys.stdout.flush()
        sys.stderr.flush()
        if status:
            os._exit(status)
        bpy.ops.wm.quit_blender()
        return None

    bpy.app.timers.register(go_on, first_interval=1.5, persistent=True)

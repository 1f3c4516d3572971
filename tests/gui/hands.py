# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands and eyes of a person at Blender's window: pointer and keys through the X server, pictures of the screen.

Runs inside Blender. A script is a generator that does something and yields how many seconds Blender then has to
itself, so that events arrive and windows are drawn in between.
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
"""Seconds until Blender has noticed where the pointer is, on software OpenGL."""

TABS = 20
"""Pixels of the sidebar's width that its tabs take."""

STEP = 11
"""Pixels between two looks down a panel: less than half a button's height."""


def xdotool(*arguments: object) -> None:
    subprocess.run(["xdotool", *map(str, arguments)], check=True)


def press(*keys: str) -> None:
    """Press keys one after the other, each as X calls it: `space`, `ctrl+c`."""
    xdotool("key", "--clearmodifiers", *keys)


def type_text(text: str) -> None:
    xdotool("type", "--delay", 15, text)


def session() -> Any:
    """The add-on's live session, if one runs."""
    return sys.modules[f"{ADD_ON}.addon.runtime"].runtime().session


def notice() -> str:
    """What the panel says is wrong with it."""
    found = sys.modules[f"{ADD_ON}.addon.runtime"].runtime().notices.error("live")
    return str(found or "")


def window() -> Any:
    return bpy.context.window_manager.windows[0]


def area(kind: str = "VIEW_3D") -> Any:
    return next(each for each in window().screen.areas if each.type == kind)


def region(kind: str, of: str = "VIEW_3D") -> Any:
    return next(each for each in area(of).regions if each.type == kind)


def point(x: float, y: float) -> None:
    """Move the pointer to a place in Blender's window, y counted from the bottom as Blender does."""
    height = window().height
    xdotool("mousemove", round(x) - 3, height - round(y))
    xdotool("mousemove", round(x), height - round(y))


def draw_fast() -> None:
    """Spare software OpenGL what nobody looks at."""
    bpy.context.preferences.system.viewport_aa = "OFF"
    bpy.context.preferences.view.smooth_view = 0


def point_at_viewport() -> None:
    """Where no button is: low and to the left of the middle."""
    view = region("WINDOW")
    point(view.x + 0.4 * view.width, view.y + 0.2 * view.height)


def install_extension(archive: str) -> None:
    """Install and enable the extension, the splash screen out of the way."""
    point_at_viewport()
    press("Escape")
    draw_fast()
    bpy.ops.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)


def clear_scene() -> None:
    """Remove all that a new file comes with."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)


def drag(*, button: int, by: tuple[int, int]) -> Script:
    """Press a button over the viewport, pull the pointer aside, let go."""
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
    """Takes numbered pictures of the whole screen."""

    folder: Path
    count: int = 0

    def see(self, what: str) -> None:
        self.count += 1
        name = f"{self.count:02}-{what}.png"
        subprocess.run(["import", "-window", "root", str(self.folder / name)], check=True)


def open_sidebar(tab: str) -> Script:
    """Show a tab of the 3D viewport's sidebar, all of it if it fits."""
    area().spaces.active.show_region_ui = True
    yield 1.0
    region("UI").active_panel_category = tab
    area().tag_redraw()
    yield 1.0


@dataclass
class Panel:
    """The buttons of the sidebar: found by hovering over them and asking Blender what they do, as a person may.

    Attributes:
        places: (x, y) in the window by operator ("mimic.add_avatar") or property ("mimic.source").
    """

    places: dict[str, tuple[float, float]]

    @classmethod
    def empty(cls) -> "Panel":
        return cls({})

    def look(self, *wanted: str) -> Script:
        """Hover down the sidebar, through the fields beside their labels, until all that is wanted is found.

        To its end if nothing is named. Of a row of buttons it finds the last.
        """
        self.places.clear()
        side = region("UI")
        yield from self._look_down(side.y + side.height - 12, *wanted)

    def find(self, name: str, *, below: str) -> Script:
        """Hover down from where another button is, or was, until this one is found."""
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
        """Click a button; `share` of the sidebar's width says where along its row."""
        x, y = self.places[name]
        point(x if share is None else self._across(share), y)
        yield HOVER
        xdotool("click", 1)
        yield 0.6

    def fill(self, name: str, text: str) -> Script:
        """Type into a field, in place of what is in it."""
        yield from self.click(name, share=0.7)
        press("ctrl+a")
        type_text(text)
        yield 0.3
        press("Return")
        yield 0.6


def _name_of(copied: str) -> str:
    """`bpy.ops.mimic.add_avatar()` -> "mimic.add_avatar"; `bpy.data.scenes["Scene"].mimic.source` -> "mimic.source"."""
    if copied.startswith("bpy.ops."):
        return copied.removeprefix("bpy.ops.").split("(")[0]
    if copied.startswith(("bpy.data.", "bpy.context.")) and "mimic" in copied:
        return copied[copied.index("mimic") :].split("[", maxsplit=1)[0]
    return ""


def until(true: Callable[[], bool], what: str, *, seconds: float = 180.0) -> Script:
    """Wait for something; a TimeoutError ends the script if it does not come. Nothing is measured by the seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s in vain: {what}")
        yield 0.1


def perform(script: Script, eyes: Eyes, *, end: Callable[[], None]) -> None:
    """Run a script while Blender runs, then end Blender: with status 0, or 1 and a last picture if it failed."""

    def go_on() -> float | None:
        try:
            return next(script)
        except StopIteration:
            status = 0
        except Exception:  # noqa: BLE001 - whatever it is, it is shown and Blender must end
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

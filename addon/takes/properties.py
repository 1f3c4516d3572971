# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of recorded takes as the panel shows it."""

from typing import Any, Final

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, PointerProperty, StringProperty

from ...pipeline.errors import TakeCorrupt
from ..runtime import runtime
from ..windows import manager
from . import store as takes


class MIMIC_PG_take(bpy.types.PropertyGroup):
    """An entry of the list of takes; its name is the take's."""

    seconds: FloatProperty(name="Length", description="Length of the take in seconds, from its first frame to its last")
    frames: IntProperty(name="Frames", description="Number of recorded frames")
    people: IntProperty(name="People", description="Number of people in the take", default=1)
    cameras: IntProperty(name="Cameras", description="Number of cameras that recorded the take", default=1)
    cameras_found: BoolProperty(name="Cameras Found", description="Whether it is known where its cameras stood")
    cameras_said: StringProperty(name="Found Cameras", description="Where its cameras stood, and how well that fits")
    complete: BoolProperty(name="Complete", description="Whether the recording was finished, not cut short")
    readable: BoolProperty(name="Readable", description="Whether the take's file can be read")


class MIMIC_PG_takes(bpy.types.PropertyGroup):
    """The list of takes, as last read."""

    entries: CollectionProperty(name="Takes", description="Recorded takes", type=MIMIC_PG_take)
    active: IntProperty(name="Active Take", description="Take to bake, rename, export or delete")
    read: BoolProperty(name="Read", description="Whether the list has been read since Blender started", default=False)


def takes_list() -> Any:
    """The list of takes, a `MIMIC_PG_takes`."""
    return manager().mimic_takes  # type: ignore[attr-defined]


def read_takes(*, choose: str = "") -> None:
    """Read the list of takes anew, and make the one called `choose` active."""
    listed = takes_list()
    active = choose or (listed.entries[listed.active].name if 0 <= listed.active < len(listed.entries) else "")
    found = takes.entries()
    listed.entries.clear()
    for entry in found:
        line = listed.entries.add()
        line.name = entry.name
        line.seconds, line.frames = entry.seconds, entry.frames
        line.people = entry.people
        line.cameras, line.cameras_found = entry.cameras, entry.cameras_found
        line.cameras_said = entry.cameras_said
        line.complete, line.readable = entry.complete, entry.readable
    names = [entry.name for entry in found]
    listed.active = names.index(active) if active in names else 0
    mark_read()


def is_read() -> bool:
    """Whether the list holds what was there when it was last read, in this Blender and with Mimic enabled as it is."""
    return bool(takes_list().read) and runtime().takes_read


def mark_read() -> None:
    """Remember that the list was read, or was tried to."""
    takes_list().read = runtime().takes_read = True


def active_take() -> str:
    """Name of the take that is chosen in the list.

    Raises:
        TakeCorrupt: there is none.
    """
    listed = takes_list()
    if not 0 <= listed.active < len(listed.entries):
        raise TakeCorrupt("No take is chosen: record a take, or choose one in the list.")
    return str(listed.entries[listed.active].name)


def people_in_active() -> int:
    """Number of people in the take that is chosen in the list; 1 if there is none."""
    listed = takes_list()
    return int(listed.entries[listed.active].people) if 0 <= listed.active < len(listed.entries) else 1


def active_entry() -> Any:
    """The entry of the take that is chosen in the list, a `MIMIC_PG_take`; None if there is none."""
    listed = takes_list()
    return listed.entries[listed.active] if 0 <= listed.active < len(listed.entries) else None


CLASSES: Final = (MIMIC_PG_take, MIMIC_PG_takes)


def attach() -> None:
    """Give the window manager the list of takes."""
    bpy.types.WindowManager.mimic_takes = PointerProperty(type=MIMIC_PG_takes)  # type: ignore[attr-defined,func-returns-value]


def detach() -> None:
    """Take it away."""
    del bpy.types.WindowManager.mimic_takes  # type: ignore[attr-defined]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded takes in the Mimic tab."""

from typing import Any, Final

import bpy

from ...errors import MimicError
from .. import people
from ..jobs import Job
from ..layout import Tab, column, iface, say, show_notices
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene
from ..windows import redraw
from .properties import active_entry, is_read, mark_read, people_in_active, read_takes, takes_list


class MIMIC_UL_takes(bpy.types.UIList):
    """The list of takes, one to a row."""

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: Any, _active: Any, _property: Any, *_rest: Any
    ) -> None:
        """Draw name and length, or what is wrong with the take."""
        row = layout.row()
        row.label(text=item.name, icon="ACTION" if item.readable else "ERROR", translate=False)
        if not item.readable:
            row.label(text="Damaged")
        elif not item.complete:
            row.operator("mimic.take_recover", text="Recover", icon="FILE_REFRESH").take = item.name
        else:
            if item.people > 1:
                row.label(text=str(item.people), icon="COMMUNITY", translate=False)
            if item.cameras > 1:
                row.label(text=str(item.cameras), icon="CAMERA_DATA", translate=False)
            row.label(text=f"{item.seconds:.1f} s", translate=False)


class MIMIC_PT_takes(Tab, bpy.types.Panel):
    """Recorded takes."""

    bl_label = "Takes"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list of takes and its buttons."""
        listed = takes_list()
        layout = column(self.layout)
        if not is_read():
            runtime().timer.soon(_read)  # it cannot be read while it is drawn
        row = layout.row()
        row.template_list("MIMIC_UL_takes", "", listed, "entries", listed, "active", rows=4)
        side = row.column(align=True)
        for operator, icon in (
            ("mimic.takes_refresh", "FILE_REFRESH"),
            ("mimic.take_rename", "GREASEPENCIL"),
            ("mimic.take_export", "EXPORT"),
            ("mimic.take_delete", "TRASH"),
        ):
            side.operator(operator, text="", icon=icon)
        job = runtime().jobs.current
        if job is None:
            _show_people(layout)
            layout.operator("mimic.take_bake", icon="ACTION")
            layout.operator("mimic.face_take_bake", text="Face From Take...", icon="USER")
            layout.operator("mimic.video_bake", icon="FILE_MOVIE")
            _show_cameras(layout, context)
        else:
            _show_job(layout, job)
        show_notices(layout, context, "takes", "bake")


CLASSES: Final = (MIMIC_UL_takes, MIMIC_PT_takes)


def _read() -> None:
    try:
        read_takes()
    except MimicError as fault:
        runtime().notices.set_error("takes", str(fault))
        mark_read()  # or it would be tried again with every redraw
    redraw("UI")


def _show_people(layout: Any) -> None:
    """Draw who follows whom, where the chosen take is of several people, and a button to bake one of them alone."""
    count, settings = people_in_active(), settings_of(current_scene())
    if count == 1:
        return
    rows = layout.column(align=True)
    for person in range(min(count, people.ROWS)):
        line = rows.row(align=True)
        name = line.row()
        name.ui_units_x = 4.0
        name.label(text=iface("Person {number}").format(number=person + 1), translate=False)
        line.prop(settings, people.field_of(person), text="")
        line.operator("mimic.take_bake", text="", icon="ACTION").only_person = person + 1
    if count > people.ROWS:
        rows.label(text=iface("The others get new avatars"), translate=False)


def _show_cameras(layout: Any, context: bpy.types.Context) -> None:
    """Draw what is known of the cameras of a take that several recorded, and what else can be made of it."""
    entry = active_entry()
    if entry is None or entry.cameras == 1:
        return
    if not entry.cameras_found:
        layout.operator("mimic.cameras_find", icon="VIEW_CAMERA")
    layout.operator("mimic.cameras_add", icon="CAMERA_DATA")
    layout.operator("mimic.avatar_fit", icon="ARMATURE_DATA")
    say(layout, context, entry.cameras_said, icon="INFO")


def _show_job(layout: Any, job: Job[Any]) -> None:
    """Draw the progress of background work, in the two rows of the buttons."""
    progress = job.progress
    text, name = progress.doing
    layout.progress(factor=progress.share or 0.0, text=iface(text).format(name=name))
    layout.operator("mimic.job_cancel", icon="CANCEL")

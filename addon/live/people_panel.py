# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of a live session in the Mimic tab: which character follows whom."""

from typing import Any, Final

import bpy

from .. import people
from ..layout import Tab, iface
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene


class MIMIC_PT_people(Tab, bpy.types.Panel):
    """The people who are followed, each with a character."""

    bl_label = "People"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw a row for each person."""
        settings, running = settings_of(current_scene()), runtime().session
        layout: Any = self.layout
        rows = layout.column(align=True)
        rows.enabled = running is None
        for person in range(people.row_count(settings)):
            line = rows.row(align=True)
            name = line.row()
            name.ui_units_x = 4.0
            name.label(text=iface("Person {number}").format(number=person + 1), translate=False)
            line.prop(settings, people.field_of(person), text="")
            if person:
                line.operator("mimic.person_remove", text="", icon="X").number = person + 1
        layout.operator("mimic.person_add", icon="ADD")


CLASSES: Final = (MIMIC_PT_people,)

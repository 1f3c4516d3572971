# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that add and remove further cameras of a scene."""

from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import IntProperty

from ...pipeline.takes.geometry import MAX_CAMERAS
from ..layout import iface
from ..operators import EDIT, INTERNAL, UNDOABLE
from ..polls import met
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene
from .properties import MOST

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class MIMIC_OT_source_add(bpy.types.Operator):
    """Add a camera that filmed the same scene from elsewhere at the same time, such as a second phone"""

    bl_idname = "mimic.source_add"
    bl_label = "Add Camera"
    bl_options = EDIT

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session keeps its sources, and a take has so many cameras at most."""
        if not met(cls, runtime().session is None, iface("Stop the live session first")):
            return False
        count = len(settings_of(current_scene()).further_sources)
        return met(cls, count < MOST, iface("At most {count} cameras can film a scene").format(count=MAX_CAMERAS))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Add an empty row."""
        settings: Any = settings_of(current_scene())
        settings.further_sources.add()
        runtime().media.forget()
        return {"FINISHED"}


class MIMIC_OT_source_remove(bpy.types.Operator):
    """Remove this camera from the list; its file stays where it is"""

    bl_idname = "mimic.source_remove"
    bl_label = "Remove Camera"
    bl_options = UNDOABLE | INTERNAL

    number: IntProperty(
        name="Camera", description="Which camera, from 2 on", default=2, min=2, max=MAX_CAMERAS, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session keeps its sources."""
        return met(cls, runtime().session is None, iface("Stop the live session first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove the row; those below move up."""
        settings: Any = settings_of(current_scene())
        settings.further_sources.remove(self.number - 2)
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_source_add, MIMIC_OT_source_remove)

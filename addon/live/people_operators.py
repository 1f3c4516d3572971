# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators of a live session that say whom it follows, and which character follows whom."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import FloatProperty, IntProperty

from .. import panel_settings, people
from ..errors import NotInPicture
from ..layout import iface
from ..operators import EDIT, INTERNAL, attempt
from ..polls import met
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene
from ..windows import redraw
from .preview import place_in_picture

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class MIMIC_OT_person_choose(bpy.types.Operator):
    """Click on a person in the camera's picture to make the character follow that person"""

    bl_idname = "mimic.person_choose"
    bl_label = "Choose Person"

    x: FloatProperty(
        name="X",
        description="Place of the person in pixels from the left of the camera's picture",
        default=0.0,
        options={"SKIP_SAVE"},
    )
    y: FloatProperty(
        name="Y",
        description="Place of the person in pixels from the top of the camera's picture",
        default=0.0,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be a picture to click on."""
        running = runtime().session
        if not met(cls, running is not None, iface("Start a live session first")) or running is None:
            return False
        return met(cls, running.picture is not None, iface("Wait for the camera's picture, or turn on Preview"))

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Wait for the click."""
        if context.window is None or context.window_manager is None:
            return {"CANCELLED"}
        context.window.cursor_modal_set("CROSSHAIR")
        context.window_manager.modal_handler_add(self)
        self._prompt(context, iface("Click on a person in the camera's picture; Esc or right click to cancel"))
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> "Outcome":
        """Follow whoever is clicked on. A click elsewhere does what it would do without this operator."""
        running = runtime().session
        if running is None or event.type in {"ESC", "RIGHTMOUSE"}:
            self._end(context)
            return {"CANCELLED"}
        if event.type != "LEFTMOUSE" or event.value != "PRESS":
            return {"PASS_THROUGH"}
        self._end(context)
        place = place_in_picture(context, event.mouse_x, event.mouse_y, running.picture)
        if place is None:
            self.report(
                {"WARNING"}, iface("Nobody was chosen: click in the camera's picture, in the viewport's corner")
            )
            return {"CANCELLED", "PASS_THROUGH"}
        self.x, self.y = place
        return self.execute(context)

    def cancel(self, context: bpy.types.Context) -> None:
        """Blender ends it, as when a file is opened."""
        self._end(context)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Follow whoever is there, from the next frame on."""
        return attempt(self, self._choose, topic="live")

    def _choose(self) -> None:
        running = runtime().sessions.required()
        picture = running.picture
        if picture is not None and not (0.0 <= self.x < picture.size[0] and 0.0 <= self.y < picture.size[1]):
            raise NotInPicture(
                f"The place {self.x:g}, {self.y:g} is outside the camera's picture of {picture.size[0]} x "
                f"{picture.size[1]} pixels: choose another one."
            )
        runtime().notices.clear("live")
        running.worker.choose(self.x, self.y)

    def _end(self, context: bpy.types.Context) -> None:
        if context.window is not None:
            context.window.cursor_modal_restore()
        self._prompt(context, None)

    @staticmethod
    def _prompt(context: bpy.types.Context, text: str | None) -> None:
        if context.workspace is not None:
            context.workspace.status_text_set(text)
        redraw("WINDOW")


class _BetweenSessions:
    """An operator for while no session runs."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session keeps the characters that it was started with."""
        return met(cls, runtime().session is None, iface("Stop the live session first"))


class MIMIC_OT_person_add(_BetweenSessions, bpy.types.Operator):
    """Add a person to follow, with a character of their own"""

    bl_idname = "mimic.person_add"
    bl_label = "Add Person"
    bl_options = EDIT

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There are as many rows as armatures that the panel can keep."""
        settings, most = settings_of(current_scene()), people.ROWS
        return super().poll(context) and met(
            cls,
            people.row_count(settings) < most,
            iface("At most {count} people can have a character").format(count=most),
        )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Add a row, with an armature that is no other person's, if there is one: a selected one first."""
        settings: Any = settings_of(current_scene())
        count = people.row_count(settings)
        first = panel_settings.armature_or_none()
        if settings.armature is None:  # The first person's would be another one as soon as another one is active.
            settings.armature = first
        settings.people = count + 1
        taken = [first, *(getattr(settings, people.field_of(person)) for person in range(1, count))]
        free = [
            thing
            for thing in (*bpy.context.selected_objects, *current_scene().objects)
            if thing.type == "ARMATURE" and thing not in taken
        ]
        setattr(settings, people.field_of(count), free[0] if free else None)
        return {"FINISHED"}


class MIMIC_OT_person_remove(_BetweenSessions, bpy.types.Operator):
    """Follow one person less; the character stays in the scene"""

    bl_idname = "mimic.person_remove"
    bl_label = "Remove Person"
    bl_options = INTERNAL

    number: IntProperty(
        name="Person", description="Which person, from 2 on", default=2, min=2, max=people.ROWS, options={"SKIP_SAVE"}
    )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove the row; those below move up."""
        settings: Any = settings_of(current_scene())
        count = people.row_count(settings)
        fields = [people.field_of(person) for person in range(self.number - 1, people.ROWS)]
        for field, below in pairwise(fields):
            setattr(settings, field, getattr(settings, below))
        setattr(settings, fields[-1], None)
        if self.number <= count:
            settings.people = count - 1
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_person_choose, MIMIC_OT_person_add, MIMIC_OT_person_remove)

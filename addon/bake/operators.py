# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators of baking, and what Mimic's operators share: they read properties, call a function and report."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, FloatProperty, IntProperty, StringProperty

from ...errors import MimicError
from ...pipeline.errors import TakeCorrupt
from ...retarget.motion.option_table import read
from .. import panel_settings, people
from ..errors import NoSource
from ..jobs import Job, Progress
from ..layout import column, iface
from ..operators import attempt
from ..polls import has_armature, met
from ..properties import settings_of
from ..runtime import runtime
from ..sources.properties import copy_rows, first_view, further_of, rows_of
from ..sources.properties import names as source_names
from ..stage import current_scene
from ..takes import store as takes
from ..takes.properties import active_take, read_takes, takes_list
from ..windows import manager, push_undo
from . import requests as baking
from .apply import AppliedBake
from .options import BAKING, CAPTURING, OF_SEVERAL, CaptureOptions, SourceSpan, options_of
from .properties import properties_of

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


def tell(operator: bpy.types.Operator, applied: Sequence[AppliedBake]) -> None:
    """Report what was keyed, and what may be in its way."""
    for each in applied:
        for warning in each.warnings:
            operator.report({"WARNING"}, warning)
        operator.report({"INFO"}, each.said)


def begin(job: Job[Any]) -> None:
    """Do a job beside Blender."""
    runtime().jobs.add(job)
    runtime().timer.start()


class _BakeOperator:
    """Properties that all baking has. None is remembered: what was typed once would count again unseen.

    Baking makes its undo step itself, when the keys are there: a button only starts the work.
    """

    armature: StringProperty(
        name="Armature", description="Character to key; the panel's if empty", options={"SKIP_SAVE"}
    )
    action: StringProperty(
        name="Action", description="Name of the new action; the take's if empty", options={"SKIP_SAVE"}
    )
    wait: BoolProperty(
        name="Wait",
        description="Wait until the keyframes are written, instead of working in the background",
        default=True,
        options={"HIDDEN", "SKIP_SAVE"},
    )
    face_take: StringProperty(
        name="Face From Take",
        description="Take whose face the character gets, such as a close-up filmed at the same time: its name or file",
        options={"SKIP_SAVE"},
    )
    face_offset: FloatProperty(
        name="Face Offset",
        description="Seconds of the body's take at which the face's take begins; found by the head's motion if not set",
        default=0.0,
        subtype="TIME_ABSOLUTE",
        options={"SKIP_SAVE"},
    )
    start_frame: FloatProperty(
        name="Start Frame",
        description="Frame of the first keyframe; the scene's first frame if not set",
        default=0.0,
        options={"SKIP_SAVE"},
    )
    only_person: IntProperty(
        name="Only Person",
        description="Bake this one of several people, counted from 1; everyone if 0",
        default=0,
        min=0,
        options={"SKIP_SAVE"},
    )

    def value(self, name: str) -> Any:
        """An option of this operator; the panel's unless it was given."""
        given: Any = self
        if given.properties.is_property_set(name):
            return getattr(given, name)
        return panel_settings.option_reader(settings_of(current_scene()))(name)

    def bake_settings(self, name: str, count: int) -> baking.BakeSettings:
        """How this operator keys a take of that name, of `count` people."""
        given: Any = self
        start = given.start_frame if given.properties.is_property_set("start_frame") else None
        settings, only = settings_of(current_scene()), given.only_person - 1 if given.only_person else None
        how = baking.bake_settings(
            settings,
            self._armatures(count, only),
            given.action or name,
            start_frame=start,
            only=only,
            value=self.value,
        )
        offset = given.face_offset if given.properties.is_property_set("face_offset") else None
        return replace(how, face_take=takes.given(given.face_take) if given.face_take else None, face_offset=offset)

    def _armatures(self, count: int, only: int | None) -> list[bpy.types.Object | None]:
        """Armatures of those who are baked: of one person the one that is given, or else that person's."""
        given: Any = self
        settings = settings_of(current_scene())
        if only and not given.armature:
            row = getattr(settings, people.field_of(only)) if only < people.ROWS else None
            return [row]
        first = panel_settings.armature(given.armature)
        named = {person: getattr(given, people.field_of(person)) for person in range(1, people.ROWS)}
        return people.armatures(settings, first, 1 if only is not None else count, named=named)


_BakeOperator.__annotations__.update(people.names())
_BakeOperator.__annotations__.update(properties_of(*BAKING, options={"SKIP_SAVE"}))


class MIMIC_OT_take_bake(_BakeOperator, bpy.types.Operator):
    """Key the motion of the recorded take on the character as a new action"""

    bl_idname = "mimic.take_bake"
    bl_label = "Bake Take"

    take: StringProperty(
        name="Take", description="Name of the recorded take; the active one in the list if empty", options={"SKIP_SAVE"}
    )
    filepath: StringProperty(
        name="File",
        description="Take to bake from a file, instead of one in the list",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature to key."""
        return has_armature(cls)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """From a button: solve beside Blender, then key."""
        self.wait = False
        return self.execute(context)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve and key."""
        return attempt(self, self._bake, topic="bake")

    def _bake(self) -> None:
        path = self._path()
        settings = self.bake_settings(path.stem, baking.people_in(path))
        if self.wait:
            tell(self, baking.apply_bake(baking.solved_to_bake(path, settings), settings))
            push_undo(self.bl_label)
        else:
            begin(baking.bake_take_job(path, settings))

    def _path(self) -> Path:
        if self.filepath:
            return Path(bpy.path.abspath(self.filepath))
        return takes.existing(self.take or active_take())


def _other_takes(_self: Any, _context: bpy.types.Context | None, _typed: str) -> list[str]:
    listed = takes_list()
    return [entry.name for index, entry in enumerate(listed.entries) if index != listed.active]


class MIMIC_OT_face_take_bake(bpy.types.Operator):
    """Bake the active take with the face of another one, such as a close-up filmed at the same time"""

    bl_idname = "mimic.face_take_bake"
    bl_label = "Face From Take"

    face_take: StringProperty(
        name="Face",
        description="Take whose face the character gets",
        search=_other_takes,
        search_options={"SUGGESTION"},
        options={"SKIP_SAVE"},
    )
    by_head: BoolProperty(
        name="By Head Motion",
        description="Find out when the face's take begins by the motion of the head in both takes",
        default=True,
        options={"SKIP_SAVE"},
    )
    face_offset: FloatProperty(
        name="Offset",
        description="Seconds of the body's take at which the face's take begins; negative if it began earlier",
        subtype="TIME_ABSOLUTE",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature to key, and another take."""
        if not has_armature(cls):
            return False
        return met(cls, len(takes_list().entries) > 1, iface("Record a second take of the same performance first"))

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the take and how it is synchronised."""
        self.face_take = self.face_take or next(iter(_other_takes(self, context, "")), "")
        return manager().invoke_props_dialog(self)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the take and how it is synchronised."""
        layout = column(self.layout)
        layout.prop(self, "face_take")
        layout.prop(self, "by_head")
        given = layout.row()
        given.active = not self.by_head
        given.prop(self, "face_offset")

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve both takes beside Blender, then key."""
        return attempt(self, self._begin, topic="bake")

    def _begin(self) -> None:
        path = takes.existing(active_take())
        if not self.face_take:
            raise TakeCorrupt("No take is chosen for the face: choose one.")
        face = takes.given(self.face_take)
        settings = settings_of(current_scene())
        found = people.armatures(settings, panel_settings.armature(), baking.people_in(path))
        how = baking.bake_settings(settings, found, path.stem)
        offset = None if self.by_head else self.face_offset
        begin(baking.bake_take_job(path, replace(how, face_take=face, face_offset=offset)))


class MIMIC_OT_video_bake(_BakeOperator, bpy.types.Operator):
    """Capture the motion in a video and key it on the character as a new action"""

    bl_idname = "mimic.video_bake"
    bl_label = "Bake Video"

    filepath: StringProperty(
        name="Video", description="Video file or folder of pictures", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    ask: BoolProperty(
        name="Ask",
        description="Ask for the video even if the panel has one",
        default=False,
        options={"HIDDEN", "SKIP_SAVE"},
    )
    filter_folder: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_movie: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})
    filter_image: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature to key."""
        return has_armature(cls)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """From a button: work beside Blender, on the panel's video, or ask for one if it has none."""
        self.wait = False
        self._take_panels()
        if not self.filepath:
            # The file browser shows what will be used: the panel's, until it is changed there.
            for option in options_of(CaptureOptions, *BAKING):
                setattr(self, option.name, self.value(option.name))
            manager().fileselect_add(self)
            return {"RUNNING_MODAL"}
        return self.execute(context)

    def draw(self, _context: bpy.types.Context) -> None:
        """Beside the files: what belongs to this video. How its motion is keyed is for the panel to say."""
        layout = column(self.layout)
        layout.prop(self, "action")
        for option in options_of(SourceSpan, CaptureOptions):
            if rows_of(self) or option.name not in OF_SEVERAL:
                layout.prop(self, option.name)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Capture, solve and key."""
        return attempt(self, self._bake, topic="bake")

    def _take_panels(self) -> None:
        """Take the panel's video, and what its further cameras filmed, unless one is given or is to be asked for."""
        settings = settings_of(current_scene())
        if not self.filepath and settings.source == "FILE" and not self.ask:
            self.filepath = settings.filepath
            copy_rows(settings, self)

    def _bake(self) -> None:
        self._take_panels()
        if not self.filepath:
            raise NoSource("No video is given: choose a file.")
        given: Any = self
        source = bpy.path.abspath(self.filepath)
        options = read(CaptureOptions, self.value)
        if rows_of(self) and given.fields_of_view:
            options = replace(options, field_of_view=first_view(self))
        settings = self.bake_settings(Path(source).stem, options.people or people.ROWS)
        span, further = read(SourceSpan, partial(getattr, self)), further_of(self)
        request = baking.capture_request(source, options, span, further)
        if not self.wait:
            begin(baking.bake_video_job(request, settings))
            return
        try:
            solved = baking.capture_motion(request, Progress(""), settings)
        except MimicError:
            baking.say_kept(request)
            raise
        read_takes(choose=request.take.stem)
        if solved is not None:
            tell(self, baking.apply_bake(solved, settings))
            push_undo(self.bl_label)


MIMIC_OT_video_bake.__annotations__.update(source_names())
MIMIC_OT_video_bake.__annotations__.update(properties_of(*CAPTURING, options={"SKIP_SAVE"}))


CLASSES: Final = (MIMIC_OT_take_bake, MIMIC_OT_face_take_bake, MIMIC_OT_video_bake)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mimic tab in the sidebar of 3D viewports. It only shows; all that it shows is known before it is drawn."""

import sys
import textwrap
from typing import Any, Final

import bpy

from .. import MimicError
from . import choice, jobs, notices, preferences
from .live import session
from .live.session import Session, State
from .notices import Topic
from .properties import read_takes, settings_of, takes_list
from .stage import current_scene

_WIDTH_OF_LETTER: Final = 7.0
"""Pixels at a scale of 1, about, in Blender's own font."""

_MAC_HELP: Final = (
    "Blender on macOS has no right to the camera when it is started from the Dock. Start it from the Terminal, which "
    "then asks for you; or choose a video; or record a take with the command line, 'mimic capture 0 -o my.take', and "
    "bake it here."
)


class _Tab:
    """Where all panels are."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Mimic"


class MIMIC_PT_source(_Tab, bpy.types.Panel):
    """Who is watched."""

    bl_label = "Source"

    def draw(self, context: bpy.types.Context) -> None:
        """Camera, file or stream."""
        settings = settings_of(current_scene())
        layout = _column(self.layout)
        layout.active = session.current() is None
        layout.row().prop(settings, "source", expand=True)
        if settings.source == "CAMERA":
            layout.prop(settings, "camera")
            if sys.platform == "darwin":
                _say(layout, context, _MAC_HELP, icon="INFO")
        elif settings.source == "FILE":
            layout.prop(settings, "filepath")
            layout.prop(settings, "repeat")
        else:
            layout.prop(settings, "address")
        layout.prop(settings, "mirror")


class MIMIC_PT_avatar(_Tab, bpy.types.Panel):
    """Who is moved."""

    bl_label = "Avatar"

    def draw(self, context: bpy.types.Context) -> None:
        """Armature, and how well it fits."""
        layout = _column(self.layout)
        layout.prop(settings_of(current_scene()), "armature")
        chosen = choice.armature_or_none()
        if chosen is None:
            layout.label(text="No armature is chosen", icon="INFO")
        else:
            _show_fit(layout, context, chosen)
        layout.operator("mimic.add_avatar", icon="OUTLINER_OB_ARMATURE")


class MIMIC_PT_live(_Tab, bpy.types.Panel):
    """The session."""

    bl_label = "Live"

    def draw(self, context: bpy.types.Context) -> None:
        """Start, stop, record, and how it goes."""
        settings = settings_of(current_scene())
        running = session.current()
        layout = _column(self.layout)
        if running is None:
            layout.operator("mimic.start", text="Start", icon="PLAY")
        else:
            row = layout.row(align=True)
            row.operator("mimic.stop", text="Stop", icon="SNAP_FACE")
            paused = running.state is State.PAUSED
            row.operator("mimic.pause", text="Continue" if paused else "Pause", icon="PLAY" if paused else "PAUSE")
            _show_state(layout, running)
            _show_recording(layout, running)
        _show_notices(layout, context, "live", "record")
        column = layout.column(heading="Follow")
        column.active = running is None
        column.prop(settings, "hands")
        column.prop(settings, "upper_body")
        row = column.row()
        row.active = not settings.upper_body
        row.prop(settings, "travel")
        layout.prop(settings, "show_preview")
        _show_calibration(layout, settings, running)
        if running is None:
            layout.operator("mimic.reset_pose", icon="LOOP_BACK")


class MIMIC_PT_recording(_Tab, bpy.types.Panel):
    """How takes are recorded."""

    bl_label = "Recording"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Countdown, timeline, bake."""
        settings = settings_of(current_scene())
        layout = _column(self.layout)
        layout.prop(settings, "countdown")
        layout.prop(settings, "with_timeline")
        layout.prop(settings, "bake_takes")


class MIMIC_UL_takes(bpy.types.UIList):
    """Takes, one to a line."""

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: Any, _active: Any, _property: Any, *_rest: Any
    ) -> None:
        """Name and length, and what is wrong with it."""
        row = layout.row()
        row.label(text=item.name, icon="ACTION" if item.readable else "ERROR", translate=False)
        if not item.readable:
            row.label(text="Damaged")
        elif not item.complete:
            row.operator("mimic.recover_take", text="Recover", icon="FILE_REFRESH").take = item.name
        else:
            row.label(text=f"{item.seconds:.1f} s", translate=False)


class MIMIC_PT_takes(_Tab, bpy.types.Panel):
    """What was recorded."""

    bl_label = "Takes"

    def draw(self, context: bpy.types.Context) -> None:
        """The list, and what can be done with it."""
        listed = takes_list()
        layout = _column(self.layout)
        if not listed.read:
            _read_soon()
        row = layout.row()
        row.template_list("MIMIC_UL_takes", "", listed, "entries", listed, "active", rows=3)
        side = row.column(align=True)
        for operator, icon in (
            ("mimic.refresh_takes", "FILE_REFRESH"),
            ("mimic.rename_take", "GREASEPENCIL"),
            ("mimic.export_take", "EXPORT"),
            ("mimic.delete_take", "TRASH"),
        ):
            side.operator(operator, text="", icon=icon)
        job = jobs.current()
        if job is None:
            layout.operator("mimic.bake_take", icon="ACTION")
            layout.operator("mimic.bake_video", icon="FILE_MOVIE")
        else:
            _show_job(layout, job)
        _show_notices(layout, context, "takes", "bake")


class MIMIC_PT_settings(_Tab, bpy.types.Panel):
    """How it is done."""

    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Networks and keys."""
        settings = settings_of(current_scene())
        layout = _column(self.layout)
        layout.active = session.current() is None
        layout.prop(settings, "model")
        layout.prop(settings, "smooth")
        stored = preferences.stored()
        if stored is not None:
            layout.prop(stored, "provider")
            layout.prop(stored, "takes_folder")


class MIMIC_PT_keys(_Tab, bpy.types.Panel):
    """How takes become keys."""

    bl_label = "Keys"
    bl_parent_id = "MIMIC_PT_settings"

    def draw(self, _context: bpy.types.Context) -> None:
        """What a bake does."""
        layout = _column(self.layout)
        settings = settings_of(current_scene())
        layout.prop(settings, "smoothing", slider=True)
        column = layout.column()
        column.active = not settings.upper_body
        column.prop(settings, "feet")
        column.prop(settings, "root")
        column.prop(settings, "upright")
        layout.prop(settings, "whole_frames")
        layout.prop(settings, "simplify")


CLASSES: Final = (
    MIMIC_PT_source,
    MIMIC_PT_avatar,
    MIMIC_PT_live,
    MIMIC_PT_recording,
    MIMIC_UL_takes,
    MIMIC_PT_takes,
    MIMIC_PT_settings,
    MIMIC_PT_keys,
)


def unregister() -> None:
    """Forget a wish to read the takes that was not served yet."""
    if bpy.app.timers.is_registered(_read):
        bpy.app.timers.unregister(_read)


def _column(layout: Any) -> Any:
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout.column()


def _read_soon() -> None:
    """The list cannot be read while it is drawn."""
    if not bpy.app.timers.is_registered(_read):
        bpy.app.timers.register(_read, first_interval=0.0)


def _read() -> None:
    try:
        read_takes()
    except MimicError as fault:
        notices.complain("takes", str(fault))
        takes_list().read = True  # or it would be tried again with every redraw


def _show_fit(layout: Any, context: bpy.types.Context, armature: bpy.types.Object) -> None:
    fit = choice.fit(armature)
    if fit.problem:
        _say(layout, context, fit.problem, icon="ERROR")
        return
    layout.label(text=f"{armature.name}: {fit.mapped} of {fit.joints} joints, {fit.family}", icon="CHECKMARK")
    if fit.missing:
        shown = ", ".join(fit.missing[:4]) + (f" and {len(fit.missing) - 4} more" if len(fit.missing) > 4 else "")
        _say(layout, context, f"Without a bone: {shown}", icon="INFO")


def _show_state(layout: Any, running: Session) -> None:
    state = running.state
    good = state in (State.RUNNING, State.PAUSED)
    layout.label(text=state.value, icon="CHECKMARK" if good else "TIME")
    sight = running.shown
    if sight is None:
        return
    if state is State.RUNNING and running.choices.settings.hands:
        lost = [side for side, seen in (("left", sight.left_hand), ("right", sight.right_hand)) if not seen]
        if lost:
            layout.label(text=f"Not seen: {' and '.join(lost)} hand", icon="INFO")
    delay = running.delay
    if delay is not None:
        layout.label(text=f"{running.rate:.0f} poses a second, {1e3 * delay:.0f} ms behind", icon="BLANK1")


def _show_calibration(layout: Any, settings: Any, running: Session | None) -> None:
    row = layout.row(align=True)
    remaining = None if running is None else running.calibrating
    text = "Calibrate" if remaining is None else f"Stand Upright, Face Ahead: {remaining:.0f} s"
    row.operator("mimic.calibrate", text=text, icon="ORIENTATION_GIMBAL", depress=remaining is not None)
    if tuple(settings.calibration) != (1.0, 0.0, 0.0, 0.0):
        row.operator("mimic.clear_calibration", text="", icon="X")


def _show_recording(layout: Any, running: Session) -> None:
    recording = running.recording
    row = layout.row()
    row.scale_y = 1.4
    if recording.remaining > 0.0:
        text = f"Recording in {recording.remaining:.0f} s"
    elif recording.wished:
        text = f"End Take ({recording.seconds:.1f} s)"
    else:
        text = "Record"
    row.operator("mimic.record", text=text, icon="REC", depress=recording.wished)


def _show_job(layout: Any, job: jobs.Job[Any]) -> None:
    progress = job.progress
    row = layout.row(align=True)
    row.progress(factor=progress.share or 0.0, text=progress.text)
    row.operator("mimic.cancel", text="", icon="CANCEL")


def _show_notices(layout: Any, context: bpy.types.Context, *topics: Topic) -> None:
    shown = False
    for topic in topics:
        for sentence, icon in ((notices.problem(topic), "ERROR"), (notices.remarked(topic), "INFO")):
            if sentence:
                _say(layout, context, sentence, icon=icon)
                shown = True
    if shown:
        layout.operator("mimic.dismiss", text="Dismiss", icon="X")


def _say(layout: Any, context: bpy.types.Context, sentence: str, *, icon: str) -> None:
    """A sentence in as many lines as the region's width asks for."""
    scale = 1.0 if context.preferences is None else context.preferences.system.ui_scale
    width = 240 if context.region is None else context.region.width
    letters = max(16, int(width / (scale * _WIDTH_OF_LETTER)) - 7)
    column = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(sentence, letters)):
        column.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)

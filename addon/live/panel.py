# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mimic tab in the sidebar of 3D viewports. It only shows; all that it shows is known before it is drawn."""

from typing import Any, Final

import bpy

from ...models.body.joints import JOINTS
from ...retarget.rig.labels import LABELS
from .. import panel_settings, preferences
from ..layout import Tab, column, counted, iface, say, show_notices
from ..properties import settings_of
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..stage import current_scene
from . import mac
from . import properties as options
from .session import Session, State

_LINES_OF_STATE: Final = 3
"""Rows below the buttons of a session: they are there even when they have nothing to say, so that no button moves."""

_SLOW: Final = 8.0
"""Poses a second with which nobody can perform."""

_SETTLED: Final = 30
"""Poses after which it is known how many come in a second."""


class MIMIC_PT_source(Tab, bpy.types.Panel):
    """Who is watched."""

    bl_label = "Source"

    def draw(self, context: bpy.types.Context) -> None:
        """Camera, file or stream."""
        settings = settings_of(current_scene())
        layout = column(self.layout)
        layout.active = runtime().session is None
        layout.row().prop(settings, "source", expand=True)
        if settings.source == "CAMERA":
            layout.prop(settings, "camera")
            layout.prop(settings, "camera_size")
            if mac.camera_forbidden():
                say(layout, context, mac.help_text(), icon="INFO")
        elif settings.source == "FILE":
            layout.prop(settings, "filepath")
            layout.prop(settings, "repeat")
        else:
            layout.prop(settings, "address")
        layout.prop(settings, "mirror")


class MIMIC_PT_avatar(Tab, bpy.types.Panel):
    """Who is moved."""

    bl_label = "Avatar"

    def draw(self, context: bpy.types.Context) -> None:
        """Armature, and how well it fits."""
        layout = column(self.layout)
        layout.prop(settings_of(current_scene()), "armature")
        chosen = panel_settings.armature_or_none()
        if chosen is None:
            layout.label(text="No armature is chosen", icon="INFO")
        else:
            _show_fit(layout, context, chosen)
        layout.operator("mimic.add_avatar", icon="OUTLINER_OB_ARMATURE")


class MIMIC_PT_live(Tab, bpy.types.Panel):
    """The session."""

    bl_label = "Live"

    def draw(self, context: bpy.types.Context) -> None:
        """Start, stop, record, and how it goes."""
        settings = settings_of(current_scene())
        running = runtime().session
        layout = column(self.layout)
        _show_buttons(layout, running)
        if running is not None:
            _show_state(layout, running)
        show_notices(layout, context, "live", "record")
        followed = layout.column(heading="Follow")
        followed.active = running is None
        followed.prop(settings, "hands")
        fingers = followed.row()
        fingers.active = settings.hands
        fingers.prop(settings, "fingers")
        followed.prop(settings, "face")
        followed.prop(settings, "upper_body")
        travel = followed.row()
        travel.active = not settings.upper_body
        travel.prop(settings, "travel")
        for name in ("reach", "ik", "limits"):
            followed.prop(settings, name)
        layout.column(heading="Show").prop(settings, "show_preview")
        _show_calibration(layout, settings, running)
        layout.operator("mimic.reset_pose", icon="LOOP_BACK")


class MIMIC_PT_calm(Tab, bpy.types.Panel):
    """How calm live motion is."""

    bl_label = "Smoothing"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """A slider for each part of the body; they count while a session runs, too."""
        layout = column(self.layout)
        for name in options.SLIDERS:
            layout.prop(settings_of(current_scene()), name, slider=True)


class MIMIC_PT_recording(Tab, bpy.types.Panel):
    """How takes are recorded."""

    bl_label = "Recording"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Countdown, timeline, bake."""
        settings = settings_of(current_scene())
        layout = column(self.layout)
        layout.prop(settings, "countdown")
        layout.prop(settings, "with_timeline")
        layout.prop(settings, "bake_takes")


class MIMIC_PT_settings(Tab, bpy.types.Panel):
    """How it is done."""

    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012
    bl_order = 1

    def draw(self, _context: bpy.types.Context) -> None:
        """Networks, and what belongs to this machine."""
        settings = settings_of(current_scene())
        layout = column(self.layout)
        layout.active = runtime().session is None
        layout.prop(settings, "model")
        layout.prop(settings, "solver")
        layout.prop(settings, "smooth_landmarks")
        layout.prop(settings, "second_look")
        layout.prop(settings, "field_of_view")
        stored = preferences.stored()
        if stored is not None:
            layout.prop(stored, "provider")
            layout.prop(stored, "takes_folder")


CLASSES: Final = (MIMIC_PT_source, MIMIC_PT_avatar, MIMIC_PT_live, MIMIC_PT_calm, MIMIC_PT_recording, MIMIC_PT_settings)


def _show_fit(layout: Any, context: bpy.types.Context, armature: bpy.types.Object) -> None:
    fit = runtime().fits.of(armature)
    if fit.problem:
        say(layout, context, fit.problem, icon="ERROR")
        return
    text = iface("{armature}: {mapped} of {joints} joints, {family}").format(
        armature=armature.name, mapped=len(JOINTS) - len(fit.missing), joints=len(JOINTS), family=iface(fit.family)
    )
    say(layout, context, text, icon="CHECKMARK")
    for warning in fit.warnings:
        say(layout, context, warning, icon="INFO")
    if fit.missing:
        labels = [iface(LABELS[joint]) for joint in fit.missing]
        shown, more = ", ".join(labels[:4]), len(labels) - 4
        text = iface("Without a bone: {joints} and {count} more") if more > 0 else iface("Without a bone: {joints}")
        say(layout, context, text.format(joints=shown, count=more), icon="INFO")


def _show_buttons(layout: Any, running: Session | None) -> None:
    """Start, or stop and pause; below, always in the same place, record."""
    row = layout.row(align=True)
    if running is None:
        row.operator("mimic.start", text="Start", icon="PLAY")
    else:
        row.operator("mimic.stop", text="Stop", icon="SNAP_FACE")
        if running.state is State.PAUSED:
            row.operator("mimic.pause", text="Continue", icon="PLAY")
        else:
            row.operator("mimic.pause", text="Pause", icon="PAUSE")
    row = layout.row()
    row.scale_y = 1.4
    recording = None if running is None else running.recording
    if recording is None or not recording.requested:
        row.operator("mimic.record", text="Record", icon="REC")
        return
    if recording.remaining > 0.0:
        text = iface("Recording in {seconds:.0f} s").format(seconds=recording.remaining)
    else:
        text = iface("End Take ({seconds:.1f} s)").format(seconds=recording.seconds)
    row.operator("mimic.record", text=text, icon="REC", depress=True, translate=False)


def _show_state(layout: Any, running: Session) -> None:
    """How the session goes, in a fixed number of rows."""
    state = running.state
    good = state in (State.RUNNING, State.PAUSED)
    lines: list[tuple[str, Any]] = [(iface(state.value), "CHECKMARK" if good else "TIME")]
    delay = running.delay
    if running.shown is not None and delay is not None:
        text = counted(
            round(running.rate),
            "{count} pose a second, {delay:.0f} ms behind",
            "{count} poses a second, {delay:.0f} ms behind",
            delay=1e3 * delay,
        )
        lines.append((text, "BLANK1"))
    hint = _faster_way(running) or _lost_hands(running)
    if hint:
        lines.append((hint, "INFO"))
    rows = layout.column(align=True)
    for text, icon in lines + [("", "BLANK1")] * (_LINES_OF_STATE - len(lines)):
        rows.label(text=text, icon=icon, translate=False)


def _faster_way(running: Session) -> str:
    """What makes a session faster that is too slow to perform by."""
    settings, pace = running.settings.landmarks, running.worker.pace
    if running.state is not State.RUNNING or running.count < _SETTLED or running.rate >= _SLOW:
        return ""
    if max(pace.pose_seconds, pace.draw_seconds) < 0.5 / _SLOW:
        return ""  # The camera itself is slow.
    if pace.draw_seconds > pace.pose_seconds:
        return iface("Slow: hide or simplify what is drawn")
    if settings.model != "lite":
        return iface("Slow: Settings > Model > Lite is faster")
    return iface("Slow: following no hands is faster") if settings.hands else ""


def _lost_hands(running: Session) -> str:
    """Which hands are looked for and not seen."""
    result = running.shown
    if result is None or running.state is not State.RUNNING or not running.settings.landmarks.hands:
        return ""
    if not result.left_hand and not result.right_hand:
        return iface("Hands are not seen")
    if not result.left_hand:
        return iface("Left hand is not seen")
    return "" if result.right_hand else iface("Right hand is not seen")


def _show_calibration(layout: Any, settings: SceneSettings, running: Session | None) -> None:
    row = layout.row(align=True)
    remaining = None if running is None else running.calibrating
    if remaining is None:
        row.operator("mimic.calibrate", icon="ORIENTATION_GIMBAL")
    else:
        text = iface("Stand Upright, Face Ahead: {seconds:.0f} s").format(seconds=remaining)
        row.operator("mimic.calibrate", text=text, icon="ORIENTATION_GIMBAL", depress=True, translate=False)
    if tuple(settings.calibration) != (1.0, 0.0, 0.0, 0.0):
        row.operator("mimic.clear_calibration", text="", icon="X")

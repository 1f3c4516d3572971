# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mimic tab in the sidebar of 3D viewports. It only shows; all that it shows is known before it is drawn."""

from math import ceil
from typing import Any, Final

import bpy

from ...models.body.joints import JOINTS
from ...retarget.rig.labels import LABELS
from .. import panel_settings, preferences
from ..layout import Tab, column, counted, iface, say, show_notices
from ..properties import settings_of
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..sources.panel import show_further
from ..stage import current_scene
from ..tilt_panel import show_tilt
from . import mac
from . import properties as options
from .second_camera_panel import line_of
from .session import Session, State

_LINES_OF_STATE: Final = 3
"""Rows below the buttons of a session: always there, even when empty, so that no button moves."""

_SLOW: Final = 8.0
"""Poses per second below which nobody can perform."""

_SETTLED: Final = 30
"""Poses after which the rate is known."""


class MIMIC_PT_source(Tab, bpy.types.Panel):
    """Where the picture of the performer comes from."""

    bl_label = "Source"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields of a camera, file or stream."""
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
        show_further(layout, context, settings)


class MIMIC_PT_avatar(Tab, bpy.types.Panel):
    """The character that follows the performer."""

    bl_label = "Avatar"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the armature and how well it fits."""
        layout = column(self.layout)
        layout.prop(settings_of(current_scene()), "armature")
        chosen = panel_settings.armature_or_none()
        if chosen is None:
            layout.label(text="No armature chosen", icon="INFO")
        else:
            _show_fit(layout, context, chosen)
        layout.operator("mimic.avatar_add", icon="OUTLINER_OB_ARMATURE")


class MIMIC_PT_live(Tab, bpy.types.Panel):
    """The live session."""

    bl_label = "Live"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the session's buttons, its state and what the character follows."""
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
        framings = layout.row(align=True)
        framings.operator("mimic.framing_set", text="Head and Shoulders").framing = "HEAD_AND_SHOULDERS"
        framings.operator("mimic.framing_set", text="Whole Body").framing = "WHOLE_BODY"
        layout.column(heading="Show").prop(settings, "show_preview")
        layout.operator("mimic.person_choose", icon="EYEDROPPER")
        _show_calibration(layout, settings, running)
        _show_level(layout, settings, running)
        if settings.further_sources:
            layout.operator("mimic.session_cameras", icon="VIEW_CAMERA")
        layout.operator("mimic.pose_reset", icon="LOOP_BACK")


class MIMIC_PT_live_smoothing(Tab, bpy.types.Panel):
    """Smoothing of live motion."""

    bl_label = "Smoothing"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw a slider for each part of the body; changes take effect in a running session."""
        layout = column(self.layout)
        for name in options.SLIDERS:
            layout.prop(settings_of(current_scene()), name, slider=True)


class MIMIC_PT_recording(Tab, bpy.types.Panel):
    """How takes are recorded."""

    bl_label = "Recording"
    bl_parent_id = "MIMIC_PT_live"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw countdown, timeline and bake."""
        settings = settings_of(current_scene())
        layout = column(self.layout)
        layout.prop(settings, "countdown")
        layout.prop(settings, "with_timeline")
        layout.prop(settings, "bake_takes")


class MIMIC_PT_settings(Tab, bpy.types.Panel):
    """Settings that are seldom changed."""

    bl_label = "Settings"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012
    bl_order = 1

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the settings of networks and solver, and the preferences of this machine."""
        settings = settings_of(current_scene())
        layout = column(self.layout)
        layout.active = runtime().session is None
        layout.prop(settings, "person")
        layout.prop(settings, "people")
        layout.prop(settings, "model")
        layout.prop(settings, "solver")
        layout.prop(settings, "sides")
        layout.prop(settings, "refine")
        layout.prop(settings, "smooth_landmarks")
        layout.prop(settings, "second_look")
        layout.prop(settings, "field_of_view")
        stored = preferences.stored()
        if stored is not None:
            layout.prop(stored, "provider")
            layout.prop(stored, "takes_folder")


CLASSES: Final = (
    MIMIC_PT_source,
    MIMIC_PT_avatar,
    MIMIC_PT_live,
    MIMIC_PT_live_smoothing,
    MIMIC_PT_recording,
    MIMIC_PT_settings,
)


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
        text = (
            iface("Joints without a bone: {joints} and {count} more")
            if more > 0
            else iface("Joints without a bone: {joints}")
        )
        say(layout, context, text.format(joints=shown, count=more), icon="INFO")


def _show_buttons(layout: Any, running: Session | None) -> None:
    """Draw Start, or Stop and Pause, and below them, always in the same place, Record."""
    row = layout.row(align=True)
    if running is None:
        row.operator("mimic.session_start", text="Start", icon="PLAY")
    else:
        row.operator("mimic.session_stop", text="Stop", icon="SNAP_FACE")
        if running.state is State.PAUSED:
            row.operator("mimic.session_pause", text="Resume", icon="PLAY")
        else:
            row.operator("mimic.session_pause", text="Pause", icon="PAUSE")
    row = layout.row()
    row.scale_y = 1.4
    recording = None if running is None else running.recording
    if recording is None or not recording.requested:
        row.operator("mimic.take_record", text="Record", icon="REC")
        return
    if recording.remaining > 0.0:
        text = iface("Recording in {seconds:.0f} s").format(seconds=recording.remaining)
    else:
        text = iface("End Take ({seconds:.1f} s)").format(seconds=recording.seconds)
    row.operator("mimic.take_record", text=text, icon="REC", depress=True, translate=False)


def _show_state(layout: Any, running: Session) -> None:
    """Draw the state of the session, in a fixed number of rows."""
    state = running.state
    good = state in (State.RUNNING, State.PAUSED)
    lines: list[tuple[str, Any]] = [(iface(state.value), "CHECKMARK" if good else "TIME")]
    several = len(running.characters) > 1
    if several:
        lines.append(_people_in_view(running))
    if running.second_camera is not None:
        lines.append(line_of(running.second_camera))
    delay = running.delay
    if running.shown is not None and delay is not None:
        text = counted(
            round(running.rate),
            "{count} pose per second, {delay:.0f} ms delay",
            "{count} poses per second, {delay:.0f} ms delay",
            delay=1e3 * delay,
        )
        lines.append((text, "BLANK1"))
    hint = _speed_hint(running) or _face_hint(running) or _hands_hint(running)
    if hint:
        lines.append((hint, "INFO"))
    rows, count = layout.column(align=True), _LINES_OF_STATE + several + (running.second_camera is not None)
    for text, icon in lines + [("", "BLANK1")] * (count - len(lines)):
        rows.label(text=text, icon=icon, translate=False)


def _people_in_view(running: Session) -> tuple[str, str]:
    """How many of several people are in view, or who is not; with an icon."""
    result = running.shown
    if result is None or running.state not in (State.RUNNING, State.NOBODY):
        return "", "BLANK1"
    missing = [str(number) for number, there in enumerate(result.in_view, start=1) if not there]
    if not missing:
        return iface("{count} People in View").format(count=len(result.in_view)), "CHECKMARK"
    if len(missing) == len(result.in_view):
        return "", "BLANK1"
    if len(missing) == 1:
        return iface("Person {number} Not in View").format(number=missing[0]), "INFO"
    return iface("Persons {numbers} Not in View").format(numbers=", ".join(missing)), "INFO"


def _speed_hint(running: Session) -> str:
    """How to speed up a session that is too slow to perform with; empty if it is fast enough."""
    settings, pace = running.settings.landmarks, running.worker.pace
    if running.state is not State.RUNNING or running.count < _SETTLED or running.rate >= _SLOW:
        return ""
    if max(pace.pose_seconds, pace.draw_seconds) < 0.5 / _SLOW:
        return ""  # The camera itself is slow.
    if pace.draw_seconds > pace.pose_seconds:
        return iface("Slow viewport: hide or simplify objects")
    if running.second_camera is not None:
        return iface("Slow: record a take, its bake uses both")
    if settings.model != "lite":
        return iface("Slow: choose Settings > Model > Lite")
    return iface("Slow: turn off Follow > Hands") if settings.hands else ""


def _face_hint(running: Session) -> str:
    """Why the character's face does not move; empty if it does, or if it has none or shall not."""
    result = running.shown
    if result is None or not _first_is_seen(running) or not running.moves_face or result.face:
        return ""
    least = running.settings.landmarks.face_settings.min_size
    if 0.0 < result.face_size < least:
        times = ceil(10.0 * least / result.face_size) / 10.0
        return iface("Face too small: come {times:.1f} times nearer").format(times=times)
    return iface("Face not in view")


def _first_is_seen(running: Session) -> bool:
    """Whether the session runs and the first person is in view."""
    return running.state is State.RUNNING and running.shown is not None and running.shown.in_view[0]


def _hands_hint(running: Session) -> str:
    """Which hands are out of sight; empty if none, or if hands are not detected at all."""
    result = running.shown
    if result is None or not _first_is_seen(running) or not running.settings.landmarks.hands:
        return ""
    if not result.left_hand and not result.right_hand:
        return iface("Hands not in view")
    if not result.left_hand:
        return iface("Left hand not in view")
    return "" if result.right_hand else iface("Right hand not in view")


def _show_calibration(layout: Any, settings: SceneSettings, running: Session | None) -> None:
    row = layout.row(align=True)
    remaining = None if running is None else running.stance.calibrating
    if remaining is None:
        row.operator("mimic.session_calibrate", icon="ORIENTATION_GIMBAL")
    else:
        relaxed = running is not None and running.moves_face
        text = iface(
            "Face Forward and Relax: {seconds:.0f} s" if relaxed else "Stand Upright, Face Forward: {seconds:.0f} s"
        )
        text = text.format(seconds=remaining)
        row.operator("mimic.session_calibrate", text=text, icon="ORIENTATION_GIMBAL", depress=True, translate=False)
    if tuple(settings.calibration) != (1.0, 0.0, 0.0, 0.0) or settings.neutral_face:
        row.operator("mimic.calibration_clear", text="", icon="X")


def _show_level(layout: Any, settings: SceneSettings, running: Session | None) -> None:
    remaining = None if running is None else running.stance.levelling
    if remaining is None:
        layout.operator("mimic.camera_level", icon="CON_ROTLIMIT")
    else:
        text = iface("Stand Upright: {seconds:.0f} s").format(seconds=remaining)
        layout.operator("mimic.camera_level", text=text, icon="CON_ROTLIMIT", depress=True, translate=False)
    tilt = layout.column(align=True)
    tilt.active = settings.upright
    show_tilt(tilt, settings)

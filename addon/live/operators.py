# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators of the live session."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...errors import MimicError
from ...pipeline.live.recorder import FinishedRecording
from ...pipeline.takes.take import Take
from ...retarget.motion.options import TILT_UNKNOWN
from .. import online, panel_settings, people
from ..bake import requests as baking
from ..errors import TakeNameTaken
from ..layout import iface
from ..operators import EDIT, INTERNAL, UNDOABLE, attempt
from ..polls import has_armature, met
from ..properties import settings_of
from ..runtime import runtime
from ..sources.properties import names as source_names
from ..stage import current_scene
from ..takes import store as takes
from ..takes.properties import read_takes
from . import mac
from .recording import RecordingRequest
from .second_source import second_of_operator
from .target import reset_pose

UNTURNED: Final = (1.0, 0.0, 0.0, 0.0)

FRAMINGS: Final = (
    ("HEAD_AND_SHOULDERS", "Head and Shoulders", "Face, head, hands and upper body, of a performer at a desk"),
    ("WHOLE_BODY", "Whole Body", "The whole body with hands and face, of a performer who moves through the room"),
)
"""Part of the performer that the camera shows."""

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class _DuringASession:
    """An operator for while a session runs."""

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session must run."""
        return met(cls, runtime().session is not None, iface("Start a live session first"))


class MIMIC_OT_session_start(bpy.types.Operator):
    """Make the character follow the performer in real time"""

    bl_idname = "mimic.session_start"
    bl_label = "Start Live Session"
    bl_options = UNDOABLE

    source: StringProperty(
        name="Source", description="Video, camera or address of a stream; the panel's if empty", options={"SKIP_SAVE"}
    )
    armature: StringProperty(
        name="Armature", description="Character to move; the panel's if empty", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """One session at a time."""
        return met(cls, runtime().session is None, iface("Stop the live session first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Start the threads and the timer."""
        return attempt(self, self._start, topic="live")

    def _start(self) -> None:
        chosen = settings_of(current_scene())
        named = {person: getattr(self, people.field_of(person)) for person in range(1, people.ROWS)}
        armatures = panel_settings.characters(chosen, self.armature, named=named)
        second = second_of_operator(self)
        settings = panel_settings.live(chosen, source_spec=self.source, second=second, people=len(armatures))
        for each in filter(None, (settings.source, settings.second)):
            mac.check(each)
            online.check(each)
        runtime().sessions.start(armatures, settings)
        runtime().timer.start()
        runtime().preview.start()


MIMIC_OT_session_start.__annotations__.update(people.names() | source_names())


class MIMIC_OT_session_stop(_DuringASession, bpy.types.Operator):
    """Stop following the performer; the character keeps its last pose"""

    bl_idname = "mimic.session_stop"
    bl_label = "Stop Live Session"
    bl_options = UNDOABLE

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Ask the threads to end. A take that is being recorded is closed, and baked if that is wanted."""
        runtime().sessions.stop()
        return {"FINISHED"}


class MIMIC_OT_session_pause(_DuringASession, bpy.types.Operator):
    """Hold the pose and record nothing; use it again to resume"""

    bl_idname = "mimic.session_pause"
    bl_label = "Pause Live Session"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Pause, or go on."""
        return attempt(self, _toggle_pause, topic="live")


class MIMIC_OT_take_record(_DuringASession, bpy.types.Operator):
    """Record a take of the performer; use it again to end the take"""

    bl_idname = "mimic.take_record"
    bl_label = "Record Take"

    take: StringProperty(name="Take", description="Name of the new take; numbered if empty", options={"SKIP_SAVE"})
    bake: BoolProperty(
        name="Bake When Done",
        description="Bake the take onto the character when it ends; as in the panel if not set",
        options={"SKIP_SAVE"},
    )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Begin, count down, or end."""
        return attempt(self, self._toggle, topic="record")

    def _toggle(self) -> None:
        recording = runtime().sessions.required().recording
        if recording.requested:
            recording.end()
            return
        runtime().notices.clear("record")
        settings = settings_of(current_scene())
        asked_for = runtime().coming_takes
        name = self.take or takes.free_name(taken=asked_for)
        path = takes.path_of(name)
        if path.exists() or path in asked_for:
            raise TakeNameTaken(f"There is already a take “{name}”: choose another name.")
        bake = self.bake if self.properties.is_property_set("bake") else settings.bake_takes
        armatures = [each.target.name for each in runtime().sessions.required().characters]

        def ended(recorded: FinishedRecording, start: float | None) -> None:
            _use(recorded, start, armatures=armatures, bake=bake)

        recording.begin(RecordingRequest(path, float(settings.countdown), settings.with_timeline, ended))


class MIMIC_OT_session_calibrate(_DuringASession, bpy.types.Operator):
    """After a countdown, take the performer's stance as upright and facing forward, and the face as neutral"""

    bl_idname = "mimic.session_calibrate"
    bl_label = "Calibrate"

    countdown: FloatProperty(
        name="Countdown",
        description="Time to get into position",
        default=3.0,
        min=0.0,
        max=60.0,
        subtype="TIME_ABSOLUTE",
    )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Count down; the scene then keeps what was found for the sessions to come."""
        return attempt(
            self,
            lambda: runtime().sessions.required().stance.calibrate(self.countdown, _keep_calibration),
            topic="live",
        )


class MIMIC_OT_calibration_clear(bpy.types.Operator):
    """Discard the calibration and follow the performer as filmed"""

    bl_idname = "mimic.calibration_clear"
    bl_label = "Clear Calibration"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget the calibration, in a running session too."""
        running = runtime().session
        if running is not None:
            running.stance.clear_calibration()
        _keep_calibration(UNTURNED, ())
        return {"FINISHED"}


class MIMIC_OT_pose_reset(bpy.types.Operator):
    """Return the bones and the face that follow the performer to their rest pose"""

    bl_idname = "mimic.pose_reset"
    bl_label = "Reset Pose"
    bl_options = EDIT

    armature: StringProperty(
        name="Armature", description="Character to reset; the panel's if empty", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """While a session runs the performer would pose them again at once."""
        return met(cls, runtime().session is None, iface("Stop the live session first")) and has_armature(cls)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Reset them."""
        return attempt(self, self._reset, topic="live")

    def _reset(self) -> None:
        reset_pose(panel_settings.armature(self.armature), face=settings_of(current_scene()).expressions)


class MIMIC_OT_framing_set(bpy.types.Operator):
    """Follow what the camera shows of the performer: set Hands, Fingers, Face, Upper Body Only and Root Motion"""

    bl_idname = "mimic.framing_set"
    bl_label = "Set Framing"
    bl_options = EDIT

    framing: EnumProperty(
        name="Framing",
        description="Part of the performer that the camera shows",
        items=FRAMINGS,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session keeps what it was started with."""
        return met(cls, runtime().session is None, iface("Stop the live session first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Set them."""
        settings: Any = settings_of(current_scene())
        for name in ("hands", "fingers", "face", "expressions"):
            setattr(settings, name, True)
        seated = self.framing == "HEAD_AND_SHOULDERS"
        settings.upper_body, settings.travel = seated, not seated
        return {"FINISHED"}


class MIMIC_OT_session_wait(bpy.types.Operator):
    """Run the live session and background work for a while, in a script without a window"""

    bl_idname = "mimic.session_wait"
    bl_label = "Wait for Mimic"
    bl_options = INTERNAL

    seconds: FloatProperty(
        name="Seconds", description="Longest time to wait, in seconds", default=1.0, min=0.0, options={"SKIP_SAVE"}
    )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Do by hand what the timer does in a window. Ends early when nothing is left to do."""
        until = time.monotonic() + self.seconds
        while time.monotonic() < until:
            again = runtime().timer.tick()
            if again is None:
                break
            time.sleep(again)
        problem = runtime().notices.error("live")
        if problem:
            self.report({"ERROR"}, problem)
            return {"CANCELLED"}
        return {"FINISHED"}


CLASSES: Final = (
    MIMIC_OT_session_start,
    MIMIC_OT_session_stop,
    MIMIC_OT_session_pause,
    MIMIC_OT_take_record,
    MIMIC_OT_session_calibrate,
    MIMIC_OT_calibration_clear,
    MIMIC_OT_pose_reset,
    MIMIC_OT_framing_set,
    MIMIC_OT_session_wait,
)


def _keep_calibration(turn: tuple[float, ...], neutral: tuple[float, ...]) -> None:
    settings: Any = settings_of(current_scene())
    settings.calibration = turn
    if turn != UNTURNED:  # It sets the performer upright, so that nothing is left to correct.
        settings.camera_pitch = settings.camera_roll = TILT_UNKNOWN
    settings.neutral_face = " ".join(f"{value:.5g}" for value in neutral)


def _toggle_pause() -> None:
    paused = runtime().sessions.required().worker.paused
    if paused.is_set():
        paused.clear()
    else:
        paused.set()


def _use(recorded: FinishedRecording, start: float | None, *, armatures: Sequence[str], bake: bool) -> None:
    """A take is closed: list it, say what went wrong, bake it if that is wanted and its scene is still open."""
    notices = runtime().notices
    if recorded.fault is not None:
        notices.set_error("record", str(recorded.fault))
    elif not recorded.kept:
        runtime().notices.set_error(
            "record", "The take has no frames and was discarded: wait until the session runs, then record."
        )
    if not recorded.kept:
        return
    try:
        read_takes(choose=recorded.path.stem)
        if bake and start is not None:
            settings = settings_of(current_scene())
            with Take.open(recorded.path) as take:
                found = [panel_settings.armature(armatures[person]) for person in take.people]
            how = baking.bake_settings(settings, found, recorded.path.stem, start_frame=start)
            runtime().jobs.add(baking.bake_take_job(recorded.path, how))
    except MimicError as fault:
        notices.set_error("bake", str(fault))

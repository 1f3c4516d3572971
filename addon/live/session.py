# SPDX-License-Identifier: GPL-3.0-or-later
"""The live session on Blender's main thread: starts the other threads, shows the newest pose, reports the state."""

import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import bpy

from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.live.reader import FrameReader
from ...pipeline.live.worker import LiveResult, Picture, Worker
from ...retarget.transfer.pose import RigPose
from ..errors import ArmatureGone, SourceEnded, Unexpected
from ..notices import Notices
from ..windows import rendering
from .pipeline import CharacterFace, LivePipeline, LiveSettings
from .recording import Recording
from .target import Target

INTERVAL: Final = 1.0 / 240.0
"""Seconds between two checks for a new pose: an idle Blender wakes up every 5 ms."""

CHECK_SECONDS: Final = 0.5
STALL_SECONDS: Final = 2.0
RATE_SECONDS: Final = 2.0
JOIN_SECONDS: Final = 3.0

Calibrated = Callable[[tuple[float, ...], tuple[float, ...]], None]
"""Called with the quaternion (w, x, y, z) that turns the performer upright, and with the face at rest
(`Neutral.numbers`; empty if no face was seen)."""


@dataclass(frozen=True)
class SessionSettings:
    """Settings of a session.

    Attributes:
        source: a video, a camera's name or number, or a stream's address, as for `pipeline.sources.open_source`.
        size: (width, height) of the picture requested from a camera; None for its default.
        mirror: flip the picture left to right.
        repeat: start a video again when it ends.
        live: how the character follows the performer.
        landmarks: which landmarks to find, and how.
        preview: show the camera's picture in the viewport.
    """

    source: str
    size: tuple[int, int] | None = None
    mirror: bool = False
    repeat: bool = True
    live: LiveSettings = field(default_factory=LiveSettings)
    landmarks: HolisticSettings = field(default_factory=lambda: HolisticSettings(face=False))
    preview: bool = True


class State(Enum):
    """State of a session; the value is its text in the panel."""

    OPENING = "Opening Source"
    LOADING = "Loading Networks"
    RUNNING = "Running"
    NOBODY = "No Person in View"
    BLANK = "Picture Is Blank"
    PAUSED = "Paused"
    STALLED = "No Picture from Source"
    EDITING = "Waiting for Edit Mode to End"


class Session:
    """A live session of one performer and one character.

    Args:
        armature: the character.
        settings: settings of the session.
        notices: where the outcome of a calibration is reported.
        before: the reader of a session that is ending and may still have the same camera open.

    Raises:
        RigUnmapped, ArmatureLocked: the armature cannot be animated; no thread is started then.

    Attributes:
        target: the armature.
        settings: settings of the session.
        warnings: sentences about what keeps bones from following.
        reader: the thread that reads frames.
        worker: the thread that makes poses.
        pipeline: makes the poses, on the worker's thread.
        recording: the recording of takes.
        shown: the newest pose that was shown.
        count: number of poses shown.
        costs: seconds that Blender's main thread spent on each of the last poses.
        delays: seconds from the arrival of a frame to its pose on the bones, for the last poses.
    """

    def __init__(
        self,
        armature: bpy.types.Object,
        settings: SessionSettings,
        *,
        notices: Notices,
        before: FrameReader | None = None,
    ) -> None:
        self._notices = notices
        self.target = Target(armature, ik=settings.live.ik)
        self.settings = settings
        self.pipeline = LivePipeline(self.target.rig, self.target.rig_map, settings.live, face=self._face())
        self.warnings = self.target.warnings()
        # Started last, so that no thread has a camera open if anything above fails.
        self.reader = FrameReader(
            settings.source, size=settings.size, mirror=settings.mirror, repeat=settings.repeat, before=before
        )
        with ExitStack() as failing:
            failing.callback(self.reader.stop)
            self.worker = Worker(
                self.reader,
                self.pipeline,
                settings.landmarks,
                mirrored=settings.mirror,
                turn=self.pipeline.turn.tolist(),
                neutral=self.pipeline.neutral,
            )
            failing.pop_all()
        if settings.preview:
            self.worker.previewing.set()
        self.recording = Recording(self.worker.recorder)
        self.shown: LiveResult[RigPose] | None = None
        self.count = 0
        self.costs: deque[float] = deque(maxlen=1000)
        self.delays: deque[float] = deque(maxlen=1000)
        self._times: deque[float] = deque(maxlen=240)
        self._began = self._checked = time.monotonic()
        self._editing = False
        self._calibration: tuple[float, Calibrated] | None = None

    @property
    def state(self) -> State:
        """The current state."""
        if self._editing:
            return State.EDITING
        if self.worker.paused.is_set():
            return State.PAUSED
        if self.reader.info is None:
            return State.OPENING
        return State.LOADING if self.shown is None else _state_of(self.shown)

    @property
    def rate(self) -> float:
        """Poses shown a second, over the last `RATE_SECONDS`."""
        now = time.monotonic()
        recent = [t for t in self._times if now - t < RATE_SECONDS]
        return len(recent) / min(RATE_SECONDS, max(now - self._began, 0.1))

    @property
    def delay(self) -> float | None:
        """Seconds from frame to bone: the median of the last thirty poses; None before the first."""
        recent = sorted(list(self.delays)[-30:])
        return recent[len(recent) // 2] if recent else None

    def step(self) -> bool:
        """Show the newest pose if it is not shown yet, and return whether it was shown. Never waits.

        Raises:
            MimicError: the session cannot continue.
        """
        began = time.monotonic()
        self.worker.pace.redrawn()
        looks = began - self._checked > CHECK_SECONDS
        if looks:
            self._checked = began
            self.target.check()
        result = self.worker.newest
        self._check_threads(idle=result is self.shown)
        self.recording.step()
        self._calibrate()
        if result is None or result is self.shown or rendering():
            return False
        armature = self.target.find()
        if armature.mode == "EDIT":
            self._editing = True
            return False
        if self._editing or self.target.reread_if_edited(armature):
            self._editing = False
            self.target.reread()
            self.pipeline = self.pipeline.for_rig(self.target.rig, self.target.rig_map, face=self._face())
            self.worker.pose_maker = self.pipeline
        elif self.target.reread_face_if_edited(armature, meshes=looks):
            self.pipeline.change_face(self._face())
        self.target.apply(armature, result.pose)
        self.shown = result
        self.count += 1
        self.worker.pace.shown()
        now = time.monotonic()
        self.costs.append(now - began)
        self.delays.append(now - result.arrived)
        self._times.append(now)
        return True

    def show_again(self) -> None:
        """Show the newest pose again, after Blender's animation has overwritten it."""
        if self.shown is None:
            return
        try:
            armature = self.target.find()
        except ArmatureGone:
            return  # The next step reports it.
        if armature.mode != "EDIT":
            self.target.apply(armature, self.shown.pose)

    def _face(self) -> CharacterFace | None:
        """The character's face, if the performer's is looked for."""
        return self.target.face if self.settings.landmarks.face else None

    def _check_threads(self, *, idle: bool) -> None:
        reader, worker = self.reader.task, self.worker.task
        for task in (reader, worker):
            if task.fault is not None:
                raise task.fault
            if task.crashed:
                raise Unexpected("A bug in Mimic ended the session: the traceback is in the system console.")
        if reader.done and worker.done and idle:
            raise SourceEnded(self.reader.warning or "The video has ended: start again, or turn on Repeat.")

    @property
    def moves_face(self) -> bool:
        """Whether expressions move the character's face."""
        return self.pipeline.moves_face

    @property
    def calibrating(self) -> float | None:
        """Seconds until the calibration takes the performer's stance; None if none was requested."""
        return None if self._calibration is None else max(0.0, self._calibration[0] - time.monotonic())

    def calibrate(self, seconds: float, done: Calibrated) -> None:
        """Take the stance after `seconds` as upright and facing ahead, and the face as neutral, then call `done`."""
        self._calibration = time.monotonic() + seconds, done

    def _calibrate(self) -> None:
        if self._calibration is None or time.monotonic() < self._calibration[0]:
            return
        done, self._calibration = self._calibration[1], None
        if not self.pipeline.calibrate():
            self._notices.set_error(
                "live", "Nobody was in view to calibrate with: stand upright in front of the camera and try again."
            )
            return
        recorder = self.worker.recorder
        recorder.turn, recorder.neutral = tuple(self.pipeline.turn.tolist()), self.pipeline.neutral
        self._notices.clear("live")
        done(recorder.turn, recorder.neutral)

    def clear_calibration(self) -> None:
        """Follow the performer as filmed, from the next pose on."""
        self.pipeline.clear_calibration()
        recorder = self.worker.recorder
        recorder.turn, recorder.neutral = tuple(self.pipeline.turn.tolist()), ()

    @property
    def picture(self) -> Picture | None:
        """The newest picture of the camera; None while the preview is off."""
        return self.worker.picture if self.worker.previewing.is_set() else None

    def preview(self, *, shown: bool) -> None:
        """Turn the camera's picture in the viewport on or off."""
        if shown:
            self.worker.previewing.set()
        else:
            self.worker.previewing.clear()
            self.worker.picture = None

    def stop(self) -> None:
        """End the recording and ask the threads to end."""
        try:
            self.recording.end()
        finally:  # Even if the recording fails, the camera must be released.
            self.worker.stop()
            self.reader.stop()

    def join(self, timeout: float = JOIN_SECONDS) -> bool:
        """Wait at most `timeout` seconds for each thread, and return whether both ended."""
        return self.worker.task.join(timeout) and self.reader.task.join(timeout)


def _state_of(result: LiveResult[RigPose]) -> State:
    """Return the state of a running session, given the result last shown."""
    if time.monotonic() - result.arrived > STALL_SECONDS:
        return State.STALLED
    if result.person:
        return State.RUNNING
    return State.BLANK if result.blank else State.NOBODY

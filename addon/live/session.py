# SPDX-License-Identifier: GPL-3.0-or-later
"""The live session as Blender's own thread sees it: starts the others, shows the newest pose, tells how it goes."""

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
from .pipeline import LivePipeline, LiveSettings
from .recording import Recording
from .target import Target, apply_pose

INTERVAL: Final = 1.0 / 240.0
"""Seconds between two looks for a new pose: Blender, when it has nothing to do, wakes up every 5 ms."""

CHECK_SECONDS: Final = 0.5
STALL_SECONDS: Final = 2.0
RATE_SECONDS: Final = 2.0
JOIN_SECONDS: Final = 3.0

Calibrated = Callable[[tuple[float, ...]], None]
"""Told the quaternion that turns the performer upright."""


@dataclass(frozen=True)
class SessionSettings:
    """How a session is to run.

    Attributes:
        source: what `pipeline.sources.open_source` opens: a video, a camera's name or number, a stream's address.
        size: (width, height) of picture that a camera is asked for.
        mirror: flip the picture left to right.
        repeat: begin a video again when it ends.
        live: what of the performer the character follows.
        landmarks: what to look for and how.
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
    """One performer, one character.

    Args:
        armature: the character.
        settings: how it runs.
        notices: where it says how a calibration went.
        before: the reader of a session that is ending and may still hold the same camera.

    Raises:
        RigUnmapped, ArmatureLocked: the armature cannot be moved; no thread runs then.

    Attributes:
        target: the armature.
        settings: how it runs.
        warnings: sentences on what keeps bones from moving as told.
        reader: the thread that reads frames.
        worker: the thread that makes poses.
        pipeline: what makes them.
        recording: what becomes a take.
        shown: the newest pose that was shown.
        count: how many were shown.
        costs: seconds that Blender's thread spent on each of the last poses.
        delays: seconds from the coming of a frame to its pose on the bones, of the last poses.
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
        self.pipeline = LivePipeline(self.target.rig, self.target.rig_map, settings.live)
        self.warnings = self.target.warnings()
        # Last, as all that comes before may fail: then no thread holds a camera.
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
        """Where it is."""
        if self._editing:
            return State.EDITING
        if self.worker.paused.is_set():
            return State.PAUSED
        if self.reader.info is None:
            return State.OPENING
        return State.LOADING if self.shown is None else _state_of(self.shown)

    @property
    def rate(self) -> float:
        """Poses shown a second, of late."""
        now = time.monotonic()
        recent = [t for t in self._times if now - t < RATE_SECONDS]
        return len(recent) / min(RATE_SECONDS, max(now - self._began, 0.1))

    @property
    def delay(self) -> float | None:
        """Seconds from frame to bone: the median of the last thirty."""
        recent = sorted(list(self.delays)[-30:])
        return recent[len(recent) // 2] if recent else None

    def step(self) -> bool:
        """Show the newest pose, if there is one that was not shown yet. Never waits.

        Raises:
            MimicError: the session cannot go on.
        """
        began = time.monotonic()
        self.worker.pace.redrawn()
        if began - self._checked > CHECK_SECONDS:
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
            self.pipeline = self.pipeline.for_rig(self.target.rig, self.target.rig_map)
            self.worker.pose_maker = self.pipeline
        apply_pose(armature, result.pose)
        self.shown = result
        self.count += 1
        self.worker.pace.shown()
        now = time.monotonic()
        self.costs.append(now - began)
        self.delays.append(now - result.arrived)
        self._times.append(now)
        return True

    def show_again(self) -> None:
        """Show the newest pose once more: Blender's own animation has just written over it."""
        if self.shown is None:
            return
        try:
            armature = self.target.find()
        except ArmatureGone:
            return  # The next step will say so.
        if armature.mode != "EDIT":
            apply_pose(armature, self.shown.pose)

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
    def calibrating(self) -> float | None:
        """Seconds until the performer's stance is taken for upright; None if that was not asked for."""
        return None if self._calibration is None else max(0.0, self._calibration[0] - time.monotonic())

    def calibrate(self, seconds: float, done: Calibrated) -> None:
        """Take the performer's stance in so many seconds for upright and facing ahead; then call `done`."""
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
        self.worker.recorder.turn = tuple(self.pipeline.turn.tolist())
        self._notices.clear("live")
        done(self.worker.recorder.turn)

    @property
    def picture(self) -> Picture | None:
        """The newest picture of the camera, while it is to be shown."""
        return self.worker.picture if self.worker.previewing.is_set() else None

    def preview(self, *, shown: bool) -> None:
        """Show the camera's picture in the viewport, or stop showing it."""
        if shown:
            self.worker.previewing.set()
        else:
            self.worker.previewing.clear()
            self.worker.picture = None

    def stop(self) -> None:
        """Ask the threads to end; a recording is closed."""
        try:
            self.recording.end()
        finally:  # Whatever becomes of the recording, the camera must be let go of.
            self.worker.stop()
            self.reader.stop()

    def join(self, timeout: float = JOIN_SECONDS) -> bool:
        """Wait for the threads, for so many seconds at most. Says whether they ended."""
        return self.worker.task.join(timeout) and self.reader.task.join(timeout)


def _state_of(result: LiveResult[RigPose]) -> State:
    """Where a session is that last showed this."""
    if time.monotonic() - result.arrived > STALL_SECONDS:
        return State.STALLED
    if result.person:
        return State.RUNNING
    return State.BLANK if result.blank else State.NOBODY

# SPDX-License-Identifier: GPL-3.0-or-later
"""The live session on Blender's main thread: starts the other threads, shows the newest pose, reports the state."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import Enum
from queue import Empty
from typing import Any, Final

import bpy

from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.live.cameras import LiveCameras, Pair
from ...pipeline.live.pair import PairReader
from ...pipeline.live.preview import Picture
from ...pipeline.live.reader import FrameReader, Reader
from ...pipeline.live.worker import LiveResult, Worker
from ...retarget.face.options import FaceOptions
from ...retarget.motion.options import Region
from ...retarget.transfer.pose import RigPose
from ..errors import ArmatureGone, SourceEnded, Unexpected
from ..notices import Notices
from ..windows import rendering
from .character import characters_of
from .pipeline import LivePipeline, LiveSettings
from .recording import Recording
from .second_camera import SecondCamera
from .stance import Stance
from .target import Target

INTERVAL: Final = 1.0 / 240.0
"""Seconds between two checks for a new pose: an idle Blender wakes up every 5 ms."""

CHECK_SECONDS: Final = 0.5
STALL_SECONDS: Final = 2.0
RATE_SECONDS: Final = 2.0
JOIN_SECONDS: Final = 3.0


@dataclass(frozen=True)
class SessionSettings:
    """Settings of a session.

    Attributes:
        source: a video, a camera's name or number, or a stream's address, as for `pipeline.sources.open_source`.
        size: (width, height) of the picture requested from a camera; None for its default.
        mirror: flip the picture left to right.
        repeat: start a video again when it ends.
        live: how the characters follow the performers.
        landmarks: which landmarks to find, and how.
        preview: show the camera's picture in the viewport.
        second: a second camera of the same scene, likewise; None if there is one only.
        cameras: how both stand to each other, if that is known.
    """

    source: str
    size: tuple[int, int] | None = None
    mirror: bool = False
    repeat: bool = True
    live: LiveSettings = field(default_factory=LiveSettings)
    landmarks: HolisticSettings = field(default_factory=lambda: HolisticSettings(face=False))
    preview: bool = True
    second: str | None = None
    cameras: Pair | None = None


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
    """A live session of one or several performers, each with a character.

    Args:
        armatures: the characters, the first performer's first.
        settings: settings of the session.
        notices: where the outcome of a calibration is reported.
        before: the reader of a session that is ending and may still have the same camera open.

    Raises:
        RigUnmapped, ArmatureLocked: the armature cannot be animated; no thread is started then.
        CamerasSame: the second camera is the same as the first; likewise.

    Attributes:
        characters: the armatures and what makes their poses.
        settings: settings of the session.
        warnings: sentences about what keeps bones from following.
        reader: the thread that reads frames, or two.
        second_camera: watches the second camera; None if there is one only.
        worker: the thread that makes poses.
        recording: the recording of takes.
        stance: calibration, and the camera's tilt, by how performers stand.
        shown: the newest poses that were shown.
        count: number of frames whose poses were shown.
        costs: seconds that Blender's main thread spent on each of the last poses.
        delays: seconds from the arrival of a frame to its pose on the bones, for the last poses.
    """

    def __init__(
        self,
        armatures: Sequence[bpy.types.Object],
        settings: SessionSettings,
        *,
        notices: Notices,
        before: Reader | None = None,
    ) -> None:
        self._notices = notices
        self.settings = settings
        views = settings.live.field_of_view, settings.live.second_field_of_view
        cameras = None if settings.second is None else LiveCameras(settings.cameras, fields_of_view=views)
        self.characters = characters_of(armatures, settings.live, face=settings.landmarks.face, cameras=cameras)
        self.warnings = list(dict.fromkeys(said for each in self.characters for said in each.warnings))
        # Started last, so that no thread has a camera open if anything above fails.
        self.reader, self.second_camera = _open(settings, cameras, notices, before)
        with ExitStack() as failing:
            failing.callback(self.reader.stop)
            self.worker = Worker(
                self.reader,
                [each.pipeline for each in self.characters],
                settings.landmarks,
                mirrored=settings.mirror,
                turn=self.pipeline.turn.tolist(),
                neutral=self.pipeline.neutral,
                cameras=cameras,
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
        self._changes = self.worker.roles.changes
        self.stance = Stance([each.pipeline for each in self.characters], self.worker.recorder, notices)

    @property
    def target(self) -> Target:
        """The first performer's armature."""
        return self.characters[0].target

    @property
    def pipeline(self) -> LivePipeline:
        """What makes the first performer's poses, on the worker's thread."""
        return self.characters[0].pipeline

    @property
    def state(self) -> State:
        """The current state."""
        if any(each.editing for each in self.characters):
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
            for each in self.characters:
                each.target.check()
        result = self.worker.newest
        self._check_threads(idle=result is self.shown)
        if self.second_camera is not None:
            self.second_camera.step()
        self.recording.step()
        self.stance.step([each.pipeline for each in self.characters])
        self._tell_changes()
        if result is None or result is self.shown or rendering():
            return False
        shown = [each.show(pose, meshes=looks) for each, pose in zip(self.characters, result.poses, strict=True)]
        if not any(shown):
            return False
        self.worker.pose_makers = tuple(each.pipeline for each in self.characters)
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
        with suppress(ArmatureGone):  # The next step reports it.
            for each, pose in zip(self.characters, self.shown.poses, strict=True):
                each.show_again(pose)

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
        """Whether expressions move the first character's face."""
        return self.pipeline.moves_face

    def change_tilt(self, tilt: tuple[float, float] | None) -> None:
        """Change the camera's tilt, see `LiveSettings.tilt`, from the next pose on."""
        for each in self.characters:
            each.pipeline.change_tilt(tilt)

    def _tell_changes(self) -> None:
        """Say in the panel that a character follows, or may follow, somebody else than before."""
        while True:
            try:
                event = self.worker.events.get_nowait()
            except Empty:
                break
            if event.doubtful:
                self._notices.set_info("live", event.sentence)
        before, self._changes = self._changes, self.worker.roles.changes
        new = [
            str(row + 1) for row, counts in enumerate(zip(before, self._changes, strict=True)) if len(set(counts)) > 1
        ]
        if new:
            self._notices.set_info("live", f"Somebody else came into view and is followed as person {', '.join(new)}.")

    def smooth(self, regions: Mapping[Region, float]) -> None:
        """Change the smoothness of single regions."""
        for each in self.characters:
            each.pipeline.smooth(regions)

    def change_face_options(self, options: FaceOptions) -> None:
        """Change how strongly expressions move the faces, from the next pose on."""
        for each in self.characters:
            each.pipeline.change_face_options(options)

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
        return self.worker.task.join(timeout) and self.reader.join(timeout)


def _open(
    settings: SessionSettings, cameras: LiveCameras | None, notices: Notices, before: Reader | None
) -> tuple[Reader, SecondCamera | None]:
    """Start the threads that read frames; with a second camera, also return what watches it.

    Raises:
        CamerasSame: it is the same as the first.
    """
    how: Any = {"size": settings.size, "mirror": settings.mirror, "repeat": settings.repeat, "before": before}
    if settings.second is None or cameras is None:
        return FrameReader(settings.source, **how), None
    reader = PairReader((settings.source, settings.second), **how)
    return reader, SecondCamera(reader, cameras, notices)


def _state_of(result: LiveResult[RigPose]) -> State:
    """Return the state of a running session, given the result last shown."""
    if time.monotonic() - result.arrived > STALL_SECONDS:
        return State.STALLED
    if any(result.in_view):
        return State.RUNNING
    return State.BLANK if result.blank else State.NOBODY

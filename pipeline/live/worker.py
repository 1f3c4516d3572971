# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker thread of a live session, which turns the newest frame into the newest pose in a loop.

It does not know what a pose is: it is given an object that makes poses from landmarks.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landmarks.data import Landmarks
from ..landmarks.settings import HolisticSettings
from ..sources.frame import Frame
from .pace import Pace
from .priority import lower_priority
from .reader import FrameReader
from .recorder import Recorder
from .tasks import Task

if TYPE_CHECKING:
    from ..landmarks.holistic import Holistic

PoseT = TypeVar("PoseT")
PoseT_co = TypeVar("PoseT_co", covariant=True)

POLL_SECONDS: Final = 0.1
"""Seconds between checks of the thread while it waits for a frame."""

PREVIEW_WIDTH: Final = 288
"""Pixels: enough to see the fingers, and small enough to hand over sixty times a second."""

BLANK_STEP: Final = 8
BLANK_RANGE: Final = 6
"""A picture is blank if its values differ by no more than this (of 255), in every 8th pixel of every 8th row."""


def _linear() -> NDArray[np.float32]:
    """Return the linear values (256,) of sRGB bytes (IEC 61966-2-1)."""
    values = np.arange(256) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR: Final = _linear()


class PoseMaker(Protocol[PoseT_co]):
    """Makes a pose from the performer's landmarks."""

    def pose(self, landmarks: Landmarks) -> PoseT_co:
        """Return the pose for these landmarks, which are as found, not smoothed.

        Called in the worker's thread, with frames in order of time.

        Raises:
            MimicError: the pose cannot be made; the worker then ends with this error.
        """


@dataclass(frozen=True)
class LiveResult(Generic[PoseT]):
    """A pose with information about its frame.

    Attributes:
        number: number of the pose in this session, from 1.
        pose: the result of the pose maker.
        arrived: time when the frame arrived, by `time.monotonic`.
        finished: time when the pose was ready.
        person: whether a person was found; likewise `left_hand`, `right_hand` and `face`.
        face_size: pixels that the person's face spans, see `PoseLandmarks.face_size`; 0 without a person.
        blank: whether the whole frame is of one colour.
    """

    number: int
    pose: PoseT
    arrived: float
    finished: float
    person: bool
    left_hand: bool
    right_hand: bool
    face: bool
    face_size: float
    blank: bool


@dataclass(frozen=True)
class Picture:
    """A frame with landmarks drawn on it: linear RGBA float32 (height, width, 4), 0..1, bottom row first."""

    number: int
    pixels: NDArray[np.float32]


class Worker(Generic[PoseT]):
    """Runs the networks and the pose maker, and records takes.

    Args:
        reader: provides the frames.
        pose_maker: makes poses from landmarks.
        settings: settings of the landmark pipeline.
        mirrored: whether frames are flipped left to right; stored in takes.
        turn: the performer's calibration, a quaternion; stored in takes.
        neutral: the performer's face at rest (`Neutral.numbers`), stored in takes; empty if not calibrated.

    Attributes:
        newest: the newest pose; may be read at any time.
        picture: the newest picture, while `previewing` is set.
        paused: while set, frames are skipped: no pose, no recording.
        previewing: while set, pictures for the preview are drawn.
        pose_maker: may be replaced at any time.
        recorder: records takes.
        pace: must be notified of each pose that is shown.
    """

    def __init__(
        self,
        reader: FrameReader,
        pose_maker: PoseMaker[PoseT],
        settings: HolisticSettings,
        *,
        mirrored: bool,
        turn: Sequence[float],
        neutral: Sequence[float] = (),
    ) -> None:
        self._reader, self._settings = reader, settings
        self._stop = threading.Event()
        self.pose_maker = pose_maker
        self.newest: LiveResult[PoseT] | None = None
        self.picture: Picture | None = None
        self.paused = threading.Event()
        self.previewing = threading.Event()
        self.pace = Pace()
        self.recorder = Recorder(settings, mirrored=mirrored, turn=turn, neutral=neutral)
        self.task: Task[None] = Task(self._run, name="mimic-worker")

    def stop(self) -> None:
        """Tell the thread to end after the current frame. A recording is closed."""
        self._stop.set()

    def _run(self) -> None:
        from ..landmarks.holistic import Holistic

        lower_priority()
        try:
            holistic = Holistic(self._settings, on_thread=lower_priority, as_found=True)
            try:
                self._make_poses(holistic)
            finally:
                holistic.close()
        finally:
            self.recorder.close()

    def _make_poses(self, holistic: "Holistic") -> None:
        number = 0
        while not self._stop.is_set():
            if not self.recorder.frames:  # A take needs every frame, shown or not.
                self.pace.wait()
            timed = self._reader.take(POLL_SECONDS)
            self.recorder.handle_requests(self._reader.info)
            if timed is None and self._reader.task.done:
                return
            if timed is None or self.paused.is_set():
                continue
            self.pace.begin()
            landmarks = holistic.process(timed.frame)
            number += 1
            self.pace.made()
            self.newest = LiveResult(
                number=number,
                pose=self.pose_maker.pose(landmarks),
                arrived=timed.arrived,
                finished=time.monotonic(),
                person=landmarks.pose is not None,
                left_hand=landmarks.left_hand is not None,
                right_hand=landmarks.right_hand is not None,
                face=landmarks.face is not None,
                face_size=0.0 if landmarks.pose is None else landmarks.pose.face_size,
                blank=landmarks.pose is None and _is_blank(timed.frame),
            )
            # After the pose, which must not wait for the disk or the picture.
            self.recorder.add(landmarks, arrived=timed.arrived)
            if self.previewing.is_set():
                self.picture = Picture(number, _draw_preview(timed.frame, landmarks))


def _is_blank(frame: Frame) -> bool:
    """Whether the frame is of one colour, as with a covered lens, or a driver that sends green without a picture."""
    samples = frame.image[::BLANK_STEP, ::BLANK_STEP].reshape(-1, 3)
    return bool((np.ptp(samples, axis=0) <= BLANK_RANGE).all())


def _draw_preview(frame: Frame, landmarks: Landmarks) -> NDArray[np.float32]:
    from .. import opencv
    from ..takes.overlay import draw

    cv2 = opencv.load()
    height, width = frame.image.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    picture = cv2.cvtColor(draw(small, landmarks), cv2.COLOR_RGB2RGBA)[::-1]
    return _LINEAR[picture]

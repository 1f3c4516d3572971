# SPDX-License-Identifier: GPL-3.0-or-later
"""Newest frame to newest pose, over and over, in a thread of its own.

What a pose is, is not known here: whoever starts a worker gives it something that makes poses of landmarks.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landmarks.data import Frame, Landmarks
from ..landmarks.settings import HolisticSettings
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
"""Seconds after which the thread looks up from waiting for a frame."""

PREVIEW_WIDTH: Final = 288
"""Pixels: enough to see fingers by, little enough to hand over sixty times a second."""

BLANK_STEP: Final = 8
BLANK_RANGE: Final = 6
"""Of 255: how far the values of a picture of one colour may differ; every 8th pixel of every 8th row is looked at."""


def _linear() -> NDArray[np.float32]:
    """Linear light (256,) of the bytes of sRGB (IEC 61966-2-1)."""
    values = np.arange(256) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR: Final = _linear()


class PoseMaker(Protocol[PoseT_co]):
    """Makes a pose of what is seen of the performer."""

    def pose(self, landmarks: Landmarks) -> PoseT_co:
        """The pose when the performer looks like this; frames come in the order of time. Runs in the worker's thread.

        Raises:
            MimicError: it cannot be made; the worker then ends with that fault.
        """


@dataclass(frozen=True)
class LiveResult(Generic[PoseT]):
    """A pose, and what it was made from.

    Attributes:
        number: of the pose in this session, from 1.
        pose: as the worker's pose maker made it.
        arrived: when the frame came, by `time.monotonic`.
        finished: when the pose was done.
        person: whether anyone was found; likewise `left_hand` and `right_hand`.
        blank: whether the frame is all of one colour.
    """

    number: int
    pose: PoseT
    arrived: float
    finished: float
    person: bool
    left_hand: bool
    right_hand: bool
    blank: bool


@dataclass(frozen=True)
class Picture:
    """What the camera saw, landmarks drawn on it: linear RGBA float32 (height, width, 4), 0..1, bottom row first."""

    number: int
    pixels: NDArray[np.float32]


class Worker(Generic[PoseT]):
    """Runs the networks and what makes poses of their landmarks, and records.

    Args:
        reader: where frames come from.
        pose_maker: see `PoseMaker`.
        settings: what to look for and how.
        mirrored: whether frames are flipped left to right, for takes to remember.
        turn: the performer's calibration, a quaternion, for takes to remember.

    Attributes:
        newest: the newest pose; read it whenever you like.
        picture: the newest picture, while `previewing`.
        paused: while set, frames are let pass: no pose, no recording.
        previewing: while set, pictures are made.
        pose_maker: may be exchanged for another at any time.
        recorder: see there.
        pace: hears of each pose that is shown.
    """

    def __init__(
        self,
        reader: FrameReader,
        pose_maker: PoseMaker[PoseT],
        settings: HolisticSettings,
        *,
        mirrored: bool,
        turn: Sequence[float],
    ) -> None:
        self._reader, self._settings = reader, settings
        self._stop = threading.Event()
        self.pose_maker = pose_maker
        self.newest: LiveResult[PoseT] | None = None
        self.picture: Picture | None = None
        self.paused = threading.Event()
        self.previewing = threading.Event()
        self.pace = Pace()
        self.recorder = Recorder(settings, mirrored=mirrored, turn=turn)
        self.task: Task[None] = Task(self._run, name="mimic-worker")

    def stop(self) -> None:
        """Ask the thread to end after the frame that it is at. A recording is closed."""
        self._stop.set()

    def _run(self) -> None:
        from ...pipeline.landmarks.holistic import Holistic

        lower_priority()
        try:
            holistic = Holistic(self._settings, on_thread=lower_priority)
            try:
                self._make_poses(holistic)
            finally:
                holistic.close()
        finally:
            self.recorder.close()

    def _make_poses(self, holistic: "Holistic") -> None:
        number = 0
        while not self._stop.is_set():
            if not self.recorder.frames:  # A take wants every frame, shown or not.
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
                blank=landmarks.pose is None and _is_blank(timed.frame),
            )
            # After the pose, which must not wait for disk or picture.
            self.recorder.add(landmarks, arrived=timed.arrived)
            if self.previewing.is_set():
                self.picture = Picture(number, _draw_preview(timed.frame, landmarks))


def _is_blank(frame: Frame) -> bool:
    """Whether the picture is of one colour, as of a covered lens, or the green of a driver that has no picture."""
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

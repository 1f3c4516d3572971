# SPDX-License-Identifier: GPL-3.0-or-later
"""Newest frame to newest pose, over and over, in a thread of its own."""

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ...pipeline.landmarks.data import Frame, Landmarks
from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.live.libraries import loading
from ...pipeline.live.pace import Pace
from ...pipeline.live.priority import step_back
from ...pipeline.live.reader import Feed
from ...pipeline.live.recorder import Recorder
from ...pipeline.live.tasks import Task
from ...retarget.transfer.pose import RigPose
from .puppet import Puppet

if TYPE_CHECKING:
    from ...pipeline.landmarks.holistic import Holistic

PATIENCE: Final = 0.1
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


@dataclass(frozen=True)
class Sight:
    """A pose, and what it was made from.

    Attributes:
        number: of the pose in this session, from 1.
        pose: of the rig.
        came: when the frame came, by `time.monotonic`.
        made: when the pose was done.
        person: whether anyone was found; likewise `left_hand` and `right_hand`.
        blank: whether the frame is all of one colour.
    """

    number: int
    pose: RigPose
    came: float
    made: float
    person: bool
    left_hand: bool
    right_hand: bool
    blank: bool


@dataclass(frozen=True)
class Picture:
    """What the camera saw, landmarks drawn on it: linear RGBA float32 (height, width, 4), 0..1, bottom row first."""

    number: int
    pixels: NDArray[np.float32]


class Worker:
    """Runs networks, solver and retargeting, and records.

    Attributes:
        newest: the newest pose; read it whenever you like.
        picture: the newest picture, while `previewing`.
        paused: while set, frames are let pass: no pose, no recording.
        previewing: while set, pictures are made.
        puppet: may be exchanged for another at any time.
        recorder: see there.
        pace: hears of each pose that is shown.
    """

    def __init__(self, feed: Feed, puppet: Puppet, settings: HolisticSettings, *, mirrored: bool) -> None:
        self._feed, self._settings = feed, settings
        self._stop = threading.Event()
        self.puppet = puppet
        self.newest: Sight | None = None
        self.picture: Picture | None = None
        self.paused = threading.Event()
        self.previewing = threading.Event()
        self.pace = Pace()
        self.recorder = Recorder(settings, mirrored=mirrored, turn=puppet.turn.tolist())
        self.task: Task[None] = Task(self._run, name="mimic-worker")

    def stop(self) -> None:
        """Ask the thread to end after the frame that it is at. A recording is closed."""
        self._stop.set()

    def _run(self) -> None:
        from ...pipeline.landmarks.holistic import Holistic

        step_back()
        try:
            with loading("ONNX Runtime"):
                holistic = Holistic(self._settings, on_thread=step_back)
            try:
                self._follow(holistic)
            finally:
                holistic.close()
        finally:
            self.recorder.close()

    def _follow(self, holistic: "Holistic") -> None:
        number = 0
        while not self._stop.is_set():
            if not self.recorder.frames:  # A take wants every frame, shown or not.
                self.pace.wait()
            shot = self._feed.take(PATIENCE)
            self.recorder.serve(self._feed.origin)
            if shot is None and self._feed.task.done:
                return
            if shot is None or self.paused.is_set():
                continue
            self.pace.begin()
            landmarks = holistic.process(shot.frame)
            number += 1
            self.pace.made()
            self.newest = Sight(
                number=number,
                pose=self.puppet.pose(landmarks),
                came=shot.came,
                made=time.monotonic(),
                person=landmarks.pose is not None,
                left_hand=landmarks.left_hand is not None,
                right_hand=landmarks.right_hand is not None,
                blank=landmarks.pose is None and _blank(shot.frame),
            )
            # After the pose, which must not wait for disk or picture.
            self.recorder.add(landmarks, came=shot.came)
            if self.previewing.is_set():
                self.picture = Picture(number, _drawn(shot.frame, landmarks))


def _blank(frame: Frame) -> bool:
    """Whether the picture is of one colour, as of a covered lens, or the green of a driver that has no picture."""
    some = frame.image[::BLANK_STEP, ::BLANK_STEP].reshape(-1, 3)
    return bool((np.ptp(some, axis=0) <= BLANK_RANGE).all())


def _drawn(frame: Frame, landmarks: Landmarks) -> NDArray[np.float32]:
    from ...pipeline import opencv
    from ...pipeline.takes.overlay import draw

    cv2 = opencv.load()
    height, width = frame.image.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    picture = cv2.cvtColor(draw(small, landmarks), cv2.COLOR_RGB2RGBA)[::-1]
    return _LINEAR[picture]

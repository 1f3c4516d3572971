# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker thread of a live session, which turns the newest frame into the newest pose in a loop.

It does not know what a pose is: it is given an object for each character that makes poses from landmarks.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..landmarks.data import Landmarks
from ..landmarks.settings import HolisticSettings
from ..sources.frame import Frame
from .cameras import LiveCameras
from .finders import Finders
from .pace import Pace
from .preview import Picture, draw_preview
from .priority import lower_priority
from .reader import Reader, TimedFrame
from .recorder import Recorder
from .roles import Roles
from .tasks import Task

if TYPE_CHECKING:
    from ..landmarks.people.events import Event, EventCallback
    from ..landmarks.people.people import People

PoseT = TypeVar("PoseT")
PoseT_co = TypeVar("PoseT_co", covariant=True)

POLL_SECONDS: Final = 0.1
"""Seconds between checks of the thread while it waits for a frame."""

BLANK_STEP: Final = 8
BLANK_RANGE: Final = 6
"""A picture is blank if its values differ by no more than this (of 255), in every 8th pixel of every 8th row."""


class PoseMaker(Protocol[PoseT_co]):
    """Makes a pose from the performer's landmarks."""

    def pose(self, landmarks: Landmarks, /, *, beside: Landmarks | None = None) -> PoseT_co:
        """Return the pose for these landmarks, which are as found, not smoothed.

        Called in the worker's thread, with frames in order of time.

        Args:
            landmarks: what the camera sees of the performer.
            beside: what a second one does at the same moment, with the time by the first one's clock.

        Raises:
            MimicError: the pose cannot be made; the worker then ends with this error.
        """

    def forget(self) -> None:
        """Forget the performer: the next landmarks are somebody else's. Called in the worker's thread."""

    def start_over(self) -> None:
        """Forget the performer, and where everybody stood: other people are followed from now on. Likewise."""


@dataclass(frozen=True)
class LiveResult(Generic[PoseT]):
    """The poses of a frame with information about it.

    Attributes:
        number: number of the frame in this session, from 1.
        poses: the results of the pose makers.
        arrived: time when the frame arrived, by `time.monotonic`.
        finished: time when the poses were ready.
        in_view: for each pose maker whether its person was found.
        left_hand: whether the first person's left hand was found; likewise `right_hand` and `face`.
        face_size: pixels that the first person's face spans, see `PoseLandmarks.face_size`; 0 without a person.
        blank: whether nobody was found and the whole frame is of one colour.
    """

    number: int
    poses: tuple[PoseT, ...]
    arrived: float
    finished: float
    in_view: tuple[bool, ...]
    left_hand: bool
    right_hand: bool
    face: bool
    face_size: float
    blank: bool


class Worker(Generic[PoseT]):
    """Runs the networks and the pose makers, and records takes.

    Args:
        reader: provides the frames.
        pose_makers: make poses from landmarks, one for each character.
        settings: settings of the landmark pipeline.
        mirrored: whether frames are flipped left to right; stored in takes.
        turn: the performer's calibration, a quaternion; stored in takes.
        neutral: the performer's face at rest (`Neutral.numbers`), stored in takes; empty if not calibrated.
        cameras: how two cameras stand to each other; None if there is one.

    Attributes:
        newest: the newest poses; may be read at any time.
        picture: the newest picture, while `previewing` is set.
        paused: while set, frames are skipped: no pose, no recording.
        previewing: while set, pictures for the preview are drawn.
        pose_makers: one for each character; may be replaced at any time by as many others.
        roles: which person each character follows.
        events: what happened to the people in view.
        recorder: records takes.
        pace: must be notified of each pose that is shown.
    """

    def __init__(
        self,
        reader: Reader,
        pose_makers: Sequence[PoseMaker[PoseT]],
        settings: HolisticSettings,
        *,
        mirrored: bool,
        turn: Sequence[float],
        neutral: Sequence[float] = (),
        cameras: LiveCameras | None = None,
    ) -> None:
        self._reader, self._settings, self._cameras = reader, settings, cameras
        self._stop = threading.Event()
        self.events: SimpleQueue[Event] = SimpleQueue()
        self._chosen: tuple[float, float] | None = None
        self._last_beside: NDArray[np.float32] | None = None
        self.pose_makers = tuple(pose_makers)
        self.roles = Roles(len(self.pose_makers))
        self.newest: LiveResult[PoseT] | None = None
        self.picture: Picture | None = None
        self.paused = threading.Event()
        self.previewing = threading.Event()
        self.pace = Pace()
        self.recorder = Recorder(settings, mirrored=mirrored, turn=turn, neutral=neutral)
        if cameras is not None:
            self.recorder.second_field_of_view = cameras.fields_of_view[1]
        self.task: Task[None] = Task(self._run, name="mimic-worker")

    def stop(self) -> None:
        """Tell the thread to end after the current frame. A recording is closed."""
        self._stop.set()

    def choose(self, x: float, y: float) -> None:
        """Follow from the next frame on, as the first person, whoever is at this place of the frame, in pixels."""
        self._chosen = x, y

    def _run(self) -> None:
        lower_priority()
        try:
            finders = Finders(
                open_people(self._settings, on_event=self._note),
                lambda: open_people(self._settings, on_event=lambda _event: None),
            )
            try:
                self._make_poses(finders)
            finally:
                finders.close()
        finally:
            self.recorder.close()

    def _make_poses(self, finders: Finders) -> None:
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
            chosen, self._chosen = self._chosen, None
            if chosen is not None:
                finders.first.choose(*chosen)
                for maker in self.pose_makers:
                    maker.start_over()
            found = finders.process(timed)
            number += 1
            self.pace.made()
            first, *_ = cast = self._cast(found.people)
            beside = self._beside(cast, found.beside)
            # In takes and pictures people have the numbers of their characters.
            shown = [replace(person, person=role) for role, person in enumerate(cast)]
            self.newest = LiveResult(
                number=number,
                poses=tuple(
                    maker.pose(person) if other is None else maker.pose(person, beside=other)
                    for maker, person, other in zip(self.pose_makers, cast, beside, strict=True)
                ),
                arrived=timed.arrived,
                finished=time.monotonic(),
                in_view=tuple(
                    any(each is not None and each.pose is not None for each in views)
                    for views in zip(cast, beside, strict=True)
                ),
                left_hand=first.left_hand is not None,
                right_hand=first.right_hand is not None,
                face=first.face is not None,
                face_size=0.0 if first.pose is None else first.pose.face_size,
                blank=all(person.pose is None for person in found.people) and _is_blank(timed.frame),
            )
            # After the poses, which must not wait for the disk or the picture.
            self.recorder.add(shown, arrived=timed.arrived, beside=found.beside)
            if self.previewing.is_set():
                self.picture = self._picture(number, timed, shown, found.beside)

    def _picture(
        self, number: int, timed: TimedFrame, shown: Sequence[Landmarks], beside: Sequence[Landmarks]
    ) -> Picture:
        picture = Picture(number, shown[0].size, draw_preview(timed.frame, shown))
        if self._cameras is None:
            return picture
        if timed.beside is not None:
            self._last_beside = draw_preview(timed.beside.frame, beside)
        return picture if self._last_beside is None else picture.beside(self._last_beside)

    def _beside(self, cast: Sequence[Landmarks], found: Sequence[Landmarks]) -> list[Landmarks | None]:
        """Return what the second camera shows of each character's person, with times by the first one's clock."""
        info = self._reader.info
        if self._cameras is None or info is None:
            return [None] * len(cast)
        matched = self._cameras.match(cast, found)
        self.recorder.cameras = self._cameras.recorded(info.offset)
        shift = info.offset - self._cameras.lag
        return [None if each is None else replace(each, time=each.time + shift) for each in matched]

    def _note(self, event: "Event") -> None:
        """Keep what happened to the people in view, and store in a take what casts doubt on it."""
        self.events.put(event)
        if event.doubtful:
            self.recorder.warn(event.sentence)

    def _cast(self, found: Sequence[Landmarks]) -> list[Landmarks]:
        """Return the landmarks of the person that each pose maker follows."""
        before = self.roles.changes
        cast = self.roles.cast(found)
        counts = zip(self.pose_makers, before, self.roles.changes, strict=True)
        for number, (maker, old, new) in enumerate(counts, start=1):
            if old != new:
                maker.forget()
                self.recorder.warn(f"At {found[0].time:.1f} s somebody else came into view and became person {number}.")
        return cast


def _is_blank(frame: Frame) -> bool:
    """Whether the frame is of one colour, as with a covered lens, or a driver that sends green without a picture."""
    samples = frame.image[::BLANK_STEP, ::BLANK_STEP].reshape(-1, 3)
    return bool((np.ptp(samples, axis=0) <= BLANK_RANGE).all())


def open_people(settings: HolisticSettings, *, on_event: "EventCallback") -> "People":
    """Return what finds people in frames; tests replace it.

    Raises:
        PersonUnclear: the settings do not say whom to follow.
        ModelMissing, ModelAltered, ProviderUnavailable: a network cannot be loaded.
    """
    from ..landmarks.people.people import People

    return People(settings, on_thread=lower_priority, as_found=True, on_event=on_event)

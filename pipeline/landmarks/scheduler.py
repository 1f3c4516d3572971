# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a whole clip, with the stages of successive frames running in parallel on a few threads.

The poses of a frame only depend on the previous poses, hands and face only on their own previous results and the
frame's poses. So the poses of the next frames are found while hands and faces of the current one are. The results are
those of `Holistic.process` or `People.process`, whatever the timing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Condition
from typing import Generic, Protocol, TypeVar

from ...errors import MimicError
from ..sources.frame import Frame
from . import networks
from .data import Landmarks
from .holistic import Holistic, PartLandmarks, contiguous
from .people.events import EventCallback
from .people.people import People
from .settings import HolisticSettings
from .timing import StageCallback

Pose = TypeVar("Pose")
Part = TypeVar("Part")
Result_co = TypeVar("Result_co", covariant=True)
Result = TypeVar("Result")


class Stages(Protocol[Pose, Part, Result_co]):
    """The stages of a frame: its poses, then its parts, in any order or in parallel, and what all give together."""

    def find_pose(self, frame: Frame, /) -> Pose:
        """Find the poses, in one frame after the other."""

    def find_part(self, part: Part, frame: Frame, pose: Pose, /) -> PartLandmarks:
        """Find a part, once the previous frame is assembled."""

    def assemble(self, frame: Frame, pose: Pose, found: dict[Part, PartLandmarks], /) -> Result_co:
        """Combine the results."""


def run(
    frames: Iterable[Frame],
    settings: HolisticSettings | None = None,
    *,
    on_stage: StageCallback | None = None,
    window: int = 3,
    as_found: bool = False,
) -> Iterator[Landmarks]:
    """Yield the landmarks of one person in each frame, in order, as `Holistic` finds them.

    Closing the iterator stops the work and ends all threads.

    Args:
        frames: in order of time; read in the caller's thread, at most `window` frames ahead of the results. If
            reading them fails with a `MimicError`, it is raised after the landmarks of the frames before.
        settings: settings of the landmark pipeline.
        on_stage: called with the seconds that each run of a stage took, from any thread.
        window: the largest number of frames to process at the same time.
        as_found: as for `Holistic`.
    """
    holistic = Holistic(settings, threads=1, on_stage=on_stage, as_found=as_found)
    scheduler = FrameScheduler(holistic, networks.spare_threads(), parts_of=lambda _: holistic.parts)
    yield from _scheduled(scheduler, frames, window)


def run_people(
    frames: Iterable[Frame],
    settings: HolisticSettings | None = None,
    *,
    on_stage: StageCallback | None = None,
    window: int = 3,
    as_found: bool = False,
    on_event: EventCallback | None = None,
) -> Iterator[tuple[Landmarks, ...]]:
    """Yield the landmarks of the people in each frame, in order, as `People.process` returns them.

    Args: as for `run`, and `on_event`, called with what the user should know about the people.

    Raises:
        PersonUnclear: `settings.person` does not say whom to follow.
    """
    people = People(settings, threads=1, on_stage=on_stage, as_found=as_found, on_event=on_event)
    scheduler = FrameScheduler(people, networks.spare_threads(), parts_of=people.parts_of)
    yield from _scheduled(scheduler, frames, window)
    people.finish()


def _scheduled(
    scheduler: "FrameScheduler[Pose, Part, Result]", frames: Iterable[Frame], window: int
) -> Iterator[Result]:
    failures: list[MimicError] = []
    try:
        for frame in _until_failure(frames, failures):
            scheduler.submit(contiguous(frame))
            if len(scheduler) >= window:
                yield scheduler.next_result()
        while len(scheduler):
            yield scheduler.next_result()
    finally:
        scheduler.close()
    if failures:
        raise failures[0]


def _until_failure(frames: Iterable[Frame], failures: list[MimicError]) -> Iterator[Frame]:
    try:
        yield from frames
    except MimicError as error:
        failures.append(error)


@dataclass
class _FrameJob(Generic[Pose, Part, Result]):
    """One frame and the state of its stages; the parts are hands and faces.

    `pose`, `parts` and `result` are lists of at most one, which is there once its stage is done.
    """

    frame: Frame
    pose: list[Pose] = field(default_factory=list)
    parts: list[Sequence[Part]] = field(default_factory=list)
    found: dict[Part, PartLandmarks] = field(default_factory=dict)
    result: list[Result] = field(default_factory=list)
    error: BaseException | None = None


class FrameScheduler(Generic[Pose, Part, Result]):
    """Runs the stages of several frames on a few threads, oldest first.

    Each stage starts those that waited for it when it ends. State is only changed with `_changed` locked.

    Args:
        stages: the stages.
        workers: number of threads.
        parts_of: returns the parts to find for a frame's poses.
    """

    def __init__(
        self, stages: Stages[Pose, Part, Result], workers: int, *, parts_of: Callable[[Pose], Sequence[Part]]
    ) -> None:
        self._stages = stages
        self._parts_of = parts_of
        self._pool = ThreadPoolExecutor(workers, "mimic-landmarks")
        self._jobs: deque[_FrameJob[Pose, Part, Result]] = deque()
        self._changed = Condition()
        self._pose_running = False  # stays True after an error, as later frames cannot be tracked
        self._closed = False

    def __len__(self) -> int:
        return len(self._jobs)

    def submit(self, frame: Frame) -> None:
        """Start processing the next frame."""
        with self._changed:
            self._jobs.append(_FrameJob(frame))
            self._advance()

    def next_result(self) -> Result:
        """Wait for the oldest frame's result and return it. Raises the exception of any of its stages."""
        with self._changed:
            job = self._jobs[0]
            while not job.result:
                if job.error is not None:
                    raise job.error
                self._changed.wait()
            self._jobs.popleft()
            return job.result[0]

    def close(self) -> None:
        """Wait for the running stages, drop the others, and end the threads."""
        with self._changed:
            self._closed = True
        self._pool.shutdown(cancel_futures=True)

    def _advance(self) -> None:
        """Start the stages whose inputs are ready: the next poses, and hands and faces of the oldest frame."""
        waiting = next((job for job in self._jobs if not job.pose), None)
        if waiting is not None and not self._pose_running:
            self._pose_running = True
            self._start(waiting, partial(self._find_pose, waiting))
        oldest = next((job for job in self._jobs if not job.result), None)
        if oldest is not None and oldest.pose and not oldest.parts:
            oldest.parts.append(self._parts_of(oldest.pose[0]))
            for part in oldest.parts[0]:
                self._start(oldest, partial(self._find_part, oldest, part))
            self._finish(oldest)

    def _start(self, job: _FrameJob[Pose, Part, Result], stage: Callable[[], None]) -> None:
        if not self._closed:
            self._pool.submit(stage).add_done_callback(partial(self._ended, job))

    def _ended(self, job: _FrameJob[Pose, Part, Result], stage: Future[None]) -> None:
        error = None if stage.cancelled() else stage.exception()
        if error is not None:
            with self._changed:
                job.error = error
                self._changed.notify_all()

    def _find_pose(self, job: _FrameJob[Pose, Part, Result]) -> None:
        pose = self._stages.find_pose(job.frame)
        with self._changed:
            job.pose.append(pose)
            self._pose_running = False
            self._advance()

    def _find_part(self, job: _FrameJob[Pose, Part, Result], part: Part) -> None:
        found = self._stages.find_part(part, job.frame, job.pose[0])
        with self._changed:
            job.found[part] = found
            self._finish(job)

    def _finish(self, job: _FrameJob[Pose, Part, Result]) -> None:
        """Assemble the frame if all its parts are done, and start the next stages."""
        if len(job.found) == len(job.parts[0]):
            job.result.append(self._stages.assemble(job.frame, job.pose[0], job.found))
            self._changed.notify_all()
            self._advance()

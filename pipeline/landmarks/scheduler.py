# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks of a whole clip, with the stages of successive frames running in parallel on a few threads.

The pose of a frame only depends on the previous pose, hands and face only on their own previous results and the
frame's pose. So the pose of the next frames is found while hands and face of the current one are. The results are
those of `Holistic.process`, whatever the timing.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Condition

from ...errors import MimicError
from ..sources.frame import Frame
from . import networks
from .data import Landmarks
from .holistic import Holistic, PartLandmarks, PartName, contiguous
from .pose import TrackedPose
from .settings import HolisticSettings
from .timing import StageCallback


def run(
    frames: Iterable[Frame],
    settings: HolisticSettings | None = None,
    *,
    on_stage: StageCallback | None = None,
    window: int = 3,
    as_found: bool = False,
) -> Iterator[Landmarks]:
    """Yield the landmarks of each frame, in order. Closing the iterator stops the work and ends all threads.

    Args:
        frames: in order of time; read in the caller's thread, at most `window` frames ahead of the results. If
            reading them fails with a `MimicError`, it is raised after the landmarks of the frames before.
        settings: settings of the landmark pipeline.
        on_stage: called with the seconds that each run of a stage took, from any thread.
        window: the largest number of frames to process at the same time.
        as_found: as for `Holistic`.
    """
    failures: list[MimicError] = []
    scheduler = FrameScheduler(
        Holistic(settings, threads=1, on_stage=on_stage, as_found=as_found), networks.spare_threads()
    )
    try:
        for frame in _until_failure(frames, failures):
            scheduler.submit(contiguous(frame))
            if len(scheduler) >= window:
                yield scheduler.next_landmarks()
        while len(scheduler):
            yield scheduler.next_landmarks()
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
class _FrameJob:
    """One frame and the state of its stages; the parts are the hands and the face."""

    frame: Frame
    pose: TrackedPose | None = None
    pose_done: bool = False
    parts_started: bool = False
    found: dict[PartName, PartLandmarks] = field(default_factory=dict)
    result: Landmarks | None = None
    error: BaseException | None = None


class FrameScheduler:
    """Runs the stages of several frames on a few threads, oldest first.

    Each stage starts those that waited for it when it ends. State is only changed with `_changed` locked.

    Args:
        holistic: provides the stages.
        workers: number of threads.
    """

    def __init__(self, holistic: Holistic, workers: int) -> None:
        self._holistic = holistic
        self._pool = ThreadPoolExecutor(workers, "mimic-landmarks")
        self._jobs: deque[_FrameJob] = deque()
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

    def next_landmarks(self) -> Landmarks:
        """Wait for the oldest frame's landmarks and return them. Raises the exception of any of its stages."""
        with self._changed:
            job = self._jobs[0]
            while job.result is None:
                if job.error is not None:
                    raise job.error
                self._changed.wait()
            self._jobs.popleft()
            return job.result

    def close(self) -> None:
        """Wait for the running stages, drop the others, and end the threads."""
        with self._changed:
            self._closed = True
        self._pool.shutdown(cancel_futures=True)

    def _advance(self) -> None:
        """Start the stages whose inputs are ready: the next pose, and hands and face of the oldest frame."""
        waiting = next((job for job in self._jobs if not job.pose_done), None)
        if waiting is not None and not self._pose_running:
            self._pose_running = True
            self._start(waiting, partial(self._find_pose, waiting))
        oldest = next((job for job in self._jobs if job.result is None), None)
        if oldest is not None and oldest.pose_done and not oldest.parts_started:
            oldest.parts_started = True
            for part in self._holistic.parts:
                self._start(oldest, partial(self._find_part, oldest, part))
            self._finish(oldest)

    def _start(self, job: _FrameJob, stage: Callable[[], None]) -> None:
        if not self._closed:
            self._pool.submit(stage).add_done_callback(partial(self._ended, job))

    def _ended(self, job: _FrameJob, stage: Future[None]) -> None:
        error = None if stage.cancelled() else stage.exception()
        if error is not None:
            with self._changed:
                job.error = error
                self._changed.notify_all()

    def _find_pose(self, job: _FrameJob) -> None:
        pose = self._holistic.find_pose(job.frame)
        with self._changed:
            job.pose, job.pose_done, self._pose_running = pose, True, False
            self._advance()

    def _find_part(self, job: _FrameJob, part: PartName) -> None:
        found = self._holistic.find_part(part, job.frame, job.pose)
        with self._changed:
            job.found[part] = found
            self._finish(job)

    def _finish(self, job: _FrameJob) -> None:
        """Assemble the frame if all its parts are done, and start the next stages."""
        if len(job.found) == len(self._holistic.parts):
            job.result = self._holistic.assemble(job.frame, job.pose, job.found)
            self._changed.notify_all()
            self._advance()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Body, hands and face of several people in each frame, or of one among several."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Lock

from ...sources.frame import Frame
from .. import networks
from ..data import Landmarks
from ..holistic import Holistic, PartLandmarks, PartName, contiguous
from ..pose import TrackedPose
from ..settings import HolisticSettings
from ..timing import StageCallback
from .crowd import Crowd
from .events import EventCallback
from .person import Candidate
from .search import Search, Task

PartKey = tuple[int, PartName]
"""A part of a person: their number, and the part."""


@dataclass(frozen=True)
class PersonPose:
    """Somebody's pose in a frame, with their number and trackers; `anew` if it does not go on from the last one."""

    number: int
    body: Holistic
    pose: TrackedPose | None
    anew: bool = False


class People:
    """Finds the landmarks of the people in a video, frame by frame, and keeps apart who is who.

    `settings.person` says who is person 0, and `settings.people` how many are followed. With `settings.parity` it is
    MediaPipe's one person. With `settings.static`, and where pictures change their size, people in different pictures
    have nothing to do with each other: those in a picture are numbered from 0, as `settings.person` says.

    Args:
        settings: settings of the landmark pipeline.
        threads: number of threads for one frame; by default as many as are useful on this machine.
        on_stage: called with the seconds that each run of the stages detect, pose, hands and face took, from any
            thread.
        on_thread: called at the start of each new thread.
        as_found: as for `Holistic`.
        on_event: called with what the user should know: who comes, returns, or may be somebody else.

    Raises:
        PersonUnclear: `settings.person` does not say whom to follow.
        ModelMissing, ModelAltered, ProviderUnavailable: a network cannot be loaded.
    """

    def __init__(
        self,
        settings: HolisticSettings | None = None,
        *,
        threads: int | None = None,
        on_stage: StageCallback | None = None,
        on_thread: Callable[[], None] | None = None,
        as_found: bool = False,
        on_event: EventCallback | None = None,
    ) -> None:
        self.settings = settings = settings or HolisticSettings()
        threads = threads or networks.spare_threads()
        self._on_stage, self._as_found = on_stage, as_found
        # Several people keep the threads busy without splitting each run of the pose network.
        self._network_threads = threads if settings.people == 1 else 1
        self._pool = ThreadPoolExecutor(threads, "mimic-landmarks", initializer=on_thread) if threads > 1 else None
        search = Search(settings, threads=self._network_threads, on_stage=on_stage, run_all=self._run_all)
        self._crowd = Crowd(settings, search=search, make=self._make, on_event=on_event)
        self._only = self._make() if settings.parity else None
        self._choosing = Lock()
        self._chosen: tuple[float, float] | None = None

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        """Find all landmarks in the next frame. Frames must be in order of time.

        Returns person 0, without landmarks if not found, and then whoever else is followed and found, by number.
        """
        frame = contiguous(frame)
        people = self.find_pose(frame)
        keys = self.parts_of(people)
        if self._pool is None:
            found = {key: self.find_part(key, frame, people) for key in keys}
        else:
            runs = {key: self._pool.submit(self.find_part, key, frame, people) for key in keys}
            found = {key: run.result() for key, run in runs.items()}
        return self.assemble(frame, people, found)

    def choose(self, x: float, y: float) -> None:
        """Follow whoever is at this point, in pixels of the picture, as person 0 from the next frame on.

        May be called from any thread.
        """
        with self._choosing:
            self._chosen = (x, y)

    def reset(self) -> None:
        """Forget all frames so far: the next one is unrelated to them."""
        self._crowd.reset()
        if self._only is not None:
            self._only.reset()

    def finish(self) -> None:
        """Report, after the last frame, who turned out to be a picture, such as a poster."""
        self._crowd.finish()

    def close(self) -> None:
        """End the threads now, instead of when this object is garbage-collected."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def find_pose(self, frame: Frame) -> tuple[PersonPose, ...]:
        """Find the bodies in a contiguous frame, by number. The stages are those of `Holistic`, see there."""
        if self._only is not None:
            return (PersonPose(0, self._only, self._only.find_pose(frame)),)
        with self._choosing:
            point, self._chosen = self._chosen, None
        seen = self._crowd.find(frame.image, frame.time, point)
        return tuple(PersonPose(each.number, each.body, each.pose, each.anew) for each in seen)

    def parts_of(self, people: Sequence[PersonPose]) -> tuple[PartKey, ...]:
        """Return the parts to find of the people in a frame."""
        return tuple((person.number, part) for person in people for part in person.body.parts)

    def find_part(self, key: PartKey, frame: Frame, people: Sequence[PersonPose]) -> PartLandmarks:
        """Find a hand or the face of one of the people in a contiguous frame; None if there is none."""
        number, part = key
        person = next(person for person in people if person.number == number)
        if person.anew:
            person.body.forget_part(part)
        return person.body.find_part(part, frame, person.pose)

    def assemble(
        self, frame: Frame, people: Sequence[PersonPose], found: Mapping[PartKey, PartLandmarks]
    ) -> tuple[Landmarks, ...]:
        """Combine a frame's results."""
        everyone = [self._assembled(frame, person, found) for person in people]
        if not everyone or everyone[0].person != 0:
            height, width = frame.image.shape[:2]
            everyone.insert(0, Landmarks(time=frame.time, index=frame.index, size=(width, height)))
        return tuple(everyone)

    @staticmethod
    def _assembled(frame: Frame, person: PersonPose, found: Mapping[PartKey, PartLandmarks]) -> Landmarks:
        own = {part: found[person.number, part] for part in person.body.parts}
        return replace(person.body.assemble(frame, person.pose, own), person=person.number)

    def _make(self) -> Holistic:
        return Holistic(self.settings, threads=1, on_stage=self._on_stage, as_found=self._as_found)

    def _run_all(self, tasks: Sequence[Task]) -> list[Candidate | None]:
        if self._pool is None or len(tasks) < 2:
            return [task() for task in tasks]
        return list(self._pool.map(lambda task: task(), tasks))

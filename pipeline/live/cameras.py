# SPDX-License-Identifier: GPL-3.0-or-later
"""How two cameras of a live session stand to each other: found while the performer moves about, beside the session."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np

from ...models.body.motion import BodyMotion
from ..errors import CamerasApart
from ..landmarks.data import Landmarks
from ..solve.cameras.view import View
from ..solve.cameras.views import assumed_lens
from ..takes.geometry import CameraGeometry, Clock
from .pair import MAX_LAG
from .rays import meeting, rays_of
from .tasks import Task
from .view import SeenPose

NEEDED: Final = 10.0
"""Seconds of moving about, in view of both cameras, from which the cameras are found."""

_MOMENTS: Final = 60
"""Moments from which the cameras are found: with 150 they are no better, and take twice as long."""

_A_SECOND: Final = 3.0
"""Moments that are needed for each of these seconds; on a slow computer more seconds pass until they are there."""

_SPARSE: Final = 0.1
"""Seconds between two moments from which nothing is known of what is between them."""

_GAP: Final = 0.3
"""Seconds between two moments that count at most: in longer ones somebody was not seen by both."""

_NEAR: Final = 0.5
"""Metres between the lines of sight to two people up to which they may be the same."""

_MATCHED: Final = [0, 11, 12, 23, 24]
"""Landmarks by which people are matched: nose, shoulders, hips."""

Pair = tuple[CameraGeometry, CameraGeometry]


class Stage(Enum):
    """How far the cameras are known."""

    WAITING = "waiting"
    MOVING = "moving"
    FINDING = "finding"
    FOUND = "found"
    FAILED = "failed"


@dataclass(frozen=True)
class CamerasState:
    """How far the cameras are known.

    Attributes:
        stage: waiting for somebody in view of both; moving about; finding; found; or failed, and moving about again.
        left: seconds of moving about that are still needed.
        said: one sentence: how well they were found, or why not.
    """

    stage: Stage
    left: float = NEEDED
    said: str = ""


@dataclass(frozen=True)
class Finding:
    """What was found of two cameras.

    Attributes:
        cameras: both cameras.
        lag: seconds by which the second one's pictures arrive later.
        said: one sentence on how good that is.
    """

    cameras: Pair
    lag: float
    said: str


@dataclass(frozen=True)
class _Moment:
    first: SeenPose
    second: SeenPose


class LiveCameras:
    """Collects what both cameras see of the first performer, and finds the cameras from it in a thread of its own.

    `observe` and `match` are called in the worker's thread, the rest from any.

    Args:
        known: the cameras of an earlier take, if nobody has moved them since.
        find: finds them.
        fields_of_view: of each, in degrees along the longer side of the picture; None if unknown.

    Attributes:
        cameras: both, once they are known; replaced as a whole.
        lag: seconds by which the second camera's pictures arrive later than the first one's of the same moment.
        numbers: number in the second camera of each character's person, when last seen by both; -1 before.
    """

    def __init__(
        self,
        known: Pair | None = None,
        *,
        find: "Callable[[Sequence[View], Pair | None], Finding] | None" = None,
        fields_of_view: tuple[float | None, float | None] = (None, None),
    ) -> None:
        self._find, self.fields_of_view = find or find_live, fields_of_view
        self._known = known
        self._moments: list[_Moment] = []
        self._seconds = 0.0
        self._task: Task[Finding] | None = None
        self._again = threading.Event()
        self._timed = False
        self.cameras = known
        self.lag = 0.0
        self.numbers: tuple[int, ...] = ()
        self.state = CamerasState(Stage.WAITING) if known is None else CamerasState(Stage.FOUND, 0.0)

    def start_over(self) -> None:
        """Find the cameras anew, as after one was moved."""
        self._again.set()

    def recorded(self, offset: float) -> tuple[CameraGeometry, ...]:
        """Return the cameras as a take keeps them; empty while they are not known.

        Args:
            offset: seconds from the second camera's clock to the first one's, by when pictures arrive.
        """
        if self.cameras is None:
            return ()
        first, second = self.cameras
        people = tuple(range(len(self.numbers)))
        clock = Clock(offset - self.lag)
        return replace(first, clock=Clock(), people=people), replace(second, clock=clock, people=self.numbers)

    def observe(self, first: SeenPose, second: SeenPose | None) -> None:
        """Take note of what both cameras see of the first performer, with times by the first one's clock."""
        if self._again.is_set():
            self._again.clear()
            self._forget()
            self._known, self.cameras, self._task, self._timed = None, None, None, False
            self.state = CamerasState(Stage.WAITING)
        if self._task is not None:
            self._look(self._task)
        elif not self._timed and second is not None and first.seen and second.seen:
            self._add(_Moment(first, second))

    def _add(self, moment: _Moment) -> None:
        time = moment.first.landmarks.time
        step = time - self._moments[-1].first.landmarks.time if self._moments else 0.0
        self._moments.append(moment)
        self._seconds += min(step, _GAP)
        if self.cameras is None:
            failed = self.state.stage is Stage.FAILED
            stage = Stage.FAILED if failed else Stage.MOVING
            self.state = CamerasState(stage, self._left(max(step, self._seconds / len(self._moments))), self.state.said)
        if self._left(1.0) > 0.0:
            return
        views, known = self._views(), self._known
        self._forget()
        if self.cameras is None:
            self.state = CamerasState(Stage.FINDING, 0.0)
        # At the priority of Blender's main thread: it takes a second or two, and waiting for the processor it would
        # hold up the others, as one thread runs Python at a time.
        self._task = Task(lambda: self._find(views, known), name="mimic-cameras")

    def _left(self, step: float) -> float:
        """Return how many seconds are still needed, if there is a moment every `step` seconds."""
        return max(0.0, NEEDED - self._seconds, step * (_A_SECOND * NEEDED - len(self._moments)))

    def _forget(self) -> None:
        self._moments, self._seconds = [], 0.0

    def _look(self, task: Task[Finding]) -> None:
        """Take over what the thread has found, once it has ended."""
        if not task.done:
            return
        self._task = None
        if task.result is not None:
            self.lag, self._timed = task.result.lag, True
            self.cameras = task.result.cameras
            self.state = CamerasState(Stage.FOUND, 0.0, task.result.said)
        elif self.cameras is None:
            said = str(task.fault or "A bug in Mimic kept the cameras from being found: see the system console.")
            self.state = CamerasState(Stage.FAILED, said=said)

    def _views(self) -> list[View]:
        sides = [each.first for each in self._moments], [each.second for each in self._moments]
        return [_view(seen, view) for seen, view in zip(sides, self.fields_of_view, strict=True)]

    def match(self, cast: Sequence[Landmarks], beside: Sequence[Landmarks]) -> list[Landmarks | None]:
        """Return for each character what the second camera shows of its person; None where it does not.

        Args:
            cast: landmarks of each character's person in the first camera.
            beside: of everybody whom the second one follows.
        """
        if beside and self._known is not None and self.cameras is self._known:
            self._fit_to_pictures((cast[0].size, beside[0].size), self._known)
        if len(self.numbers) != len(cast):
            self.numbers = (-1,) * len(cast)
        chosen: list[Landmarks | None] = [None] * len(cast)
        if beside and self.cameras is None:  # Whoever is followed first is taken to be the same person.
            chosen[0] = beside[0]
        elif beside and self.cameras is not None:
            self._choose(chosen, cast, beside, self.cameras)
        self.numbers = tuple(
            old if each is None else each.person for old, each in zip(self.numbers, chosen, strict=True)
        )
        return chosen

    def _choose(
        self, chosen: list[Landmarks | None], cast: Sequence[Landmarks], beside: Sequence[Landmarks], cameras: Pair
    ) -> None:
        """Fill in whom the second camera sees nearest to where the first one does."""
        apart = np.array([[_apart(each, other, cameras) for other in beside] for each in cast])
        while np.isfinite(apart).any() and np.nanmin(apart) < _NEAR:
            row, column = divmod(int(np.nanargmin(apart)), len(beside))
            chosen[row] = beside[column]
            apart[row], apart[:, column] = np.nan, np.nan
        if cast[0].pose is None and chosen[0] is None:  # Nobody is in the first camera's view to compare with.
            free = [each for each in beside if all(each is not other for other in chosen)]
            chosen[0] = next((each for each in free if each.person == self.numbers[0]), (*free, None)[0])

    def _fit_to_pictures(self, sizes: tuple[tuple[int, int], tuple[int, int]], known: Pair) -> None:
        """Take over cameras that are known as they are with pictures of these sizes, or find them anew."""
        first, second = (camera.with_size(size) for camera, size in zip(known, sizes, strict=True))
        if first is None or second is None:
            self._known, self.cameras, self.state = None, None, CamerasState(Stage.WAITING)
        else:
            self._known = self.cameras = (first, second)


def _apart(first: Landmarks, second: Landmarks, cameras: Pair) -> float:
    """Return how far apart in metres the lines of sight to two people are; NaN if one of them is not in view."""
    if first.pose is None or second.pose is None:
        return float("nan")
    rays = [
        rays_of(each.pose.image[_MATCHED, :2] - 0.5 * np.array(each.size), camera)
        for each, camera in zip((first, second), cameras, strict=True)
        if each.pose is not None
    ]
    points, gap, _ = meeting(rays[0], rays[1], np.array(cameras[1].position))
    away = gap * np.linalg.norm(points, axis=-1)
    return float(np.median(away)) if np.isfinite(away).all() else float("nan")


def _view(seen: Sequence[SeenPose], field_of_view: float | None) -> View:
    """Return the view of one camera in which somebody was seen."""
    motions = [each.motion for each in seen]
    time = np.array([each.landmarks.time for each in seen])
    focal, doubt = assumed_lens(seen[-1].landmarks.size, field_of_view)
    return View(
        time=time,
        pixels=np.array([each.pixels for each in seen]),
        weight=np.array([each.weight for each in seen]),
        motion=BodyMotion(
            time,
            np.concatenate([each.rotations for each in motions]),
            np.concatenate([each.root for each in motions]),
            np.empty(0),
            np.concatenate([each.confidence for each in motions]),
        ),
        size=seen[-1].landmarks.size,
        focal=focal,
        focal_doubt=doubt,
    )


def find_live(views: Sequence[View], known: Pair | None) -> Finding:
    """Find how the pictures of two cameras arrive, and, unless they are known, how they stand to each other.

    Args:
        views: what both saw of the performer, with times at which pictures arrived.
        known: the cameras, if they are known.

    Raises:
        CamerasUnclear: they cannot be found.
        CamerasApart: the pictures of one arrive too late.
    """
    from ..solve.cameras.geometry.find import find_geometry

    if known is None and np.median(np.diff(views[0].time)) > _SPARSE:
        close = [_as_video(view) for view in views]
        found = find_geometry([close], (Clock(), Clock()), refine_clocks=False, moments=_MOMENTS)
        return Finding((found.cameras[0], found.cameras[1]), 0.0, found.quality.summary)
    lag = _lag(views)
    if known is not None:
        return Finding(known, lag if abs(lag) <= MAX_LAG else 0.0, "")
    if abs(lag) > MAX_LAG:
        raise CamerasApart(
            f"The pictures of camera {2 if lag > 0.0 else 1} arrive {abs(lag):.1f} s late, too late to be used live: "
            "connect it by cable, or record a take and bake it, which uses both cameras."
        )
    found = find_geometry([list(views)], (Clock(), Clock(-lag)), moments=_MOMENTS)
    first, second = found.cameras
    return Finding((first, second), -second.clock.offset, found.quality.summary)


def _as_video(view: View) -> View:
    """Return a view with its frames as if they came one after the other in a video.

    On a slow computer they are too far apart to tell what was between them, but both cameras' are of one moment.
    """
    # At the rate at which moments are looked for, so that these are the frames themselves.
    count = len(view.time)
    time = np.arange(count) * (count + 0.5) / (30.0 * (count - 1))
    return replace(view, time=time, motion=replace(view.motion, time=time))


def _lag(views: Sequence[View]) -> float:
    """Return by how many seconds the second camera's pictures arrive later; 0 where the motion does not tell.

    Without a clear answer they arrive together, as nearly all cameras' do, and finding the cameras tells the rest.
    """
    from ..solve.cameras.timing.synchronise import synchronise

    try:
        return -synchronise([view.motion for view in views])[1].offset
    except CamerasApart:
        return 0.0

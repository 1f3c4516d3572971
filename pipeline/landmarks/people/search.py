# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding poses in a frame: of those who are followed where they should be, and of everyone in the whole picture."""

from collections.abc import Callable, Sequence
from functools import partial
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .. import regions
from ..data import Region
from ..person_detection import PersonDetector
from ..pose import PoseTracker
from ..settings import HolisticSettings
from ..timing import StageCallback
from .appearance import look
from .person import SOON, Candidate, Person

Image = NDArray[np.uint8]
Task = Callable[[], Candidate | None]
RunAll = Callable[[Sequence[Task]], list[Candidate | None]]
"""Runs tasks, perhaps at the same time, and returns their results in order."""

_MOST: Final = 12
"""Detections that are looked at in a picture."""

_OVERLAP: Final = 0.5
"""Distance between neighbouring views, in their sides, so that everyone is whole in one of them."""


def one_by_one(tasks: Sequence[Task]) -> list[Candidate | None]:
    """Run tasks one after the other."""
    return [task() for task in tasks]


class Search:
    """Finds poses in a frame.

    Args:
        settings: settings of the landmark pipeline.
        threads: number of threads for the pose network.
        on_stage: called with the seconds that the stages "detect" and "pose" took.
        run_all: runs the pose network on several regions.
    """

    def __init__(
        self,
        settings: HolisticSettings,
        *,
        threads: int = 1,
        on_stage: StageCallback | None = None,
        run_all: RunAll = one_by_one,
    ) -> None:
        self._detector = PersonDetector(settings, on_stage=on_stage)
        self._network = PoseTracker(settings, threads=threads, on_stage=on_stage)
        self._run_all = run_all

    def follow(self, image: Image, people: Sequence[Person], time: float) -> list[Candidate]:
        """Return the poses that are found where people should be; somebody who was just lost, where they went."""
        tasks = []
        for person in people:
            if person.present and person.body is not None:
                tasks.append(partial(self._find, image, person.body.tracker.region, person))
            elif person.number is not None and time - person.time < SOON:
                tasks.append(partial(self._find, image, person.expected(time), None))
        return [found for found in self._run_all(tasks) if found is not None]

    def everyone(self, image: Image, found: Sequence[Candidate], views: Sequence[Region]) -> list[Candidate]:
        """Return the poses in views of a picture, each person once: those found already, and those that are detected.

        Args:
            image: the picture.
            found: poses found already.
            views: where to look, see `views_of`.
        """
        kept: list[Candidate] = []
        _add(kept, sorted(found, key=lambda candidate: (candidate.by is None, -candidate.result.pose.score)))
        looked = 0
        for view in views:
            around = [person.region for person in self._detector(image, view)]
            new = [region for region in around if not any(_covers(candidate, region) for candidate in kept)]
            tasks = [partial(self._find, image, region, None) for region in new[: max(0, _MOST - looked)]]
            looked += len(tasks)
            _add(kept, [candidate for candidate in self._run_all(tasks) if candidate is not None])
        return kept

    def _find(self, image: Image, region: Region | None, by: Person | None) -> Candidate | None:
        result = self._network.estimate(image, region)
        return None if result is None else Candidate.of(result, look(image, result.pose), by)


def views_of(image: Image) -> list[Region]:
    """Return where to look for people in a picture: the whole of it, then overlapping squares along its longer side.

    The detector sees best who fills its view, and overlooks others beside them.
    """
    height, width = image.shape[:2]
    side, length = min(height, width), max(height, width)
    count = ceil((length - side) / (_OVERLAP * side)) + 1 if length > 1.15 * side else 0
    middles = np.linspace(side / 2, length - side / 2, count)
    squares = [Region(m, side / 2, side, side, 0.0) for m in middles]
    if height > width:
        squares = [Region(side / 2, m, side, side, 0.0) for m in middles]
    return [regions.whole_frame(width, height), *squares]


def _add(kept: list[Candidate], candidates: Sequence[Candidate]) -> None:
    for candidate in candidates:
        if not any(candidate.is_same(other) for other in kept):
            kept.append(candidate)


def _covers(candidate: Candidate, region: Region) -> bool:
    """Whether a detected region is that of a pose which was found already."""
    square, own = candidate.square, candidate.result.pose.region
    distance = np.hypot(square.cx - region.cx, square.cy - region.cy)
    return bool(distance < 0.08 * own.width and 0.75 < own.width / max(region.width, 1.0) < 1.33)

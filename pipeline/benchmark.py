# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast this machine turns pixels into poses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

from .errors import EmptyRange
from .landmarks import scheduler
from .landmarks.data import Frame, Landmarks, LandmarkTrack
from .landmarks.holistic import Holistic
from .landmarks.settings import HolisticSettings, Model
from .landmarks.timing import StageTimes, timed
from .solve.solver import Solver
from .sources import open_source

Mode = Literal["one at a time", "overlapping"]


@dataclass(frozen=True)
class Speed:
    """How fast one way of running was.

    Attributes:
        model: the pose network.
        mode: whether a frame is finished before the next is begun, as live, or frames overlap, as for files.
        frames: how many were measured. The first is not among them: it pays for loading.
        rate: poses a second, from the video's file to the body's rotations.
        milliseconds: a frame, by stage: decode, detect, pose, hands, face, solve. Where frames overlap so do stages.
        poses: in how many frames a body was found; likewise `hands` (two a frame at most) and `faces`.
    """

    model: Model
    mode: Mode
    frames: int
    rate: float
    milliseconds: dict[str, float]
    poses: int
    hands: int
    faces: int


def measure(
    video: Path, settings: HolisticSettings, new_solver: Callable[[], Solver], *, frames: int, mode: Mode
) -> Speed:
    """Run everything over the first frames of a video, with a solver that `new_solver` makes.

    Raises:
        EmptyRange: the video has fewer than two frames; and what opening it and the networks raises.
    """
    times, solver = StageTimes(), new_solver()
    with open_source(video) as source:
        pictures = islice(_timed(iter(source), times), frames)
        found: list[Landmarks] = []
        began = 0.0
        for landmarks in _RUNS[mode](pictures, settings, times):
            with timed("solve", times.add):
                solver.update(LandmarkTrack.of([landmarks]))
            if not found:
                times.clear()
                began = perf_counter()
            found.append(landmarks)
    elapsed, count = perf_counter() - began, len(found) - 1
    if count < 1:
        raise EmptyRange(f"“{video}” has too few frames to measure: name a longer video.")
    return Speed(
        model=settings.model,
        mode=mode,
        frames=count,
        rate=count / elapsed,
        milliseconds={stage: 1000.0 * seconds / count for stage, seconds in times.seconds.items()},
        poses=sum(each.pose is not None for each in found[1:]),
        hands=sum((each.left_hand is not None) + (each.right_hand is not None) for each in found[1:]),
        faces=sum(each.face is not None for each in found[1:]),
    )


def _timed(frames: Iterator[Frame], times: StageTimes) -> Iterator[Frame]:
    while True:
        with timed("decode", times.add):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _one_at_a_time(frames: Iterable[Frame], settings: HolisticSettings, times: StageTimes) -> Iterator[Landmarks]:
    holistic = Holistic(settings, on_stage=times.add)
    try:
        yield from map(holistic.process, frames)
    finally:
        holistic.close()


def _overlapping(frames: Iterable[Frame], settings: HolisticSettings, times: StageTimes) -> Iterator[Landmarks]:
    return scheduler.run(frames, settings, on_stage=times.add)


_RUNS: Final[dict[Mode, Callable[[Iterable[Frame], HolisticSettings, StageTimes], Iterator[Landmarks]]]] = {
    "one at a time": _one_at_a_time,
    "overlapping": _overlapping,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure how fast this machine turns video frames into poses."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

from .errors import EmptyRange
from .landmarks import scheduler
from .landmarks.data import Landmarks, LandmarkTrack
from .landmarks.holistic import Holistic
from .landmarks.settings import HolisticSettings, Model
from .landmarks.timing import StageTimes, timed
from .solve.solver import Solver
from .sources import open_source
from .sources.frame import Frame

Mode = Literal["one at a time", "overlapping"]


@dataclass(frozen=True)
class Speed:
    """The result of one measurement.

    Attributes:
        model: the pose network.
        mode: whether each frame is finished before the next one starts, as in a live session, or frames overlap, as
            when a file is captured.
        frames: number of frames measured, without the first one, which includes the loading time.
        rate: poses per second, from the video file to the body's rotations.
        milliseconds: time per frame and stage: decode, detect, pose, hands, face, solve. Stages overlap if frames do.
        poses: number of frames with a body; likewise `hands` (at most two per frame) and `faces`.
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
    """Run the whole pipeline on the first frames of a video, with a solver made by `new_solver`.

    Raises:
        EmptyRange: the video has fewer than two frames.
        MimicError: the video cannot be opened, or a network cannot be loaded.
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
        raise EmptyRange(f"“{video}” has too few frames to measure: choose a longer video.")
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

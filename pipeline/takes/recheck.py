# SPDX-License-Identifier: GPL-3.0-or-later
"""A second look by the heavy network at the frames of a capture whose sides are in doubt.

The frames are read once more, so the source must be a file or a folder. What is seen is stored beside the poses, and
weighed when the take is solved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ...errors import MimicError
from ...models.networks import files
from ..landmarks import networks
from ..landmarks.data import Landmarks, LandmarkTrack, Region
from ..landmarks.pose import PoseTracker
from ..landmarks.settings import HolisticSettings
from ..landmarks.timing import StageTimes, timed
from ..solve.sides.doubts import second_looks
from ..sources import Source
from .writer import CameraWriter

STAGE: Final = "recheck"
"""Name of the stage in the times of a capture."""

_HEAVY: Final = "heavy"
_NETWORK: Final = f"pose_landmark_{_HEAVY}"
_WORTH_A_WORD: Final = 0.02
"""Share of frames in doubt above which the user is told that they stay so."""
_BATCH: Final = 900
"""Frames of which doubtful ones are chosen together, so that no more are kept in memory."""
_TOGETHER: Final = 2.0
"""Frames less than this many seconds apart are read in one go, without seeking between them."""


@dataclass(frozen=True)
class _Doubt:
    """A person in a frame, numbered from 1, to look at once more."""

    time: float
    number: int
    person: int
    region: Region


class SecondLook:
    """Collects what a capture finds, chooses the frames in doubt, and looks at them with the heavy network.

    Does nothing if the take is found with the heavy network, if frames are unrelated pictures, or if the source is a
    camera.

    Attributes:
        warning: why frames in doubt were not looked at, if there are any, else None.
    """

    def __init__(self, source: Source, settings: HolisticSettings) -> None:
        self._source, self._settings = source, settings
        self._on = not (source.live or settings.static or settings.parity or settings.model == _HEAVY)
        self._frames: dict[int, list[tuple[int, Landmarks]]] = {}
        self._doubts: list[_Doubt] = []
        self._count = 0
        self.warning: str | None = None

    def add(self, people: Sequence[Landmarks]) -> None:
        """Take note of what was found in the next frame."""
        if not self._on:
            return
        self._count += 1
        for found in people:
            if found.pose is not None:
                self._frames.setdefault(found.person, []).append((self._count, found))
        if self._count % _BATCH == 0:
            self._choose()

    def run(self, writer: CameraWriter, times: StageTimes, *, cancelled: Callable[[], bool] | None = None) -> int:
        """Look at the frames in doubt once more and store what is seen. Return the number of poses that were stored.

        Raises:
            OutputUnwritable: the take cannot be written.
        """
        with timed(STAGE, times.add):
            self._choose()
            if not self._doubts:
                return 0
            if _NETWORK not in files.installed():
                if len(self._doubts) > _WORTH_A_WORD * self._count:
                    self.warning = (
                        f"Left and right are in doubt in {len(self._doubts)} of {self._count} frames: with the heavy "
                        "network, which is not installed, they are looked at once more."
                    )
                return 0
            settings = replace(self._settings, model=_HEAVY, second_look=False)
            tracker = PoseTracker(settings, threads=networks.spare_threads())
            stored = 0
            for doubts in _batches(sorted(self._doubts, key=lambda each: (each.time, each.person))):
                try:
                    again = self._source.again(doubts[0].time - self._close, doubts[-1].time + self._close)
                except (MimicError, OSError) as fault:
                    self.warning = f"Frames with left and right in doubt could not be looked at once more. {fault}"
                    return stored
                if again is not None:
                    with again:
                        stored += self._look(doubts, again, tracker, writer, cancelled)
            return stored

    def _choose(self) -> None:
        """Choose the frames in doubt among those that were added, and forget these."""
        for person, frames in self._frames.items():
            track = LandmarkTrack.of([found for _, found in frames])
            for i in second_looks(track):
                number, found = frames[int(i)]
                if found.pose is not None:
                    self._doubts.append(_Doubt(found.time, number, person, found.pose.region))
        self._frames.clear()

    @property
    def _close(self) -> float:
        """Frames that are less than this many seconds apart are one and the same."""
        return 0.25 / self._source.fps

    def _look(
        self,
        doubts: Sequence[_Doubt],
        frames: Source,
        tracker: PoseTracker,
        writer: CameraWriter,
        cancelled: Callable[[], bool] | None,
    ) -> int:
        """Look at a few frames, among those given. Return the number of poses that were stored."""
        stored, waiting = 0, list(doubts)
        for frame in frames:
            if not waiting or (cancelled is not None and cancelled()):
                break
            while waiting and waiting[0].time <= frame.time + self._close:
                doubt = waiting.pop(0)
                seen = tracker.estimate(frame.image, doubt.region) if doubt.time > frame.time - self._close else None
                if seen is not None:
                    writer.recheck(doubt.number, doubt.person, seen.pose)
                    stored += 1
        return stored


def _batches(doubts: Sequence[_Doubt]) -> list[list[_Doubt]]:
    """Split doubts, in order of time, where frames are far apart."""
    batches: list[list[_Doubt]] = []
    for doubt in doubts:
        if batches and doubt.time - batches[-1][-1].time < _TOGETHER:
            batches[-1].append(doubt)
        else:
            batches.append([doubt])
    return batches

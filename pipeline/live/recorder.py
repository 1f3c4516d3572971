# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording a take during a live session: requested from Blender's main thread, written in the worker's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue

from ...errors import MimicError
from ...models.networks import files
from ..landmarks.data import Landmarks
from ..landmarks.settings import HolisticSettings
from ..takes.file import store_cameras
from ..takes.geometry import CameraGeometry
from ..takes.take import CALIBRATION, NEUTRAL_FACE
from ..takes.writer import CameraWriter, TakeWriter
from .reader import SourceInfo


@dataclass(frozen=True)
class FinishedRecording:
    """A recording that has ended.

    Attributes:
        path: path of the take.
        frames: number of frames in the take; a take without frames is deleted.
        seconds: duration of the take.
        began: time when its first frame arrived, by `time.monotonic`.
        fault: the error that ended it early, or None.
    """

    path: Path
    frames: int
    seconds: float
    began: float = 0.0
    fault: MimicError | None = None

    @property
    def kept(self) -> bool:
        """Whether the take's file exists."""
        return self.frames > 0


@dataclass(frozen=True)
class _Request:
    """A request to record a take: its path, and the time by `time.monotonic` after which frames are not recorded."""

    path: Path
    until: float | None


class Recorder:
    """Records one take at a time. `begin` and `end` may be called from any thread, the rest from the worker's.

    Attributes:
        path: path of the take being recorded; None if there is none.
        frames: number of frames in it; None if there is none.
        seconds: its duration so far.
        ended: queue of the recordings that have ended.
        turn: the performer's calibration (quaternion), stored in the next take.
        neutral: the performer's face at rest (`Neutral.numbers`), stored in the next take; empty if not calibrated.
        cameras: how two cameras stand to each other, stored in a take when it ends; empty if unknown.
        second_field_of_view: of a second camera, in degrees along the longer side of its picture; None if unknown.
    """

    def __init__(
        self, settings: HolisticSettings, *, mirrored: bool, turn: Sequence[float], neutral: Sequence[float] = ()
    ) -> None:
        self.turn, self.neutral = tuple(turn), tuple(neutral)
        self._settings, self._mirrored = settings, mirrored
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._writer: TakeWriter | None = None
        self._second: CameraWriter | None = None
        self._info: SourceInfo | None = None
        self.cameras: tuple[CameraGeometry, ...] = ()
        self.second_field_of_view: float | None = None
        self._warnings: list[str] = []
        self.path: Path | None = None
        self._until: float | None = None
        self._first = self._began = 0.0
        self.frames: int | None = None
        self.seconds = 0.0
        self.ended: SimpleQueue[FinishedRecording] = SimpleQueue()

    def begin(self, path: Path, *, until: float | None = None) -> None:
        """Record to a new file from the next frame on, and until the time `until` by `time.monotonic`, if given."""
        self._requests.put(_Request(path, until))

    def end(self) -> None:
        """End the recording at the next opportunity; it is then put into `ended`."""
        self._requests.put(None)

    def handle_requests(self, info: SourceInfo | None) -> None:
        """Carry out pending requests, once the source is open and its `info` known."""
        self._info = info
        while info is not None:
            try:
                request = self._requests.get_nowait()
            except Empty:
                return
            if request is None:
                self.close()
            else:
                self._open(request, info)

    def add(self, people: Sequence[Landmarks], *, arrived: float, beside: Sequence[Landmarks] = ()) -> None:
        """Write the landmarks of a frame that arrived at `arrived`, if a take is being recorded.

        Args:
            people: landmarks of person 0 and of whoever else was found.
            arrived: by `time.monotonic`.
            beside: likewise of whom a second camera saw at the same moment, by its own clock; empty without a frame.
        """
        if self._writer is None:
            return
        if self._until is not None and arrived > self._until:
            self._finish(None)
            return
        try:
            self._writer.add(people[0], [person for person in people[1:] if person.pose is not None])
            if beside:
                self._add_beside(self._writer, beside)
        except MimicError as fault:
            self._finish(fault)
            return
        if not self.frames:
            self._first, self._began = people[0].time, arrived
        self.frames = self._writer.frame_count
        self.seconds = people[0].time - self._first

    def _add_beside(self, writer: TakeWriter, people: Sequence[Landmarks]) -> None:
        """Write what the second camera saw, as the stream of another camera from its first frame on."""
        info = None if self._info is None else self._info.beside
        if self._second is None and info is not None:
            settings = replace(self._settings, field_of_view=self.second_field_of_view)
            self._second = writer.camera(
                source=info.name,
                size=info.size,
                fps=info.fps,
                mirrored=self._mirrored,
                settings=asdict(settings),
                networks=_networks(),
            )
        if self._second is not None:
            self._second.add(people[0], [person for person in people[1:] if person.pose is not None])

    def warn(self, sentence: str) -> None:
        """Store in the take, if one is being recorded, a sentence about what casts doubt on it."""
        if self._writer is not None:
            self._warnings.append(sentence)
            self._writer.warn(" ".join(self._warnings))

    def close(self) -> None:
        """End the recording now, if there is one."""
        if self._writer is not None:
            self._finish(None)

    def _open(self, request: _Request, info: SourceInfo) -> None:
        self.close()
        calibration = {CALIBRATION: list(self.turn), NEUTRAL_FACE: list(self.neutral) or None}
        self._warnings = []
        self.path, self._until, self.frames, self.seconds = request.path, request.until, 0, 0.0
        try:
            self._writer = TakeWriter(
                request.path,
                source=info.name,
                size=info.size,
                fps=info.fps,
                mirrored=self._mirrored,
                settings={**asdict(self._settings), **calibration},
                networks=_networks(),
            )
        except MimicError as fault:
            self.path = self.frames = None
            self.ended.put(FinishedRecording(request.path, 0, 0.0, fault=fault))

    def _finish(self, fault: MimicError | None) -> None:
        writer, path, frames = self._writer, self.path, self.frames or 0
        second, self._second = self._second, None
        self._writer = self.path = self.frames = None
        if writer is None or path is None:
            return
        try:
            if frames:
                if second is not None:
                    second.close()
                writer.close()
                if second is not None and self.cameras:
                    store_cameras(path, self.cameras)
            else:
                writer.discard()
        except MimicError as unwritable:
            fault = fault or unwritable
        self.ended.put(FinishedRecording(path, frames, self.seconds, self._began, fault))


def _networks() -> dict[str, str]:
    """Return the networks that are used, with what tells one from another of the same name."""
    return {name: network.onnx_sha256 for name, network in files.installed().items()}

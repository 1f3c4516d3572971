# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a take while landmarks come. Asked from Blender's thread, done in the worker's."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from ...errors import MimicError
from ...models.networks import files
from ..landmarks.data import Landmarks
from ..landmarks.settings import HolisticSettings
from ..takes.take import CALIBRATION, TakeWriter
from .reader import SourceInfo


@dataclass(frozen=True)
class FinishedRecording:
    """A recording that ended.

    Attributes:
        path: the file that was asked for.
        frames: how many the take has; a take without frames is not kept.
        seconds: of the performance.
        began: when its first frame arrived, by `time.monotonic`.
        fault: why it ended early, if it did.
    """

    path: Path
    frames: int
    seconds: float
    began: float = 0.0
    fault: MimicError | None = None

    @property
    def kept(self) -> bool:
        """Whether there is a file of it."""
        return self.frames > 0


@dataclass(frozen=True)
class _Request:
    """A take that is to be recorded: its file, and the time by `time.monotonic` after which no frame belongs to it."""

    path: Path
    until: float | None


class Recorder:
    """One take at a time. `begin` and `end` may be called from any thread, the rest from the worker's.

    Attributes:
        path: of the take that is being recorded; None if none is.
        frames: how many it has; None if none is.
        seconds: of the performance in it.
        ended: recordings that ended, for whoever asks.
        turn: the performer's calibration, which the next take is to remember.
    """

    def __init__(self, settings: HolisticSettings, *, mirrored: bool, turn: Sequence[float]) -> None:
        self.turn = tuple(turn)
        self._settings, self._mirrored = settings, mirrored
        self._requests: SimpleQueue[_Request | None] = SimpleQueue()
        self._writer: TakeWriter | None = None
        self.path: Path | None = None
        self._until: float | None = None
        self._first = self._began = 0.0
        self.frames: int | None = None
        self.seconds = 0.0
        self.ended: SimpleQueue[FinishedRecording] = SimpleQueue()

    def begin(self, path: Path, *, until: float | None = None) -> None:
        """Record into a new file from the next frame on, but none that comes after `until`, by `time.monotonic`."""
        self._requests.put(_Request(path, until))

    def end(self) -> None:
        """Close the file soon; it then comes out of `ended`."""
        self._requests.put(None)

    def handle_requests(self, info: SourceInfo | None) -> None:
        """Do what was asked for, once it is known what is watched."""
        while info is not None:
            try:
                request = self._requests.get_nowait()
            except Empty:
                return
            if request is None:
                self.close()
            else:
                self._open(request, info)

    def add(self, landmarks: Landmarks, *, arrived: float) -> None:
        """Write a frame that came at `arrived`, if anything is being recorded."""
        if self._writer is None:
            return
        if self._until is not None and arrived > self._until:
            self._finish(None)
            return
        try:
            self._writer.add(landmarks)
        except MimicError as fault:
            self._finish(fault)
            return
        if not self.frames:
            self._first, self._began = landmarks.time, arrived
        self.frames = self._writer.frame_count
        self.seconds = landmarks.time - self._first

    def close(self) -> None:
        """End the recording, if there is one."""
        if self._writer is not None:
            self._finish(None)

    def _open(self, request: _Request, info: SourceInfo) -> None:
        self.close()
        self.path, self._until, self.frames, self.seconds = request.path, request.until, 0, 0.0
        try:
            self._writer = TakeWriter(
                request.path,
                source=info.name,
                size=info.size,
                fps=info.fps,
                mirrored=self._mirrored,
                settings={**asdict(self._settings), CALIBRATION: list(self.turn)},
                networks={name: network.onnx_sha256 for name, network in files.installed().items()},
            )
        except MimicError as fault:
            self.path = self.frames = None
            self.ended.put(FinishedRecording(request.path, 0, 0.0, fault=fault))

    def _finish(self, fault: MimicError | None) -> None:
        writer, path, frames = self._writer, self.path, self.frames or 0
        self._writer = self.path = self.frames = None
        if writer is None or path is None:
            return
        try:
            if frames:
                writer.close()
            else:
                writer.discard()
        except MimicError as unwritable:
            fault = fault or unwritable
        self.ended.put(FinishedRecording(path, frames, self.seconds, self._began, fault))

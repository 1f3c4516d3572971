# SPDX-License-Identifier: GPL-3.0-or-later
"""From a source to a take: every frame's landmarks, recorded as they come, and drawn if asked for."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from ...models.networks import files
from ..errors import EmptyRange, NoPersonFound, OutputUnwritable
from ..landmarks import scheduler
from ..landmarks.data import Frame, Landmarks
from ..landmarks.settings import HolisticSettings
from ..landmarks.timing import StageTimes, timed
from ..sources import Source, read_ahead
from .overlay import OverlayWriter
from .take import TakeWriter

LandmarksOf = Callable[[Iterable[Frame]], Iterator[Landmarks]]


@dataclass(frozen=True)
class Progress:
    """How far a capture is: frames done, of about how many (None if unknown), the seconds of the source they span."""

    frames: int
    expected: int | None
    time: float


@dataclass(frozen=True)
class CaptureSummary:
    """What a capture did.

    Attributes:
        take: the file it wrote; None if it was stopped before the first frame.
        overlay: the video it wrote, if any.
        source: what the source calls itself.
        frames: how many frames were recorded, and of about how many (`expected`, None if unknown).
        duration: seconds of the source that they span.
        elapsed: seconds that the capture took.
        poses: in how many frames a body was found; likewise `left_hands`, `right_hands`, `faces`.
        stages: seconds spent in each stage: decode, detect, pose, hands, face, draw, record. They overlap in time.
        cancelled: whether it was stopped before the end; what had been done is in the take.
        warning: what went wrong without stopping the work, or None.
    """

    take: Path | None
    overlay: Path | None
    source: str
    frames: int
    expected: int | None
    duration: float
    elapsed: float
    poses: int
    left_hands: int
    right_hands: int
    faces: int
    stages: dict[str, float]
    cancelled: bool
    warning: str | None


@dataclass
class _Tally:
    """Counts while the capture runs. `pending` are the frames whose landmarks are yet to come."""

    times: StageTimes = field(default_factory=StageTimes)
    pending: deque[Frame] = field(default_factory=deque)
    frames: int = 0
    poses: int = 0
    left_hands: int = 0
    right_hands: int = 0
    faces: int = 0
    first: float = 0.0
    last: float = 0.0
    cancelled: bool = False

    def count(self, found: Landmarks) -> None:
        self.first = found.time if self.frames == 0 else self.first
        self.last = found.time
        self.frames += 1
        self.poses += found.pose is not None
        self.left_hands += found.left_hand is not None
        self.right_hands += found.right_hand is not None
        self.faces += found.face is not None


def capture(
    source: Source,
    take: Path,
    *,
    settings: HolisticSettings | None = None,
    overlay: Path | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    landmarks_of: LandmarksOf | None = None,
) -> CaptureSummary:
    """Record the landmarks of a source's frames in a new take.

    Ctrl-C (KeyboardInterrupt) and `cancelled()` end it early; either way the take keeps what was done, and the
    summary says so. A live source drops the frames that come while its reader is busy.

    Args:
        source: open; the caller closes it.
        take: the file to write.
        settings: what to look for and how.
        overlay: a video to write beside it, the frames with their landmarks drawn on them.
        force: overwrite take and overlay if they exist.
        progress: told after every frame.
        cancelled: asked before every frame whether to stop.
        landmarks_of: what finds the landmarks; `scheduler.run` with the settings unless given.

    Raises:
        NoPersonFound: no frame has a body; neither take nor overlay is left, and what they were to replace stays.
        EmptyRange: the source had no frame at all.
        OutputExists, OutputUnwritable, and what `scheduler.run` raises.
    """
    _check_distinct(source, take, overlay)
    settings = settings or HolisticSettings()
    tally = _Tally()
    find = landmarks_of or partial(scheduler.run, settings=settings, on_stage=tally.times.add)
    began = time.perf_counter()
    with ExitStack() as outputs:
        writer = outputs.enter_context(
            TakeWriter(
                take,
                source=source.name,
                size=source.size,
                fps=source.fps,
                mirrored=source.mirrored,
                settings=asdict(settings),
                networks={name: network.onnx_sha256 for name, network in files.installed().items()},
                force=force,
            )
        )
        outputs.callback(_discard_if_empty, writer)
        overlay_writer = (
            outputs.enter_context(OverlayWriter(overlay, size=source.size, fps=source.fps, force=force))
            if overlay is not None
            else None
        )
        frames = outputs.enter_context(
            closing(_read_frames(source, tally, cancelled=cancelled, keep=overlay_writer is not None))
        )
        try:
            for found in find(frames):
                _record(found, tally, writer=writer, overlay_writer=overlay_writer)
                if progress is not None:
                    progress(Progress(frames=tally.frames, expected=source.frame_count, time=found.time))
        except KeyboardInterrupt:
            tally.cancelled = True
        _require_person(source, tally, writer)
        if source.warning is not None:
            writer.warn(source.warning)
    return _summary(source, tally, take=take, overlay=overlay, elapsed=time.perf_counter() - began)


def _check_distinct(source: Source, take: Path, overlay: Path | None) -> None:
    """Raise if one output would be written over the other, or over the source itself."""
    outputs = [path for path in (take, overlay) if path is not None]
    for path in outputs:
        if source.path is not None and path.resolve() == source.path.resolve():
            raise OutputUnwritable(f"“{path}” is what is being read, so it cannot be written too: give another name.")
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise OutputUnwritable(f"“{take}” cannot be both the take and the overlay: give one of them another name.")


def _read_frames(
    source: Source, tally: _Tally, *, cancelled: Callable[[], bool] | None, keep: bool
) -> Generator[Frame, None, None]:
    """The source's frames until they end or `cancelled` says so: those in work are then finished, not thrown away."""
    # Closed here and now, because a thread that reads a live source must end before the source is closed.
    with closing(read_ahead(source, 1, newest=True) if source.live else iter(source)) as frames:
        while True:
            if cancelled is not None and cancelled():
                tally.cancelled = True
                return
            with timed("decode", tally.times.add):
                frame = next(frames, None)
            if frame is None:
                return
            if keep:
                tally.pending.append(frame)
            yield frame


def _record(found: Landmarks, tally: _Tally, *, writer: TakeWriter, overlay_writer: OverlayWriter | None) -> None:
    with timed("record", tally.times.add):
        writer.add(found)
    tally.count(found)
    if overlay_writer is not None:
        with timed("draw", tally.times.add):
            overlay_writer.write(tally.pending.popleft().image, found)


def _require_person(source: Source, tally: _Tally, writer: TakeWriter) -> None:
    """Raise, and leave no take, if the whole source was looked at in vain."""
    if tally.cancelled or tally.poses > 0:
        return
    writer.discard()
    if tally.frames == 0:
        raise EmptyRange(f"No frame of “{source.name}” could be read: check that it plays, or choose an earlier start.")
    raise NoPersonFound(
        f"No person was found in the {tally.frames} frames of “{source.name}”, so no take was written: film the whole "
        "body from nearer and in good light, or choose another part of the video."
    )


def _discard_if_empty(writer: TakeWriter) -> None:
    if writer.frame_count == 0:
        writer.discard()


def _summary(source: Source, tally: _Tally, *, take: Path, overlay: Path | None, elapsed: float) -> CaptureSummary:
    kept = tally.frames > 0
    return CaptureSummary(
        take=take if kept else None,
        overlay=overlay if kept else None,
        source=source.name,
        frames=tally.frames,
        expected=source.frame_count,
        duration=tally.last - tally.first + 1.0 / source.fps if kept else 0.0,
        elapsed=elapsed,
        poses=tally.poses,
        left_hands=tally.left_hands,
        right_hands=tally.right_hands,
        faces=tally.faces,
        stages=dict(tally.times.seconds),
        cancelled=tally.cancelled,
        warning=source.warning,
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture: record the landmarks of a source's frames in a take, and optionally draw them in an overlay video."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from ...models.networks import files
from ..errors import EmptyRange, NoPersonFound, OutputUnwritable, PersonUnclear
from ..landmarks import scheduler
from ..landmarks.data import Landmarks
from ..landmarks.people.choice import Choice
from ..landmarks.people.events import Event
from ..landmarks.room_lines import RoomLines
from ..landmarks.settings import HolisticSettings
from ..landmarks.smoothing import PoseSmoother
from ..landmarks.timing import StageTimes, timed
from ..sources import Source, read_ahead
from ..sources.frame import Frame
from .overlay import OverlayWriter
from .recheck import SecondLook
from .writer import CameraWriter, TakeWriter

CAMERA_MOVED: Final = (
    "The camera moved while it filmed, so the character's place drifts: put it on something firm, or keep the root in "
    "place when you bake."
)

OpenWriter = Callable[..., AbstractContextManager[CameraWriter]]
"""Opens what writes the frames of a camera."""

LandmarksOf = Callable[[Iterable[Frame]], Iterator[tuple[Landmarks, ...]]]
"""Finds in each frame person 0, then whoever else is followed and found, by number."""


@dataclass(frozen=True)
class Progress:
    """Progress of a capture.

    Attributes:
        frames: number of frames done.
        expected: number of frames expected; None if unknown.
        time: of the last frame in seconds.
        camera: number of the camera, from 0.
    """

    frames: int
    expected: int | None
    time: float
    camera: int = 0


@dataclass(frozen=True)
class CaptureSummary:
    """The result of a capture.

    Attributes:
        take: the file that was written; None if it was stopped before the first frame.
        overlay: the video that was written, if any.
        source: the source's name.
        frames: number of frames recorded.
        expected: number of frames expected; None if unknown.
        duration: duration of the recorded frames in seconds.
        elapsed: seconds that the capture took.
        poses: number of frames with a body; likewise `left_hands`, `right_hands`, `faces`.
        stages: seconds spent in each stage: decode, detect, pose, hands, face, draw, record, recheck. They overlap in
            time.
        cancelled: whether it was stopped early; the frames until then are in the take.
        warning: problems that did not stop the capture, or None.
        people: number of people recorded.
        person_poses: number of frames with a body by number of the person.
        notes: sentences about who came, left and returned.
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
    people: int = 1
    person_poses: Mapping[int, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass
class _Tally:
    """Counters of a running capture. `pending` are the frames whose landmarks are not yet computed."""

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
    person_poses: Counter[int] = field(default_factory=Counter)
    events: list[Event] = field(default_factory=list)

    def count(self, people: Sequence[Landmarks]) -> None:
        found = people[0]
        self.person_poses.update(each.person for each in people if each.pose is not None)
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
    open_writer: OpenWriter | None = None,
) -> CaptureSummary:
    """Record the landmarks of a source's frames in a new take.

    Ctrl-C (KeyboardInterrupt) or `cancelled()` ends it early; the take then keeps the frames until then, and the
    summary says so. Frames of a live source that arrive while its reader is busy are dropped.

    Args:
        source: an open source; the caller closes it.
        take: path of the take to write.
        settings: settings of the landmark pipeline.
        overlay: path of a video to write, with the landmarks drawn on the frames.
        force: overwrite the take and the overlay if they exist.
        progress: called after every frame.
        cancelled: called before every frame; returns whether to stop.
        landmarks_of: finds the landmarks; by default `scheduler.run_people` with the settings.
        open_writer: opens what writes the take, such as another camera of one that is being written; its arguments are
            those of `TakeWriter.camera`. A new take unless given.

    Raises:
        NoPersonFound: no frame shows a body; no take or overlay is written, and existing ones stay.
        EmptyRange: the source has no frames.
        PersonUnclear: the person to follow is at a point outside the picture.
        OutputExists, OutputUnwritable: the take or the overlay cannot be written.
        MimicError: anything else that `scheduler.run_people` raises.
    """
    _check_distinct(source, take, overlay)
    settings = settings or HolisticSettings()
    check_point(source, settings)
    tally = _Tally()
    find = landmarks_of or partial(
        scheduler.run_people,
        settings=settings,
        on_stage=tally.times.add,
        as_found=True,
        on_event=tally.events.append,
    )
    began = time.perf_counter()
    with ExitStack() as outputs:
        writer = outputs.enter_context(
            (open_writer or partial(TakeWriter, take, force=force))(
                source=source.name,
                size=source.size,
                fps=source.fps,
                mirrored=source.mirrored,
                settings=asdict(settings),
                networks={name: network.onnx_sha256 for name, network in files.installed().items()},
            )
        )
        outputs.callback(_discard_if_empty, writer)
        overlay_writer = (
            outputs.enter_context(OverlayWriter(overlay, size=source.size, fps=source.fps, force=force))
            if overlay is not None
            else None
        )
        second_look = SecondLook(source, settings)
        smoothers: defaultdict[int, PoseSmoother] = defaultdict(partial(PoseSmoother, settings))
        frames = outputs.enter_context(
            closing(_read_frames(source, tally, cancelled=cancelled, keep=overlay_writer is not None))
        )
        lines = RoomLines(source.frame_count)
        try:
            for found in find(lines.watched(frames)):
                lines.people(found)
                _record(found, tally, writer=writer, overlay_writer=overlay_writer, smoothers=smoothers)
                second_look.add(found)
                if progress is not None:
                    progress(Progress(frames=tally.frames, expected=source.frame_count, time=found[0].time))
            if not tally.cancelled:
                second_look.run(writer, tally.times, cancelled=cancelled)
        except KeyboardInterrupt:
            tally.cancelled = True
        _forget_pictures(tally, writer)
        _require_person(source, tally, writer)
        moved = lines.moved()
        writer.set_verticals(lines.verticals(moved=moved))
        warning = _warning(source, tally, settings, second_look.warning, moved=moved)
        if warning is not None:
            writer.warn(warning)
    return _summary(source, tally, take=take, overlay=overlay, elapsed=time.perf_counter() - began, warning=warning)


def _check_distinct(source: Source, take: Path, overlay: Path | None) -> None:
    """Raise OutputUnwritable if an output would overwrite the other one, or the source."""
    outputs = [path for path in (take, overlay) if path is not None]
    for path in outputs:
        if source.path is not None and path.resolve() == source.path.resolve():
            raise OutputUnwritable(
                f"“{path}” is the file being read, so it cannot be overwritten: choose another name."
            )
    if len({path.resolve() for path in outputs}) < len(outputs):
        raise OutputUnwritable(
            f"“{take}” cannot be both the take and the overlay: choose another name for one of them."
        )


def check_point(source: Source, settings: HolisticSettings) -> None:
    """Check that the person to follow can be in the picture, if that person is at a point.

    Raises:
        PersonUnclear: the point is outside it.
    """
    point = Choice.of(settings.person).point
    width, height = source.size
    if point is not None and not (0.0 <= point[0] <= width and 0.0 <= point[1] <= height):
        raise PersonUnclear(
            f"The point {settings.person} is outside the picture of “{source.name}”, which has {width} by {height} "
            "pixels: choose one on the person, counted from the top left."
        )


def _read_frames(
    source: Source, tally: _Tally, *, cancelled: Callable[[], bool] | None, keep: bool
) -> Generator[Frame, None, None]:
    """Yield the source's frames until they end or `cancelled` returns True; frames in progress are then still finished.

    With `keep`, frames are kept in `tally.pending` for the overlay.
    """
    # Closed here, because the thread that reads a live source must end before the source is closed.
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


def _record(
    found: Sequence[Landmarks],
    tally: _Tally,
    *,
    writer: CameraWriter,
    overlay_writer: OverlayWriter | None,
    smoothers: Mapping[int, PoseSmoother],
) -> None:
    with timed("record", tally.times.add):
        writer.add(found[0], found[1:])
    tally.count(found)
    if overlay_writer is not None:
        with timed("draw", tally.times.add):
            smoothed = [smoothers[each.person].frame(each) for each in found]
            overlay_writer.write(tally.pending.popleft().image, *smoothed)


def _forget_pictures(tally: _Tally, writer: CameraWriter) -> None:
    """Delete from the take whoever turned out to be a picture."""
    for event in tally.events:
        if event.picture is None:
            continue
        found = writer.forget(event.picture, instead=event.instead)
        tally.poses, tally.left_hands, tally.right_hands, tally.faces = found
        del tally.person_poses[event.picture if event.instead is None else event.instead]  # a Counter: may be missing
        tally.person_poses[0] = tally.poses


def _require_person(source: Source, tally: _Tally, writer: CameraWriter) -> None:
    """Discard the take and raise if the whole source was read and no person was found."""
    if tally.cancelled or tally.poses > 0:
        return
    writer.discard()
    if tally.frames == 0:
        raise EmptyRange(f"No frame of “{source.name}” could be read: check that it plays, or choose an earlier start.")
    raise NoPersonFound(
        f"No person was found in the {tally.frames} frames of “{source.name}”, so no take was written: film the whole "
        "body from closer up and in good light, or choose another part of the video."
    )


def _warning(
    source: Source, tally: _Tally, settings: HolisticSettings, of_second_look: str | None, *, moved: bool
) -> str | None:
    """Return what casts doubt on the take, or None."""
    sentences = [] if source.warning is None else [source.warning]
    sentences += [event.sentence for event in tally.events if event.doubtful]
    count = len(tally.person_poses)
    if count < settings.people:
        found = "1 person was" if count == 1 else f"{count} people were"
        sentences.append(f"Only {found} found of the {settings.people} to follow.")
    sentences += [CAMERA_MOVED] if moved else []
    sentences += [] if of_second_look is None else [of_second_look]
    return " ".join(sentences) or None


def _discard_if_empty(writer: CameraWriter) -> None:
    if writer.frame_count == 0:
        writer.discard()


def _summary(
    source: Source, tally: _Tally, *, take: Path, overlay: Path | None, elapsed: float, warning: str | None
) -> CaptureSummary:
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
        warning=warning,
        people=len({0, *tally.person_poses}),
        person_poses=dict(sorted(tally.person_poses.items())),
        notes=tuple(event.sentence for event in tally.events if not event.doubtful),
    )

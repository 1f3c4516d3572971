# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture what several cameras filmed of one scene in one take."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from ....errors import MimicError
from ...errors import EmptyRange, NoPersonFound, OutputUnwritable
from ...landmarks.settings import HolisticSettings
from ...sources import Source
from ...takes.capture import CaptureSummary, LandmarksOf, Progress, capture, check_point
from ...takes.writer import CameraWriter, TakeWriter


@dataclass(frozen=True)
class CamerasSummary:
    """The result of a capture by several cameras.

    Attributes:
        cameras: the summary of each camera that is in the take, the first one first.
        warnings: sentences about cameras that are not in it.
        cancelled: whether it was stopped early; what was recorded until then is in the take.
    """

    cameras: tuple[CaptureSummary, ...]
    warnings: tuple[str, ...]
    cancelled: bool


def capture_cameras(
    sources: Sequence[Source],
    take: Path,
    *,
    settings: HolisticSettings | None = None,
    fields_of_view: Sequence[float | None] = (),
    overlay: Path | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    landmarks_of: Sequence[LandmarksOf] = (),
) -> CamerasSummary:
    """Record what several cameras filmed of one scene in a new take.

    Files are read one after the other, cameras at the same time. A further camera that shows nobody is left out, with
    a warning.

    Args:
        sources: open sources, which the caller closes; the first one's axes and clock are the take's.
        take: path of the take to write.
        settings: settings of the landmark pipeline, for all of them.
        fields_of_view: of each camera, in degrees along the longer side of its picture; None where unknown. That of
            the settings unless given.
        overlay: path of a video to write, with the landmarks drawn on the first camera's frames; those of further
            cameras get its name with their number, from 2.
        force: overwrite files that exist.
        progress: called after every frame.
        cancelled: called before every frame; returns whether to stop.
        landmarks_of: finds the landmarks of each camera; by default the networks with the settings.

    Raises:
        NoPersonFound, EmptyRange: the first source shows nobody; no take is written.
        MimicError: anything else that `takes.capture.capture` raises.
    """
    settings = settings or HolisticSettings()
    _check_distinct(sources, take, overlay)
    for source in sources:  # before the long work, not when it is the turn of each
        check_point(source, settings)
    stop = threading.Event()
    with _Recording(take, force=force) as recording:

        def record(number: int) -> CaptureSummary:
            def tell(step: Progress) -> None:
                if progress is not None:
                    progress(replace(step, camera=number))

            view = fields_of_view[number] if number < len(fields_of_view) else settings.field_of_view
            return capture(
                sources[number],
                take,
                settings=replace(settings, field_of_view=view),
                overlay=None if overlay is None else overlay_of(overlay, number),
                force=force,
                progress=tell,
                cancelled=lambda: stop.is_set() or (cancelled is not None and cancelled()),
                landmarks_of=landmarks_of[number] if landmarks_of else None,
                open_writer=partial(recording.open_writer, number),
            )

        def record_and_tell(number: int) -> CaptureSummary:
            try:
                return record(number)
            finally:
                recording.release(number)

        live = [number for number, source in enumerate(sources) if source.live]
        if len(live) < 2:
            return _one_after_the_other(record, sources)
        return _together(record_and_tell, sources, stop)


class _Recording:
    """The take that is being written, to which each camera is added when it has its first frame to be read."""

    def __init__(self, take: Path, *, force: bool) -> None:
        self._take = take
        self._force = force
        self._files = ExitStack()
        self._root: TakeWriter | None = None
        self._begun = threading.Event()
        self._guard = threading.Lock()

    def open_writer(self, number: int, **facts: Any) -> AbstractContextManager[CameraWriter]:
        """Return what writes a camera's frames; it creates the take for the first one, for which the others wait."""
        if number == 0:
            self._root = self._files.enter_context(TakeWriter(self._take, force=self._force, **facts))
            self._begun.set()
            return nullcontext(self._root)  # it is closed when all cameras are recorded
        self._begun.wait()
        with self._guard:
            if self._root is None:
                raise RuntimeError("there is no take to add a camera to")
            return self._root.camera(**facts)

    def release(self, number: int) -> None:
        """Let the other cameras end, if the first one ended without a take."""
        if number == 0:
            self._begun.set()

    def __enter__(self) -> "_Recording":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()


def _one_after_the_other(record: Callable[[int], CaptureSummary], sources: Sequence[Source]) -> CamerasSummary:
    summaries: list[CaptureSummary] = []
    warnings: list[str] = []
    for number, source in enumerate(sources):
        try:
            summary = record(number)
        except (NoPersonFound, EmptyRange) as fault:
            if number == 0:
                raise
            warnings.append(_left_out(number, source, fault))
            continue
        summaries.append(summary)
        if summary.cancelled:
            break
    return _summary(summaries, warnings)


def _together(
    record: Callable[[int], CaptureSummary], sources: Sequence[Source], stop: threading.Event
) -> CamerasSummary:
    """Record cameras that send their frames now, each in a thread, until all of them end or one of them fails."""
    with ThreadPoolExecutor(len(sources)) as pool:
        running = [pool.submit(record, number) for number in range(len(sources))]
        with suppress(KeyboardInterrupt):  # which only this thread hears of
            wait(running, return_when=FIRST_EXCEPTION)
        stop.set()
    first, *others = running
    summaries, warnings = [first.result()], []
    for number, other in enumerate(others, start=1):
        fault = other.exception()
        if isinstance(fault, NoPersonFound | EmptyRange):
            warnings.append(_left_out(number, sources[number], fault))
        else:
            summaries.append(other.result())
    return _summary(summaries, warnings)


def _left_out(number: int, source: Source, fault: MimicError) -> str:
    if isinstance(fault, NoPersonFound):  # which says what is true of a source alone: that there is no take
        return (
            f"Camera {number + 1} is left out: no person was found in “{source.name}”. Film the whole body from closer "
            "up and in good light, or choose another part of the video."
        )
    return f"Camera {number + 1} is left out. {fault}"


def _summary(summaries: Sequence[CaptureSummary], warnings: Sequence[str]) -> CamerasSummary:
    recorded = tuple(each for each in summaries if each.frames)
    return CamerasSummary(recorded, tuple(warnings), cancelled=any(each.cancelled for each in summaries))


def overlay_of(overlay: Path, camera: int) -> Path:
    """Return the path of a camera's overlay; cameras count from 0."""
    return overlay if camera == 0 else overlay.with_stem(f"{overlay.stem}-{camera + 1}")


def _check_distinct(sources: Sequence[Source], take: Path, overlay: Path | None) -> None:
    """Raise OutputUnwritable if an output would overwrite one of the sources, which may be read later."""
    outputs = [take] if overlay is None else [take, *(overlay_of(overlay, number) for number in range(len(sources)))]
    inputs = {source.path.resolve() for source in sources if source.path is not None}
    for path in outputs:
        if path.resolve() in inputs:
            raise OutputUnwritable(f"“{path}” is a file being read, so it cannot be overwritten: choose another name.")

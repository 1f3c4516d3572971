# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture what several cameras filmed of one scene in one take."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...errors import EmptyRange, NoPersonFound, OutputUnwritable
from ...landmarks.settings import HolisticSettings
from ...sources import Source
from ...takes.capture import CaptureSummary, LandmarksOf, Progress, capture
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
    """Record what several cameras filmed of one scene in a new take, one source after the other.

    A further camera that shows nobody is left out, with a warning.

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
    summaries: list[CaptureSummary] = []
    warnings: list[str] = []
    stopped = False
    with ExitStack() as files:
        root: list[TakeWriter] = []

        def open_writer(**facts: Any) -> AbstractContextManager[CameraWriter]:
            if root:
                return root[0].camera(**facts)
            root.append(files.enter_context(TakeWriter(take, force=force, **facts)))
            return nullcontext(root[0])  # it is closed when all cameras are recorded

        for number, source in enumerate(sources):
            view = fields_of_view[number] if number < len(fields_of_view) else settings.field_of_view

            def tell(step: Progress, camera: int = number) -> None:
                if progress is not None:
                    progress(replace(step, camera=camera))

            try:
                summary = capture(
                    source,
                    take,
                    settings=replace(settings, field_of_view=view),
                    overlay=None if overlay is None else overlay_of(overlay, number),
                    force=force,
                    progress=tell,
                    cancelled=cancelled,
                    landmarks_of=landmarks_of[number] if landmarks_of else None,
                    open_writer=open_writer,
                )
            except (NoPersonFound, EmptyRange) as fault:
                if number == 0:
                    raise
                warnings.append(f"Camera {number + 1} is left out. {fault}")
                continue
            if summary.frames:
                summaries.append(summary)
            stopped = summary.cancelled
            if stopped:
                break
    return CamerasSummary(tuple(summaries), tuple(warnings), cancelled=stopped)


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

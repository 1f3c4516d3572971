# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos of one scene, or a single one, recorded in a take. Touches nothing of Blender's."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path

from ...pipeline.errors import CamerasSame, SourceMissing, TooManyCameras
from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.takes.geometry import MAX_CAMERAS
from ..jobs import Progress
from .finding import find
from .options import CaptureOptions, SolveOptions, flips_of, seconds_of


@dataclass(frozen=True)
class FurtherSource:
    """A further camera of a scene.

    Attributes:
        source: what `open_source` opens.
        field_of_view: degrees along the longer side of its picture; None if unknown.
    """

    source: str
    field_of_view: float | None = None


@dataclass(frozen=True)
class CaptureRequest:
    """A video to capture, or several of one scene.

    Attributes:
        source: what `open_source` opens.
        take: the file that its landmarks are kept in.
        settings: what to look for and how.
        start, end: seconds of the source; None for its own.
        further: the further cameras.
        flips: whether the pictures of each camera are flipped left to right; none are unless said.
        sync: how their times are matched: the option `sync`.
        cameras: take of the same cameras, whose places are used again; None to find them.
    """

    source: str
    take: Path
    settings: HolisticSettings
    start: float | None = None
    end: float | None = None
    further: tuple[FurtherSource, ...] = ()
    flips: tuple[bool, ...] = ()
    sync: str = "auto"
    cameras: Path | None = None

    @property
    def name(self) -> str:
        """Name of the source, for people."""
        return Path(self.source).name


@dataclass(frozen=True)
class Recording:
    """What became of a capture.

    Attributes:
        cancelled: whether it was stopped; its take keeps what was recorded until then.
        said: sentences about cameras that were left out, and on how good those are that were found.
    """

    cancelled: bool
    said: tuple[str, ...] = field(default=())


def check_sources(source: str, further: Sequence[FurtherSource], options: CaptureOptions) -> None:
    """Refuse what cannot be the cameras of one scene, before any work is done.

    Raises:
        SourceMissing: a row is empty.
        TooManyCameras: there are more than a take holds.
        CamerasSame: a file, camera or stream is given twice.
        InvalidOption: seconds or numbers do not belong to as many cameras.
    """
    from ...pipeline.sources import same_source

    if not further:
        return
    if len(further) >= MAX_CAMERAS:
        raise TooManyCameras(f"{len(further) + 1} cameras are given, and a take holds {MAX_CAMERAS}: leave out some.")
    for number, each in enumerate(further, start=2):
        if not each.source:
            raise SourceMissing(f"Camera {number} has no source: choose its video, or remove it under Source.")
    seconds_of(options.sync, len(further) + 1)
    flips_of(options, len(further) + 1)
    numbered = enumerate((source, *(each.source for each in further)), start=1)
    for (first, name), (second, other) in combinations(numbered, 2):
        if same_source(name, other):
            what = f"file, “{Path(other).name}”" if Path(other).exists() else f"one, “{other}”"
            raise CamerasSame(
                f"Cameras {first} and {second} are the same {what}: choose what another camera filmed, seen from "
                "elsewhere."
            )


def record(request: CaptureRequest, progress: Progress, solve_options: SolveOptions) -> Recording:
    """Record the landmarks of what was filmed, one camera after the other, and find where several cameras stood.

    All are opened before any is recorded, so that a missing file costs no time. One that shows nobody is left out.

    Raises:
        MimicError: one of the pipeline's.
    """
    from ...pipeline.solve.cameras.capture import capture_cameras
    from ...pipeline.sources import open_source
    from ...pipeline.takes.capture import Progress as Step

    names = [request.source, *(each.source for each in request.further)]
    with ExitStack() as opened:
        open_part = partial(open_source, start=request.start, end=request.end)
        flips = request.flips or (False,) * len(names)
        sources = [opened.enter_context(open_part(name, mirror=flip)) for name, flip in zip(names, flips, strict=True)]
        titles = [source.name for source in sources]
        if len(titles) > 1:
            titles = [f"{title} ({number}/{len(titles)})" for number, title in enumerate(titles, start=1)]
        begun: set[int] = set()

        def tell(step: Step) -> None:
            if step.camera not in begun:
                begun.add(step.camera)
                progress.begin("Capturing {name}", titles[step.camera])
            progress.tell(step.frames, step.expected)

        progress.begin("Capturing {name}", titles[0])
        summary = capture_cameras(
            sources,
            request.take,
            settings=request.settings,
            fields_of_view=[request.settings.field_of_view, *(each.field_of_view for each in request.further)],
            progress=tell,
            cancelled=progress.cancelled.is_set,
        )
    said = summary.warnings
    if not summary.cancelled and len(summary.cameras) > 1:
        progress.begin("Finding the cameras of {name}", request.take.stem)
        found = find(
            request.take,
            sync=request.sync,
            cameras=request.cameras,
            solve_options=solve_options,
            left_out=len(summary.cameras) < len(names),
        )
        said = (*said, found.said) if found.found else said  # or else it is the take's warning
    return Recording(summary.cancelled, said)

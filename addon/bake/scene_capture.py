# SPDX-License-Identifier: GPL-3.0-or-later
"""What several cameras filmed of one scene, captured by one call, for scripts. It needs no Blender."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ...pipeline.solve.cameras.capture import CamerasSummary
from ...pipeline.solve.cameras.capture import capture_cameras as record_cameras
from ...pipeline.takes.capture import Progress
from .finding import find
from .options import CaptureOptions, SolveOptions, flips_of, holistic_settings
from .recording import FurtherSource, check_sources


def capture_cameras(
    sources: Sequence[str | Path],
    take: str | Path,
    *,
    options: CaptureOptions | None = None,
    fields_of_view: Sequence[float | None] = (),
    start: float | None = None,
    end: float | None = None,
    overlay: str | Path | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> CamerasSummary:
    """Record what several cameras filmed of one scene in one take, and find where they stood.

    Nothing has to be known of the cameras. What is found is in `Take.info.cameras`, and `solve` and `bake` use it. If
    it cannot be found, a sentence says why, and the take is solved as its first camera saw it.

    Args:
        sources: each as `open_source` takes it; times and axes of the take are those of the first one.
        take: the file to write.
        options: what to look for, and how: `sync` says how times are matched, `cameras` names a take of the same
            cameras, and `mirror_cameras` those that are selfie videos.
        fields_of_view: of each camera, in degrees along the longer side of its picture; None where unknown.
        start, end, overlay, force, progress, cancelled: as for `capture`; further overlays get the camera's number.

    Returns:
        The summaries of all cameras that are in the take, and sentences about what went wrong.

    Raises:
        MimicError: a source cannot be read, nobody is in the first one, or a file cannot be written.
    """
    from ...pipeline.solve.cameras.finding import stored_cameras
    from ...pipeline.sources import open_source

    options = options or CaptureOptions()
    first, *others = map(str, sources)
    check_sources(first, [FurtherSource(name) for name in others], options)
    known = Path(options.cameras) if options.cameras else None
    if known is not None:
        stored_cameras(known, len(sources))
    with ExitStack() as opened:
        summary = record_cameras(
            [
                opened.enter_context(open_source(name, start=start, end=end, mirror=flip))
                for name, flip in zip(sources, flips_of(options, len(sources)), strict=True)
            ],
            Path(take),
            settings=holistic_settings(options),
            fields_of_view=fields_of_view,
            overlay=None if overlay is None else Path(overlay),
            force=force,
            progress=progress,
            cancelled=cancelled,
        )
    if len(summary.cameras) < 2 or summary.cancelled:
        return summary
    found = find(
        Path(take),
        sync=options.sync,
        cameras=known,
        solve_options=SolveOptions(),
        left_out=len(summary.cameras) < len(sources),
    )
    return summary if found.found else replace(summary, warnings=(*summary.warnings, found.said))

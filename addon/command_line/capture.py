# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic capture``: a video, pictures or a camera, or several of one scene, to a take."""

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from ...pipeline.outputs import check_output
from ...pipeline.solve.cameras.capture import CamerasSummary, capture_cameras, overlay_of
from ...pipeline.solve.cameras.finding import stored_cameras
from ...pipeline.sources import open_source
from ...pipeline.takes.capture import CaptureSummary, Progress
from ..bake.finding import find
from ..bake.options import SolveOptions, flips_of, holistic_settings
from ..bake.recording import FurtherSource, check_sources
from . import STOPPED
from .console import Report, bar, plural, say
from .options import capture_options, fields_of_view, solve_options


def run(options: argparse.Namespace) -> int:
    """Record the take and print a summary."""
    summary = capture(options, options.output)
    describe(summary)
    if len(summary.cameras) > 1 and not summary.cancelled:
        find_cameras(options, options.output, summary)
    return STOPPED if summary.cancelled else 0


def capture(options: argparse.Namespace, take: Path) -> CamerasSummary:
    """Record the sources that the options name, with a progress bar for each."""
    names = [options.source, *options.further_sources]
    if options.overlay is not None:
        for number in range(len(names)):
            check_output(overlay_of(options.overlay, number), force=options.force)
    chosen = capture_options(options)
    settings = holistic_settings(chosen)
    views = fields_of_view(options, len(names))
    check_sources(options.source, [FurtherSource(name) for name in options.further_sources], chosen)
    if options.further_sources and options.cameras:
        stored_cameras(Path(options.cameras), len(names))
    with ExitStack() as opened:
        sources = [
            opened.enter_context(
                open_source(
                    name,
                    start=options.start or None,
                    end=options.end or None,
                    mirror=flip,
                    camera_size=options.size,
                )
            )
            for name, flip in zip(names, flips_of(chosen, len(names)), strict=True)
        ]
        bars: dict[int, Report] = {}

        def progress(step: Progress) -> None:
            if step.camera not in bars:
                bars[step.camera] = opened.enter_context(bar(f"Capturing {sources[step.camera].name}"))
            bars[step.camera](step.frames, step.expected)

        return capture_cameras(
            sources,
            take,
            settings=settings,
            fields_of_view=views,
            overlay=options.overlay,
            force=options.force,
            progress=progress,
        )


def find_cameras(
    options: argparse.Namespace,
    take: Path,
    summary: CamerasSummary | None = None,
    fields_of_view: Sequence[float | None] = (),
) -> bool:
    """Find where the cameras of a take stood, keep it in the take, and say how good that is or why it cannot be.

    Args:
        options: how they are found.
        take: the take.
        summary: of the capture that made the take, if it was captured just now.
        fields_of_view: of each camera; those that were said to its capture unless given.

    Returns:
        Whether they were found.
    """
    chosen = capture_options(options)
    cameras = Path(chosen.cameras) if chosen.cameras else None
    how = solve_options(options) if hasattr(options, "solver") else SolveOptions()
    left_out = summary is not None and len(summary.cameras) <= len(options.further_sources)
    found = find(
        take,
        sync=chosen.sync,
        cameras=cameras,
        solve_options=how,
        fields_of_view=fields_of_view,
        left_out=left_out,
    )
    say(found.said)
    return found.found


def describe(summary: CamerasSummary, *, kept: bool = True) -> None:
    """Print what was detected, and what went wrong without stopping the work.

    Args:
        summary: the result of the capture.
        kept: whether the take is one that the user asked for.
    """
    if not summary.cameras:
        say("Stopped before the first frame: nothing was recorded.")
        return
    for each in summary.cameras:
        _describe_camera(each)
    for sentence in summary.warnings:
        say(sentence)
    take = summary.cameras[0].take
    if kept and take is not None:
        say(f"Take: {take}")


def _describe_camera(summary: CaptureSummary) -> None:
    speed = summary.frames / summary.elapsed
    say(
        f"{'Stopped: ' if summary.cancelled else ''}{plural(summary.frames, 'frame')} of {summary.source} "
        f"({summary.duration:.1f} s) at {speed:.0f} frames per second: body in {summary.poses}, left hand in "
        f"{summary.left_hands}, right hand in {summary.right_hands}, face in {summary.faces}."
    )
    if summary.people > 1:
        seen = ", ".join(
            f"person {number + 1} in {plural(count, 'frame')}" for number, count in summary.person_poses.items()
        )
        say(f"{summary.people} people: {seen}.")
    for note in summary.notes:
        say(f"Note: {note}")
    if summary.warning is not None:
        say(summary.warning)
    if summary.overlay is not None:
        say(f"Overlay: {summary.overlay}")

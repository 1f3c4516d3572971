# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic capture``: a video, pictures or a camera to a take."""

import argparse
from pathlib import Path

from ...pipeline.outputs import check_output
from ...pipeline.sources import open_source
from ...pipeline.takes.capture import CaptureSummary, Progress
from ...pipeline.takes.capture import capture as record
from ..bake.options import holistic_settings
from . import STOPPED
from .console import bar, plural, say
from .options import capture_options


def run(options: argparse.Namespace) -> int:
    """Record the take and print a summary."""
    summary = capture(options, options.output)
    describe(summary)
    return STOPPED if summary.cancelled else 0


def capture(options: argparse.Namespace, take: Path) -> CaptureSummary:
    """Record the source that the options name, with a progress bar."""
    if options.overlay is not None:
        check_output(options.overlay, force=options.force)
    settings = holistic_settings(capture_options(options))
    with (
        open_source(
            options.source,
            start=options.start or None,
            end=options.end or None,
            mirror=options.mirror,
            camera_size=options.size,
        ) as source,
        bar(f"Capturing {source.name}") as report,
    ):

        def progress(step: Progress) -> None:
            report(step.frames, step.expected)

        return record(source, take, settings=settings, overlay=options.overlay, force=options.force, progress=progress)


def describe(summary: CaptureSummary) -> None:
    """Print what was detected, and what went wrong without stopping the work."""
    if summary.frames == 0:
        say("Stopped before the first frame: nothing was recorded.")
        return
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
    if summary.take is not None:
        say(f"Take: {summary.take}")
    if summary.overlay is not None:
        say(f"Overlay: {summary.overlay}")

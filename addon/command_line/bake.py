# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic bake``: a source or a take, onto a character, into a file."""

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from ...errors import MimicError
from ...models.body.motion import BodyMotion
from ...pipeline.outputs import check_output, replacing
from ...pipeline.solve.one_view import SolvedTake
from ...pipeline.solve.solving import solve_person, solve_take
from ...pipeline.takes.capture import CaptureSummary
from ...pipeline.takes.take import Take, is_take
from ...retarget.errors import InvalidOption
from ...retarget.face.synchronise import add_face, head_offset
from ..bake.findings import findings
from ..bake.options import CaptureOptions
from ..errors import BlenderMissing
from . import STOPPED
from .capture import capture, describe, find_cameras
from .console import plural, say, size
from .options import bake_options, face_options, fields_of_view, motion_options, solve_options
from .report import report_of
from .takes import person_of

if TYPE_CHECKING:
    from ..bake.to_file import BakeSummary


@dataclass(frozen=True)
class _Captured:
    """An open take to bake, and the summary of its capture (None if it was captured before)."""

    take: Take
    summary: CaptureSummary | None

    @property
    def name(self) -> str:
        """Name of the action."""
        return Path(self.take.info.source).stem


def run(options: argparse.Namespace) -> int:
    """Capture unless the source is a take, solve, retarget, key and save; then print a summary."""
    _check(options)
    with take_of(options) as captured:
        if captured is None:
            return STOPPED
        began = perf_counter()
        if captured.summary is None:
            _describe_take(options, captured.take)
        solved = _solved(options, captured.take)
        motions = [each.motion for each in solved]
        face = _face_of(options, motions[0])
        if face is not None:
            motions[0] = face.motion
        solving = perf_counter() - began
        summaries = _bake(options, motions, captured.name)
        report = report_of(options, captured.take, captured.summary, solved, summaries, solving=solving)
        if face is not None:
            report["face_take"] = {"path": str(options.face_take), "offset_seconds": face.offset}
    for person, summary in zip(solved, summaries, strict=True):
        _describe(summary, person, several=len(summaries) > 1)
    for sentence in dict.fromkeys(sentence for summary in summaries for sentence in summary.found):
        say(f"Note: {sentence}")
    _say_files(summaries)
    if options.report is not None:
        with replacing(options.report, force=options.force) as part:
            part.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        say(f"Report: {options.report}")
    return 0


def _describe_take(options: argparse.Namespace, take: Take) -> None:
    """Print what casts doubt on a take that was captured before, and what can no longer be chosen."""
    for sentence in take.info.warnings:
        say(f"Note: {sentence}")
    if options.person != CaptureOptions().person:
        say(
            f"--person says whom to capture, but “{take.path}” is captured: --only-person takes one of those in it, "
            "by number."
        )


def _say_files(summaries: "Sequence[BakeSummary]") -> None:
    for out, summary in {summary.out: summary for summary in summaries}.items():
        if out.suffix.lower() == ".vrma":
            say(f"VRM animation: {out} ({plural(summary.frames, 'frame')}, {size(out.stat().st_size)})")
        else:
            several = [each.out for each in summaries].count(out) > 1
            say(f"{'Characters' if several else 'Character'}: {out} ({size(out.stat().st_size)})")


def _solved(options: argparse.Namespace, take: Take) -> list[SolvedTake]:
    """Solve a take for everyone who is to be baked: all in it, or as many as were asked for."""
    people = take.people
    if options.only_person is not None:
        people = (person_of(take, options.only_person),)
    elif options.people is not None and options.people > len(people):
        say(f"{options.people} people were asked for and {len(people)} found: that is how many are baked.")
    wanted = people[: options.people] if options.people else people
    how = solve_options(options)
    # Those of several cameras are in the take, with where they stood.
    view = (options.field_of_view or None) if take.camera_count == 1 else None
    return [
        solve_person(take, person, solver=how.solver, sides=how.sides, field_of_view=view, refine=how.refine)
        for person in wanted
    ]


@dataclass(frozen=True)
class _Faced:
    """A motion with the face of another take, which began `offset` seconds after it."""

    motion: BodyMotion
    offset: float


def _face_of(options: argparse.Namespace, motion: BodyMotion) -> _Faced | None:
    """Give the motion the face of another take, if one is named."""
    if options.face_take is None:
        return None
    with Take.open(options.face_take) as take:
        face = solve_take(take, solver=solve_options(options).solver, sides=solve_options(options).sides)
    offset = head_offset(motion, face) if options.face_offset is None else options.face_offset
    faced = add_face(motion, face, offset)
    say(f"Take of the face: {options.face_take}, which begins at {offset:.2f} s of the body's motion.")
    return _Faced(faced, offset)


def _check(options: argparse.Namespace) -> None:
    """Check the options, the outputs and the rig before the long work begins."""
    motion_options(options)
    if options.face_take is not None:
        if not face_options(options).expressions:
            raise InvalidOption("--no-expressions leaves the face as it is: leave it out, or leave out --face-take.")
        with Take.open(options.face_take):
            pass
    elif options.face_offset is not None:
        raise InvalidOption("--face-offset says when the take with the face begins: name it with --face-take.")
    if find_spec("bpy") is None:
        raise BlenderMissing(
            "Baking needs Blender: run `blender --command mimic bake ...`, or install Blender's Python module with "
            "`pip install 'mimic[blender]'`."
        )
    from ..bake.characters import check_rig
    from ..bake.to_file import check_layers
    from ..character import files

    files.check_target(options.output, force=options.force)
    check_layers(options.output, bake_options(options))
    for path in (options.report, options.take, options.overlay):
        if path is not None:
            check_output(path, force=options.force)
    for rig in dict.fromkeys(options.rigs):
        if rig.path is not None or rig.bone_map is not None:
            check_rig(rig.path, rig.armature, bone_map=rig.bone_map)


@contextmanager
def take_of(options: argparse.Namespace) -> Iterator[_Captured | None]:
    """The landmarks of the source; None if capturing was stopped. If what follows fails, the take is kept and named."""
    path = Path(options.source)
    if is_take(path):
        if options.further_sources:
            raise InvalidOption(
                f"“{path}” is a take, which has all of its cameras: name videos to capture several, or this take alone."
            )
        find_anew(options, path)
        with Take.open(path) as take:
            yield _Captured(take, None)
        return
    with tempfile.TemporaryDirectory(prefix="mimic-") as folder:
        path = options.take or Path(folder) / "capture.take"
        summary = capture(options, path)
        describe(summary, kept=options.take is not None)
        kept: Path | None = options.take
        try:
            if summary.cancelled:
                raise KeyboardInterrupt
            if len(summary.cameras) > 1 and not find_cameras(options, path, summary) and kept is None:
                kept = _kept(options, path)
                say(f"What all cameras saw is kept in {kept}: bake it again with other options, such as --sync.")
            with Take.open(path) as take:
                yield _Captured(take, summary.cameras[0])
        except (MimicError, KeyboardInterrupt) as stop:
            if kept is None and summary.cameras:
                kept = _kept(options, path)
                say(f"The landmarks are kept in {kept}: continue with `mimic bake {kept} -o {options.output}`.")
            if not isinstance(stop, KeyboardInterrupt):
                raise
            yield None


def find_anew(options: argparse.Namespace, path: Path) -> None:
    """Find the cameras of a take if nobody has tried to, as after a capture that was stopped, or if it is said how."""
    with Take.open(path) as take:
        count, info = take.camera_count, take.info
    if count == 1:
        return
    views = fields_of_view(options, count) or (options.field_of_view or None,) * count
    said = options.sync != CaptureOptions().sync or options.cameras or any(views)
    if said or not (info.cameras or info.cameras_said):
        find_cameras(options, path, fields_of_view=views)


def _kept(options: argparse.Namespace, take: Path) -> Path:
    """Copy a take that would be lost beside the output, so that nothing has to be captured again; return the copy."""
    kept = _unused(options.output.with_suffix(".take"))
    kept.write_bytes(take.read_bytes())
    return kept


def _unused(path: Path) -> Path:
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_stem(f"{path.stem}-{number}")
    return candidate


def _bake(options: argparse.Namespace, motions: list[BodyMotion], name: str) -> "tuple[BakeSummary, ...]":
    from ..bake.to_file import bake_people

    return bake_people(
        motions,
        options.output,
        rigs=options.rigs,
        fps=options.fps,
        name=name,
        options=motion_options(options),
        face_options=face_options(options),
        bake_options=bake_options(options),
        force=options.force,
    )


def _describe(summary: "BakeSummary", solved: SolvedTake, *, several: bool) -> None:
    from ..character.files import VRM_ANIMATION

    if summary.out.suffix.lower() == VRM_ANIMATION:
        who = f"{summary.out.name}: " if several else ""
    else:
        who = f"{summary.armature}: " if several else ""
        _describe_character(summary)
    for sentence in (*findings(solved), *summary.warnings):
        say(f"Note: {who}{sentence}")


def _describe_character(summary: "BakeSummary") -> None:
    missing = f", {plural(len(summary.joints_missing), 'joint')} without a bone" if summary.joints_missing else ""
    say(
        f"{summary.armature}: {summary.bones_mapped} of {plural(summary.bones_total, 'bone')} mapped ({summary.family})"
        f"{missing}; {plural(summary.frames, 'frame')} and {plural(summary.keys, 'keyframe')} at {summary.rate:g} "
        f'frames per second in the action "{summary.action}".'
    )
    if summary.face is not None and (summary.face.keys or summary.face.bones or summary.face.vrm):
        parts = [
            plural(count, noun)
            for count, noun in (
                (summary.face.keys, "shape key"),
                (summary.face.bones, "bone"),
                (summary.face.vrm, "VRM expression"),
            )
            if count
        ]
        say(f"Face: {', '.join(parts)} ({summary.face.family}).")

# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of ``mimic bake``: results and timings as JSON."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from ...pipeline.solve.one_view import SolvedTake
from ...pipeline.takes.capture import CaptureSummary
from ...pipeline.takes.take import Take
from ..bake.findings import bridged_frames, findings

if TYPE_CHECKING:
    from ..bake.to_file import BakeSummary

STAGES: Final = (
    *("decode", "detect", "pose", "hands", "face", "draw", "record"),
    *("solve", "open", "retarget", "key", "save"),
)


def report_of(
    options: argparse.Namespace,
    take: Take,
    seen: CaptureSummary | None,
    solved: Sequence[SolvedTake],
    summaries: "Sequence[BakeSummary]",
    *,
    solving: float,
) -> dict[str, Any]:
    """Return results and timings. Stages of capture overlap in time, so their sum may exceed `capture_seconds`.

    What belongs to one character is that of the first person; `people` has it for each.

    Args:
        options: the command line.
        take: the open take.
        seen: the summary of its capture; None if it was captured before.
        solved: the people who were baked.
        summaries: what was written for each.
        solving: seconds that solving took.
    """
    seconds = {**(seen.stages if seen else {}), "solve": solving}
    for summary in summaries:
        for stage, spent in summary.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    frames = take.frame_count
    outs = list(dict.fromkeys(summary.out for summary in summaries))
    outputs = {"character": outs[0], "take": options.take, "overlay": options.overlay}
    outputs |= {f"character_{number}": path for number, path in enumerate(outs[1:], start=2)}
    people = [_person(*each) for each in zip(solved, summaries, strict=True)]
    captured = [seen.warning] if seen and seen.warning else []
    return {
        "source": options.source,
        "frames": frames,
        "duration_seconds": seen.duration if seen else take.duration,
        "capture_seconds": seen.elapsed if seen else None,
        "detections": {
            "body": seen.poses,
            "left_hand": seen.left_hands,
            "right_hand": seen.right_hands,
            "face": seen.faces,
        }
        if seen
        else None,
        "stages": {
            stage: {"seconds": seconds[stage], "milliseconds_per_frame": 1e3 * seconds[stage] / frames}
            for stage in STAGES
            if stage in seconds
        },
        **{name: people[0][name] for name in ("bones", "face", "keys", "action")},
        "frame_rate": summaries[0].rate,
        "people": people,
        "notes": list(seen.notes) if seen else [],
        "warnings": [
            *dict.fromkeys([*captured, *take.info.warnings]),
            *dict.fromkeys(sentence for summary in summaries for sentence in summary.warnings),
        ],
        "files": {
            name: {"path": str(path), "bytes": path.stat().st_size}
            for name, path in outputs.items()
            if path is not None and path.exists()
        },
    }


def _person(solved: SolvedTake, summary: "BakeSummary") -> dict[str, Any]:
    return {
        "person": solved.person + 1,
        "armature": summary.armature,
        "action": summary.action,
        "file": str(summary.out),
        "sides_mended_frames": solved.mended_frames,
        "bridged_frames": bridged_frames(solved),
        "found": [*findings(solved), *summary.found],
        "bones": {
            "family": summary.family,
            "mapped": summary.bones_mapped,
            "total": summary.bones_total,
            "joints_missing": list(summary.joints_missing),
        },
        "face": {
            "family": summary.face.family,
            "shape_keys": summary.face.keys,
            "bones": summary.face.bones,
            "vrm_expressions": summary.face.vrm,
            "expressions_missing": list(summary.face.missing),
        }
        if summary.face
        else None,
        "keys": summary.keys,
        "warnings": list(summary.warnings),
    }

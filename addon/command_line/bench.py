# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic bench``: how fast this machine turns pixels into poses."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import MimicError
from ...models.networks import files
from ...pipeline.benchmark import Mode, Speed, measure
from ...pipeline.landmarks.networks import needed
from ...pipeline.landmarks.settings import HolisticSettings, Model
from ...pipeline.outputs import check_output, replacing
from ...pipeline.solve.creation import create_solver
from .console import console, say

if TYPE_CHECKING:
    from rich.table import Table

DEMO: Final = Path(__file__).resolve().parents[2] / "tests" / "clips" / "performer.mp4"
STAGES: Final = ("decode", "detect", "pose", "hands", "face", "solve")
MODELS: Final[tuple[Model, ...]] = ("lite", "full", "heavy")
MODES: Final[tuple[Mode, ...]] = ("one at a time", "overlapping")


class VideoNeeded(MimicError):
    """There is no video to measure with."""


def run(options: argparse.Namespace) -> int:
    """Measure every installed pose network, frame by frame and overlapping, and print a table."""
    video = options.video or DEMO
    if not video.is_file():
        raise VideoNeeded(f"There is no video “{video}”: give a video of a person, as in `mimic bench dance.mp4`.")
    if options.json is not None:
        check_output(options.json, force=options.force)
    speeds: list[Speed] = []
    for model in options.model or _installed(options):
        for mode in MODES:
            with console().status(f"{model}, {mode} ..."):
                solver = partial(create_solver, options.solver)
                speeds.append(measure(video, _settings(options, model), solver, frames=options.frames, mode=mode))
    console().print(_table(speeds, options.solver))
    say(f"{video.name}; {_machine()['processor']}, {_machine()['cores']} cores.")
    if options.json is not None:
        content = {"video": video.name, "solver": options.solver, **_machine(), "speeds": [asdict(s) for s in speeds]}
        with replacing(options.json, force=options.force) as part:
            part.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        say(f"Results: {options.json}")
    return 0


def _installed(options: argparse.Namespace) -> Sequence[Model]:
    """Return the pose networks that can run; if none can, the default one, whose loading then says why."""
    there = files.installed().keys()
    return [model for model in MODELS if set(needed(_settings(options, model))) <= there] or ["full"]


def _settings(options: argparse.Namespace, model: Model) -> HolisticSettings:
    return HolisticSettings(model=model, hands=options.hands, face=options.face)


def _machine() -> dict[str, str | int]:
    return {
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
    }


def _table(speeds: Sequence[Speed], solver: str) -> "Table":
    from rich.table import Table

    shown = [stage for stage in STAGES if any(stage in speed.milliseconds for speed in speeds)]
    table = Table(title=f"From video to poses ({solver} solver)", caption="milliseconds per frame, by stage", box=None)
    for heading in ("network", "frames"):
        table.add_column(heading, no_wrap=True)
    for heading in ("poses/s", *shown):
        table.add_column(heading, justify="right", no_wrap=True)
    for speed in speeds:
        stages = [f"{speed.milliseconds.get(stage, 0.0):.1f}" for stage in shown]
        table.add_row(speed.model, speed.mode, f"{speed.rate:.1f}", *stages)
    return table

# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic lifter``: train the network that lifts landmarks to rotations, and measure it beside what it must beat."""

import argparse
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import MimicError
from ...pipeline.outputs import check_output, replacing
from .console import say

if TYPE_CHECKING:
    from ...models.training.datasets import Order, Sources
    from ...models.training.evaluation.evaluate import Method, Score

LIFTER: Final = "lifter, pairs"
BASELINE: Final = "lifter, clean samples with isotropic noise"
_NEEDED: Final = ("anny", "moderngl", "scipy", "torch")


class TrainingMissing(MimicError):
    """The packages that training needs are not installed."""


def train(options: argparse.Namespace) -> int:
    """Make pairs and train on them; both go on where they were broken off."""
    order, sources = _setting(options, needed=_NEEDED)
    from ...models.training.datasets import make_material
    from ...models.training.learning.trainer import Plan
    from ...models.training.training import train_lifter

    for step in make_material(options.workshop, sources, order):
        say(step)
    plan = Plan(epochs=options.epochs)
    for progress in train_lifter(options.workshop, plan, order, sources, clean=options.clean):
        say(
            f"epoch {progress.epoch + 1} of {options.epochs}: loss {progress.loss:.3f}, held out "
            f"{progress.held_out_loss:.3f}, limbs {progress.held_out_limbs:.1f} degrees, {progress.seconds:.0f} s"
        )
    say(f"The lifter is in {options.workshop}.")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Write the table of raw landmarks, the analytic solver and the lifter on everything that was held out."""
    order, sources = _setting(options, needed=("moderngl",) if options.sheet else ())
    from ...models.training.evaluation import comparison
    from ...models.training.evaluation.score_tables import markdown, target_table
    from ...models.training.evaluation.targets import targets

    for path in (options.output, options.sheet):
        if path is not None:
            check_output(path, force=options.force)
    video = options.data / "groundtruth" / "bodypose3d"
    real = video if video.is_dir() else None
    lifters = {BASELINE: options.baseline} if options.baseline else {}
    rivals = comparison.methods({**lifters, LIFTER: options.lifter})
    scores: dict[str, dict[str, Score]] = {}
    for name, trial in comparison.read_trials(options.workshop, sources, order, bodypose3d_at=real).items():
        scores |= comparison.compare({name: trial}, rivals)
        lifted, raw = (scores[name][method].direction for method in (LIFTER, comparison.RAW))
        say(f"{name}: limbs {lifted:.1f} degrees, raw {raw:.1f}")
    with replacing(options.output, force=options.force) as part:
        tables = [target_table(targets(scores, LIFTER)), markdown(scores, comparison.reliability(scores))]
        part.write_text("\n".join(tables), encoding="utf-8")
    say(f"Table: {options.output}")
    worse = comparison.worse_than_raw(scores, LIFTER) if real else []
    if worse:
        say(f"On the real video the lifter is worse than the raw landmarks at: {', '.join(worse)}.")
    if options.sheet is not None:
        _draw(options, {name: rivals[name] for name in (LIFTER, comparison.GEOMETRY)}, order, sources)
    return 0


def _draw(options: argparse.Namespace, rivals: "dict[str, Method]", order: "Order", sources: "Sources") -> None:
    from ...models.training.evaluation import bodypose3d
    from ...models.training.evaluation.contact_sheet import write_sheet

    video = options.data / "groundtruth" / "bodypose3d" / bodypose3d.VIDEO
    shown = video if video.is_file() else None
    write_sheet(options.sheet, options.workshop, rivals, order, sources, video=shown)
    say(f"Sheet: {options.sheet}")


def _setting(options: argparse.Namespace, *, needed: Sequence[str]) -> "tuple[Order, Sources]":
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise TrainingMissing(f"This needs {', '.join(missing)}: install them with `pip install 'mimic[train]'`.")
    from ...models.training.datasets import Order, Sources, held_out_people

    data: Path = options.data
    rigs = data / "rigs"
    order = Order(
        people=options.people,
        held_out_people=held_out_people(options.people),
        shards=options.shards,
        test_shards=options.test_shards,
        clip_shards=options.clip_shards,
        test_clip_shards=options.test_clip_shards,
        processes=options.processes,
    )
    return order, Sources(data / "mocap", rigs if rigs.is_dir() else None)

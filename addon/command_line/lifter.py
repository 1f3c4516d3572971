# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic lifter``: train the network that lifts landmarks to rotations, and measure it beside what it must beat."""

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from ... import MimicError
from ...pipeline.outputs import replacing
from .console import say

if TYPE_CHECKING:
    from ...models.lifter.workshop import Order, Sources

_NEEDED = ("anny", "moderngl", "scipy", "torch")


class TrainingMissing(MimicError):
    """The packages that training needs are not installed."""


def train(options: argparse.Namespace) -> int:
    """Make pairs and train on them; both go on where they were broken off."""
    order, sources = _setting(options)
    from ...models.lifter.lessons import train_lifter
    from ...models.lifter.train import Plan
    from ...models.lifter.workshop import LIFTER, make_material

    for step in make_material(options.workshop, sources, order):
        say(step)
    for progress in train_lifter(options.workshop, Plan(epochs=options.epochs), order, sources):
        say(
            f"epoch {progress.epoch + 1} of {options.epochs}: loss {progress.loss:.3f}, held out "
            f"{progress.held_out_loss:.3f}, limbs {progress.held_out_limbs:.1f} degrees, {progress.seconds:.0f} s"
        )
    say(f"Lifter: {options.workshop / LIFTER}")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Write the table of raw landmarks, the analytic solver and the lifter on everything that was held out."""
    order, sources = _setting(options)
    from ...models.lifter.evaluate import markdown
    from ...models.lifter.lessons import evaluate_lifters, worse_than_raw
    from ...models.lifter.workshop import LIFTER

    video = options.data / "groundtruth" / "bodypose3d"
    real = video if video.is_dir() else None
    lifters = {"lifter": options.lifter or options.workshop / LIFTER}
    scores = evaluate_lifters(options.workshop, lifters, order, sources, bodypose3d_at=real)
    with replacing(options.output, force=options.force) as part:
        part.write_text(markdown(scores), encoding="utf-8")
    say(f"Table: {options.output}")
    worse = worse_than_raw(scores, "lifter") if real else []
    if worse:
        say(f"On the real video the lifter is worse than the raw landmarks at: {', '.join(worse)}.")
    return 0


def _setting(options: argparse.Namespace) -> "tuple[Order, Sources]":
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise TrainingMissing(f"Training needs {', '.join(missing)}: install them with `pip install 'mimic[train]'`.")
    from ...models.lifter.workshop import Order, Sources

    data: Path = options.data
    rigs = data / "rigs"
    order = Order(
        people=options.people,
        held_out_people=max(1, options.people // 6),
        shards=options.shards,
        test_shards=options.test_shards,
        processes=options.processes,
    )
    return order, Sources(data / "mocap", rigs if rigs.is_dir() else None)

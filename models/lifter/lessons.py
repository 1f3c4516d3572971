# SPDX-License-Identifier: GPL-3.0-or-later
"""Train on a workshop's pairs, and measure what came of it: the two halves of ``mimic lifter``."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Final

from ...pipeline import lifter as lifting
from ..body.model import neutral_body
from . import bodypose3d, dataset, evaluate, onnx_export, pairs, train
from .evaluate import Score, Test
from .train import Plan, Progress
from .workshop import HELD_OUT, LIFTER, RUN, Order, Sources, read_offsets, read_people, read_tests

REAL: Final = "bodypose3d (real video)"
RAW: Final = "raw landmarks"


def train_lifter(folder: Path, plan: Plan, order: Order, sources: Sources) -> Iterator[Progress]:
    """Train on the pairs of a workshop, going on where it was broken off, and write `lifter.onnx` at the end.

    Raises:
        PairsMissing: there are no pairs in the workshop.
    """
    offsets, people = read_offsets(folder), read_people(folder)
    seen = pairs.read(folder / "pairs")
    data = dataset.prepare(seen, people, offsets)
    shown, those = read_tests(folder, sources, order)[HELD_OUT]
    yield from train.train(data, dataset.prepare(shown, those, offsets), offsets, plan, folder / RUN)
    log = train.read_log(folder / RUN / train.LOG)
    record = {"plan": asdict(plan), "order": asdict(order), "pairs": len(seen), "last": asdict(log[-1])}
    network = train.load(folder / RUN / train.CHECKPOINT)
    onnx_export.export(network, offsets, folder / LIFTER, record=record)
    (folder / "record.json").write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


def evaluate_lifters(
    folder: Path, lifters: dict[str, Path], order: Order, sources: Sources, *, bodypose3d_at: Path | None
) -> dict[str, dict[str, Score]]:
    """Scores by test, then by method: raw landmarks, the analytic solver, and each of the lifters with these names.

    Args:
        folder: the workshop, whose held-out pairs are the first tests.
        lifters: `.onnx` files by name.
        order: what the workshop was made by, and `sources` what from.
        bodypose3d_at: folder of the real video, or None to leave it out.
    """
    offsets = read_offsets(folder)
    tests = {
        name: evaluate.of_pairs(*held_out, offsets) for name, held_out in read_tests(folder, sources, order).items()
    }
    if bodypose3d_at is not None:
        tests[REAL] = _real(bodypose3d_at, order)
    networks = {name: lifting.load(path) for name, path in lifters.items()}
    scores: dict[str, dict[str, Score]] = {}
    for name, test in tests.items():
        scores[name] = {
            RAW: evaluate.raw(test),
            "analytic solver": evaluate.solved(test, evaluate.by_geometry, neutral_body()),
        }
        for label, network in networks.items():
            solve = partial(lifting.solve, body=neutral_body(), network=network)
            scores[name][label] = evaluate.solved(test, solve, dataset.trained_body(network.offsets))
    return scores


def worse_than_raw(scores: dict[str, dict[str, Score]], label: str) -> list[str]:
    """Limbs of the real video that a lifter points worse than the raw landmarks do: it must be none."""
    return evaluate.worse_limbs(scores[REAL][label], scores[REAL][RAW])


def _real(folder: Path, order: Order) -> Test:
    return evaluate.read_video(folder / bodypose3d.VIDEO, bodypose3d.truth(folder), model=order.model)

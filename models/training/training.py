# SPDX-License-Identifier: GPL-3.0-or-later
"""Train on a workshop's pairs: what ``mimic lifter train`` does when there are any."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .datasets import (
    HELD_OUT,
    LIFTER,
    LIFTER_CLEAN,
    RUN,
    RUN_CLEAN,
    Order,
    Sources,
    read_offsets,
    read_people,
    read_tests,
)
from .learning import calibration, onnx_export, trainer
from .learning.network import tempered
from .learning.trainer import Plan, Progress
from .pairs import clips, dataset, pairs
from .pairs.clean import clean as cleaned
from .pairs.dataset import Dataset
from .pairs.pairs import Pairs

_SHARE: Final = 0.85
"""How much of a correction is kept: as good on pictures of what was held out, and better on characters that are of
another make than those that were learnt from."""


def train_lifter(
    folder: Path, plan: Plan, order: Order, sources: Sources, *, clean: bool = False
) -> Iterator[Progress]:
    """Train on the pairs of a workshop, going on where it was broken off, and write `lifter.onnx` at the end.

    With `clean` it is the paper's lifter, which never saw what the landmark networks say: `lifter_clean.onnx`.

    Raises:
        PairsMissing: there are no pairs in the workshop.
    """
    offsets = read_offsets(folder)
    data = _clean(folder, order, offsets) if clean else _learnt(folder, order, offsets)
    shown, those = read_tests(folder, sources, order)[HELD_OUT]
    held_out = dataset.prepare(shown, those, offsets)
    run, target = (RUN_CLEAN, LIFTER_CLEAN) if clean else (RUN, LIFTER)
    yield from trainer.train(data, held_out, offsets, plan, folder / run)
    log = trainer.read_log(folder / run / trainer.LOG)
    record = {"plan": asdict(plan), "order": asdict(order), "pairs": len(data), "epochs": [asdict(p) for p in log]}
    network = tempered(trainer.load(folder / run / trainer.CHECKPOINT), 1.0 if clean else _SHARE)
    fitted = calibration.fit(calibration.errors(network, held_out, dataset.trained_body(offsets)))
    onnx_export.export(network, offsets, folder / target, record=record, calibration=fitted)
    (folder / run / "record.json").write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


def _learnt(folder: Path, order: Order, offsets: NDArray[np.float64]) -> Dataset:
    """All that is learnt from: pairs, and the frames of clips as if they were pairs."""
    people = read_people(folder)
    parts = [pairs.read(folder / "pairs")]
    if order.clip_shards:
        moving = clips.read(folder / "clips")
        parts += [_found(moving.pairs), _found(moving.smoothed())]
    return Dataset.joined([dataset.prepare(part, people, offsets) for part in parts])


def _clean(folder: Path, order: Order, offsets: NDArray[np.float64]) -> Dataset:
    """The same people in the same poses as in the pairs, seen without error but for noise; every other hand too."""
    people = read_people(folder)
    seen = cleaned(pairs.read(folder / "pairs"), people, offsets, seed=order.seed, hands=0.5)
    return dataset.prepare(seen, people, offsets)


def _found(frames: Pairs) -> Pairs:
    """Those frames that show somebody."""
    there = np.isfinite(frames.image).all(axis=(1, 2))
    return Pairs(**{name: values[there] for name, values in frames.columns().items()})

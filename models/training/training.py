# SPDX-License-Identifier: GPL-3.0-or-later
"""Train a lifter on the data sets and write its file, the second step of ``mimic train``."""

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
    DatasetSettings,
    SourceData,
    read_offsets,
    read_people,
    read_test_pairs,
)
from .learning import calibration, onnx_export, trainer
from .learning.network import scale_corrections
from .learning.trainer import EpochResult, TrainingSettings
from .pairs import clips, dataset, pairs
from .pairs.clean import clean as cleaned
from .pairs.dataset import Dataset
from .pairs.pairs import Pairs

_SHARE: Final = 0.85
"""Factor on the corrections: equally good on held-out people, and better on characters unlike those in training."""


def train_lifter(
    folder: Path, training: TrainingSettings, data: DatasetSettings, sources: SourceData, *, clean: bool = False
) -> Iterator[EpochResult]:
    """Train on the data sets in a folder, resuming an interrupted training, and write `lifter.onnx` at the end.

    Args:
        folder: the folder with the data sets; the checkpoint, the log and the result are written there too.
        training: settings of the training.
        data: settings with which the data sets were made.
        sources: what they were made from.
        clean: train on noise instead of the landmark networks' results, as in the paper: `lifter_clean.onnx`.

    Raises:
        PairsMissing: there are no pairs in the folder.
    """
    offsets = read_offsets(folder)
    learnt = _clean(folder, data, offsets) if clean else _seen_by_networks(folder, data, offsets)
    held_out = dataset.prepare(*read_test_pairs(folder, sources, data)[HELD_OUT], offsets)
    run, target = (RUN_CLEAN, LIFTER_CLEAN) if clean else (RUN, LIFTER)
    yield from trainer.train(learnt, held_out, offsets, training, folder / run)
    log = trainer.read_log(folder / run / trainer.LOG)
    record = _record(training, data, pairs=len(learnt), log=log)
    network = scale_corrections(trainer.load(folder / run / trainer.CHECKPOINT), 1.0 if clean else _SHARE)
    fitted = calibration.fit(calibration.collect_errors(network, held_out, dataset.trained_body(offsets)))
    onnx_export.export(network, offsets, folder / target, record=record, calibration=fitted)
    (folder / run / "record.json").write_text(json.dumps(record, indent=2, sort_keys=True) + "\n")


def _record(
    training: TrainingSettings, data: DatasetSettings, *, pairs: int, log: list[EpochResult]
) -> dict[str, object]:
    """Return the record of the training for a lifter's file, with the keys of the first lifters."""
    plan = asdict(training)
    plan["chance"] = plan.pop("augmentation")
    return {"plan": plan, "order": asdict(data), "pairs": pairs, "epochs": [asdict(epoch) for epoch in log]}


def _seen_by_networks(folder: Path, settings: DatasetSettings, offsets: NDArray[np.float64]) -> Dataset:
    """Return the pairs from pictures, and the frames of clips as pairs."""
    people = read_people(folder)
    parts = [pairs.read(folder / "pairs")]
    if settings.clip_shards:
        moving = clips.read(folder / "clips")
        parts += [_with_person(moving.pairs), _with_person(moving.smoothed())]
    return Dataset.joined([dataset.prepare(part, people, offsets) for part in parts])


def _clean(folder: Path, settings: DatasetSettings, offsets: NDArray[np.float64]) -> Dataset:
    """Return the people and poses of the pairs with noise as the only error, and with half of the hands."""
    people = read_people(folder)
    seen = cleaned(pairs.read(folder / "pairs"), people, offsets, seed=settings.seed, hands=0.5)
    return dataset.prepare(seen, people, offsets)


def _with_person(frames: Pairs) -> Pairs:
    """Return the frames in which a person was found."""
    there = np.isfinite(frames.image).all(axis=(1, 2))
    return Pairs(**{name: values[there] for name, values in frames.columns().items()})

# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic train`` and ``mimic evaluate``: the network that lifts landmarks to rotations, and how good it is."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ...pipeline.outputs import check_output, replacing
from .console import say
from .training_packages import check_installed

if TYPE_CHECKING:
    from ...models.training.datasets import DatasetSettings, SourceData
    from ...models.training.evaluation.evaluate import Method, Score

LIFTER: Final = "lifter, pairs"
BASELINE: Final = "lifter, clean samples with isotropic noise"
_NEEDED: Final = ("anny", "moderngl", "scipy", "torch")


def train(options: argparse.Namespace) -> int:
    """Make data sets and train on them; both resume where they were interrupted."""
    if options.faces:
        from .faces import train_faces

        return train_faces(options)
    data, sources = _data_settings(options, needed=_NEEDED)
    from ...models.training.datasets import make_datasets
    from ...models.training.learning.trainer import TrainingSettings
    from ...models.training.training import train_lifter

    for step in make_datasets(options.datasets, sources, data):
        say(step)
    training = TrainingSettings(epochs=options.epochs)
    for result in train_lifter(options.datasets, training, data, sources, clean=options.clean):
        say(
            f"Epoch {result.epoch + 1} of {options.epochs}: loss {result.loss:.3f}, held-out loss "
            f"{result.held_out_loss:.3f}, limbs {result.held_out_limbs:.1f} degrees off, {result.seconds:.0f} s"
        )
    say(f"Lifter: {options.datasets}")
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Write a table of raw landmarks, the analytic solver and the lifter on all held-out data."""
    if options.faces:
        from .faces import evaluate_faces

        return evaluate_faces(options)
    if options.scenes:
        from .scenes import evaluate_scenes

        return evaluate_scenes(options)
    data, sources = _data_settings(options, needed=("moderngl",) if options.sheet else ())
    from ...models.training.evaluation import comparison
    from ...models.training.evaluation.score_tables import markdown, target_table
    from ...models.training.evaluation.targets import targets

    for path in (options.output, options.sheet):
        if path is not None:
            check_output(path, force=options.force)
    video = options.data / "groundtruth" / "bodypose3d"
    real = video if video.is_dir() else None
    lifters = {BASELINE: options.baseline} if options.baseline else {}
    methods = comparison.make_methods({**lifters, LIFTER: options.lifter})
    scores: dict[str, dict[str, Score]] = {}
    for name, trial in comparison.read_trials(options.datasets, sources, data, bodypose3d_folder=real).items():
        scores |= comparison.compare({name: trial}, methods)
        lifted, raw = (scores[name][method].direction for method in (LIFTER, comparison.RAW))
        say(f"{name}: limbs {lifted:.1f} degrees off, raw landmarks {raw:.1f}")
    with replacing(options.output, force=options.force) as part:
        tables = [target_table(targets(scores, LIFTER)), markdown(scores, comparison.reliability(scores))]
        part.write_text("\n".join(tables), encoding="utf-8")
    say(f"Table: {options.output}")
    worse = comparison.worse_than_raw(scores, LIFTER) if real else []
    if worse:
        say(f"On the real video the lifter is worse than the raw landmarks at: {', '.join(worse)}.")
    if options.sheet is not None:
        _draw(options, {name: methods[name] for name in (LIFTER, comparison.GEOMETRY)}, data, sources)
    return 0


def _draw(
    options: argparse.Namespace, methods: "dict[str, Method]", data: "DatasetSettings", sources: "SourceData"
) -> None:
    from ...models.training.evaluation import bodypose3d
    from ...models.training.evaluation.contact_sheet import write_contact_sheet

    video = options.data / "groundtruth" / "bodypose3d" / bodypose3d.VIDEO
    shown = video if video.is_file() else None
    write_contact_sheet(options.sheet, options.datasets, methods, data, sources, video=shown)
    say(f"Contact sheet: {options.sheet}")


def _data_settings(options: argparse.Namespace, *, needed: Sequence[str]) -> "tuple[DatasetSettings, SourceData]":
    check_installed(needed)
    from ...models.training.datasets import DatasetSettings, SourceData, held_out_people

    characters = options.data / "rigs"
    settings = DatasetSettings(
        people=options.people,
        held_out_people=held_out_people(options.people),
        shards=options.shards,
        test_shards=options.test_shards,
        clip_shards=options.clip_shards,
        test_clip_shards=options.test_clip_shards,
        processes=options.processes,
    )
    return settings, SourceData(options.data / "mocap", characters if characters.is_dir() else None)

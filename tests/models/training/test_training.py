# SPDX-License-Identifier: GPL-3.0-or-later
"""From data sets to a file that lifts."""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")
onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")

from mimic.models.training.datasets import LIFTER, LIFTER_CLEAN, DatasetSettings, SourceData  # noqa: E402
from mimic.models.training.evaluation import comparison  # noqa: E402
from mimic.models.training.learning.network import NetworkSize  # noqa: E402
from mimic.models.training.learning.trainer import TrainingSettings  # noqa: E402
from mimic.models.training.training import train_lifter  # noqa: E402
from mimic.pipeline.solve.lifter import network as lifter_network  # noqa: E402

SMALL = NetworkSize(
    channels=16, across_tokens=24, across_channels=24, layers=1, hand_channels=8, hand_hidden=8, hand_layers=1
)
SETTINGS = TrainingSettings(epochs=1, batch=8, size=SMALL, half=False)
DATASETS = DatasetSettings(people=2, held_out_people=(1,), clip_shards=0)


@pytest.mark.parametrize(("clean", "file"), [(False, LIFTER), (True, LIFTER_CLEAN)])
def test_training_on_a_folder_of_data_sets_writes_a_lifter(datasets, clean, file):
    sources = SourceData(datasets)
    assert len(list(train_lifter(datasets, SETTINGS, DATASETS, sources, clean=clean))) == 1
    trials = comparison.read_trials(datasets, sources, DATASETS, bodypose3d_folder=None)
    scores = comparison.compare(trials, comparison.make_methods({"ours": datasets / file}))
    told = comparison.KNOWN_LENS.format("ours")
    assert all({"ours", told} <= tried.keys() for tried in scores.values())
    assert not (datasets / (LIFTER if clean else LIFTER_CLEAN)).exists()


def shape_of(record):
    """Nested names alone."""
    return {name: shape_of(value) for name, value in record.items()} if isinstance(record, dict) else None


def test_lifter_record_has_the_keys_of_the_shipped_lifters_record(datasets):
    list(train_lifter(datasets, SETTINGS, DATASETS, SourceData(datasets)))
    shipped = Path(lifter_network.__file__).parents[3] / "models" / "networks" / "lifter.onnx"
    plans = []
    for file in (datasets / LIFTER, shipped):
        properties = {each.key: each.value for each in onnx.load(str(file)).metadata_props}
        plans.append(json.loads(properties["record"])["plan"])
    assert shape_of(plans[0]) == shape_of(plans[1])

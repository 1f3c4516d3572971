# SPDX-License-Identifier: GPL-3.0-or-later
"""From a workshop to a file that lifts."""

import pytest

pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")
pytest.importorskip("onnx", reason="needs onnx, which is not installed here")

from mimic.models.training.datasets import LIFTER, LIFTER_CLEAN, Order, Sources
from mimic.models.training.evaluation import comparison
from mimic.models.training.learning.network import Size
from mimic.models.training.learning.trainer import Plan
from mimic.models.training.training import train_lifter

SMALL = Size(channels=16, across_tokens=24, across_channels=24, layers=1, hand_channels=8, hand_hidden=8, hand_layers=1)
PLAN = Plan(epochs=1, batch=8, size=SMALL, half=False)
ORDER = Order(people=2, held_out_people=(1,), clip_shards=0)


@pytest.mark.parametrize(("clean", "file"), [(False, LIFTER), (True, LIFTER_CLEAN)])
def test_a_workshop_becomes_a_lifter(workshop, clean, file):
    sources = Sources(workshop)
    assert len(list(train_lifter(workshop, PLAN, ORDER, sources, clean=clean))) == 1
    trials = comparison.read_trials(workshop, sources, ORDER, bodypose3d_at=None)
    scores = comparison.compare(trials, comparison.methods({"ours": workshop / file}))
    told = comparison.KNOWN_LENS.format("ours")
    assert all({"ours", told} <= tried.keys() for tried in scores.values())
    assert not (workshop / (LIFTER if clean else LIFTER_CLEAN)).exists()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule that decides: no lifter is accepted that points any limb of a real person worse than the raw landmarks."""

from pathlib import Path

import numpy as np
import pytest

from mimic.models import networks as networks_package
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation import evaluate, trials
from mimic.models.training.evaluation.bodypose3d import VIDEO, focal, truth
from mimic.models.training.pairs import dataset
from mimic.pipeline.solve.lifter import network as lifter_network
from mimic.pipeline.solve.lifter.solver import LifterSolver

OWN = Path(networks_package.__file__).parent / lifter_network.FILE


@pytest.mark.networks
@pytest.mark.slow
def test_lifter_on_the_real_video_has_no_limb_worse_than_raw_landmarks(shared_data, networks):
    if not OWN.exists():
        pytest.skip("no lifter is part of this version")
    folder = shared_data / "groundtruth" / "bodypose3d"
    trial = trials.of_video(folder / VIDEO, truth(folder), focal=focal(folder), model="full")
    network = lifter_network.load()
    body = dataset.trained_body(network.offsets)
    score = evaluate.score_method(trial, evaluate.Method(lambda: LifterSolver(neutral_body(), network=network), body))
    raw = evaluate.score_raw(trial)
    assert evaluate.worse_limbs(score, raw) == []
    assert score.direction < raw.direction
    assert score.pa_mpjpe < raw.pa_mpjpe
    assert np.isfinite(score.jitter)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: it learns, goes on where it was, and its file says what it says."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")

from mimic.models.body.model import neutral_body  # noqa: E402
from mimic.models.training.evaluation import evaluate, trials  # noqa: E402
from mimic.models.training.learning import calibration, trainer  # noqa: E402
from mimic.models.training.learning.calibration import ErrorSamples  # noqa: E402
from mimic.models.training.learning.losses import LiftingLoss, LossWeights  # noqa: E402
from mimic.models.training.learning.network import INPUTS, Lifter, NetworkInput, NetworkSize, frames, scale_corrections  # noqa: E402
from mimic.models.training.pairs import dataset  # noqa: E402
from mimic.models.training.pairs.batches import Batch  # noqa: E402
from mimic.pipeline.solve.lifter import network as lifter_network  # noqa: E402
from mimic.pipeline.solve.lifter.frames import Rest  # noqa: E402
from mimic.pipeline.solve.lifter.solver import LifterSolver  # noqa: E402
from mimic.pipeline.solve.lifter.tokens import tokenize  # noqa: E402

NONE = np.zeros((33, 3))
SMALL = NetworkSize(
    channels=16, across_tokens=24, across_channels=24, layers=2, hand_channels=8, hand_hidden=8, hand_layers=1
)
SETTINGS = trainer.TrainingSettings(epochs=4, batch=32, rate=5e-3, size=SMALL, half=False)
REST = Rest.of(neutral_body())


@pytest.fixture(scope="module")
def wrong(perfect_pairs, person):
    """Pairs whose network always sees everyone half as deep as they are."""
    flat = replace(perfect_pairs, world=perfect_pairs.world * np.array([1.0, 1.0, 0.5]))
    return flat, dataset.prepare(flat, [person], NONE)


def at_rest(count):
    """A batch of people at rest, whose landmarks say so."""
    base, fingers = (torch.tensor(f, dtype=torch.float32) for f in (REST.frames, REST.fingers))
    base, fingers = base.expand(count, 22, 3, 3), fingers.expand(count, 2, 15, 3, 3)
    tokens, hands, palms = torch.randn(count, 33, 14), torch.randn(count, 2, 21, 13), torch.ones(count, 2, 12)
    return Batch(NetworkInput(tokens, hands, palms, base, fingers), base, fingers, torch.full((count, 6), torch.nan))


def perfect_answer(count):
    zero = torch.zeros(count, 22, 6), torch.zeros(count, 2, 15, 6)
    return *zero, torch.zeros(count, 22), torch.zeros(count, 2, 15), torch.full((count, 6), 0.5)


def test_training_lowers_the_held_out_loss(wrong, tmp_path):
    _, data = wrong
    progress = list(trainer.train(data, data, NONE, replace(SETTINGS, epochs=12), tmp_path))
    assert progress[-1].held_out_loss < 0.9 * progress[0].held_out_loss
    assert (tmp_path / trainer.PLOT).read_text().startswith("<svg")
    assert len(trainer.read_log(tmp_path / trainer.LOG)) == 12


def test_training_interrupted_and_resumed_gives_the_same_loss(wrong, tmp_path):
    _, data = wrong
    whole = list(trainer.train(data, data, NONE, SETTINGS, tmp_path / "whole"))
    run = trainer.train(data, data, NONE, SETTINGS, tmp_path / "parts")
    next(run), next(run)
    run.close()
    parts = list(trainer.train(data, data, NONE, SETTINGS, tmp_path / "parts"))
    assert [p.epoch for p in parts] == [2, 3]
    assert parts[-1].held_out_loss == pytest.approx(whole[-1].held_out_loss, rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_untrained_network_corrects_nothing(training):
    batch = at_rest(3)
    correction, fingers, *_ = Lifter(SMALL).train(training)(*batch.inputs.tensors())
    assert float(correction.abs().max().detach()) == 0.0
    assert float(fingers.abs().max().detach()) == 0.0
    assert torch.allclose(frames(batch.inputs.base, correction), batch.inputs.base, atol=1e-5)


def test_network_reading_only_present_hands_gives_the_same_output():
    given = at_rest(4).inputs
    given.palms[1, 0] = given.palms[2] = 0.0
    network = Lifter(SMALL)
    torch.nn.init.normal_(network.reader.heads.weight)
    with torch.no_grad():
        training, ready = (network.train(mode)(*given.tensors()) for mode in (True, False))
    for one, other in zip(training, ready, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_tempered_network_corrects_by_a_share():
    network, given = Lifter(SMALL).eval(), at_rest(2).inputs
    torch.nn.init.normal_(network.heads.weight)
    with torch.no_grad():
        full, part = network(*given.tensors()), scale_corrections(network, 0.5)(*given.tensors())
    assert torch.allclose(part[0], 0.5 * full[0], atol=1e-5)
    assert torch.allclose(part[2], full[2], atol=1e-5)


def test_loss_of_the_truth_is_nearly_zero():
    result = LiftingLoss(neutral_body(), LossWeights(estimate=0.0))(at_rest(3), perfect_answer(3))
    assert float(result.loss) < 0.02
    assert float(result.joints.max()) < 0.1
    assert float(result.fingers.max()) < 0.1


def test_loss_landmarks_at_rest_are_those_of_the_body():
    body = neutral_body()
    base = torch.from_numpy(REST.frames[None].astype(np.float32))
    posed = LiftingLoss(body, LossWeights()).landmarks(base)[0].numpy()
    assert np.allclose(posed, body.landmarks[:33] - body.rest[0], atol=1e-5)


def test_exported_lifter_gives_the_outputs_of_the_network(wrong, person, tmp_path):
    pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    from mimic.models.training.learning.onnx_export import export

    pairs, data = wrong
    list(trainer.train(data, data, NONE, SETTINGS, tmp_path))
    network = trainer.load(tmp_path / trainer.CHECKPOINT)
    export(network, NONE, tmp_path / "lifter.onnx", record={"pairs": len(pairs)})
    loaded = lifter_network.load(tmp_path / "lifter.onnx")
    inputs = tokenize(dataset.points_of(pairs), loaded.rest)
    given = [torch.from_numpy(getattr(inputs, name)) for name in INPUTS]
    with torch.no_grad():
        own = network(*given)
    output = loaded(inputs)
    assert np.allclose(output.correction, own[0].numpy(), atol=2e-3)
    assert np.allclose(output.error, np.exp(own[2].numpy()), rtol=2e-2)
    assert np.allclose(output.shape, own[4].numpy(), atol=2e-3)
    trial = trials.of_pairs(pairs, [person], NONE)
    method = evaluate.Method(lambda: LifterSolver(neutral_body(), network=loaded), neutral_body())
    score = evaluate.score_method(trial, method)
    assert np.isfinite([score.direction, score.mpjpe, *score.turns.values()]).all()


def test_lifter_file_of_another_make_is_refused_with_a_sentence(tmp_path):
    onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    from mimic.pipeline.errors import LifterMissing

    value = onnx.helper.make_tensor_value_info("x", 1, [1])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value], [onnx.helper.make_tensor_value_info("y", 1, [1])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(tmp_path / "other.onnx"))
    with pytest.raises(LifterMissing, match="not a lifter"):
        lifter_network.load(tmp_path / "other.onnx")


def test_calibration_recovers_the_measured_errors():
    rng = np.random.default_rng(0)
    expected = np.exp(rng.normal(-1.5, 0.6, 4000))
    case = ErrorSamples(expected, rng.exponential(1.7 * expected**1.4))
    few = ErrorSamples(expected[:20], expected[:20])
    found = calibration.fit([case, few])
    assert np.allclose(found[0], [1.7, 1.4], rtol=0.08)
    assert np.allclose(found[1], 1.0)


def test_learning_rate_stays_level_then_falls_to_zero():
    run = trainer._Trainer(replace(SETTINGS, level=0.5), LiftingLoss(neutral_body(), SETTINGS.weights))
    rates = []
    for done in (0.4, 0.75, 1.0):
        run._steps = 10**6
        run._set_learning_rate(done)
        rates.append(run._optimizer.param_groups[0]["lr"])
    assert rates == pytest.approx([5e-3, 5e-3 * np.cos(np.pi / 4), 0.0], abs=1e-9)

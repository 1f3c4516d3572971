# SPDX-License-Identifier: GPL-3.0-or-later
"""Training: it learns, goes on where it was, and its file says what it says."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")

from mimic.models.body.model import neutral_body  # noqa: E402
from mimic.models.lifter import dataset, evaluate, train  # noqa: E402
from mimic.models.lifter.losses import Judge, Weights  # noqa: E402
from mimic.models.lifter.network import Lifter, Size, frames  # noqa: E402
from mimic.pipeline import lifter  # noqa: E402
from mimic.pipeline import lifter_tokens as lt  # noqa: E402

NONE = np.zeros((33, 3))
SMALL = Size(channels=16, across_tokens=24, across_channels=24, layers=2)
PLAN = train.Plan(epochs=4, batch=32, size=SMALL, noise=dataset.Noise(real=(1.0, 1.0)))


@pytest.fixture(scope="module")
def wrong(perfect_pairs, person):
    """Pairs whose network always sees everyone half as deep as they are."""
    torch.set_num_threads(1)
    flat = replace(perfect_pairs, world=perfect_pairs.world * np.array([1.0, 1.0, 0.5]))
    return flat, dataset.prepare(flat, [person], NONE)


def test_it_learns(wrong, tmp_path):
    _, data = wrong
    progress = list(train.train(data, data, NONE, replace(PLAN, epochs=25), tmp_path))
    assert progress[-1].held_out_loss < 0.8 * progress[0].held_out_loss
    assert (tmp_path / train.PLOT).read_text().startswith("<svg")
    assert len(train.read_log(tmp_path / train.LOG)) == 25


def test_broken_off_and_resumed_is_the_same_as_in_one_go(wrong, tmp_path):
    _, data = wrong
    whole = list(train.train(data, data, NONE, PLAN, tmp_path / "whole"))
    run = train.train(data, data, NONE, PLAN, tmp_path / "parts")
    next(run), next(run)
    run.close()
    parts = list(train.train(data, data, NONE, PLAN, tmp_path / "parts"))
    assert [p.epoch for p in parts] == [2, 3]
    assert parts[-1].held_out_loss == pytest.approx(whole[-1].held_out_loss, rel=1e-5)


def test_an_untrained_network_corrects_nothing():
    base = torch.from_numpy(np.broadcast_to(lt.rest_frames(neutral_body()), (3, 22, 3, 3)).astype(np.float32))
    correction, _ = Lifter(SMALL)(torch.randn(3, 33, lt.FEATURES), base)
    assert float(correction.abs().max().detach()) == 0.0
    assert torch.allclose(frames(base, correction), base, atol=1e-5)


def test_the_truth_is_not_punished():
    judge = Judge(neutral_body(), Weights(estimate=0.0))
    base = torch.from_numpy(np.broadcast_to(lt.rest_frames(neutral_body()), (3, 22, 3, 3)).astype(np.float32))
    loss, degrees = judge(base, (torch.zeros(3, 22, 6), torch.zeros(3, 22)), base)
    assert float(loss) < 0.02
    assert float(degrees.max()) < 0.1


def test_posed_landmarks_are_those_of_the_body():
    body = neutral_body()
    base = torch.from_numpy(lt.rest_frames(body)[None].astype(np.float32))
    posed = Judge(body, Weights()).landmarks(base)[0].numpy()
    assert np.allclose(posed, body.landmarks[:33] - body.rest[0], atol=1e-5)


def test_the_file_lifts_as_the_network_does(wrong, person, tmp_path):
    pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    from mimic.models.lifter.onnx_export import export

    pairs, data = wrong
    list(train.train(data, data, NONE, PLAN, tmp_path))
    network = train.load(tmp_path / train.CHECKPOINT)
    export(network, NONE, tmp_path / "lifter.onnx", record={"pairs": len(pairs)})
    loaded = lifter.load(tmp_path / "lifter.onnx")
    seen = dataset.plain(data, loaded.rest)
    correction, _ = loaded(seen)
    with torch.no_grad():
        own, _ = network(torch.from_numpy(seen.tokens), torch.from_numpy(seen.base.astype(np.float32)))
    assert np.allclose(correction, own.numpy(), atol=1e-4)
    test = evaluate.of_pairs(pairs, [person], NONE)
    score = evaluate.solved(test, lambda track: lifter.solve(track, neutral_body(), network=loaded), neutral_body())
    assert np.isfinite([score.direction, score.mpjpe, *score.turns.values()]).all()


def test_a_file_of_another_make_is_a_sentence(tmp_path):
    onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    from mimic.pipeline.errors import LifterMissing

    value = onnx.helper.make_tensor_value_info("x", 1, [1])
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    graph = onnx.helper.make_graph([node], "g", [value], [onnx.helper.make_tensor_value_info("y", 1, [1])])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(tmp_path / "other.onnx"))
    with pytest.raises(LifterMissing, match="not a lifter"):
        lifter.load(tmp_path / "other.onnx")

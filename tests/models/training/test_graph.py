# SPDX-License-Identifier: GPL-3.0-or-later
"""The graph that is written for speed answers as the network does."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")
onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")

from mimic.models.training.learning import onnx_graph  # noqa: E402
from mimic.models.training.learning.network import INPUTS, OUTPUTS, Lifter, NetworkSize  # noqa: E402

SMALL = NetworkSize(
    channels=24, across_tokens=16, across_channels=32, layers=2, hand_channels=8, hand_hidden=16, hand_layers=2
)


@pytest.fixture(scope="module", params=[SMALL, NetworkSize()], ids=["small", "whole"])
def network(request):
    """All of its numbers are drawn, also those that training begins with as 0 or 1, and known in half precision."""
    torch.manual_seed(4)
    made = Lifter(request.param).eval()
    with torch.no_grad():
        for values in made.parameters():
            values.add_(0.1 * torch.randn_like(values)).copy_(values.half().float())
    return made


@pytest.fixture(scope="module")
def session(network):
    import onnxruntime

    model = onnx_graph.model_of(network)
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def given(count, hands):
    """Inputs of so many frames, which show these hands (count, 2)."""
    rng = np.random.default_rng(count)
    there = np.asarray(hands, dtype=np.float32)
    drawn = {
        "tokens": rng.normal(size=(count, 33, 14)),
        "hands": rng.normal(size=(count, 2, 21, 13)) * there[..., None, None],
        "palms": rng.normal(size=(count, 2, 12)) * there[..., None],
        "base": rng.normal(size=(count, 22, 3, 3)),
        "fingers": rng.normal(size=(count, 2, 15, 3, 3)),
    }
    drawn["palms"][..., -1] = there
    return {name: values.astype(np.float32) for name, values in drawn.items()}


@pytest.mark.parametrize("hands", [[[1, 1]], [[0, 0]], [[0, 1]], [[1, 0], [0, 0], [1, 1], [0, 1], [0, 0]]], ids=str)
def test_onnx_graph_gives_the_outputs_of_the_network(network, session, hands):
    feed = given(len(hands), hands)
    with torch.no_grad():
        expected = network(*(torch.from_numpy(feed[name]) for name in INPUTS))
    for name, own, other in zip(OUTPUTS, expected, session.run(list(OUTPUTS), feed), strict=True):
        assert own.shape == other.shape, name
        assert np.allclose(own.numpy(), other, atol=2e-5, rtol=1e-4), name


def test_onnx_graph_ignores_the_fingers_of_a_missing_hand(session):
    feed = given(2, [[1, 0], [0, 1]])
    told = session.run(list(OUTPUTS), feed)
    feed["hands"][0, 1], feed["fingers"][1, 0] = 9.0, -9.0
    for name, own, other in zip(OUTPUTS, told, session.run(list(OUTPUTS), feed), strict=True):
        np.testing.assert_allclose(other, own, atol=1e-5, err_msg=name)


def test_onnx_graph_is_standard_onnx_with_half_precision_weights(network):
    model = onnx_graph.model_of(network)
    assert {node.domain for node in model.graph.node} == {""}
    large = [t for t in model.graph.initializer if np.prod(t.dims) > 3000 and t.data_type == onnx.TensorProto.FLOAT]
    # Only the tokens' names carry biases that they were added to.
    assert [list(t.dims) for t in large] in ([], [[57, network.size.channels]])

# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network as an ONNX graph: the same results as `network.Lifter` in evaluation mode, with fewer nodes.

For a single frame, ONNX Runtime's overhead per node is as large as the arithmetic of a small node. So the graph is
not what PyTorch's exporter would write, but optimized:

* Biases of embeddings are part of the tokens' names, and directions of the joints' frames are rows of their weights.
* The output bias of a mixer across tokens is the same for all channels of a token. Layer normalization removes it, so
  it is dropped; only the means and the summary depend on it, and have it in their own biases.
* Only hands that were found are processed (and the first), as in training: the pipeline's second look has none.

All operators are standard ONNX, in an order in which ONNX Runtime fuses bias with GELU, and transpose with matrix
product.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.lifter.frames import SOLVED
from ....pipeline.solve.lifter.tokens import FEATURES, HAND_FEATURES, PALM_FEATURES
from .network import FINGERS, HAND_POINTS, INPUTS, OUTPUTS, POINTS, Lifter

Floats = NDArray[np.float32]

OPSET: Final = 17
_IR: Final = 8
_MIN_HALF: Final = 128
"""Tensors with fewer elements stay in full precision, as their size does not matter."""
_JOINTS: Final = len(SOLVED)
_HAND_OUTPUTS: Final = 7 * FINGERS
"""Number of outputs of a hand's heads."""
_END: Final = 2**31 - 1
_EPSILON: Final = 1e-5
"""Added to the variance by PyTorch's layer normalization."""


def model_of(network: Lifter) -> Any:
    """Return the ONNX model with inputs `network.INPUTS` and outputs `network.OUTPUTS` for any number of frames.

    Weights are rounded to half precision; a Cast converts them back when the file is loaded.
    """
    from onnx import TensorProto, helper

    graph = _Graph({name: _rounded(values.numpy()) for name, values in network.state_dict().items()})
    _body(graph, *_hands(graph, network.size.hand_layers), network.size.layers)
    shapes = {
        "tokens": (POINTS, FEATURES),
        "hands": (2, HAND_POINTS, HAND_FEATURES),
        "palms": (2, PALM_FEATURES),
        "base": (_JOINTS, 3, 3),
        "fingers": (2, FINGERS, 3, 3),
        "correction": (_JOINTS, 6),
        "finger_correction": (2, FINGERS, 6),
        "log_error": (_JOINTS,),
        "finger_log_error": (2, FINGERS),
        "shape": (len(graph.weights["shape.bias"]),),
    }
    inputs, outputs = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ("frames", *shapes[name])) for name in names]
        for names in (INPUTS, OUTPUTS)
    )
    graph_proto = helper.make_graph(graph.nodes, "lifter", inputs, outputs, graph.tensors)
    return helper.make_model(
        graph_proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR, producer_name="mimic"
    )


class _Graph:
    """Collects nodes and tensors; has the network's `weights` by their names in PyTorch."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self.weights = weights
        self.nodes: list[Any] = []
        self.tensors: list[Any] = []
        self._one, self._half, self._root = (self.constant(np.array(value)) for value in (1.0, 0.5, np.sqrt(2.0)))

    def node(self, kind: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        """Append a node, and return the name of its output."""
        from onnx import helper

        name = name or f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Store an array, in half precision if that is exact, and return its name."""
        from onnx import TensorProto, numpy_helper

        name = f"constant_{len(self.tensors)}"
        values = np.ascontiguousarray(values)
        if values.dtype.kind == "f":
            values = values.astype(np.float32)
            half = values.astype(np.float16)
            if values.size >= _MIN_HALF and np.array_equal(half, values):
                self.tensors.append(numpy_helper.from_array(half, f"{name}.half"))
                return self.node("Cast", f"{name}.half", name=name, to=TensorProto.FLOAT)
        self.tensors.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, *values: int) -> str:
        """Store integers, and return their name."""
        return self.constant(np.array(values, np.int64))

    def slice_axis(self, x: str, first: int, end: int, axis: int, *, name: str = "") -> str:
        """Append a slice of one axis."""
        return self.node("Slice", x, self.integers(first), self.integers(end), self.integers(axis), name=name)

    def reshape(self, x: str, *shape: int, name: str = "") -> str:
        """Append a reshape."""
        return self.node("Reshape", x, self.integers(*shape), name=name)

    def linear(self, x: str, layer: str) -> str:
        """Append a layer's matrix product, without its bias."""
        return self.node("MatMul", x, self.constant(self.weights[f"{layer}.weight"].T))

    def layer_norm(self, x: str, layer: str) -> str:
        """Append a layer normalization of the last axis."""
        scale, bias = (self.constant(self.weights[f"{layer}.{name}"]) for name in ("weight", "bias"))
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=_EPSILON)

    def directions(self, frames: str, layer: str) -> str:
        """Append a layer's matrix product with Y and Z of frames (..., 9), without its bias."""
        weight = self.weights[f"{layer}.weight"]
        rows = np.zeros((3, 3, len(weight)), np.float32)
        rows[:, 1], rows[:, 2] = weight[:, :3].T, weight[:, 3:].T
        return self.node("MatMul", frames, self.constant(rows.reshape(9, -1)))

    def mixers(self, x: str, prefix: str, count: int) -> tuple[str, Floats]:
        """Append mixers. Return the tokens without an offset, and the offset (tokens,), equal in all channels."""
        offset = np.zeros(1, np.float32)
        for i in range(count):
            layer = f"{prefix}mixers.{i}"
            flipped = self.node("Transpose", self.layer_norm(x, f"{layer}.before_tokens"), perm=(0, 2, 1))
            hidden = self.node("Transpose", self.hidden(flipped, f"{layer}.tokens"), perm=(0, 2, 1))
            mixed = self.node("MatMul", self.constant(self.weights[f"{layer}.tokens.2.weight"]), hidden)
            offset = offset + self.weights[f"{layer}.tokens.2.bias"]
            x = self.node("Add", x, mixed)
            hidden = self.hidden(self.layer_norm(x, f"{layer}.before_channels"), f"{layer}.channels")
            bias = self.constant(self.weights[f"{layer}.channels.2.bias"])
            x = self.node("Add", x, self.node("Add", self.linear(hidden, f"{layer}.channels.2"), bias))
        return x, offset

    def hidden(self, x: str, layer: str) -> str:
        """Hidden units of a perceptron. ONNX Runtime knows its bias and GELU, these six nodes, as one."""
        x = self.node("Add", self.linear(x, f"{layer}.0"), self.constant(self.weights[f"{layer}.0.bias"]))
        share = self.node("Add", self.node("Erf", self.node("Div", x, self._root)), self._one)
        return self.node("Mul", self.node("Mul", x, share), self._half)

    def heads(self, x: str, prefix: str, first: int, end: int) -> str:
        """Append the heads of the tokens from `first` up to but without `end`: (n, joints, 7)."""
        x = self.node(
            "Transpose", self.slice_axis(self.layer_norm(x, f"{prefix}.before"), first, end, 1), perm=(1, 0, 2)
        )
        x = self.node("MatMul", x, self.constant(self.weights[f"{prefix}.weight"]))
        return self.node(
            "Add", self.node("Transpose", x, perm=(1, 0, 2)), self.constant(self.weights[f"{prefix}.bias"])
        )


def _hands(graph: _Graph, layers: int) -> tuple[str, Floats]:
    """Append the hands' mixer and the outputs for fingers.

    Returns:
        Summaries (n, 2, c) of both hands, 0 for a hand that was not found, and the offset that the others lack.
    """
    from onnx import TensorProto

    weights, tokens = graph.weights, 1 + HAND_POINTS
    present = graph.reshape(graph.slice_axis("palms", PALM_FEATURES - 1, PALM_FEATURES, 2), -1)
    present = graph.node("Greater", present, graph.constant(np.array(0.5)))
    # The first is always processed, because ONNX Runtime 1.19 cannot multiply empty tensors.
    read = graph.node("Concat", graph.constant(np.array([True])), graph.slice_axis(present, 1, _END, 0), axis=0)
    hands = graph.node("Compress", graph.reshape("hands", -1, HAND_POINTS, HAND_FEATURES), read, axis=0)
    fingers = graph.node("Compress", graph.reshape("fingers", -1, FINGERS, 9), read, axis=0)
    names = weights["reader.names"].copy()
    names[1:tokens] += weights["reader.embed_points.bias"]
    names[tokens:] += weights["reader.embed_joints.bias"]
    points = graph.node("Pad", graph.linear(hands, "reader.embed_points"), graph.integers(0, 1, 0, 0, 0, 0))
    joints = graph.directions(fingers, "reader.embed_joints")
    x = graph.node("Add", graph.node("Concat", points, joints, axis=1), graph.constant(names))
    x, offset = graph.mixers(x, "reader.", layers)
    outputs = graph.reshape(graph.heads(x, "reader.heads", tokens, tokens + FINGERS), -1, _HAND_OUTPUTS)
    channels = names.shape[1]
    summary = graph.reshape(graph.slice_axis(x, 0, 1, 1), -1, channels)
    # The first row is the output for a hand that was not found.
    absent = np.concatenate([weights["absent"].ravel(), np.zeros(channels, np.float32)])
    rows = graph.node("Concat", graph.constant(absent[None]), graph.node("Concat", outputs, summary, axis=1), axis=0)
    read_integers, present_integers = (graph.node("Cast", flags, to=TensorProto.INT64) for flags in (read, present))
    row = graph.node("Mul", graph.node("CumSum", read_integers, graph.integers(0)), present_integers)
    rows = graph.node("Gather", rows, row, axis=0)
    outputs = graph.reshape(graph.slice_axis(rows, 0, _HAND_OUTPUTS, 1), -1, 2, FINGERS, 7)
    graph.slice_axis(outputs, 0, 6, 3, name="finger_correction")
    graph.reshape(graph.slice_axis(outputs, 6, 7, 3), -1, 2, FINGERS, name="finger_log_error")
    return graph.reshape(graph.slice_axis(rows, _HAND_OUTPUTS, _HAND_OUTPUTS + channels, 1), -1, 2, channels), offset[0]


def _body(graph: _Graph, summary: str, summary_offset: Floats, layers: int) -> None:
    """Append the body's mixer and its outputs; `summary_offset` is the offset that the summaries of hands lack."""
    weights = graph.weights
    palms = weights["embed_palms.weight"].T.copy()
    # The last feature is 1 for a hand that was found, and only such a hand has a summary.
    palms[-1] += weights["embed_summary.bias"] + summary_offset * weights["embed_summary.weight"].sum(axis=1)
    hands = graph.node("MatMul", "palms", graph.constant(palms))
    hands = graph.node("Add", hands, graph.linear(summary, "embed_summary"))
    joints = graph.directions(graph.reshape("base", -1, _JOINTS, 9), "embed_joints")
    names = weights["names"].copy()
    names[:POINTS] += weights["embed_points.bias"]
    names[POINTS:-2] += weights["embed_joints.bias"]
    names[-2:] += weights["embed_palms.bias"]
    x = graph.node("Concat", graph.linear("tokens", "embed_points"), joints, hands, axis=1)
    x, offset = graph.mixers(graph.node("Add", x, graph.constant(names)), "", layers)
    outputs = graph.heads(x, "heads", POINTS, POINTS + _JOINTS)
    graph.slice_axis(outputs, 0, 6, 2, name="correction")
    graph.reshape(graph.slice_axis(outputs, 6, 7, 2), -1, _JOINTS, name="log_error")
    bias = weights["shape.bias"] + offset.mean() * weights["shape.weight"].sum(axis=1)
    mean = graph.node("ReduceMean", x, axes=(1,), keepdims=0)
    shape = graph.node("Gemm", mean, graph.constant(weights["shape.weight"]), graph.constant(bias), transB=1)
    graph.node("Sigmoid", shape, name="shape")


def _rounded(values: Floats) -> Floats:
    """Round values to half precision, unless they are few."""
    return values.astype(np.float16).astype(np.float32) if values.size >= _MIN_HALF else values

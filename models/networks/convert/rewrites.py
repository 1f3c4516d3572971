# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to a network that keep its results and make it faster in ONNX Runtime.

Each takes a `Graph` and returns a `Graph`, with TFLite's operators (and LAYER_NORM, which TFLite lacks). The benefit of
each was measured.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .channel_blocks import widen
from .graph import ABSENT, Editor, Graph, Operator

_NO_ACTIVATION: Final = 0
_RELU: Final = 1
_RELU6: Final = 3
_VALID: Final = 1

_POINTWISE: Final[dict[str, Any]] = {
    "padding": _VALID,
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": _NO_ACTIVATION,
}


def tune(graph: Graph, *, channel_block: int = 1) -> Graph:
    """Apply all rewrites, in an order in which later ones benefit from earlier ones."""
    graph = prelu_as_convolutions(layer_norms(fold_constants(graph)))
    graph = channel_moves_as_convolutions(clipped_sums_as_convolutions(graph))
    return widen(graph, channel_block)


def fold_constants(graph: Graph) -> Graph:
    """Remove DEQUANTIZE and DENSIFY, whose float16 and sparse constants were decoded when the file was read."""
    editor = Editor(graph)
    for operator in graph.operators:
        data = editor.data(operator.inputs[0])
        if operator.kind in ("DEQUANTIZE", "DENSIFY") and data is not None:
            editor.tensors[operator.output] = replace(editor.tensors[operator.output], data=data)
        else:
            editor.operators.append(operator)
    return editor.graph()


def layer_norms(graph: Graph) -> Graph:
    """Ten operators that divide the last axis by its deviation from its mean, and scale it -> LAYER_NORM.

    Halves the time of a small network that has many of them.
    """
    editor = Editor(graph)
    makers = {operator.output: operator for operator in graph.operators}
    for operator in graph.operators:
        editor.operators.append(_layer_norm(editor, makers, operator) or operator)
    changed = editor.graph()
    return changed if changed == graph else changed.pruned(graph.outputs)


def _layer_norm(editor: Editor, makers: Mapping[int, Operator], operator: Operator) -> Operator | None:
    """Return the LAYER_NORM of which this is the last operator, x s + (-m) s with s = scale / sqrt(variance + epsilon).

    None if it is not.
    """

    def made(index: int, kind: str) -> tuple[int, int]:
        """Return the operands of what makes a value (a second one of unary operators is 0)."""
        maker = makers.get(index)
        if maker is None or maker.kind != kind or maker.options.get("fused_activation_function", _NO_ACTIVATION):
            raise LookupError
        return maker.inputs[0], maker.inputs[1] if len(maker.inputs) > 1 else 0

    def mean(index: int) -> int:
        """Return what a mean over the last axis, which stays, is of."""
        source, axes = made(index, "MEAN")
        data = editor.data(axes)
        last = len(editor.tensors[source].shape) - 1
        if data is None or data.ravel().tolist() not in ([last], [-1]) or not makers[index].options["keep_dims"]:
            raise LookupError
        return source

    try:
        scaled, moved = made(operator.output, "ADD")
        source, factor = made(scaled, "MUL")
        negative, same_factor = made(moved, "MUL")
        middle, _ = made(negative, "NEG")
        root, scale = made(factor, "MUL")
        variance, small = made(made(root, "RSQRT")[0], "ADD")
        differences = made(mean(variance), "SQUARED_DIFFERENCE")
        epsilon, factors = editor.data(small), editor.data(scale)
        if mean(middle) != source or differences != (source, middle) or factor != same_factor:
            return None
    except LookupError:
        return None
    if epsilon is None or epsilon.size != 1 or factors is None or factors.ndim != 1:
        return None
    return Operator("LAYER_NORM", (source, scale), operator.outputs, {"epsilon": float(epsilon.item())})


def prelu_as_convolutions(graph: Graph) -> Graph:
    """PRELU with slope a -> x + (1 - a) relu(-x), with the products as depthwise 1x1 convolutions.

    ONNX Runtime's PRelu is slow, and needs values to be converted from the blocked layout of its convolutions and
    back; this form does not.
    """
    editor = Editor(graph)
    for operator in graph.operators:
        slopes = editor.data(operator.inputs[1]) if operator.kind == "PRELU" else None
        if slopes is None or slopes.shape[:-1] != (1, 1):
            editor.operators.append(operator)
        else:
            _prelu(editor, operator, slopes.astype(np.float32).ravel())
    return editor.graph()


def _prelu(editor: Editor, operator: Operator, slopes: NDArray[np.float32]) -> None:
    source = operator.inputs[0]
    below = _scaled(editor, source, np.full(slopes.shape, -1, np.float16), activation=_RELU)
    correction = _scaled(editor, below, 1 - slopes, activation=_NO_ACTIVATION)
    options = {"fused_activation_function": _NO_ACTIVATION}
    # The correction is the first operand, so that ONNX Runtime fuses the addition with the multiplication.
    editor.operators.append(Operator("ADD", (correction, source), operator.outputs, options))


def _scaled(
    editor: Editor, source: int, factors: NDArray[np.floating[Any]], *, activation: int, product: int | None = None
) -> int:
    """Append a multiplication by channel and an activation, and return the product's index."""
    tensor = editor.tensors[source]
    weights = editor.constant(factors.reshape(1, 1, 1, -1), f"{tensor.name}_factors")
    if product is None:
        product = editor.value(tensor.shape, f"{tensor.name}_scaled")
    options = {**_POINTWISE, "depth_multiplier": 1, "fused_activation_function": activation}
    editor.operators.append(Operator("DEPTHWISE_CONV_2D", (source, weights, ABSENT), (product,), options))
    return product


def clipped_sums_as_convolutions(graph: Graph) -> Graph:
    """ADD with a fused RELU6 -> ADD, then a depthwise 1x1 convolution by one with the fused RELU6.

    ONNX Runtime clips in the blocked layout only as part of a convolution; a Clip after a sum costs a conversion from
    that layout and one back.
    """
    editor = Editor(graph)
    for operator in graph.operators:
        shape = editor.tensors[operator.output].shape
        clipped = operator.kind == "ADD" and operator.options["fused_activation_function"] == _RELU6
        if not clipped or len(shape) != 4:
            editor.operators.append(operator)
            continue
        total = editor.value(shape, f"{editor.tensors[operator.output].name}_sum")
        options = {**operator.options, "fused_activation_function": _NO_ACTIVATION}
        editor.operators.append(replace(operator, outputs=(total,), options=options))
        ones = np.ones(shape[3], np.float16)
        _scaled(editor, total, ones, activation=_RELU6, product=operator.output)
    return editor.graph()


def channel_moves_as_convolutions(graph: Graph) -> Graph:
    """Channels added (PAD) or dropped (STRIDED_SLICE) -> 1x1 convolution by a part of the identity matrix."""
    editor = Editor(graph)
    for operator in graph.operators:
        kept = _kept_channels(editor, operator)
        if kept is None:
            editor.operators.append(operator)
            continue
        weights = editor.constant(kept.reshape(kept.shape[0], 1, 1, kept.shape[1]), f"channels_{operator.output}")
        inputs = (operator.inputs[0], weights, ABSENT)
        editor.operators.append(Operator("CONV_2D", inputs, operator.outputs, _POINTWISE))
    return editor.graph()


def _kept_channels(editor: Editor, operator: Operator) -> NDArray[np.float16] | None:
    """Return a matrix (channels out, channels in) of ones and zeros, or None if the operator does anything else."""
    shape = editor.tensors[operator.inputs[0]].shape
    new_shape = editor.tensors[operator.output].shape
    if len(shape) != 4 or shape[:3] != new_shape[:3] or shape[3] == new_shape[3]:
        return None
    if operator.kind == "PAD":
        amounts = editor.data(operator.inputs[1])
        offset = None if amounts is None else -int(amounts[3, 0])
    elif operator.kind == "STRIDED_SLICE" and not any(operator.options.values()):
        begin, strides = editor.data(operator.inputs[1]), editor.data(operator.inputs[3])
        offset = None if begin is None or strides is None or strides[3] != 1 else int(begin[3])
    else:
        offset = None
    return None if offset is None else np.eye(new_shape[3], shape[3], offset, dtype=np.float16)

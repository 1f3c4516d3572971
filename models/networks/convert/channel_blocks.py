# SPDX-License-Identifier: GPL-3.0-or-later
"""Widen values to whole blocks of channels, so that ONNX Runtime keeps them in its blocked layout.

Its convolutions work on blocks of 16 channels with AVX-512 (8 with AVX2). A value of 24 channels is converted from
that layout and back between two operators; one of 32, with 8 unused, is not. Unused channels are harmless whatever
their values, because every convolution that reads them has zero weights for them.
"""

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .graph import Editor, Graph, Operator

_KEEPS_CHANNELS: Final = frozenset({"ADD", "DEPTHWISE_CONV_2D", "MAX_POOL_2D", "RELU", "RESIZE_BILINEAR"})
_CONVOLUTION: Final = "CONV_2D"


def widen(graph: Graph, block: int) -> Graph:
    """Widen the channels of a network's inner values to multiples of ``block`` wherever possible."""
    widened = _widenable(graph, block)
    editor = Editor(graph)
    for i in widened:
        shape = graph.tensors[i].shape
        editor.tensors[i] = replace(graph.tensors[i], shape=(*shape[:3], -(-shape[3] // block) * block))
    for operator in graph.operators:
        editor.operators.append(_with_wider_constants(editor, operator, widened))
    return editor.graph()


def _widenable(graph: Graph, block: int) -> set[int]:
    """Return the values that are not multiples of ``block`` and are only used by operators that can be widened."""
    widened = {
        operator.output
        for operator in graph.operators
        if _can_follow(graph, operator) and graph.tensors[operator.output].shape[3] % block
    }.difference(graph.outputs)
    changed = True
    while changed:
        excluded: set[int] = set()
        for operator in graph.operators:
            tied = operator.kind in _KEEPS_CHANNELS and not widened.issuperset(_values(graph, operator))
            if tied or not _can_follow(graph, operator):
                excluded |= widened.intersection((*operator.inputs, operator.output))
        changed = bool(excluded)
        widened -= excluded
    return widened


def _values(graph: Graph, operator: Operator) -> set[int]:
    """Return the values that the operator reads and writes, without constants."""
    return {i for i in (*operator.inputs, operator.output) if i >= 0 and graph.tensors[i].data is None}


def _can_follow(graph: Graph, operator: Operator) -> bool:
    values = _values(graph, operator)
    if any(len(graph.tensors[i].shape) != 4 for i in values):
        return False
    if operator.kind == _CONVOLUTION:
        weights = graph.tensors[operator.inputs[1]].data
        return weights is not None and weights.shape[3] == graph.tensors[operator.inputs[0]].shape[3]
    same_width = len({graph.tensors[i].shape[3] for i in values}) == 1
    return operator.kind in _KEEPS_CHANNELS and same_width


def _with_wider_constants(editor: Editor, operator: Operator, widened: set[int]) -> Operator:
    """Extend the operator's weights, bias or addend by zeros to the widths of its values."""
    if not widened.intersection((*operator.inputs, operator.output)):
        return operator
    width_in, width_out = (editor.tensors[i].shape[3] for i in (operator.inputs[0], operator.output))
    inputs = list(operator.inputs)
    for place, i in enumerate(operator.inputs):
        data = editor.data(i)
        if data is None or operator.kind == "RESIZE_BILINEAR":
            continue
        name = f"{editor.tensors[i].name}_wide"
        if operator.kind == _CONVOLUTION and data.ndim == 4:
            inputs[place] = editor.constant(_extend(_extend(data, width_out, axis=0), width_in, axis=3), name)
        elif data.ndim:
            inputs[place] = editor.constant(_extend(data, width_out, axis=data.ndim - 1), name)
    return replace(operator, inputs=tuple(inputs))


def _extend(data: NDArray[Any], width: int, *, axis: int) -> NDArray[Any]:
    """Add zeros at the end of an axis; a last axis of length 1 is broadcast and stays."""
    if data.shape[axis] == 1 and axis == data.ndim - 1:
        return data
    amounts = [(0, 0)] * data.ndim
    amounts[axis] = (0, width - data.shape[axis])
    return np.pad(data, amounts)

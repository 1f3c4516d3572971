# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a .tflite file in TFLite, as the reference for the converted network. Needs ai-edge-litert."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .attention_reference import OPERATORS
from .convert import tflite_file
from .convert.graph import Graph, Operator
from .convert.read import read
from .convert.rewrites import fold_constants

Array = NDArray[np.float32]


class Reference:
    """A network in TFLite. Custom operators, which TFLite lacks, run in numpy between the parts of the network."""

    def __init__(self, file: bytes, name: str) -> None:
        graph = read(file, name)
        self._output_names = {i: graph.tensors[i].name for i in graph.outputs}
        if any(operator.kind in OPERATORS for operator in graph.operators):
            folded = fold_constants(graph)
            self._graph = replace(folded, tensors=tuple(_as_float32(tensor) for tensor in folded.tensors))
            self._steps = _steps(self._graph)
        else:
            self._graph = graph
            self._steps = [_Part(graph, file)]

    def run(self, picture: Array) -> dict[str, Array]:
        """Run it on an input (1, height, width, 3), and return all outputs by their names in TFLite."""
        values: dict[int, Array] = {self._graph.inputs[0]: picture}
        for step in self._steps:
            values.update(step.run(values))
        return {name: values[i] for i, name in self._output_names.items()}


class _Part:
    """A part of the network without custom operators."""

    def __init__(self, graph: Graph, file: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._graph = graph
        self._interpreter = Interpreter(model_content=file, num_threads=1)
        self._interpreter.allocate_tensors()
        self._inputs = _by_name(self._interpreter.get_input_details())
        self._outputs = _by_name(self._interpreter.get_output_details())

    def run(self, values: Mapping[int, Array]) -> dict[int, Array]:
        tensors = self._graph.tensors
        for i in self._graph.inputs:
            self._interpreter.set_tensor(self._inputs[tensors[i].name], values[i])
        self._interpreter.invoke()
        return {i: self._interpreter.get_tensor(self._outputs[tensors[i].name]) for i in self._graph.outputs}


class _Custom:
    """One custom operator."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def run(self, values: Mapping[int, Array]) -> dict[int, Array]:
        inputs = [values[i] for i in self._operator.inputs]
        function: Any = OPERATORS[self._operator.kind]
        return {self._operator.output: function(self._operator.options, *inputs)}


def _by_name(details: list[dict[str, Any]]) -> dict[str, int]:
    return {str(detail["name"]): int(detail["index"]) for detail in details}


def _as_float32(tensor: Any) -> Any:
    if tensor.data is None or tensor.data.dtype != np.float16:
        return tensor
    return replace(tensor, data=tensor.data.astype(np.float32))


def _steps(graph: Graph) -> list[_Part | _Custom]:
    """Split the network into the custom operators and the largest possible parts between them."""
    known = {i for i, tensor in enumerate(graph.tensors) if tensor.data is not None} | {-1, *graph.inputs}
    waiting = list(graph.operators)
    steps: list[_Part | _Custom] = []
    while waiting:
        part: list[Operator] = []
        for operator in waiting:
            if operator.kind not in OPERATORS and known.issuperset(operator.inputs):
                part.append(operator)
                known.update(operator.outputs)
        ready = [o for o in waiting if o.kind in OPERATORS and known.issuperset(o.inputs)]
        waiting = [o for o in waiting if o not in part and o not in ready]
        if part:
            steps.append(_part(graph, part, needed_later={i for o in (*ready, *waiting) for i in o.inputs}))
        for operator in ready:
            steps.append(_Custom(operator))
            known.update(operator.outputs)
    return steps


def _part(graph: Graph, operators: list[Operator], *, needed_later: set[int]) -> _Part:
    computed = {o.output for o in operators}
    used = {i for o in operators for i in o.inputs if i >= 0 and graph.tensors[i].data is None}
    results = tuple(i for i in sorted(computed) if i in needed_later or i in graph.outputs)
    subgraph = replace(graph, operators=tuple(operators), inputs=tuple(sorted(used - computed)), outputs=results)
    return _Part(subgraph, tflite_file.write(_without_unused(subgraph)))


def _without_unused(graph: Graph) -> Graph:
    """Drop the constants that no operator uses, so that a part is not as large as the whole network."""
    used = {i for operator in graph.operators for i in operator.inputs}
    tensors = tuple(
        tensor if i in used or tensor.data is None else replace(tensor, shape=(), data=None)
        for i, tensor in enumerate(graph.tensors)
    )
    return replace(graph, tensors=tensors)

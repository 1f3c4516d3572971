# SPDX-License-Identifier: GPL-3.0-or-later
"""A TFLite network as plain data: tensors, and the operators between them, in the order of execution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from numpy.typing import NDArray

ABSENT: Final = -1
"""Index that stands for an optional input (a bias) that is not there."""


@dataclass(frozen=True)
class Tensor:
    """A value of the network. Four axes mean (batch, height, width, channels).

    ``data`` holds constants. Weights that the file stores as float16 stay float16 here, and so in the
    ONNX file, although every operator computes in float32.
    """

    name: str
    shape: tuple[int, ...]
    data: NDArray[Any] | None = None


@dataclass(frozen=True)
class Operator:
    """One step: ``kind`` is TFLite's name for it; inputs and outputs are indices of tensors."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> int:
        """The first output, the only one of every operator that we know."""
        return self.outputs[0]


@dataclass(frozen=True)
class Graph:
    """A whole network, named for error messages."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def index(self, name: str) -> int:
        """Index of the output tensor called ``name``; KeyError if the network has no such output."""
        for i in self.outputs:
            if self.tensors[i].name == name:
                return i
        raise KeyError(name)

    def pruned(self, outputs: Sequence[int]) -> "Graph":
        """The same network without what the given outputs do not depend on."""
        needed = set(outputs)
        kept: list[Operator] = []
        for operator in reversed(self.operators):
            if needed.intersection(operator.outputs):
                kept.append(operator)
                needed.update(operator.inputs)
        return replace(self, operators=tuple(reversed(kept)), outputs=tuple(outputs))


class Editor:
    """A graph in the making: rewrites append tensors and choose operators, then `graph` gives the result."""

    def __init__(self, graph: Graph) -> None:
        self.source = graph
        self.tensors = list(graph.tensors)
        self.operators: list[Operator] = []

    def constant(self, data: NDArray[Any], name: str) -> int:
        """Add a constant; return its index."""
        self.tensors.append(Tensor(name=name, shape=data.shape, data=data))
        return len(self.tensors) - 1

    def value(self, shape: tuple[int, ...], name: str) -> int:
        """Add a value that some operator will compute; return its index."""
        self.tensors.append(Tensor(name=name, shape=shape))
        return len(self.tensors) - 1

    def data(self, index: int) -> NDArray[Any] | None:
        """The constant at ``index``, or None if it is computed or absent."""
        return None if index == ABSENT else self.tensors[index].data

    def graph(self) -> Graph:
        """The edited network."""
        return replace(self.source, tensors=tuple(self.tensors), operators=tuple(self.operators))

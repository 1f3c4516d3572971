# SPDX-License-Identifier: GPL-3.0-or-later
"""A TFLite network as plain data: tensors, and the operators between them, in the order of execution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from numpy.typing import NDArray

ABSENT: Final = -1
"""Index of an omitted optional input (a bias)."""


@dataclass(frozen=True)
class Tensor:
    """A value of the network. Four axes are (batch, height, width, channels).

    ``data`` is set for constants. Weights that are stored as float16 stay float16 here and in the ONNX file, although
    every operator computes in float32.
    """

    name: str
    shape: tuple[int, ...]
    data: NDArray[Any] | None = None


@dataclass(frozen=True)
class Operator:
    """One operator: ``kind`` is its name in TFLite; inputs and outputs are indices of tensors."""

    kind: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def output(self) -> int:
        """The first output, which is the only one of all supported operators."""
        return self.outputs[0]


@dataclass(frozen=True)
class Graph:
    """A network. Its name is used in error messages."""

    name: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    def index(self, name: str) -> int:
        """Return the index of the output tensor called ``name``; KeyError if the network has no such output."""
        for i in self.outputs:
            if self.tensors[i].name == name:
                return i
        raise KeyError(name)

    def pruned(self, outputs: Sequence[int]) -> "Graph":
        """Return the network without the operators that the given outputs do not depend on."""
        needed = set(outputs)
        kept: list[Operator] = []
        for operator in reversed(self.operators):
            if needed.intersection(operator.outputs):
                kept.append(operator)
                needed.update(operator.inputs)
        return replace(self, operators=tuple(reversed(kept)), outputs=tuple(outputs))


class Editor:
    """Builds a changed graph: rewrites append tensors and operators, then `graph` returns the result."""

    def __init__(self, graph: Graph) -> None:
        self.source = graph
        self.tensors = list(graph.tensors)
        self.operators: list[Operator] = []

    def constant(self, data: NDArray[Any], name: str) -> int:
        """Add a constant, and return its index."""
        self.tensors.append(Tensor(name=name, shape=data.shape, data=data))
        return len(self.tensors) - 1

    def value(self, shape: tuple[int, ...], name: str) -> int:
        """Add a value that an operator will compute, and return its index."""
        self.tensors.append(Tensor(name=name, shape=shape))
        return len(self.tensors) - 1

    def data(self, index: int) -> NDArray[Any] | None:
        """Return the constant at ``index``, or None if it is computed or absent."""
        return None if index == ABSENT else self.tensors[index].data

    def graph(self) -> Graph:
        """Return the changed network."""
        return replace(self.source, tensors=tuple(self.tensors), operators=tuple(self.operators))

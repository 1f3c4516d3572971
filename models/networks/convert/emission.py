# SPDX-License-Identifier: GPL-3.0-or-later
"""Building the ONNX graph, and keeping track of the layout of each value.

TFLite has channels last, ONNX's convolutions have them first. Each value is computed in the natural layout of its
operator; the other layout is made on demand, once, by a transpose.

In a network whose values have a height of 1, rows of channels, operators stay in the layout that their operands have:
without a height, dense layers need no other, and exchanging rows and channels is a matter of names.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import UnknownOperator
from .graph import Graph, Operator

Layout = Literal["first", "last"]
"""Where the channels of a value with four axes are."""

FIRST_TO_LAST: Final = (0, 2, 3, 1)
LAST_TO_FIRST: Final = (0, 3, 1, 2)


class Emission:
    """Collects ONNX nodes and initializers while the operators of ``graph`` are emitted one by one.

    Args:
        graph: the network.
        batched: whether the first axis of every value, of length 1 in the file, may have any length.
    """

    def __init__(self, graph: Graph, *, batched: bool = False) -> None:
        self.graph = graph
        self.batched = batched
        shapes = (tensor.shape for tensor in graph.tensors if tensor.data is None)
        self.rows = all(shape[1] == 1 for shape in shapes if len(shape) == 4)
        self.nodes: list[Any] = []
        self.initialisers: list[Any] = []
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._first: dict[int, str] = {}
        self._last: dict[int, str] = {}

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Append a node with one output, and return the output's name. ``""`` is an omitted input."""
        from onnx import helper

        output = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=output, **attributes))
        return output

    def constant(self, data: NDArray[Any]) -> str:
        """Store an array, only once for equal arrays, and return its name.

        float16 stays float16 in the file, followed by a Cast that ONNX Runtime folds when it loads the network:
        half the size, the same values, the same speed.
        """
        from onnx import numpy_helper

        key = (data.dtype.str, data.shape, data.tobytes())
        if key not in self._constants:
            name = f"constant_{len(self.initialisers)}"
            self.initialisers.append(numpy_helper.from_array(data, name))
            self._constants[key] = self.node("Cast", name, to=1) if data.dtype == np.float16 else name
        return self._constants[key]

    def scalar(self, value: float) -> str:
        """Store one float32."""
        return self.constant(np.array(value, np.float32))

    def integers(self, *values: int) -> str:
        """Store a vector of int64 (shapes, axes, starts and ends)."""
        return self.constant(np.array(values, np.int64))

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Return a tensor's shape in TFLite, channels last."""
        return self.graph.tensors[tensor].shape

    def data(self, tensor: int) -> NDArray[Any]:
        """Return a constant that must be known for the conversion: weights, paddings, axes.

        Raises:
            UnknownOperator: it is not a constant.
        """
        data = self.graph.tensors[tensor].data
        if data is None:
            raise self.unsupported(f"a computed value where a constant is expected ({self.graph.tensors[tensor].name})")
        return data

    def is_constant(self, tensor: int) -> bool:
        """Whether the tensor is a constant."""
        return self.graph.tensors[tensor].data is not None

    def layout(self, operator: Operator) -> Layout:
        """Return the layout in which an operator that exists in both needs no transposes."""
        values = [i for i in operator.inputs if i >= 0 and not self.is_constant(i)]
        if any(len(self.shape(i)) != 4 for i in (*values, operator.output)):
            return "last"
        return "last" if self.rows and all(i in self._last for i in values) else "first"

    def value(self, tensor: int, layout: Layout) -> str:
        """Return the name of a value in a layout."""
        return self.channels_first(tensor) if layout == "first" else self.channels_last(tensor)

    def define(self, tensor: int, name: str, layout: Layout) -> None:
        """Record that ``name`` is the tensor in a layout."""
        (self._first if layout == "first" else self._last)[tensor] = name

    def channels_last(self, tensor: int) -> str:
        """Return the name of a value of any rank in TFLite's own layout."""
        if tensor not in self._last:
            data = self.graph.tensors[tensor].data
            if data is not None:
                self._last[tensor] = self.constant(data)
            else:
                self._last[tensor] = self.node("Transpose", self._first[tensor], perm=FIRST_TO_LAST)
        return self._last[tensor]

    def channels_first(self, tensor: int) -> str:
        """Return the name of a value with four axes as (batch, channels, height, width)."""
        if tensor not in self._first:
            data = self.graph.tensors[tensor].data
            if data is not None:
                spread = data.reshape((1,) * (4 - data.ndim) + data.shape)
                self._first[tensor] = self.constant(spread.transpose(LAST_TO_FIRST))
            else:
                self._first[tensor] = self.node("Transpose", self._last[tensor], perm=LAST_TO_FIRST)
        return self._first[tensor]

    def define_first(self, tensor: int, name: str) -> None:
        """Record that ``name`` is the tensor with channels first."""
        self._first[tensor] = name

    def define_last(self, tensor: int, name: str) -> None:
        """Record that ``name`` is the tensor in TFLite's own layout."""
        self._last[tensor] = name

    def activated(self, name: str, operator: Operator) -> str:
        """Append the activation that TFLite fuses into ``operator``."""
        import tflite

        kind = operator.options["fused_activation_function"]
        activation = tflite.ActivationFunctionType
        if kind == activation.NONE:
            return name
        if kind == activation.RELU:
            return self.node("Relu", name)
        if kind == activation.RELU6:
            return self.node("Clip", name, self.scalar(0), self.scalar(6))
        raise self.unsupported(f"the fused activation number {kind} (in {operator.kind})")

    def unsupported(self, what: str) -> UnknownOperator:
        """Return the error for a property of this network that cannot be converted."""
        return UnknownOperator(self.graph.name, what)


Emitter = Callable[[Emission, Operator], None]
Emitters = Mapping[str, Emitter]

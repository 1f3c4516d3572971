# SPDX-License-Identifier: GPL-3.0-or-later
"""Element-wise operators, and the dense layer."""

from typing import Final

from .emission import Emission, Emitters
from .graph import ABSENT, Operator


def _binary(emission: Emission, operator: Operator, kind: str) -> None:
    """Emit with channels first if all operands allow it, else in TFLite's own layout."""
    pictures = len(emission.shape(operator.output)) == 4 and all(
        len(emission.shape(i)) == 4 or emission.is_constant(i) for i in operator.inputs
    )
    if pictures:
        output = emission.node(kind, *(emission.channels_first(i) for i in operator.inputs))
        emission.define_first(operator.output, emission.activated(output, operator))
    else:
        output = emission.node(kind, *(emission.channels_last(i) for i in operator.inputs))
        emission.define_last(operator.output, emission.activated(output, operator))


def add(emission: Emission, operator: Operator) -> None:
    """ADD -> Add."""
    _binary(emission, operator, "Add")


def multiply(emission: Emission, operator: Operator) -> None:
    """MUL -> Mul."""
    _binary(emission, operator, "Mul")


def _unary(emission: Emission, operator: Operator, kind: str) -> None:
    if len(emission.shape(operator.output)) == 4:
        emission.define_first(operator.output, emission.node(kind, emission.channels_first(operator.inputs[0])))
    else:
        emission.define_last(operator.output, emission.node(kind, emission.channels_last(operator.inputs[0])))


def relu(emission: Emission, operator: Operator) -> None:
    """RELU -> Relu."""
    _unary(emission, operator, "Relu")


def logistic(emission: Emission, operator: Operator) -> None:
    """LOGISTIC -> Sigmoid."""
    _unary(emission, operator, "Sigmoid")


def prelu(emission: Emission, operator: Operator) -> None:
    """PRELU -> PRelu, slopes shaped (channels, height or 1, width or 1)."""
    slopes = emission.data(operator.inputs[1])
    if slopes.ndim != 3 or len(emission.shape(operator.output)) != 4:
        raise emission.unsupported(f"a PRELU with slopes of shape {slopes.shape}")
    output = emission.node(
        "PRelu", emission.channels_first(operator.inputs[0]), emission.constant(slopes.transpose(2, 0, 1))
    )
    emission.define_first(operator.output, output)


def fully_connected(emission: Emission, operator: Operator) -> None:
    """FULLY_CONNECTED -> Gemm."""
    shape = emission.shape(operator.inputs[0])
    if operator.options["weights_format"] or operator.options["keep_num_dims"] or len(shape) != 2:
        raise emission.unsupported(f"a FULLY_CONNECTED of an unusual form (input shape {shape})")
    inputs = [emission.channels_last(operator.inputs[0]), emission.constant(emission.data(operator.inputs[1]))]
    if len(operator.inputs) > 2 and operator.inputs[2] != ABSENT:
        inputs.append(emission.constant(emission.data(operator.inputs[2])))
    output = emission.node("Gemm", *inputs, transB=1)
    emission.define_last(operator.output, emission.activated(output, operator))


EMITTERS: Final[Emitters] = {
    "ADD": add,
    "FULLY_CONNECTED": fully_connected,
    "LOGISTIC": logistic,
    "MUL": multiply,
    "PRELU": prelu,
    "RELU": relu,
}

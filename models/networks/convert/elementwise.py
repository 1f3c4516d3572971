# SPDX-License-Identifier: GPL-3.0-or-later
"""Element-wise operators, sums and means over axes, and the dense layer."""

from typing import Final

from .emission import LAST_TO_FIRST, Emission, Emitters
from .graph import ABSENT, Operator


def _binary(emission: Emission, operator: Operator, kind: str) -> None:
    """Emit with channels first if all operands allow it, else in TFLite's own layout."""
    layout = emission.layout(operator)
    output = emission.node(kind, *(emission.value(i, layout) for i in operator.inputs))
    emission.define(operator.output, _finished(emission, output, operator), layout)


def _finished(emission: Emission, output: str, operator: Operator) -> str:
    """Append what TFLite's operator does with the result of ONNX's: an activation, or squaring."""
    if operator.kind == "SQUARED_DIFFERENCE":
        return emission.node("Mul", output, output)
    return emission.activated(output, operator)


def add(emission: Emission, operator: Operator) -> None:
    """ADD -> Add."""
    _binary(emission, operator, "Add")


def multiply(emission: Emission, operator: Operator) -> None:
    """MUL -> Mul."""
    _binary(emission, operator, "Mul")


def subtract(emission: Emission, operator: Operator) -> None:
    """SUB -> Sub."""
    _binary(emission, operator, "Sub")


def divide(emission: Emission, operator: Operator) -> None:
    """DIV -> Div."""
    _binary(emission, operator, "Div")


def squared_difference(emission: Emission, operator: Operator) -> None:
    """SQUARED_DIFFERENCE -> Sub, times itself."""
    _binary(emission, operator, "Sub")


def _unary(emission: Emission, operator: Operator, *kinds: str) -> None:
    """Emit one or more operators, one after the other."""
    layout = emission.layout(operator)
    name = emission.value(operator.inputs[0], layout)
    for kind in kinds:
        name = emission.node(kind, name)
    emission.define(operator.output, name, layout)


def relu(emission: Emission, operator: Operator) -> None:
    """RELU -> Relu."""
    _unary(emission, operator, "Relu")


def logistic(emission: Emission, operator: Operator) -> None:
    """LOGISTIC -> Sigmoid."""
    _unary(emission, operator, "Sigmoid")


def negative(emission: Emission, operator: Operator) -> None:
    """NEG -> Neg."""
    _unary(emission, operator, "Neg")


def square_root(emission: Emission, operator: Operator) -> None:
    """SQRT -> Sqrt."""
    _unary(emission, operator, "Sqrt")


def reciprocal_square_root(emission: Emission, operator: Operator) -> None:
    """RSQRT -> Sqrt, Reciprocal."""
    _unary(emission, operator, "Sqrt", "Reciprocal")


def total(emission: Emission, operator: Operator) -> None:
    """SUM -> ReduceSum."""
    axes = _axes(emission, operator)
    name = emission.node(
        "ReduceSum",
        emission.channels_last(operator.inputs[0]),
        emission.integers(*axes),
        keepdims=int(operator.options["keep_dims"]),
    )
    emission.define_last(operator.output, name)


def mean(emission: Emission, operator: Operator) -> None:
    """MEAN over height and width -> GlobalAveragePool; over other axes -> ReduceMean."""
    axes = _axes(emission, operator)
    kept = bool(operator.options["keep_dims"])
    source = operator.inputs[0]
    picture = emission.layout(operator) == "first" or (len(emission.shape(source)) == 4 and axes == [1, 2])
    if not picture:
        name = emission.node("ReduceMean", emission.channels_last(source), axes=axes, keepdims=int(kept))
        emission.define_last(operator.output, name)
    elif axes == [1, 2]:
        name = emission.node("GlobalAveragePool", emission.channels_first(source))
        if kept:
            emission.define_first(operator.output, name)
        else:
            emission.define_last(operator.output, emission.node("Flatten", name, axis=1))
    else:
        first = [LAST_TO_FIRST.index(axis) for axis in axes]
        name = emission.node("ReduceMean", emission.channels_first(source), axes=first, keepdims=1)
        emission.define_first(operator.output, name)


def layer_norm(emission: Emission, operator: Operator) -> None:
    """LAYER_NORM, which a rewrite makes -> LayerNormalization of the last axis."""
    source, scale = (emission.channels_last(i) for i in operator.inputs)
    name = emission.node("LayerNormalization", source, scale, axis=-1, epsilon=operator.options["epsilon"])
    emission.define_last(operator.output, name)


def _axes(emission: Emission, operator: Operator) -> list[int]:
    rank = len(emission.shape(operator.inputs[0]))
    return sorted(int(axis) % rank for axis in emission.data(operator.inputs[1]).ravel())


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
    "DIV": divide,
    "FULLY_CONNECTED": fully_connected,
    "LAYER_NORM": layer_norm,
    "LOGISTIC": logistic,
    "MEAN": mean,
    "MUL": multiply,
    "NEG": negative,
    "PRELU": prelu,
    "RELU": relu,
    "RSQRT": reciprocal_square_root,
    "SQRT": square_root,
    "SQUARED_DIFFERENCE": squared_difference,
    "SUB": subtract,
    "SUM": total,
}

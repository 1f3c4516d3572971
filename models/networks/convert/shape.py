# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that rearrange values without changing them."""

from typing import Final

from .emission import LAST_TO_FIRST, Emission, Emitters
from .graph import Operator


def reshape(emission: Emission, operator: Operator) -> None:
    """RESHAPE -> Reshape to the output's shape in the file, in TFLite's order of values."""
    target = emission.integers(*emission.shape(operator.output))
    output = emission.node("Reshape", emission.channels_last(operator.inputs[0]), target)
    emission.define_last(operator.output, output)


def concatenation(emission: Emission, operator: Operator) -> None:
    """CONCATENATION -> Concat."""
    rank = len(emission.shape(operator.output))
    axis = operator.options["axis"] % rank
    if rank == 4:
        names = [emission.channels_first(i) for i in operator.inputs]
        output = emission.node("Concat", *names, axis=LAST_TO_FIRST.index(axis))
        emission.define_first(operator.output, emission.activated(output, operator))
    else:
        names = [emission.channels_last(i) for i in operator.inputs]
        output = emission.node("Concat", *names, axis=axis)
        emission.define_last(operator.output, emission.activated(output, operator))


def strided_slice(emission: Emission, operator: Operator) -> None:
    """STRIDED_SLICE with explicit begin, end and strides -> Slice."""
    if any(operator.options.values()):
        raise emission.unsupported(f"a STRIDED_SLICE with masks ({dict(operator.options)})")
    begin, end, strides = (emission.data(i).tolist() for i in operator.inputs[1:4])
    axes = range(len(begin))
    output = emission.node(
        "Slice",
        emission.channels_last(operator.inputs[0]),
        emission.integers(*begin),
        emission.integers(*end),
        emission.integers(*axes),
        emission.integers(*strides),
    )
    emission.define_last(operator.output, output)


EMITTERS: Final[Emitters] = {
    "CONCATENATION": concatenation,
    "RESHAPE": reshape,
    "STRIDED_SLICE": strided_slice,
}

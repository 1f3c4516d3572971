# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that rearrange values without changing them."""

from typing import Final

from .emission import LAST_TO_FIRST, Emission, Emitters, Layout
from .graph import Operator


def reshape(emission: Emission, operator: Operator) -> None:
    """RESHAPE -> Reshape to the output's shape in the file, in TFLite's order of values."""
    shape = emission.shape(operator.output)
    if emission.batched:
        shape = (-1, *shape[1:])
    output = emission.node("Reshape", emission.channels_last(operator.inputs[0]), emission.integers(*shape))
    emission.define_last(operator.output, output)


def concatenation(emission: Emission, operator: Operator) -> None:
    """CONCATENATION -> Concat."""
    axis = operator.options["axis"] % len(emission.shape(operator.output))
    layout = emission.layout(operator)
    names = [emission.value(i, layout) for i in operator.inputs]
    if emission.batched:
        names = _repeated(emission, operator, names, layout)
    output = emission.node("Concat", *names, axis=LAST_TO_FIRST.index(axis) if layout == "first" else axis)
    emission.define(operator.output, emission.activated(output, operator), layout)


def _repeated(emission: Emission, operator: Operator, names: list[str], layout: Layout) -> list[str]:
    """Repeat constants as often as the batch of the other operands."""
    computed = next(name for name, i in zip(names, operator.inputs, strict=True) if not emission.is_constant(i))
    batch = emission.node("Shape", computed, start=0, end=1)
    repeated = []
    for name, i in zip(names, operator.inputs, strict=True):
        if emission.is_constant(i):
            shape = emission.shape(i)
            rest = [shape[axis] for axis in LAST_TO_FIRST[1:]] if layout == "first" else shape[1:]
            target = emission.node("Concat", batch, emission.integers(*rest), axis=0)
            repeated.append(emission.node("Expand", name, target))
        else:
            repeated.append(name)
    return repeated


def strided_slice(emission: Emission, operator: Operator) -> None:
    """STRIDED_SLICE -> Slice of the axes that it shortens, and Reshape if it drops any."""
    begin, end, strides = (emission.data(i).tolist() for i in operator.inputs[1:4])
    masks = operator.options
    if masks["ellipsis_mask"] or masks["new_axis_mask"] or masks.get("offset"):
        raise emission.unsupported(f"a STRIDED_SLICE with masks ({dict(masks)})")
    shape = emission.shape(operator.inputs[0])
    cuts = []
    for axis, length in enumerate(shape):
        first = 0 if masks["begin_mask"] >> axis & 1 else begin[axis]
        last = length if masks["end_mask"] >> axis & 1 else end[axis]
        if (first, last, strides[axis]) != (0, length, 1):
            cuts.append((first, last, axis, strides[axis]))
    output = emission.channels_last(operator.inputs[0])
    if cuts:
        output = emission.node("Slice", output, *(emission.integers(*values) for values in zip(*cuts, strict=True)))
    dropped = [axis for axis in range(len(shape)) if masks["shrink_axis_mask"] >> axis & 1]
    if dropped == [0] and emission.batched:
        dropped = []  # The axis of the batch stays.
    if dropped:
        output = emission.node("Squeeze", output, emission.integers(*dropped))
    emission.define_last(operator.output, output)


def transpose(emission: Emission, operator: Operator) -> None:
    """TRANSPOSE -> Transpose, or the other layout's name for the same numbers."""
    source = operator.inputs[0]
    order = [int(axis) for axis in emission.data(operator.inputs[1])]
    if emission.batched and order[0] != 0:
        raise emission.unsupported("a TRANSPOSE of the batch")
    if emission.rows and order == [0, 1, 3, 2]:
        _, _, channels, width = emission.shape(operator.output)
        known = emission.layout(operator)
        # Rows become channels: (batch, 1, rows, channels) with channels last is (batch, rows, 1, channels) with the new
        # channels first, and the other way round.
        batch = -1 if emission.batched else 1
        shape = (batch, width, 1, channels) if known == "last" else (batch, 1, channels, width)
        name = emission.node("Reshape", emission.value(source, known), emission.integers(*shape))
        emission.define(operator.output, name, "first" if known == "last" else "last")
        return
    emission.define_last(operator.output, emission.node("Transpose", emission.channels_last(source), perm=order))


EMITTERS: Final[Emitters] = {
    "CONCATENATION": concatenation,
    "RESHAPE": reshape,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
}

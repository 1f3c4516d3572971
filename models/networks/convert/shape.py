# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that rearrange values without changing them."""

from typing import Final

from .emission import LAST_TO_FIRST, Emission, Emitters
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
    rank = len(emission.shape(operator.output))
    axis = operator.options["axis"] % rank
    if rank == 4:
        names = [emission.channels_first(i) for i in operator.inputs]
        if emission.batched:
            names = _repeated(emission, operator, names)
        output = emission.node("Concat", *names, axis=LAST_TO_FIRST.index(axis))
        emission.define_first(operator.output, emission.activated(output, operator))
    else:
        names = [emission.channels_last(i) for i in operator.inputs]
        output = emission.node("Concat", *names, axis=axis)
        emission.define_last(operator.output, emission.activated(output, operator))


def _repeated(emission: Emission, operator: Operator, names: list[str]) -> list[str]:
    """Repeat constants with four axes as often as the batch of the other operands."""
    computed = next(name for name, i in zip(names, operator.inputs, strict=True) if not emission.is_constant(i))
    batch = emission.node("Shape", computed, start=0, end=1)
    repeated = []
    for name, i in zip(names, operator.inputs, strict=True):
        if emission.is_constant(i):
            rest = emission.integers(*(emission.shape(i)[axis] for axis in LAST_TO_FIRST[1:]))
            repeated.append(emission.node("Expand", name, emission.node("Concat", batch, rest, axis=0)))
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
    """TRANSPOSE -> Transpose."""
    order = [int(axis) for axis in emission.data(operator.inputs[1])]
    if emission.batched and order[0] != 0:
        raise emission.unsupported("a TRANSPOSE of the batch")
    emission.define_last(
        operator.output, emission.node("Transpose", emission.channels_last(operator.inputs[0]), perm=order)
    )


EMITTERS: Final[Emitters] = {
    "CONCATENATION": concatenation,
    "RESHAPE": reshape,
    "STRIDED_SLICE": strided_slice,
    "TRANSPOSE": transpose,
}

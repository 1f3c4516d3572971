# SPDX-License-Identifier: GPL-3.0-or-later
"""From a .tflite file to an ONNX model: read, rewrite, emit, check."""

from collections.abc import Mapping
from typing import Any, Final

from ..errors import ModelAltered
from . import attention, elementwise, rewrites, shape, spatial
from .emission import Emission, Emitters
from .graph import Graph
from .read import read

VERSION: Final = 1
"""Incremented whenever the conversion changes, so that old files are converted again."""

OPSET: Final = 17
IR_VERSION: Final = 8

EMITTERS: Final[Emitters] = {
    **attention.EMITTERS,
    **elementwise.EMITTERS,
    **shape.EMITTERS,
    **spatial.EMITTERS,
}


def convert(
    file: bytes, name: str, outputs: Mapping[str, str], *, channel_block: int = 1, batched: bool = False
) -> bytes:
    """Convert a .tflite file.

    Args:
        file: the flatbuffer.
        name: the network's name, for the ONNX graph and for error messages.
        outputs: name in the ONNX file -> name in the .tflite file of each wanted output; operators that only other
            outputs need are dropped.
        channel_block: inner values are widened to multiples of this many channels.
        batched: whether the converted network takes any number of inputs at once, and its outputs keep a first axis
            for them.

    Returns:
        An ONNX file whose input is named ``input`` and has the shape of the original's.

    Raises:
        UnknownOperator: the network has anything that cannot be converted.
        ModelAltered: it lacks one of the outputs.
    """
    graph = read(file, name)
    try:
        wanted = [graph.index(tensor) for tensor in outputs.values()]
    except KeyError as missing:
        raise ModelAltered(
            f"The network {name} has no output called {missing.args[0]}: use the package version in the catalogue."
        ) from missing
    tuned = rewrites.tune(graph.pruned(wanted), channel_block=channel_block)
    return bytes(emit(tuned, list(outputs), batched=batched).SerializeToString())


def emit(graph: Graph, output_names: list[str], *, batched: bool = False) -> Any:
    """Convert a graph with one input to an ``onnx.ModelProto``, renaming the outputs in order."""
    import onnx
    from onnx import TensorProto, helper

    emission = Emission(graph, batched=batched)
    source = graph.inputs[0]
    emission.define_last(source, "input")
    for operator in graph.operators:
        EMITTERS[operator.kind](emission, operator)
    results = []
    for tensor, name in zip(graph.outputs, output_names, strict=True):
        emission.nodes.append(helper.make_node("Identity", [emission.channels_last(tensor)], [name], name=name))
        shape = _declared(graph.tensors[tensor].shape, batched=batched)
        results.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    given = _declared(graph.tensors[source].shape, batched=batched)
    model = helper.make_model(
        helper.make_graph(
            emission.nodes,
            graph.name,
            [helper.make_tensor_value_info("input", TensorProto.FLOAT, given)],
            results,
            emission.initialisers,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="mimic",
        producer_version=str(VERSION),
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _declared(shape: tuple[int, ...], *, batched: bool) -> tuple[int | str, ...]:
    """Return the shape of an input or output in the ONNX file. TFLite's outputs may lack the axis of the batch."""
    if not batched:
        return shape
    return ("batch", *(shape[1:] if shape[:1] == (1,) else shape))

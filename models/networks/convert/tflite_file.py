# SPDX-License-Identifier: GPL-3.0-or-later
"""Write a `Graph` as a .tflite file, for running parts of a network in TFLite and for small networks in tests."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from .graph import Graph, Operator, Tensor
from .read import BUILTIN, CUSTOM

SCHEMA: Final = 3

VERSIONS: Final[dict[str, int]] = {**CUSTOM, "DEQUANTIZE": 3, "RESIZE_BILINEAR": 3}
"""Versions of operators other than 1: float16 input, half-pixel centres, MediaPipe's version 2."""


def write(graph: Graph) -> bytes:
    """Return the flatbuffer of a graph, which `read` can read. Custom operators are written without their options.

    float16 constants must be followed by a DEQUANTIZE, as in every TFLite file.
    """
    import flatbuffers
    import tflite

    builder = flatbuffers.Builder(1 << 16)
    kinds = sorted({operator.kind for operator in graph.operators})
    codes = [_operator_code(builder, kind) for kind in kinds]
    # By convention, buffer 0 is the empty one that all computed tensors share.
    constants = [i for i, tensor in enumerate(graph.tensors) if tensor.data is not None]
    buffers = [_buffer(builder, None), *(_buffer(builder, graph.tensors[i]) for i in constants)]
    places = {index: place for place, index in enumerate(constants, 1)}
    tensors = [_tensor(builder, tensor, places.get(i, 0)) for i, tensor in enumerate(graph.tensors)]
    operators = [_operator(builder, graph, operator, kinds.index(operator.kind)) for operator in graph.operators]
    inputs, outputs = _integers(builder, graph.inputs), _integers(builder, graph.outputs)
    tensor_table, operator_table = _tables(builder, tensors), _tables(builder, operators)
    tflite.SubGraphStart(builder)
    tflite.SubGraphAddTensors(builder, tensor_table)
    tflite.SubGraphAddInputs(builder, inputs)
    tflite.SubGraphAddOutputs(builder, outputs)
    tflite.SubGraphAddOperators(builder, operator_table)
    subgraphs = _tables(builder, [tflite.SubGraphEnd(builder)])
    code_table, buffer_table = _tables(builder, codes), _tables(builder, buffers)
    tflite.ModelStart(builder)
    tflite.ModelAddVersion(builder, SCHEMA)
    tflite.ModelAddOperatorCodes(builder, code_table)
    tflite.ModelAddSubgraphs(builder, subgraphs)
    tflite.ModelAddBuffers(builder, buffer_table)
    builder.Finish(tflite.ModelEnd(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def _integers(builder: Any, values: Sequence[int]) -> int:
    return int(builder.CreateNumpyVector(np.asarray(values, np.int32)))


def _tables(builder: Any, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _operator_code(builder: Any, kind: str) -> int:
    import tflite

    custom = kind not in BUILTIN
    name = builder.CreateString(kind) if custom else 0
    code = tflite.BuiltinOperator.CUSTOM if custom else getattr(tflite.BuiltinOperator, kind)
    tflite.OperatorCodeStart(builder)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, min(code, 127))
    tflite.OperatorCodeAddBuiltinCode(builder, code)
    tflite.OperatorCodeAddVersion(builder, VERSIONS.get(kind, 1))
    if custom:
        tflite.OperatorCodeAddCustomCode(builder, name)
    return int(tflite.OperatorCodeEnd(builder))


def _buffer(builder: Any, tensor: Tensor | None) -> int:
    import tflite

    data = 0
    if tensor is not None and tensor.data is not None:
        raw = np.frombuffer(np.ascontiguousarray(tensor.data).tobytes(), np.uint8)
        builder.StartVector(1, len(raw), 16)  # TFLite reads constants in place and needs them aligned
        builder.head -= len(raw)
        builder.Bytes[builder.head : builder.head + len(raw)] = raw.tobytes()
        data = builder.EndVector()
    tflite.BufferStart(builder)
    if data:
        tflite.BufferAddData(builder, data)
    return int(tflite.BufferEnd(builder))


def _tensor(builder: Any, tensor: Tensor, buffer: int) -> int:
    import tflite

    types = {"float32": "FLOAT32", "float16": "FLOAT16", "int32": "INT32"}
    kind = "float32" if tensor.data is None else tensor.data.dtype.name
    name, shape = builder.CreateString(tensor.name), _integers(builder, tensor.shape)
    tflite.TensorStart(builder)
    tflite.TensorAddName(builder, name)
    tflite.TensorAddShape(builder, shape)
    tflite.TensorAddType(builder, getattr(tflite.TensorType, types[kind]))
    tflite.TensorAddBuffer(builder, buffer)
    return int(tflite.TensorEnd(builder))


def _operator(builder: Any, graph: Graph, operator: Operator, code: int) -> int:
    import tflite

    table = "ReshapeOptions" if operator.kind == "RESHAPE" else BUILTIN.get(operator.kind, ("", ()))[0]
    options = _options(builder, graph, operator, table) if table else 0
    inputs, outputs = _integers(builder, operator.inputs), _integers(builder, operator.outputs)
    tflite.OperatorStart(builder)
    tflite.OperatorAddOpcodeIndex(builder, code)
    tflite.OperatorAddInputs(builder, inputs)
    tflite.OperatorAddOutputs(builder, outputs)
    if table:
        tflite.OperatorAddBuiltinOptionsType(builder, getattr(tflite.BuiltinOptions, table))
        tflite.OperatorAddBuiltinOptions(builder, options)
    return int(tflite.OperatorEnd(builder))


def _options(builder: Any, graph: Graph, operator: Operator, table: str) -> int:
    import tflite

    if operator.kind == "RESHAPE":
        shape = _integers(builder, graph.tensors[operator.output].shape)
        tflite.ReshapeOptionsStart(builder)
        tflite.ReshapeOptionsAddNewShape(builder, shape)
        return int(tflite.ReshapeOptionsEnd(builder))
    getattr(tflite, f"{table}Start")(builder)
    for option, value in operator.options.items():
        camel = "".join(part.capitalize() for part in option.split("_"))
        getattr(tflite, f"{table}Add{camel}")(builder, value)
    return int(getattr(tflite, f"{table}End")(builder))

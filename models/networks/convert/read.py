# SPDX-License-Identifier: GPL-3.0-or-later
"""Read a .tflite flatbuffer into a `Graph`. Anything unsupported is an error."""

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import UnknownOperator
from .graph import Graph, Operator, Tensor
from .sparse import Level, densify

_CONVOLUTION: Final = ("Padding", "StrideH", "StrideW", "DilationHFactor", "DilationWFactor", "FusedActivationFunction")
_POOLING: Final = ("Padding", "StrideH", "StrideW", "FilterHeight", "FilterWidth", "FusedActivationFunction")

BUILTIN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "ADD": ("AddOptions", ("FusedActivationFunction",)),
    "CONCATENATION": ("ConcatenationOptions", ("Axis", "FusedActivationFunction")),
    "CONV_2D": ("Conv2DOptions", _CONVOLUTION),
    "DENSIFY": ("", ()),
    "DEPTHWISE_CONV_2D": ("DepthwiseConv2DOptions", (*_CONVOLUTION, "DepthMultiplier")),
    "DEPTH_TO_SPACE": ("DepthToSpaceOptions", ("BlockSize",)),
    "DEQUANTIZE": ("", ()),
    "DIV": ("DivOptions", ("FusedActivationFunction",)),
    "FULLY_CONNECTED": ("FullyConnectedOptions", ("FusedActivationFunction", "WeightsFormat", "KeepNumDims")),
    "LOGISTIC": ("", ()),
    "MAX_POOL_2D": ("Pool2DOptions", _POOLING),
    "MEAN": ("ReducerOptions", ("KeepDims",)),
    "MUL": ("MulOptions", ("FusedActivationFunction",)),
    "NEG": ("", ()),
    "PAD": ("", ()),
    "PRELU": ("", ()),
    "RELU": ("", ()),
    "RESHAPE": ("", ()),
    "RESIZE_BILINEAR": ("ResizeBilinearOptions", ("AlignCorners", "HalfPixelCenters")),
    "RSQRT": ("", ()),
    "SQRT": ("", ()),
    "SQUARED_DIFFERENCE": ("", ()),
    "STRIDED_SLICE": (
        "StridedSliceOptions",
        ("BeginMask", "EndMask", "EllipsisMask", "NewAxisMask", "ShrinkAxisMask", "Offset"),
    ),
    "SUB": ("SubOptions", ("FusedActivationFunction",)),
    "SUM": ("ReducerOptions", ("KeepDims",)),
    "TRANSPOSE": ("", ()),
}
"""Supported operators: TFLite's table of options, and the options that matter."""

CUSTOM: Final[dict[str, int]] = {
    "Landmarks2TransformMatrix": 2,
    "TransformLandmarks": 2,
    "TransformTensorBilinear": 2,
}
"""MediaPipe's own operators that are supported, and the version of each."""


def read(file: bytes, name: str) -> Graph:
    """Read the only subgraph of a .tflite file.

    Raises:
        UnknownOperator: it has an operator that is not in `BUILTIN` or `CUSTOM`, several subgraphs, or an unsupported
            or quantized data type.
    """
    import tflite

    model = tflite.Model.GetRootAs(file, 0)
    if model.SubgraphsLength() != 1:
        raise UnknownOperator(name, f"{model.SubgraphsLength()} subgraphs")
    subgraph = model.Subgraphs(0)
    tensors = tuple(_tensor(model, subgraph.Tensors(i), name) for i in range(subgraph.TensorsLength()))
    operators = tuple(_operator(model, subgraph.Operators(i), name) for i in range(subgraph.OperatorsLength()))
    return Graph(
        name=name,
        tensors=tensors,
        operators=operators,
        inputs=tuple(subgraph.InputsAsNumpy().tolist()),
        outputs=tuple(subgraph.OutputsAsNumpy().tolist()),
    )


def _names(enumeration: type) -> dict[int, str]:
    return {number: name for name, number in vars(enumeration).items() if isinstance(number, int)}


def _tensor(model: Any, tensor: Any, network: str) -> Tensor:
    import tflite

    name = tensor.Name().decode()
    shape = tuple(int(n) for n in tensor.ShapeAsNumpy()) if tensor.ShapeLength() else ()
    types = {
        tflite.TensorType.FLOAT32: np.float32,
        tflite.TensorType.FLOAT16: np.float16,
        tflite.TensorType.INT32: np.int32,
    }
    dtype = types.get(tensor.Type())
    quantisation = tensor.Quantization()
    if dtype is None or (quantisation is not None and quantisation.ScaleLength()):
        kind = _names(tflite.TensorType).get(tensor.Type(), str(tensor.Type()))
        raise UnknownOperator(network, f"the data type {kind} (tensor {name})")
    buffer = model.Buffers(tensor.Buffer())
    if not buffer.DataLength():
        return Tensor(name=name, shape=shape)
    values = np.frombuffer(buffer.DataAsNumpy().tobytes(), dtype)
    if tensor.Sparsity() is not None:
        return Tensor(name=name, shape=shape, data=_dense(values, shape, tensor.Sparsity()))
    return Tensor(name=name, shape=shape, data=values.reshape(shape))


def _dense(values: NDArray[Any], shape: tuple[int, ...], sparsity: Any) -> NDArray[Any]:
    levels = [_level(sparsity.DimMetadata(i)) for i in range(sparsity.DimMetadataLength())]
    return densify(
        values,
        shape=shape,
        levels=levels,
        traversal_order=sparsity.TraversalOrderAsNumpy().tolist(),
        block_map=sparsity.BlockMapAsNumpy().tolist() if sparsity.BlockMapLength() else [],
    )


def _level(metadata: Any) -> Level:
    import tflite

    if metadata.Format() == tflite.DimensionType.DENSE:
        return Level(size=metadata.DenseSize())
    return Level(
        segments=_index_vector(metadata.ArraySegments(), metadata.ArraySegmentsType()),
        indices=_index_vector(metadata.ArrayIndices(), metadata.ArrayIndicesType()),
    )


def _index_vector(table: Any, kind: int) -> NDArray[np.int64]:
    import tflite

    vectors = {
        tflite.SparseIndexVector.Int32Vector: tflite.Int32Vector,
        tflite.SparseIndexVector.Uint16Vector: tflite.Uint16Vector,
        tflite.SparseIndexVector.Uint8Vector: tflite.Uint8Vector,
    }
    vector = vectors[kind]()
    vector.Init(table.Bytes, table.Pos)
    return np.asarray(vector.ValuesAsNumpy(), np.int64)


def _operator(model: Any, operator: Any, network: str) -> Operator:
    import tflite

    entry = model.OperatorCodes(operator.OpcodeIndex())
    # Codes below 127 are in the old one-byte field, newer ones in the wide field: the larger value is valid.
    code = max(entry.BuiltinCode(), entry.DeprecatedBuiltinCode())
    if code == tflite.BuiltinOperator.CUSTOM:
        kind, options = _custom(entry, operator, network)
    else:
        kind = _names(tflite.BuiltinOperator).get(code, f"number {code}")
        if kind not in BUILTIN:
            raise UnknownOperator(network, f"the operator {kind}")
        options = _builtin_options(kind, operator)
    return Operator(
        kind=kind,
        inputs=tuple(operator.InputsAsNumpy().tolist()),
        outputs=tuple(operator.OutputsAsNumpy().tolist()),
        options=options,
    )


def _builtin_options(kind: str, operator: Any) -> dict[str, Any]:
    import tflite

    table_name, wanted = BUILTIN[kind]
    if not table_name:
        return {}
    table = getattr(tflite, table_name)()
    stored = operator.BuiltinOptions()
    table.Init(stored.Bytes, stored.Pos)
    return {_snake(option): getattr(table, option)() for option in wanted}


def _snake(name: str) -> str:
    """``DilationHFactor`` -> ``dilation_h_factor``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _custom(entry: Any, operator: Any, network: str) -> tuple[str, dict[str, Any]]:
    from flatbuffers import flexbuffers

    kind = entry.CustomCode().decode()
    if CUSTOM.get(kind) != entry.Version():
        raise UnknownOperator(network, f"version {entry.Version()} of the custom operator {kind}")
    if not operator.CustomOptionsLength():
        return kind, {}
    return kind, dict(flexbuffers.Loads(operator.CustomOptionsAsNumpy().tobytes()))

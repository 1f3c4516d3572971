# SPDX-License-Identifier: GPL-3.0-or-later
"""Each operator, converted, computes what TFLite's documentation says, and what TFLite computes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from mimic.models.networks.convert import tflite_file, write
from mimic.models.networks.convert.graph import Graph
from mimic.models.networks.convert.read import read
from mimic.models.networks.convert.spatial import same_padding
from mimic.models.networks.errors import ModelAltered, UnknownOperator

Array = NDArray[Any]
Run = Callable[[Graph, Array], Array]
VALID, SAME = 1, 0
NONE, RELU, TANH, RELU6 = 0, 1, 4, 3


def numbers(*shape: int) -> Array:
    return np.random.default_rng(7).normal(size=shape).astype(np.float32)


def in_tflite(graph: Graph, picture: Array) -> Array:
    interpreter = pytest.importorskip("ai_edge_litert.interpreter").Interpreter
    engine = interpreter(model_content=tflite_file.write(graph), num_threads=1)
    engine.allocate_tensors()
    engine.set_tensor(engine.get_input_details()[0]["index"], picture)
    engine.invoke()
    return np.asarray(engine.get_tensor(engine.get_output_details()[0]["index"]))


def window(**changes: int) -> dict[str, int]:
    """Options of a convolution."""
    usual = {"padding": VALID, "stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1}
    return {**usual, "fused_activation_function": NONE, **changes}


def pooling(**changes: int) -> dict[str, int]:
    usual = {"padding": SAME, "stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2}
    return {**usual, "fused_activation_function": NONE, **changes}


def whole(*values: Any) -> Array:
    return np.array(values, np.int32)


BY_TWO = {"padding": SAME, "stride_h": 2, "stride_w": 2}
PLAIN = {"fused_activation_function": NONE}
NO_MASKS = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)

# What is done to a picture (1, 5, 6, 4): operator, its constant inputs, the shape of its result, its options.
CASES: dict[str, tuple[str, list[Array], tuple[int, ...], dict[str, Any]]] = {
    "convolution, same, stride 2": (
        "CONV_2D",
        [numbers(8, 3, 3, 4), numbers(8)],
        (1, 3, 3, 8),
        window(**BY_TWO, fused_activation_function=RELU6),
    ),
    "convolution, valid": (
        "CONV_2D",
        [numbers(8, 2, 3, 4), numbers(8)],
        (1, 4, 4, 8),
        window(fused_activation_function=RELU),
    ),
    "depthwise convolution": (
        "DEPTHWISE_CONV_2D",
        [numbers(1, 3, 3, 4), numbers(4)],
        (1, 3, 3, 4),
        {**window(**BY_TWO), "depth_multiplier": 1},
    ),
    "pooling, same": ("MAX_POOL_2D", [], (1, 3, 3, 4), pooling()),
    "pooling, valid": ("MAX_POOL_2D", [], (1, 2, 3, 4), pooling(padding=VALID)),
    "pad": ("PAD", [whole([0, 0], [1, 2], [0, 1], [0, 3])], (1, 8, 7, 7), {}),
    "resize, half pixel": (
        "RESIZE_BILINEAR",
        [whole(10, 12)],
        (1, 10, 12, 4),
        {"align_corners": False, "half_pixel_centers": True},
    ),
    "resize, corners": (
        "RESIZE_BILINEAR",
        [whole(10, 12)],
        (1, 10, 12, 4),
        {"align_corners": True, "half_pixel_centers": False},
    ),
    "resize, asymmetric": (
        "RESIZE_BILINEAR",
        [whole(10, 12)],
        (1, 10, 12, 4),
        {"align_corners": False, "half_pixel_centers": False},
    ),
    "resize, to no multiple": (
        "RESIZE_BILINEAR",
        [whole(7, 11)],
        (1, 7, 11, 4),
        {"align_corners": False, "half_pixel_centers": True},
    ),
    "depth to space": ("DEPTH_TO_SPACE", [], (1, 10, 12, 1), {"block_size": 2}),
    "mean": ("MEAN", [whole(1, 2)], (1, 4), {"keep_dims": False}),
    "mean, axes kept": ("MEAN", [whole(2, 1)], (1, 1, 1, 4), {"keep_dims": True}),
    "add a constant": ("ADD", [numbers(4)], (1, 5, 6, 4), {"fused_activation_function": RELU6}),
    "multiply": ("MUL", [numbers(1, 5, 6, 1)], (1, 5, 6, 4), PLAIN),
    "prelu": ("PRELU", [numbers(1, 1, 4)], (1, 5, 6, 4), {}),
    "relu": ("RELU", [], (1, 5, 6, 4), {}),
    "logistic": ("LOGISTIC", [], (1, 5, 6, 4), {}),
    "reshape": ("RESHAPE", [], (1, 30, 4), {}),
    "concatenation": ("CONCATENATION", [numbers(1, 5, 2, 4)], (1, 5, 8, 4), {"axis": -2, **PLAIN}),
    "slice": (
        "STRIDED_SLICE",
        [whole(0, 1, 0, 1), whole(1, 4, 6, 3), whole(1, 2, 1, 1)],
        (1, 2, 6, 2),
        {**NO_MASKS, "offset": False},
    ),
    "slice, masks": (
        "STRIDED_SLICE",
        [whole(0, 9, 0, 1), whole(1, 9, 2, 9), whole(1, 1, 1, 1)],
        (1, 5, 2, 3),
        {**NO_MASKS, "begin_mask": 2, "end_mask": 11, "offset": False},
    ),
    "slice of everything": (
        "STRIDED_SLICE",
        [whole(0, 0, 0, 0), whole(0, 0, 0, 0), whole(1, 1, 1, 1)],
        (1, 5, 6, 4),
        {**NO_MASKS, "begin_mask": 15, "end_mask": 15, "offset": False},
    ),
    "slice, axis dropped": (
        "STRIDED_SLICE",
        [whole(0, 2, 0, 0), whole(1, 3, 6, 4), whole(1, 1, 1, 1)],
        (1, 6, 4),
        {**NO_MASKS, "shrink_axis_mask": 2, "offset": False},
    ),
    "transpose": ("TRANSPOSE", [whole(0, 1, 3, 2)], (1, 5, 4, 6), {}),
    "mean of channels": ("MEAN", [whole(3)], (1, 5, 6, 1), {"keep_dims": True}),
    "mean of rows": ("MEAN", [whole(-3)], (1, 1, 6, 4), {"keep_dims": True}),
    "sum": ("SUM", [whole(-1)], (1, 5, 6, 1), {"keep_dims": True}),
    "sum, axis dropped": ("SUM", [whole(1)], (1, 6, 4), {"keep_dims": False}),
    "subtract": ("SUB", [numbers(1, 5, 6, 1)], (1, 5, 6, 4), PLAIN),
    "divide": ("DIV", [1 + numbers(1, 5, 6, 4) ** 2], (1, 5, 6, 4), PLAIN),
    "squared difference": ("SQUARED_DIFFERENCE", [numbers(4)], (1, 5, 6, 4), {}),
    "negative": ("NEG", [], (1, 5, 6, 4), {}),
}


def one_operator(case: str, build: Any) -> Graph:
    kind, constants, shape, options = CASES[case]
    graph = build((1, 5, 6, 4))
    inputs = [0, *(graph.constant(constant) for constant in constants)]
    return graph.graph(graph.add(kind, inputs, shape, **options))


@pytest.mark.parametrize("case", CASES)
def test_converted_operator_gives_the_result_of_tflite(case: str, build: Any, run: Run) -> None:
    graph = one_operator(case, build)
    picture = 3 * numbers(1, 5, 6, 4)
    result = run(graph, picture)
    assert result.shape == graph.tensors[graph.outputs[0]].shape
    np.testing.assert_allclose(result, in_tflite(graph, picture), atol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_graph_written_as_tflite_is_read_back_unchanged(case: str, build: Any) -> None:
    graph = one_operator(case, build)
    again = read(tflite_file.write(graph), graph.name)
    assert again.operators == graph.operators
    assert [(t.name, t.shape) for t in again.tensors] == [(t.name, t.shape) for t in graph.tensors]
    assert (again.inputs, again.outputs) == (graph.inputs, graph.outputs)


def test_fully_connected_is_weights_times_vector_plus_bias(build: Any, run: Run) -> None:
    weights, bias, vector = numbers(3, 5), numbers(3), numbers(1, 5)
    graph = build((1, 5))
    inputs = [0, graph.constant(weights), graph.constant(bias)]
    kind = {"fused_activation_function": RELU, "weights_format": 0, "keep_num_dims": False}
    result = run(graph.graph(graph.add("FULLY_CONNECTED", inputs, (1, 3), **kind)), vector)
    np.testing.assert_allclose(result, np.maximum(vector @ weights.T + bias, 0), atol=1e-5)


@pytest.mark.parametrize("kind", ["SQRT", "RSQRT"])
def test_converted_root_gives_the_result_of_tflite(kind: str, build: Any, run: Run) -> None:
    graph = build((1, 5, 6, 4))
    root = graph.graph(graph.add(kind, [0], (1, 5, 6, 4)))
    picture = 0.1 + numbers(1, 5, 6, 4) ** 2
    np.testing.assert_allclose(run(root, picture), in_tflite(root, picture), rtol=1e-5)


def mixer(build: Any) -> Graph:
    """An MLP-Mixer: dense layers of the channels of rows, then of the rows, then of the channels."""
    graph = build((1, 1, 6, 4))

    def dense(source: int, rows: int, count: int, **options: int) -> int:
        width = graph.tensors[source].shape[3]
        constants = [graph.constant(numbers(count, 1, 1, width)), graph.constant(numbers(count))]
        return int(graph.add("CONV_2D", [source, *constants], (1, 1, rows, count), **window(**options)))

    def exchanged(source: int) -> int:
        _, _, rows, width = graph.tensors[source].shape
        return int(graph.add("TRANSPOSE", [source, graph.constant(whole(0, 1, 3, 2))], (1, 1, width, rows)))

    first = dense(0, 6, 5, fused_activation_function=RELU)
    mixed = exchanged(dense(dense(exchanged(first), 5, 8), 5, 6))
    both = graph.add("ADD", [first, mixed], (1, 1, 6, 5), **PLAIN)
    joined = graph.add("CONCATENATION", [graph.constant(numbers(1, 1, 1, 5)), both], (1, 1, 7, 5), axis=2, **PLAIN)
    middle = graph.add("MEAN", [joined, graph.constant(whole(3))], (1, 1, 7, 1), keep_dims=True)
    return graph.graph(graph.add("SUB", [dense(joined, 7, 3), middle], (1, 1, 7, 3), **PLAIN))


def test_network_of_rows_needs_no_transpose_and_gives_the_result_of_tflite(build: Any, run: Run) -> None:
    graph = mixer(build)
    rows = numbers(1, 1, 6, 4)
    np.testing.assert_allclose(run(graph, rows), in_tflite(graph, rows), atol=1e-4)
    emitted = [node.op_type for node in write.emit(graph, ["result"]).graph.node]
    assert "Transpose" not in emitted
    assert {"Gemm", "Conv"} <= set(emitted)


def test_network_of_rows_converted_for_batches_gives_each_row_its_own_result(build: Any, run: Run) -> None:
    graph = mixer(build)
    inputs = numbers(3, 1, 6, 4)
    model = write.emit(graph, ["result"], batched=True).SerializeToString()
    (results,) = ort.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"input": inputs})
    for given, result in zip(inputs, results, strict=True):
        np.testing.assert_allclose(result, run(graph, given[None])[0], atol=1e-4)


def test_batched_conversion_gives_each_of_several_inputs_its_own_result(build: Any, run: Run) -> None:
    graph = build((1, 6, 4))
    picture = graph.add("RESHAPE", [0], (1, 1, 6, 4))
    with_token = graph.add(
        "CONCATENATION", [graph.constant(numbers(1, 1, 1, 4)), picture], (1, 1, 7, 4), axis=2, **PLAIN
    )
    rows = [graph.constant(values) for values in (whole(0, 0), whole(1, 5), whole(1, 1))]
    flat = graph.add("MEAN", [with_token, graph.constant(whole(1, 2))], (1, 4), keep_dims=False)
    parts = graph.add("STRIDED_SLICE", [flat, *rows], (4,), **{**NO_MASKS, "end_mask": 2, "shrink_axis_mask": 1})
    pruned = graph.graph(parts)
    inputs = numbers(3, 6, 4)
    model = write.emit(pruned, ["result"], batched=True).SerializeToString()
    (results,) = ort.InferenceSession(model, providers=["CPUExecutionProvider"]).run(None, {"input": inputs})
    assert results.shape == (3, 4)
    for given, result in zip(inputs, results, strict=True):
        np.testing.assert_allclose(result, run(pruned, given[None]), atol=1e-6)


def test_batched_conversion_of_a_transposed_batch_is_refused(build: Any) -> None:
    graph = build((1, 6, 4))
    swapped = graph.graph(graph.add("TRANSPOSE", [0, graph.constant(whole(1, 0, 2))], (6, 1, 4)))
    with pytest.raises(UnknownOperator, match="a TRANSPOSE of the batch"):
        write.emit(swapped, ["result"], batched=True)


def test_slice_with_an_ellipsis_is_refused(build: Any, run: Run) -> None:
    graph = build((1, 6, 4))
    inputs = [0, *(graph.constant(values) for values in (whole(0, 0), whole(1, 4), whole(1, 1)))]
    odd = graph.graph(graph.add("STRIDED_SLICE", inputs, (1, 6, 4), **{**NO_MASKS, "ellipsis_mask": 1}))
    with pytest.raises(UnknownOperator, match="a STRIDED_SLICE with masks"):
        run(odd, numbers(1, 6, 4))


def test_same_padding_of_an_odd_amount_puts_the_extra_zero_after() -> None:
    assert same_padding(6, kernel=3, stride=2) == (0, 1)
    assert same_padding(5, kernel=3, stride=2) == (1, 1)
    assert same_padding(4, kernel=2, stride=1) == (0, 1)
    assert same_padding(8, kernel=3, stride=1, dilation=2) == (2, 2)
    assert same_padding(8, kernel=1, stride=2) == (0, 0)


def test_convolution_with_asymmetric_padding_equals_the_hand_computed_sums(build: Any, run: Run) -> None:
    graph = build((1, 4, 4, 1))
    inputs = [0, graph.constant(np.ones((1, 3, 3, 1), np.float32)), graph.constant(np.zeros(1, np.float32))]
    summed = graph.graph(graph.add("CONV_2D", inputs, (1, 2, 2, 1), **window(**BY_TWO)))
    result = run(summed, np.ones((1, 4, 4, 1), np.float32))
    np.testing.assert_allclose(result[0, :, :, 0], [[9, 6], [6, 4]], atol=1e-5)


def test_half_precision_weights_stay_half_precision_in_the_onnx_file(tiny_file: bytes) -> None:
    converted = write.convert(tiny_file, "tiny", {"landmarks": "value4"})
    kinds = [tensor.data_type for tensor in onnx.load_from_string(converted).graph.initializer]
    assert kinds.count(onnx.TensorProto.FLOAT16) == 1


def test_conversion_keeps_only_the_operators_of_the_wanted_outputs(tiny_file: bytes) -> None:
    one = onnx.load_from_string(write.convert(tiny_file, "tiny", {"landmarks": "value4"}))
    both = onnx.load_from_string(write.convert(tiny_file, "tiny", {"landmarks": "value4", "mask": "value8"}))
    count = [sum(node.op_type == "Conv" for node in model.graph.node) for model in (one, both)]
    assert count == [1, 2]
    assert [output.name for output in both.graph.output] == ["landmarks", "mask"]
    assert [i.name for i in one.graph.input] == ["input"]


def test_conversion_to_a_missing_output_is_an_error_that_names_the_output(tiny_file: bytes) -> None:
    with pytest.raises(ModelAltered, match="The network tiny has no output called value99"):
        write.convert(tiny_file, "tiny", {"landmarks": "value99"})


def test_conversion_of_an_unknown_operator_is_an_error_that_names_the_operator(
    build: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = build((1, 4))
    softmax = graph.graph(graph.add("HARD_SWISH", [0], (1, 4)))
    with monkeypatch.context() as patch:
        patch.setitem(tflite_file.BUILTIN, "HARD_SWISH", ("", ()))
        file = tflite_file.write(softmax)
    with pytest.raises(UnknownOperator, match="The network small uses the operator HARD_SWISH, which"):
        write.convert(file, "small", {"out": "value1"})


def test_conversion_of_an_unknown_custom_operator_is_an_error_with_its_version(build: Any) -> None:
    graph = build((1, 4))
    file = tflite_file.write(graph.graph(graph.add("Convolution2DTransposeBias", [0], (1, 4))))
    with pytest.raises(UnknownOperator, match="version 1 of the custom operator Convolution2DTransposeBias"):
        write.convert(file, "small", {"out": "value1"})


def test_conversion_of_an_unknown_activation_is_an_error(build: Any) -> None:
    graph = build((1, 4))
    file = tflite_file.write(graph.graph(graph.add("ADD", [0, 0], (1, 4), fused_activation_function=TANH)))
    with pytest.raises(UnknownOperator, match=r"the fused activation number 4 \(in ADD\)"):
        write.convert(file, "small", {"out": "value1"})


def test_conversion_of_an_unknown_data_type_is_an_error(build: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import tflite

    graph = build((1, 4))
    whole = graph.graph(graph.add("RELU", [0], (1, 4)))
    with monkeypatch.context() as patch:
        patch.setattr(tflite.TensorType, "FLOAT32", tflite.TensorType.INT8)
        file = tflite_file.write(whole)
    with pytest.raises(UnknownOperator, match=r"the data type INT8 \(tensor picture\)"):
        write.convert(file, "small", {"out": "value1"})


def test_conversion_of_computed_weights_is_an_error(build: Any, run: Run) -> None:
    graph = build((1, 3, 3, 1))
    computed = graph.add("RELU", [0], (1, 3, 3, 1))
    odd = graph.graph(graph.add("CONV_2D", [0, computed], (1, 1, 1, 1), **window()))
    with pytest.raises(UnknownOperator, match="a computed value where a constant is expected"):
        run(odd, numbers(1, 3, 3, 1))

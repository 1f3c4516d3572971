# SPDX-License-Identifier: GPL-3.0-or-later
"""The rewrites change the operators and not the results."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.networks.convert import channel_blocks, rewrites
from mimic.models.networks.convert.graph import Graph

Array = NDArray[Any]
Run = Callable[[Graph, Array], Array]
WINDOW = {
    "padding": 1,
    "stride_h": 1,
    "stride_w": 1,
    "dilation_h_factor": 1,
    "dilation_w_factor": 1,
    "fused_activation_function": 0,
}


def numbers(*shape: int) -> Array:
    return np.random.default_rng(11).normal(size=shape).astype(np.float32)


def kinds(graph: Graph) -> list[str]:
    return [operator.kind for operator in graph.operators]


def normalised(graph: Any, source: int, *, scale: Array, same_mean: bool = True, **changes: Any) -> int:
    """Add what TensorFlow makes of a layer normalisation."""
    shape = graph.tensors[source].shape
    thin, plain = (*shape[:3], 1), {"fused_activation_function": 0}
    last = graph.constant(np.array([3], np.int32))
    mean = graph.add("MEAN", [source, last], thin, **{"keep_dims": True, **changes})
    negative = graph.add("NEG", [mean], thin)
    if not same_mean:
        mean = graph.add("MEAN", [source, last], thin, keep_dims=True)
    squares = graph.add("SQUARED_DIFFERENCE", [source, mean], shape)
    variance = graph.add("MEAN", [squares, last], thin, keep_dims=True)
    safe = graph.add("ADD", [variance, graph.constant(np.array(1e-3, np.float32))], thin, **plain)
    root = graph.add("RSQRT", [safe], thin)
    factor = graph.add("MUL", [root, graph.constant(scale)], shape, **plain)
    scaled = graph.add("MUL", [source, factor], shape, **plain)
    moved = graph.add("MUL", [negative, factor], shape, **plain)
    return int(graph.add("ADD", [scaled, moved], shape, **plain))


def test_layer_normalisation_becomes_one_operator_with_the_same_result(build: Any, run: Run) -> None:
    graph = build((1, 1, 5, 8))
    scale = numbers(8)
    plain = graph.graph(normalised(graph, 0, scale=scale))
    rewritten = rewrites.layer_norms(plain)
    assert kinds(rewritten) == ["LAYER_NORM"]
    rows = 3 + numbers(1, 1, 5, 8)
    by_hand = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + 1e-3) * scale
    np.testing.assert_allclose(run(rewritten, rows), by_hand, atol=1e-5)
    np.testing.assert_allclose(run(plain, rows), by_hand, atol=1e-5)


def test_layer_normalisation_whose_mean_is_used_elsewhere_keeps_the_mean(build: Any, run: Run) -> None:
    graph = build((1, 1, 5, 8))
    result = normalised(graph, 0, scale=numbers(8))
    (mean,) = (operator.output for operator in graph.operators[:1])
    plain = graph.graph(graph.add("ADD", [result, mean], (1, 1, 5, 8), fused_activation_function=0))
    rewritten = rewrites.layer_norms(plain)
    assert kinds(rewritten) == ["MEAN", "LAYER_NORM", "ADD"]
    rows = numbers(1, 1, 5, 8)
    np.testing.assert_allclose(run(rewritten, rows), run(plain, rows), atol=1e-5)


@pytest.mark.parametrize(
    "odd", [{"same_mean": False}, {"scale": numbers(1, 1, 5, 8)}, {"fused_activation_function": 1}]
)
def test_what_only_resembles_a_layer_normalisation_is_not_rewritten(build: Any, odd: dict[str, Any]) -> None:
    graph = build((1, 1, 5, 8))
    plain = graph.graph(normalised(graph, 0, **{"scale": numbers(8), **odd}))
    assert rewrites.layer_norms(plain) == plain


def test_prelu_becomes_convolutions_with_the_same_result(build: Any, run: Run) -> None:
    graph = build((1, 3, 4, 5))
    slopes = np.array([-1.6, 0, 0.25, 1, 12], np.float16).reshape(1, 1, 5)
    plain = graph.graph(graph.add("PRELU", [0, graph.constant(slopes)], (1, 3, 4, 5)))
    rewritten = rewrites.prelu_as_convolutions(plain)
    assert kinds(rewritten) == ["DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D", "ADD"]
    picture = numbers(1, 3, 4, 5)
    by_hand = np.where(picture < 0, slopes.astype(np.float32) * picture, picture)
    np.testing.assert_allclose(run(rewritten, picture), by_hand, atol=1e-5)


def test_prelu_with_a_slope_for_each_place_is_not_rewritten(build: Any) -> None:
    graph = build((1, 3, 4, 5))
    plain = graph.graph(graph.add("PRELU", [0, graph.constant(numbers(3, 4, 5))], (1, 3, 4, 5)))
    assert rewrites.prelu_as_convolutions(plain) == plain


def test_clipped_sum_becomes_a_sum_and_a_convolution_with_the_same_result(build: Any, run: Run) -> None:
    graph = build((1, 3, 4, 5))
    plain = graph.graph(graph.add("ADD", [0, 0], (1, 3, 4, 5), fused_activation_function=3))
    rewritten = rewrites.clipped_sums_as_convolutions(plain)
    assert kinds(rewritten) == ["ADD", "DEPTHWISE_CONV_2D"]
    picture = 4 * numbers(1, 3, 4, 5)
    np.testing.assert_allclose(run(rewritten, picture), np.clip(2 * picture, 0, 6), atol=1e-5)


@pytest.mark.parametrize("before", [0, 2])
def test_padding_of_channels_becomes_a_convolution_with_the_same_result(before: int, build: Any, run: Run) -> None:
    graph = build((1, 3, 4, 5))
    amounts = np.array([[0, 0], [0, 0], [0, 0], [before, 3]], np.int32)
    plain = graph.graph(graph.add("PAD", [0, graph.constant(amounts)], (1, 3, 4, 8 + before)))
    rewritten = rewrites.channel_moves_as_convolutions(plain)
    assert kinds(rewritten) == ["CONV_2D"]
    picture = numbers(1, 3, 4, 5)
    np.testing.assert_allclose(run(rewritten, picture), np.pad(picture, amounts), atol=1e-6)


def test_slice_of_channels_becomes_a_convolution_with_the_same_result(build: Any, run: Run) -> None:
    graph = build((1, 3, 4, 5))
    inputs = [0, *(graph.constant(np.array(c, np.int32)) for c in ([0, 0, 0, 1], [1, 3, 4, 4], [1, 1, 1, 1]))]
    plain = graph.graph(graph.add("STRIDED_SLICE", inputs, (1, 3, 4, 3)))
    rewritten = rewrites.channel_moves_as_convolutions(plain)
    assert kinds(rewritten) == ["CONV_2D"]
    picture = numbers(1, 3, 4, 5)
    np.testing.assert_allclose(run(rewritten, picture), picture[..., 1:4], atol=1e-6)


def test_padding_of_width_and_height_is_not_rewritten(build: Any) -> None:
    graph = build((1, 3, 4, 5))
    amounts = np.array([[0, 0], [1, 1], [1, 1], [0, 0]], np.int32)
    plain = graph.graph(graph.add("PAD", [0, graph.constant(amounts)], (1, 5, 6, 5)))
    assert rewrites.channel_moves_as_convolutions(plain) == plain


def test_half_precision_constants_are_folded_and_stay_half_precision(build: Any) -> None:
    graph = build((1, 3))
    weights = graph.add("DEQUANTIZE", [graph.constant(numbers(3).astype(np.float16))], (3,))
    total = graph.add("ADD", [0, weights], (1, 3), fused_activation_function=0)
    folded = rewrites.fold_constants(graph.graph(total))
    assert kinds(folded) == ["ADD"]
    data = folded.tensors[weights].data
    assert data is not None
    assert data.dtype == np.float16


def odd_network(build: Any) -> Graph:
    """Convolutions, a depthwise one, a pooling and sums of 5 and 6 channels, with 3 in and 2 out."""
    graph = build((1, 4, 4, 3))
    wide = {**WINDOW, "fused_activation_function": 1}

    def convolve(source: int, channels_in: int, channels: int, **options: Any) -> int:
        inputs = [source, graph.constant(numbers(channels, 1, 1, channels_in)), graph.constant(numbers(channels))]
        return int(graph.add("CONV_2D", inputs, (1, 4, 4, channels), **options))

    first = convolve(0, 3, 5, **wide)
    inputs = [first, graph.constant(numbers(1, 1, 1, 5)), graph.constant(numbers(5))]
    second = graph.add("DEPTHWISE_CONV_2D", inputs, (1, 4, 4, 5), **WINDOW, depth_multiplier=1)
    total = graph.add("ADD", [first, second], (1, 4, 4, 5), fused_activation_function=0)
    shifted = graph.add("ADD", [total, graph.constant(numbers(1))], (1, 4, 4, 5), fused_activation_function=0)
    third = convolve(shifted, 5, 6, **wide)
    return graph.graph(convolve(third, 6, 2, **WINDOW))


def test_widened_network_has_whole_channel_blocks_and_the_same_result(build: Any, run: Run) -> None:
    plain = odd_network(build)
    wide = channel_blocks.widen(plain, 8)
    widths = {wide.tensors[operator.output].shape[3] for operator in wide.operators[:-1]}
    assert widths == {8}
    assert wide.tensors[wide.outputs[0]].shape == (1, 4, 4, 2)
    picture = numbers(1, 4, 4, 3)
    np.testing.assert_allclose(run(wide, picture), run(plain, picture), atol=1e-5)


def test_output_that_a_reshape_reads_is_not_widened(build: Any, run: Run) -> None:
    graph = build((1, 4, 4, 3))
    inputs = [0, graph.constant(numbers(5, 1, 1, 3)), graph.constant(numbers(5))]
    first = graph.add("CONV_2D", inputs, (1, 4, 4, 5), **WINDOW)
    doubled = graph.add("ADD", [first, first], (1, 4, 4, 5), fused_activation_function=0)
    plain = graph.graph(graph.add("RESHAPE", [doubled], (1, 80)))
    assert channel_blocks.widen(plain, 8) == plain


def test_widening_to_blocks_of_one_changes_nothing(build: Any) -> None:
    plain = odd_network(build)
    assert channel_blocks.widen(plain, 1) == plain

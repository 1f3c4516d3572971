# SPDX-License-Identifier: GPL-3.0-or-later
"""Spatial operators: convolutions, pooling, padding, resizing."""

from typing import Final

import numpy as np

from .emission import Emission, Emitters
from .graph import ABSENT, Operator


def same_padding(size: int, *, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Return the padding before and after an axis for TFLite's SAME, which adds an odd zero after the axis."""
    extent = (kernel - 1) * dilation + 1
    total = max((-(-size // stride) - 1) * stride + extent - size, 0)
    return total // 2, total - total // 2


def _pads(emission: Emission, operator: Operator, kernel: tuple[int, int]) -> list[int]:
    """Return the ONNX pads (top, left, bottom, right) of a convolution or pooling."""
    import tflite

    if operator.options["padding"] == tflite.Padding.VALID:
        return [0, 0, 0, 0]
    _, height, width, _ = emission.shape(operator.inputs[0])
    top, bottom = same_padding(
        height,
        kernel=kernel[0],
        stride=operator.options["stride_h"],
        dilation=operator.options.get("dilation_h_factor", 1),
    )
    left, right = same_padding(
        width,
        kernel=kernel[1],
        stride=operator.options["stride_w"],
        dilation=operator.options.get("dilation_w_factor", 1),
    )
    return [top, left, bottom, right]


def _convolve(emission: Emission, operator: Operator, *, depthwise: bool) -> None:
    weights = emission.data(operator.inputs[1])
    if depthwise:
        # TFLite (1, height, width, channels x multiplier) -> ONNX (channels x multiplier, 1, height, width)
        kernel = weights.transpose(3, 0, 1, 2)
        groups = emission.shape(operator.inputs[0])[3]
    else:
        # TFLite (out, height, width, in / groups) -> ONNX (out, in / groups, height, width)
        kernel = weights.transpose(0, 3, 1, 2)
        groups = emission.shape(operator.inputs[0])[3] // weights.shape[3]
    inputs = [emission.channels_first(operator.inputs[0]), emission.constant(kernel)]
    if len(operator.inputs) > 2 and operator.inputs[2] != ABSENT:
        inputs.append(emission.constant(emission.data(operator.inputs[2])))
    height, width = kernel.shape[2:]
    output = emission.node(
        "Conv",
        *inputs,
        kernel_shape=[height, width],
        strides=[operator.options["stride_h"], operator.options["stride_w"]],
        dilations=[operator.options["dilation_h_factor"], operator.options["dilation_w_factor"]],
        pads=_pads(emission, operator, (height, width)),
        group=groups,
    )
    emission.define_first(operator.output, emission.activated(output, operator))


def convolution(emission: Emission, operator: Operator) -> None:
    """CONV_2D -> Conv, or Gemm if it is a dense layer of each row of channels that are last already."""
    if emission.layout(operator) == "last" and emission.data(operator.inputs[1]).shape[1:3] == (1, 1):
        _dense(emission, operator)
    else:
        _convolve(emission, operator, depthwise=False)


def _dense(emission: Emission, operator: Operator) -> None:
    weights = emission.data(operator.inputs[1])[:, 0, 0]
    rows = emission.node("Reshape", emission.channels_last(operator.inputs[0]), emission.integers(-1, weights.shape[1]))
    inputs = [rows, emission.constant(weights)]
    if len(operator.inputs) > 2 and operator.inputs[2] != ABSENT:
        inputs.append(emission.constant(emission.data(operator.inputs[2])))
    output = emission.activated(emission.node("Gemm", *inputs, transB=1), operator)
    shape = emission.integers(-1, *emission.shape(operator.output)[1:])
    emission.define_last(operator.output, emission.node("Reshape", output, shape))


def depthwise_convolution(emission: Emission, operator: Operator) -> None:
    """DEPTHWISE_CONV_2D -> Conv with as many groups as channels."""
    _convolve(emission, operator, depthwise=True)


def max_pool(emission: Emission, operator: Operator) -> None:
    """MAX_POOL_2D -> MaxPool. Both treat padding as minus infinity."""
    kernel = (operator.options["filter_height"], operator.options["filter_width"])
    output = emission.node(
        "MaxPool",
        emission.channels_first(operator.inputs[0]),
        kernel_shape=list(kernel),
        strides=[operator.options["stride_h"], operator.options["stride_w"]],
        pads=_pads(emission, operator, kernel),
    )
    emission.define_first(operator.output, emission.activated(output, operator))


def pad(emission: Emission, operator: Operator) -> None:
    """PAD -> Pad with zeros."""
    amounts = emission.data(operator.inputs[1])
    if amounts.shape != (4, 2):
        raise emission.unsupported(f"a PAD of {len(amounts)} axes")
    first = amounts[[0, 3, 1, 2]]
    output = emission.node(
        "Pad",
        emission.channels_first(operator.inputs[0]),
        emission.integers(*first[:, 0].tolist(), *first[:, 1].tolist()),
    )
    emission.define_first(operator.output, output)


def resize_bilinear(emission: Emission, operator: Operator) -> None:
    """RESIZE_BILINEAR -> Resize, linear, with the same coordinate transformation."""
    if operator.options["align_corners"]:
        mode = "align_corners"
    else:
        mode = "half_pixel" if operator.options["half_pixel_centers"] else "asymmetric"
    _, height, width, _ = emission.shape(operator.inputs[0])
    _, new_height, new_width, _ = emission.shape(operator.output)
    picture = emission.channels_first(operator.inputs[0])
    if new_height % height == 0 and new_width % width == 0:
        # Integer scales, instead of sizes, let ONNX Runtime stay in its blocked layout.
        scales = np.array([1, 1, new_height // height, new_width // width], np.float32)
        inputs = [picture, "", emission.constant(scales)]
    else:
        channels = emission.shape(operator.output)[3]
        inputs = [picture, "", "", emission.integers(1, channels, new_height, new_width)]
    output = emission.node("Resize", *inputs, mode="linear", coordinate_transformation_mode=mode)
    emission.define_first(operator.output, output)


def depth_to_space(emission: Emission, operator: Operator) -> None:
    """DEPTH_TO_SPACE -> DepthToSpace; in TFLite a block's pixels come before its channels."""
    output = emission.node(
        "DepthToSpace",
        emission.channels_first(operator.inputs[0]),
        blocksize=operator.options["block_size"],
        mode="DCR",
    )
    emission.define_first(operator.output, output)


EMITTERS: Final[Emitters] = {
    "CONV_2D": convolution,
    "DEPTHWISE_CONV_2D": depthwise_convolution,
    "DEPTH_TO_SPACE": depth_to_space,
    "MAX_POOL_2D": max_pool,
    "PAD": pad,
    "RESIZE_BILINEAR": resize_bilinear,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The three custom operators of MediaPipe's attention mesh, in standard ONNX operators.

The network refines lips and eyes: it fits a rotated box to a subset of the mesh
(``Landmarks2TransformMatrix``), samples its features inside that box (``TransformTensorBilinear``), and
transforms the refined points back (``TransformLandmarks``). A transform is a (1, 4, 4) matrix from the
box's pixels (x, y, 0, 1) to the feature map's. The operators compute the same as version 2 of MediaPipe's
in mediapipe/util/tflite/operations.
"""

from math import cos, sin
from typing import Final

import numpy as np

from .emission import Emission, Emitters
from .graph import Operator


def transform_matrix(emission: Emission, operator: Operator) -> None:
    """Matrix (1, 4, 4) of a box around a subset of landmarks (1, n, 3), rotated with the line between two of them."""
    options = operator.options
    points = emission.node(
        "Gather", emission.channels_last(operator.inputs[0]), emission.integers(0, 1), axis=2
    )  # z is not used
    rotation = _rotation(emission, operator, points)
    subset = emission.node("Gather", points, emission.integers(*options["subset_idxs"]), axis=1)
    upright = emission.node("MatMul", subset, rotation)
    highest = emission.node("ReduceMax", upright, axes=[1])
    lowest = emission.node("ReduceMin", upright, axes=[1])
    middle = emission.node("Mul", emission.node("Add", highest, lowest), emission.scalar(0.5))
    inverse = emission.node("Transpose", rotation, perm=[0, 2, 1])
    centre = emission.node("Transpose", emission.node("MatMul", middle, inverse), perm=[0, 2, 1])

    output_size = np.array([options["output_width"], options["output_height"]], np.float32)
    scale = np.array([options["scale_x"], options["scale_y"]], np.float32) / output_size
    size = emission.node("Mul", emission.node("Sub", highest, lowest), emission.constant(scale.reshape(1, 1, 2)))
    linear = emission.node("Mul", rotation, size)
    corner = emission.node("MatMul", linear, emission.constant(output_size.reshape(1, 2, 1) / 2))
    translation = emission.node("Sub", centre, corner)
    zeros = emission.constant(np.zeros((1, 2, 1), np.float32))
    top = emission.node("Concat", linear, zeros, translation, axis=2)
    bottom = emission.constant(np.array([[[0, 0, 1, 0], [0, 0, 0, 1]]], np.float32))
    emission.define_last(operator.output, emission.node("Concat", top, bottom, axis=1))


def _rotation(emission: Emission, operator: Operator, points: str) -> str:
    """Matrix M (1, 2, 2) by which ``row @ M`` rotates by r, the target angle minus the angle from left to right point.

    The same matrix, applied to columns, rotates by -r. The angle itself is not needed: its cosine and sine are the
    unit vector from left to right.
    """
    options = operator.options
    left = emission.node("Gather", points, emission.integers(options["left_rotation_idx"]), axis=1)
    right = emission.node("Gather", points, emission.integers(options["right_rotation_idx"]), axis=1)
    line = emission.node("Sub", right, left)
    length = emission.node("ReduceL2", line, axes=[2])
    # Coincident points have no angle; a tiny length keeps the division finite.
    unit = emission.node("Div", line, emission.node("Max", length, emission.scalar(1e-12)))
    c, s = cos(options["target_rotation_radians"]), sin(options["target_rotation_radians"])
    # (cos a, sin a) @ this = (cos r, sin r, -sin r, cos r), for r = target - a
    table = np.array([[c, s, -s, c], [s, -c, c, s]], np.float32)
    entries = emission.node("MatMul", unit, emission.constant(table))
    return emission.node("Reshape", entries, emission.integers(1, 2, 2))


def _linear_and_translation(emission: Emission, matrix: str) -> tuple[str, str]:
    """Parts of a transform that act on x and y, transposed for row vectors: (1, 2, 2) and (1, 1, 2)."""
    rows = emission.node("Slice", matrix, emission.integers(0), emission.integers(2), emission.integers(1))
    columns = emission.node("Transpose", rows, perm=[0, 2, 1])
    linear = emission.node("Slice", columns, emission.integers(0), emission.integers(2), emission.integers(1))
    translation = emission.node("Slice", columns, emission.integers(3), emission.integers(4), emission.integers(1))
    return linear, translation


def transform_tensor(emission: Emission, operator: Operator) -> None:
    """Sample a feature map (1, h, w, c) at the transformed pixel centres of a small one; zero outside."""
    _, height, width, _ = emission.shape(operator.inputs[0])
    _, new_height, new_width, _ = emission.shape(operator.output)
    rows, columns = np.mgrid[0:new_height, 0:new_width].astype(np.float32) + 0.5
    centres = np.stack([columns.ravel(), rows.ravel()], axis=1)[None]
    linear, translation = _linear_and_translation(emission, emission.channels_last(operator.inputs[1]))
    placed = emission.node("Add", emission.node("MatMul", emission.constant(centres), linear), translation)
    pixels = emission.node("Sub", placed, emission.scalar(0.5))

    last = np.array([[[width - 1, height - 1]]], np.float32)
    grid = emission.node("Sub", emission.node("Mul", pixels, emission.constant(2 / last)), emission.scalar(1))
    shape = emission.integers(1, new_height, new_width, 2)
    sampled = emission.node(
        "GridSample",
        emission.channels_first(operator.inputs[0]),
        emission.node("Reshape", grid, shape),
        mode="bilinear",
        padding_mode="zeros",
        align_corners=1,
    )
    # A sample beyond the outermost pixel centres is entirely zero, not faded out.
    clipped = emission.node("Max", emission.node("Min", pixels, emission.constant(last)), emission.constant(last * 0))
    within = emission.node("Cast", emission.node("Equal", pixels, clipped), to=1)
    both = emission.node("ReduceMin", within, axes=[2])
    mask = emission.node("Reshape", both, emission.integers(1, 1, new_height, new_width))
    emission.define_first(operator.output, emission.node("Mul", sampled, mask))


def transform_landmarks(emission: Emission, operator: Operator) -> None:
    """Transform points (1, n, 2)."""
    if emission.shape(operator.inputs[0])[-1] != 2:
        raise emission.unsupported("TransformLandmarks on points that are not 2D")
    linear, translation = _linear_and_translation(emission, emission.channels_last(operator.inputs[1]))
    rotated = emission.node("MatMul", emission.channels_last(operator.inputs[0]), linear)
    emission.define_last(operator.output, emission.node("Add", rotated, translation))


EMITTERS: Final[Emitters] = {
    "Landmarks2TransformMatrix": transform_matrix,
    "TransformLandmarks": transform_landmarks,
    "TransformTensorBilinear": transform_tensor,
}

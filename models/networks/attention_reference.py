# SPDX-License-Identifier: GPL-3.0-or-later
"""A second implementation of MediaPipe's three custom operators, in numpy, to verify the ONNX conversion.

Deliberately different from `convert.attention`: with angles instead of unit vectors, and with explicit corners instead
of a sampler.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def _rotation(angle: float) -> NDArray[np.float64]:
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


def transform_matrix(options: Mapping[str, Any], mesh: Array) -> Array:
    """Return the matrix (1, 4, 4) from the pixels of a box around some points of ``mesh`` (1, n, 3) to its units."""
    points = mesh[0, :, :2].astype(np.float64)
    across = points[options["right_rotation_idx"]] - points[options["left_rotation_idx"]]
    angle = options["target_rotation_radians"] - np.arctan2(across[1], across[0])
    rotated = points[options["subset_idxs"]] @ _rotation(angle).T
    low, high = rotated.min(0), rotated.max(0)
    size = np.array([options["output_width"], options["output_height"]])
    scale = np.array([options["scale_x"], options["scale_y"]]) * (high - low) / size
    matrix = np.eye(4)
    matrix[:2, :2] = _rotation(-angle) * scale
    matrix[:2, 3] = _rotation(-angle) @ ((low + high) / 2) - matrix[:2, :2] @ (size / 2)
    return matrix[None].astype(np.float32)


def transform_tensor(options: Mapping[str, Any], features: Array, matrix: Array) -> Array:
    """Sample ``features`` (1, h, w, c) at the transformed pixel centres of a small picture; zero outside."""
    height, width = options["output_height"], options["output_width"]
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    linear, translation = matrix[0, :2, :2].astype(np.float64), matrix[0, :2, 3]
    x, y = np.moveaxis(np.stack([columns, rows], -1) @ linear.T + translation - 0.5, -1, 0)
    last_y, last_x = features.shape[1] - 1, features.shape[2] - 1
    inside = (x >= 0) & (x <= last_x) & (y >= 0) & (y <= last_y)
    x, y = np.where(inside, x, 0), np.where(inside, y, 0)
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right, bottom = np.minimum(left + 1, last_x), np.minimum(top + 1, last_y)
    u, v = (x - left)[..., None], (y - top)[..., None]
    picture = features[0]
    upper = (1 - u) * picture[top, left] + u * picture[top, right]
    lower = (1 - u) * picture[bottom, left] + u * picture[bottom, right]
    sampled = ((1 - v) * upper + v * lower) * inside[..., None]
    return np.asarray(sampled[None], np.float32)


def transform_landmarks(_options: Mapping[str, Any], points: Array, matrix: Array) -> Array:
    """Transform ``points`` (1, n, 2) by ``matrix`` (1, 4, 4)."""
    return np.asarray(points @ matrix[:, :2, :2].transpose(0, 2, 1) + matrix[:, None, :2, 3], np.float32)


OPERATORS: Final = {
    "Landmarks2TransformMatrix": transform_matrix,
    "TransformLandmarks": transform_landmarks,
    "TransformTensorBilinear": transform_tensor,
}

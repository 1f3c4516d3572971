# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of other shapes than the neutral one: rest positions of joints and landmarks from Anny's phenotype parameters.

Anny's rest positions are linear in each parameter between a few of its values, the anchors. They are therefore stored
as a table of all points at all combinations of anchors, interpolated in every parameter; `export.py` writes the
table's principal components. (Heels, toes and face points are found on the mesh, and jump from vertex to vertex.)
The mean error is 1.3 mm for joints, 1 mm for landmarks and 11 mm for feet, for people from 5 to 75 years.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

PARAMETERS: Final = ("gender", "age", "muscle", "weight", "height", "proportions")
"""All 0..1: female to male; baby at 0, child at 1/3, young adult at 2/3, old at 1; the others from low to high."""
JOINT_COUNT, LANDMARK_COUNT = 52, 75


@dataclass(frozen=True)
class RestPoints:
    """Positions at rest in metres, as in `model.Body`: rest (..., 52, 3), landmarks (..., 75, 3), ends (..., 52, 3)."""

    rest: Array
    landmarks: Array
    ends: Array


@dataclass(frozen=True)
class ShapeSpace:
    """The shapes in `body.npz`.

    Attributes:
        neutral: (6,) parameters of the neutral body, in the order of `PARAMETERS`.
        anchors: anchors of each parameter, in rising order.
        nodes: (a1, ..., a6, k) components at all combinations of anchors.
        basis: (k, 179 * 3) principal components in metres: 52 joints, 75 landmarks, 52 ends.
        mean: (179 * 3,) their mean in metres.
    """

    neutral: Array
    anchors: tuple[Array, ...]
    nodes: Array
    basis: Array
    mean: Array

    def points(self, shape: ArrayLike) -> RestPoints:
        """Return the rest positions of bodies of shapes (..., 6), clipped to the anchors. NaN is the neutral value."""
        shape = np.asarray(shape, dtype=float)
        points = (self.mean + self.interpolated(self.nodes, shape) @ self.basis).reshape(*shape.shape[:-1], -1, 3)
        joints_end, landmarks_end = JOINT_COUNT, JOINT_COUNT + LANDMARK_COUNT
        return RestPoints(
            points[..., :joints_end, :], points[..., joints_end:landmarks_end, :], points[..., landmarks_end:, :]
        )

    def interpolated(self, nodes: Array, shape: Array) -> Array:
        """Return what is stored at all combinations of anchors (a1, ..., a6, k) at shapes (..., 6): (..., k)."""
        known = np.where(np.isfinite(shape), shape, self.neutral).reshape(-1, len(PARAMETERS))
        nodes = np.broadcast_to(nodes, (len(known), *nodes.shape))
        for anchors, values in zip(self.anchors, known.T, strict=True):
            nodes = np.einsum("na,na...->n...", _interpolation_weights(anchors, values), nodes)
        return np.asarray(nodes.reshape(*shape.shape[:-1], -1))


@cache
def shape_space() -> ShapeSpace:
    """Load the shape space from `body.npz` in this folder."""
    with resources.as_file(resources.files(__package__) / "body.npz") as path, np.load(path) as data:
        anchors = tuple(data[f"shape_{name}"].astype(float) for name in PARAMETERS)
        return ShapeSpace(
            neutral=data["shape_neutral"].astype(float),
            anchors=anchors,
            nodes=data["shape_nodes"].astype(float).reshape(*(len(values) for values in anchors), -1),
            basis=data["shape_basis"].astype(float),
            mean=data["shape_mean"].astype(float),
        )


def _interpolation_weights(anchors: Array, values: Array) -> Array:
    """Return the weights (n, a) of the anchors for each of n values; rows sum to 1."""
    values = np.clip(values, anchors[0], anchors[-1])
    low = np.clip(np.searchsorted(anchors, values, side="right") - 1, 0, len(anchors) - 2)
    fraction = (values - anchors[low]) / (anchors[low + 1] - anchors[low])
    result = np.zeros((len(values), len(anchors)))
    rows = np.arange(len(values))
    result[rows, low], result[rows, low + 1] = 1.0 - fraction, fraction
    return result

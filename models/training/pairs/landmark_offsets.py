# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring the positions of BlazePose's points on a body: their offsets from the rig's joints in rendered pictures.

A point's offset is constant in the frame of the joint with which it moves, and is seen from many sides, so many
pictures together determine its three coordinates, although each shows two. The depth, which is a guess, is not used.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.names import POSE_MIRROR
from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import Body, neutral_body
from ..pictures.people import Person
from .pairs import Pairs

Array = NDArray[np.float64]

CARRIERS: Final = {11: INDEX["Spine2"], 12: INDEX["Spine2"]}
"""Points that move with another joint than the one at their position: BlazePose's shoulders hardly rise with the arms.
"""
_MIN_CONFIDENCE: Final = 0.7
_MAX_OFFSET: Final = 0.3
_CAUCHY_SCALE: Final = 0.02
_ITERATIONS: Final = 15


def measure_offsets(pairs: Pairs, people: Sequence[Person]) -> Array:
    """Return offsets (33, 3) in metres for the neutral body, in the frames of the joints with which the points move.

    They are relative to the positions from `landmark_points`; the frames are parallel to the body's axes at rest.
    The method is robust least squares (Cauchy weights, 2 cm) on pixels, of points with a high confidence.
    """
    body = neutral_body()
    turns = rot.to_matrix(body.globals(pairs.rotations.astype(float)))
    size = np.array([_size(person.body) for person in people])[pairs.person] / _size(body)
    points = landmarks_of(pairs, [with_offsets(person.body, np.zeros((33, 3))) for person in people])
    offsets = np.zeros((33, 3))
    for point in range(33):
        joint = CARRIERS.get(point, int(body.landmark_joints[point]))
        matrix, values, known = _equations(pairs, points, point, size)
        offsets[point] = _robust(matrix[known] @ turns[known, joint], values[known])
    return 0.5 * (offsets + offsets[list(POSE_MIRROR)] * [-1.0, 1.0, 1.0])


def landmarks_of(pairs: Pairs, bodies: Sequence[Body]) -> Array:
    """Return the true landmarks (n, 33, 3) of the people in pairs in metres, with the camera at the origin."""
    points = np.empty((len(pairs), 33, 3))
    for number, body in enumerate(bodies):
        rows = pairs.person == number
        if rows.any():
            posed = body.landmark_positions(pairs.rotations[rows].astype(float), pairs.root[rows].astype(float))
            points[rows] = posed[:, :33]
    return points


def with_offsets(body: Body, offsets: Array) -> Body:
    """Return the body with its first 33 landmarks moved by offsets, which are scaled to its size."""
    landmarks, joints = body.landmarks.copy(), body.landmark_joints.copy()
    landmarks[:33] += offsets * (_size(body) / _size(neutral_body()))
    for point, joint in CARRIERS.items():
        joints[point] = joint
    return replace(body, landmarks=landmarks, landmark_joints=joints)


def _size(body: Body) -> float:
    """Return the total length of torso, thigh and shank, to which offsets are scaled."""
    points = [body.landmarks[pair].mean(axis=0) for pair in ([11, 12], [23, 24], [25, 26], [27, 28])]
    return float(sum(np.linalg.norm(a - b) for a, b in pairwise(points)))


def _equations(pairs: Pairs, points: Array, point: int, size: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return rows (n, 2, 3) and values (n, 2) in metres of the neutral body, and which of the n pairs to use."""
    p, (width, height, focal) = points[:, point], pairs.camera.T.astype(float)
    x, y, z = p.T
    u, v = 0.5 * width + focal * x / y, 0.5 * height - focal * z / y
    off = np.stack([pairs.image[:, point, 0] - u, pairs.image[:, point, 1] - v], axis=-1)
    values = off * (y / focal / size)[:, None]
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.stack([np.stack([one, -x / y, zero], axis=-1), np.stack([zero, z / y, -one], axis=-1)], axis=1)
    confident = np.minimum(pairs.visibility[:, point], pairs.presence[:, point]) > _MIN_CONFIDENCE
    return rows, values, confident & (np.linalg.norm(values, axis=1) < _MAX_OFFSET)


def _robust(rows: Array, values: Array) -> Array:
    weight = np.ones(len(values))
    found = np.zeros(3)
    for _ in range(_ITERATIONS):
        normal_matrix = np.einsum("nij,n,nik->jk", rows, weight, rows) + 1e-6 * np.eye(3)
        found = np.linalg.solve(normal_matrix, np.einsum("nij,n,ni->j", rows, weight, values))
        residual = np.linalg.norm(values - rows @ found, axis=1)
        weight = 1.0 / (1.0 + (residual / _CAUCHY_SCALE) ** 2)
    return found

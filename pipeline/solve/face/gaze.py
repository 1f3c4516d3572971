# SPDX-License-Identifier: GPL-3.0-or-later
"""Where eyes look: directions in the head's frame from the places of the irises, and rotations of the eyes.

An eye is a ball behind the middle between its corners. The iris is where its line of sight from the camera meets the
ball, so the turn of the head towards the camera does not matter. Angles are pairs: to the person's left, and up.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from .head_frame import HeadFrame

Array = NDArray[np.float64]

_CORNERS: Final = np.array([[362, 263], [33, 133]])
"""Points at the corners of the left and the right eye."""

_IRISES: Final = np.array([473, 468])
"""Points at the centres of the left and the right iris."""

_BALL: Final = np.array([[0.03, 0.69, 0.12], [-0.03, 0.69, 0.12]])
"""Centimetres from the middle between the corners of an eye to the centre of its ball, in the head's frame."""

_RADIUS: Final = 1.05
"""Centimetres from the centre of an eye's ball, about which it turns, to its iris."""

_FORWARD: Final = np.array([0.0, -1.0, 0.0])


def gaze_angles(head: HeadFrame, points: Array) -> Array:
    """Return the angles (..., 2, 2) in radians of the left and the right eye.

    Args:
        head: the frames of the faces.
        points: (..., 478, 3) px.
    """
    corners = head.to_head(points[..., _CORNERS.ravel(), :]).reshape(*points.shape[:-2], 2, 2, 3)
    centre = corners.mean(axis=-2) + _BALL
    away = head.to_head(points[..., _IRISES, :]) - centre
    sight = rot.rotate(rot.conjugate(head.turn), -_FORWARD)[..., None, :]
    along = np.sum(away * sight, axis=-1, keepdims=True)
    beside = away - along * sight
    # An iris seen beyond the rim of the ball is at its rim.
    short = np.sqrt(np.maximum(_RADIUS**2 - np.sum(beside * beside, axis=-1, keepdims=True), 0.0))
    return angles_of(beside - short * sight)


def angles_of(directions: Array) -> Array:
    """Return the angles (..., 2) in radians of directions (..., 3) in the head's frame."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack([np.arctan2(x, -y), np.arctan2(z, np.hypot(x, y))], axis=-1)


def eye_rotations(angles: Array) -> Array:
    """Return the rotations (..., 4) of eyes that look in the directions of angles (..., 2), without torsion."""
    left, up = angles[..., 0], angles[..., 1]
    # Listing's law: an eye turns from straight ahead about an axis across both directions.
    direction = np.stack([np.sin(left) * np.cos(up), -np.cos(left) * np.cos(up), np.sin(up)], axis=-1)
    half = rot.unit(direction + _FORWARD)
    return np.concatenate([np.sum(half * _FORWARD, axis=-1, keepdims=True), rot.cross(_FORWARD, half)], axis=-1)


def head_angles(head: HeadFrame) -> Array:
    """Return the angles (..., 2) in radians at which heads look, relative to the camera's axis."""
    return angles_of(rot.rotate(head.turn, _FORWARD))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Two-bone inverse kinematics of a leg or an arm, keeping the side to which knee or elbow points."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot

Array = NDArray[np.float64]

STRETCH: Final = 0.997
"""Fraction of its length to which a leg may be stretched; beyond it the knee would pop."""

_PLANE_UNKNOWN, _PLANE_KNOWN = np.radians(4.0), np.radians(15.0)
"""Bend below which the plane of the leg is undefined and the hinge's axis is used, and above which the plane is."""


def two_bone_ik(
    thigh: Array, shank: Array, hip: Array, target: Array, *, bones: tuple[Array, Array], hinge: Array
) -> tuple[Array, Array]:
    """Return global rotations of thigh and shank that bring the ankle to a target, changing the leg's plane little.

    For an arm, read upper arm, forearm, shoulder, wrist and elbow.

    Args:
        thigh, shank: (n, 4) global rotations.
        hip: (n, 3) hip joint in metres.
        target: (n, 3) goal of the ankle in metres.
        bones: (3,) hip to knee and (3,) knee to ankle at rest.
        hinge: (3,) axis at rest about which the knee bends.
    """
    upper, lower = rot.rotate(thigh, bones[0]), rot.rotate(shank, bones[1])
    a, b = np.linalg.norm(bones[0]), np.linalg.norm(bones[1])
    to_target = target - hip
    distance = np.clip(np.linalg.norm(to_target, axis=-1), abs(a - b) + 1e-3, (a + b) * STRETCH)
    bend = np.pi - np.arccos(np.clip((a * a + b * b - distance**2) / (2.0 * a * b), -1.0, 1.0))
    along = upper / a
    turned = rot.rotate(rot.from_axis_angle(_axis(along, lower / b, rot.rotate(thigh, hinge)), bend), along * b)
    shank = rot.multiply(rot.between(lower, turned), shank)
    swing = rot.between(upper + turned, to_target)
    return rot.multiply(swing, thigh), rot.multiply(swing, shank)


def _axis(along: Array, lower: Array, hinge: Array) -> Array:
    """Return the bend axes (n, 3), perpendicular to the thigh: of the leg's plane if it is bent, else the hinge's."""
    normal = np.cross(along, lower)
    bend = np.arcsin(np.clip(np.linalg.norm(normal, axis=-1), 0.0, 1.0))
    own = np.clip((bend - _PLANE_UNKNOWN) / (_PLANE_KNOWN - _PLANE_UNKNOWN), 0.0, 1.0)
    own = np.where(np.sum(normal * hinge, axis=-1) > 0.0, own, 0.0)[:, None]
    square = rot.unit(hinge - np.sum(hinge * along, axis=-1, keepdims=True) * along)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-9)
    return rot.unit(own * normal + (1.0 - own) * square)

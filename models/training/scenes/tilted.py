# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera in a room: where it stands, and how it is tilted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ..pictures.views import Camera

Array = NDArray[np.float64]

_STEPS = 12
"""Rounds of moving the camera until the people fill its picture."""
_NEAREST = 0.9
"""Least metres between the camera and any point that is to be seen."""


@dataclass(frozen=True)
class TiltedCamera:
    """A camera in a room whose axes are level: Z up, the camera looks along +Y as far as its tilt lets it.

    Attributes:
        lens: width, height and focal length.
        turn: (4,) rotation from the room's axes to the camera's, which look along +Y with +Z up in the picture.
        position: (3,) metres in the room.
    """

    lens: Camera
    turn: Array
    position: Array

    @property
    def up(self) -> Array:
        """The true vertical (3,) in the camera's axes."""
        return rot.rotate(self.turn, np.array([0.0, 0.0, 1.0]))

    def inward(self, points: Array) -> Array:
        """Return points (..., 3) of the room in the camera's axes."""
        return rot.rotate(self.turn, points - self.position)

    def project(self, points: Array) -> Array:
        """Return pixels (..., 2) of points (..., 3) of the room."""
        return self.lens.project(self.inward(points))


def tilt(pitch: float, roll: float) -> Array:
    """Return the rotation (4,) from level axes to those of a camera.

    Args:
        pitch: degrees by which it looks down.
        roll: degrees by which what it sees leans to the right.
    """
    down = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(pitch))
    return rot.multiply(rot.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(roll)), down)


def framed(lens: Camera, turn: Array, points: Array, *, fill: float = 0.85) -> TiltedCamera:
    """Return a camera that stands so that points (n, 3) of the room fill a fraction of its picture."""
    seen = rot.rotate(turn, points)
    middle = 0.5 * (seen.min(axis=0) + seen.max(axis=0))
    distance = 4.0
    for _ in range(_STEPS):
        place = middle - [0.0, distance, 0.0]
        pixels = lens.project(seen - place)
        low, high = pixels.min(axis=0), pixels.max(axis=0)
        off = 0.5 * (low + high) - 0.5 * np.array([lens.width, lens.height])
        middle = middle + np.array([off[0], 0.0, -off[1]]) * distance / lens.focal
        distance *= float(((high - low) / [lens.width, lens.height]).max()) / fill
        distance = max(distance, float(middle[1] - seen[:, 1].min()) + _NEAREST)
    return TiltedCamera(lens, turn, rot.rotate(rot.conjugate(turn), middle - [0.0, distance, 0.0]))

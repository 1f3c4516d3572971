# SPDX-License-Identifier: GPL-3.0-or-later
"""The cameras of a take that several cameras filmed: where each stood, its lens, and how its clock ran."""

from dataclasses import dataclass
from math import atan, degrees
from typing import Final

MAX_CAMERAS: Final = 8
"""Cameras of one take."""


@dataclass(frozen=True)
class Clock:
    """How the times of a camera's frames become those of the take: ``offset + rate * time``, in seconds."""

    offset: float = 0.0
    rate: float = 1.0


@dataclass(frozen=True)
class CameraGeometry:
    """One camera of a take, relative to the first one, whose axes and clock are the take's.

    Axes are Blender's: a camera at the origin looks along +Y, Z is up in its picture.

    Attributes:
        rotation: unit quaternion w, x, y, z that turns the camera's axes into the take's.
        position: of the camera in the take's axes, in metres.
        focal: focal length in pixels.
        size: width and height of its pictures in pixels; the line of sight goes through their middle.
        clock: how its times become the take's.
        residual: pixels by which landmarks typically lie beside what is fitted to all cameras.
    """

    rotation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    focal: float = 1.0
    size: tuple[int, int] = (1, 1)
    clock: Clock = Clock()
    residual: float = 0.0

    @property
    def field_of_view(self) -> float:
        """Degrees along the longer side of the picture."""
        return degrees(2.0 * atan(0.5 * max(self.size) / self.focal))

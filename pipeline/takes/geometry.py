# SPDX-License-Identifier: GPL-3.0-or-later
"""The cameras of a take that several cameras filmed: where each stood, its lens, and how its clock ran."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from ..landmarks.data import MAX_PEOPLE

MAX_CAMERAS: Final = 8
"""Cameras of one take."""

MAX_SIDE: Final = 2**20
"""Pixels along a side of a frame; OpenCV reads no larger pictures."""

_MAX_NUMBER: Final = 1e7
_MIN_FOCAL: Final = 1e-3
"""Of the longer side: no lens covers as much as that."""
_MAX_STRETCH: Final = 0.02
"""Difference between the proportions of two pictures, as a logarithm, up to which they have the same shape."""
_MAX_RATE: Final = 2.0
"""Clocks of cameras run alike but for a thousandth; one that runs far otherwise would make days of a minute."""


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
        people: the number that each of the first camera's people has in this one, -1 for those whom it did not see.
    """

    rotation: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    focal: float = 1.0
    size: tuple[int, int] = (1, 1)
    clock: Clock = Clock()
    residual: float = 0.0
    people: tuple[int, ...] = (0,)

    @property
    def field_of_view(self) -> float:
        """Degrees along the longer side of the picture."""
        return math.degrees(2.0 * math.atan(0.5 * max(self.size) / self.focal))

    def with_size(self, size: tuple[int, int]) -> "CameraGeometry | None":
        """Return the camera as it is with larger or smaller pictures; None if theirs is another shape.

        Another shape is cut out of the sensor in a way that nobody tells.
        """
        if abs(math.log(size[0] * self.size[1] / (size[1] * self.size[0]))) > _MAX_STRETCH:
            return None
        return replace(self, focal=self.focal * size[0] / self.size[0], size=size)


def write_cameras(cameras: Sequence[CameraGeometry]) -> list[dict[str, Any]]:
    """Return cameras as plain values, for JSON."""
    return [asdict(camera) for camera in cameras]


def read_cameras(value: object) -> tuple[CameraGeometry, ...]:
    """Return the cameras of plain values that may come from a stranger.

    Raises:
        ValueError: they are not valid.
    """
    if not isinstance(value, list) or len(value) > MAX_CAMERAS:
        raise ValueError("cameras are no list")
    return tuple(map(_camera, value))


def _camera(value: object) -> CameraGeometry:
    match value:
        case {
            "rotation": [_, _, _, _] as rotation,
            "position": [_, _, _] as position,
            "focal": focal,
            "size": [int(width), int(height)],
            "clock": {"offset": offset, "rate": rate},
            "residual": residual,
            "people": [*people],
        } if all(type(number) is int and -1 <= number < MAX_PEOPLE for number in people):
            w, x, y, z, *place, focal, offset, rate, residual = map(
                _number, [*rotation, *position, focal, offset, rate, residual]
            )
            if (
                abs(math.hypot(w, x, y, z) - 1.0) < 1e-3
                and 0 < min(width, height) <= max(width, height) <= MAX_SIDE
                and focal > _MIN_FOCAL * max(width, height)
                and 1.0 / _MAX_RATE <= rate <= _MAX_RATE
            ):
                return CameraGeometry(
                    (w, x, y, z),
                    (place[0], place[1], place[2]),
                    focal,
                    (width, height),
                    Clock(offset, rate),
                    residual,
                    tuple(people),
                )
    raise ValueError("a camera is not valid")


def _number(value: object) -> float:
    """Return a number.

    Raises:
        ValueError: it is none, or beyond what can be computed with.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _MAX_NUMBER:
        raise ValueError("a camera has an invalid number")
    return float(value)

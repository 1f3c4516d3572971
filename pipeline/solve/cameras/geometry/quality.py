# SPDX-License-Identifier: GPL-3.0-or-later
"""How good found cameras are, in numbers and in words."""

from dataclasses import dataclass
from typing import Final

from .....errors import listed

GOOD_ANGLE: Final = (35.0, 145.0)
"""Degrees between the lines of sight of two cameras between which depth is found well."""
GOOD_RESIDUAL: Final = 0.015
"""Residual as a fraction of the person's height up to which landmarks agree well."""
FAIR_RESIDUAL: Final = 0.025
GOOD_DOUBT: Final = 4.5
"""Error of a camera's rotation in degrees up to which it is found well: more where nobody walks about."""
FAIR_DOUBT: Final = 8.0


@dataclass(frozen=True)
class CameraQuality:
    """How well one camera was found.

    Attributes:
        angle: degrees between its line of sight to the people and that of the camera that looks most nearly at a right
            angle to it.
        residual: pixels by which landmarks typically lie beside what is fitted to all cameras.
        fraction: the same as a fraction of the person's height in the picture.
        field_of_view: degrees along the longer side of the picture, as found.
        assumed: degrees, as assumed or given.
        doubt: error of its rotation in degrees.
    """

    angle: float
    residual: float
    fraction: float
    field_of_view: float
    assumed: float
    doubt: float


@dataclass(frozen=True)
class CamerasQuality:
    """How well all cameras were found; camera 1 for the user is `cameras[0]`.

    Attributes:
        cameras: of each camera.
        moments: number of moments from which they were found.
    """

    cameras: tuple[CameraQuality, ...]
    moments: int

    @property
    def fraction(self) -> float:
        """The largest residual of a camera as a fraction of the person's height."""
        return max(camera.fraction for camera in self.cameras)

    @property
    def grade(self) -> str:
        """`good`, `fair` or `poor`: poor if landmarks do not agree, or the cameras look from nearly the same side."""
        low, high = GOOD_ANGLE
        angles = [camera.angle for camera in self.cameras]
        doubt = max(camera.doubt for camera in self.cameras)
        apart = any(0.5 * low <= angle <= 180.0 - 0.5 * low for angle in angles)
        if self.fraction > FAIR_RESIDUAL or doubt > FAIR_DOUBT or not apart:
            return "poor"
        wide = all(low <= angle <= high for angle in angles)
        return "good" if wide and self.fraction <= GOOD_RESIDUAL and doubt <= GOOD_DOUBT else "fair"

    @property
    def summary(self) -> str:
        """One sentence for a user."""
        angles = listed([f"{camera.angle:.0f}" for camera in self.cameras[1:]])
        residuals = listed([f"{camera.residual:.1f}" for camera in self.cameras])
        views = listed([f"{camera.field_of_view:.0f}" for camera in self.cameras])
        share = 100.0 * self.fraction
        return (
            f"The cameras were found from {self.moments} moments ({self.grade}): they look from {angles} degrees "
            f"apart, landmarks agree within {residuals} pixels ({share:.1f} % of the person's height), and "
            f"their fields of view are {views} degrees."
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Cropping a region of a frame for a network, and transforming the network's points back into the frame."""

from dataclasses import dataclass
from functools import cache
from math import cos, sin
from types import ModuleType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .. import opencv
from .data import Floats, Region

ValueRange = Literal["0..1", "-1..1"]


@cache
def _opencv() -> ModuleType:
    cv2 = opencv.load()
    # A crop is too small to be worth splitting over threads, and parallel workers would compete for the cores.
    cv2.setNumThreads(1)
    return cv2


@dataclass(frozen=True)
class Crop:
    """A square region, and the side in pixels of the network's input that it is scaled to."""

    region: Region
    size: int

    @classmethod
    def around(cls, region: Region, size: int) -> "Crop":
        """Make a crop of the region, enlarged about its centre to a square so that proportions are kept.

        Equivalent to MediaPipe, which pads the shorter side (letterbox) and removes the padding afterwards.
        """
        side = max(region.width, region.height)
        return cls(Region(region.cx, region.cy, side, side, region.rotation), size)

    def matrix(self) -> NDArray[np.float64]:
        """Return the affine map (2, 3) from crop pixels to frame pixels; 0 and `size` are the region's edges."""
        r = self.region
        c, s = cos(r.rotation) * r.width, sin(r.rotation) * r.width
        return np.array(
            [
                [c / self.size, -s / self.size, r.cx - (c - s) / 2],
                [s / self.size, c / self.size, r.cy - (s + c) / 2],
            ]
        )

    def extract(
        self, image: NDArray[np.uint8], *, values: ValueRange = "0..1", zero_border: bool = False, exact: bool = False
    ) -> Floats:
        """Return the network's input (1, size, size, 3) float32, cropped from an RGB uint8 (H, W, 3) image.

        Outside the frame the edge pixels are repeated, or are black with `zero_border`. `exact` warps as MediaPipe
        does, which sometimes rounds 1/32 px differently (mean 0.002 of 255 levels; landmarks move by some hundredths
        of a pixel) and takes half as long again.
        """
        cv2 = _opencv()
        border = cv2.BORDER_CONSTANT if zero_border else cv2.BORDER_REPLICATE
        shape = (self.size, self.size)
        if exact:
            to_crop = np.linalg.inv(np.vstack([self.matrix(), [0, 0, 1]]))
            crop = cv2.warpPerspective(image, to_crop, shape, flags=cv2.INTER_LINEAR, borderMode=border)
        else:
            inverse = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            crop = cv2.warpAffine(image, self.matrix(), shape, flags=inverse, borderMode=border)
        scaled = np.multiply(crop, np.float32(1 / 255 if values == "0..1" else 2 / 255), dtype=np.float32)
        if values == "-1..1":
            scaled -= 1
        return scaled[None]

    def to_frame(self, points: Floats) -> NDArray[np.float64]:
        """Transform points (n, 2 or 3) of the crop, given as fractions of its side, to pixels of the frame.

        z keeps its origin and is scaled like x and y.
        """
        r = self.region
        side_cos, side_sin = cos(r.rotation) * r.width, sin(r.rotation) * r.width
        u, v = points[:, 0] - 0.5, points[:, 1] - 0.5
        restored = np.empty(points.shape)
        restored[:, 0] = r.cx + side_cos * u - side_sin * v
        restored[:, 1] = r.cy + side_sin * u + side_cos * v
        restored[:, 2:] = points[:, 2:] * r.width
        return restored

    def to_frame_axes(self, world: Floats) -> NDArray[np.float64]:
        """Rotate the network's world points (n, 3) from the crop's axes to the frame's axes."""
        c, s = cos(self.region.rotation), sin(self.region.rotation)
        x, y = world[:, 0], world[:, 1]
        return np.stack([c * x - s * y, s * x + c * y, world[:, 2]], axis=1).astype(float)

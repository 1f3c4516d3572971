# SPDX-License-Identifier: GPL-3.0-or-later
"""What several cameras see of a person, at the times of the take, and what it says of where landmarks are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from ....takes.geometry import CameraGeometry
from ..view import View
from .landmark_errors import SPREAD
from .skeleton import LANDMARKS

Array = NDArray[np.float64]

_LANDMARKS: Final = list(LANDMARKS)
_LONGEST_GAP: Final = 0.15
"""Seconds between two frames of a camera up to which landmarks are interpolated."""
_AROUND: Final = 0.02
"""Seconds before the first and after the last frame for which these hold."""
_UNSURE: Final = 0.2
"""A landmark that is not seen at all is this much as certain as one that is seen. (Rendered clips of 11/2026: hidden
wrists, knees and feet are beside their place by four to five times as much as visible ones.)"""
_FACE: Final = slice(0, 11)
"""Landmarks of the face."""
_ALIKE: Final = 8.0
"""Factor of their errors: they err alike, as faces differ, so that eleven of them say no more of the head than one.
(Rendered clips of 28 November 2026: heads are 6.3 degrees off, without the factor 6.9, by single views 6.5.)"""
_OUTLIER: Final = 2.0
"""Standard deviations from which residuals count less and less (Cauchy)."""
_NEAREST: Final = 0.1
"""Least metres of a landmark in front of a camera."""


@dataclass(frozen=True)
class Evidence:
    """Landmarks in c cameras at n times.

    Attributes:
        pixels: (c, n, 43, 2) px from the middle of the picture, x right, y down; any number where the certainty is 0.
        certainty: (c, n, 43) the inverse of the expected error in metres at the person's distance; 0 where missing.
        turns: (c, 3, 3) rotations from the take's axes to the cameras'.
        places: (c, 3) metres, the cameras in the take's axes.
        focals: (c,) px.
    """

    pixels: Array
    certainty: Array
    turns: Array
    places: Array
    focals: Array

    @classmethod
    def of(cls, views: Sequence[View], cameras: Sequence[CameraGeometry], time: Array) -> "Evidence":
        """Bring the landmarks of all views to the times (n,) in seconds of the take."""
        seen = [resampled(view, camera, time) for view, camera in zip(views, cameras, strict=True)]
        turns = rot.to_matrix(rot.conjugate(np.array([camera.rotation for camera in cameras]).reshape(-1, 4)))
        return cls(
            pixels=np.stack([pixels for pixels, _ in seen]),
            certainty=np.stack([certainty for _, certainty in seen]),
            turns=turns,
            places=np.array([camera.position for camera in cameras]),
            focals=np.array([camera.focal for camera in cameras]),
        )

    def part(self, frames: slice | NDArray[np.int64]) -> "Evidence":
        """Return it for some of the frames."""
        return Evidence(self.pixels[:, frames], self.certainty[:, frames], self.turns, self.places, self.focals)

    def with_faces_alike(self) -> "Evidence":
        """Return it with landmarks of the face that err alike, and so count less; their size tells that of the body."""
        certainty = self.certainty.copy()
        certainty[..., _FACE] /= _ALIKE
        return Evidence(self.pixels, certainty, self.turns, self.places, self.focals)

    def pull(self, points: Array, *, outlier: float = _OUTLIER) -> tuple[Array, Array]:
        """Return what the cameras say of points (n, 43, 3): information (n, 43, 3, 3) and force (n, 43, 3).

        The information J'WJ and the force J'Wr of the residuals r, from the points to what is seen, both in units of
        expected errors: points move by information^-1 force. Residuals beyond `outlier` expected errors count less.
        """
        information = np.zeros((*points.shape, 3))
        force = np.zeros(points.shape)
        for pixels, certainty, turn, place, focal in zip(
            self.pixels, self.certainty, self.turns, self.places, self.focals, strict=True
        ):
            seen = (points - place) @ turn.T
            depth = np.maximum(seen[..., 1], _NEAREST)
            # In metres at the distance of the person, so that errors count alike near to and far from a camera.
            away = np.median(depth, axis=1, keepdims=True)
            slope_x, slope_y = seen[..., 0] / depth, -seen[..., 2] / depth
            across = away * (pixels[..., 0] / focal - slope_x)
            down = away * (pixels[..., 1] / focal - slope_y)
            error = np.hypot(across, down) * certainty
            weight = certainty**2 / (1.0 + (error / outlier) ** 2) * (seen[..., 1] > _NEAREST)
            unit = (away / depth)[..., None]
            x = unit * (turn[0] - slope_x[..., None] * turn[1])
            y = unit * (-turn[2] - slope_y[..., None] * turn[1])
            wx, wy = weight[..., None] * x, weight[..., None] * y
            information += wx[..., :, None] * x[..., None, :] + wy[..., :, None] * y[..., None, :]
            force += wx * across[..., None] + wy * down[..., None]
        return information, force


def resampled(view: View, camera: CameraGeometry, time: Array) -> tuple[Array, Array]:
    """Return pixels (n, 43, 2) and certainty (n, 43) of a view at the take's times (n,).

    Landmarks are interpolated between the frames before and after, if both have them and are near each other.
    """
    own = (time - camera.clock.offset) / camera.clock.rate
    pixels, weight = view.pixels[:, _LANDMARKS], view.weight[:, _LANDMARKS]
    known = np.isfinite(pixels).all(axis=-1) & (weight > 0.0)
    if not len(view.time):
        return np.zeros((len(time), len(LANDMARKS), 2)), np.zeros((len(time), len(LANDMARKS)))
    after = np.clip(np.searchsorted(view.time, own), 0, len(view.time) - 1)
    before = np.maximum(after - 1, 0)
    step = view.time[after] - view.time[before]
    share = np.clip((own - view.time[before]) / np.where(step > 0.0, step, 1.0), 0.0, 1.0)
    share[step <= 0.0] = 1.0
    first, second = (1.0 - share)[:, None], share[:, None]
    usable = (known[before] | (first <= 0.0)) & (known[after] | (second <= 0.0))
    usable &= ((step <= _LONGEST_GAP) | (share <= 0.0) | (share >= 1.0))[:, None]
    usable &= ((own >= view.time[0] - _AROUND) & (own <= view.time[-1] + _AROUND))[:, None]
    a, b = np.nan_to_num(pixels[before]), np.nan_to_num(pixels[after])
    between = first[..., None] * a + second[..., None] * b
    weights = first * np.nan_to_num(weight[before]) + second * np.nan_to_num(weight[after])
    return between, np.where(usable, certainty_of(weights), 0.0)


def certainty_of(weights: Array) -> Array:
    """Return the certainty (..., 43) of fitted landmarks that are seen with `weights` (..., 43), see `Evidence`."""
    certainty: Array = (_UNSURE + (1.0 - _UNSURE) * np.clip(weights, 0.0, 1.0)) / SPREAD[_LANDMARKS]
    return certainty

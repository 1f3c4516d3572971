# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's own frame: where the points of a face lie relative to its head, whatever the head's place and turn.

The mesh is aligned with MediaPipe's canonical face by the points that expressions hardly move. Its depth has the scale
of its pixels, so one similarity does: no camera is needed.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from .. import axes

Array = NDArray[np.float64]

_BASIS: Final = np.array(
    [
        (4, 0.0709, 0.000, -7.587, -0.463),
        (6, 0.0321, 0.000, -5.789, 2.473),
        (10, 0.0084, 0.000, -4.482, 8.262),
        (33, 0.0587, -4.446, -3.173, 2.664),
        (54, 0.0077, -6.279, -1.426, 6.615),
        (67, 0.0091, -3.524, -3.729, 8.006),
        (117, 0.0098, -5.259, -2.974, 0.946),
        (119, 0.0146, -3.301, -3.873, 0.862),
        (121, 0.0186, -1.821, -4.224, 1.468),
        (127, 0.0052, -7.743, 2.005, 2.365),
        (129, 0.1206, -1.786, -4.850, -0.978),
        (132, 0.0056, -7.271, 2.252, -2.891),
        (133, 0.0533, -1.856, -3.758, 2.585),
        (143, 0.0148, -6.408, -1.561, 2.236),
        (147, 0.0143, -6.235, -1.664, -1.944),
        (198, 0.0255, -1.247, -5.681, 0.230),
        (263, 0.0587, 4.446, -3.173, 2.664),
        (284, 0.0077, 6.279, -1.426, 6.615),
        (297, 0.0091, 3.524, -3.729, 8.006),
        (346, 0.0098, 5.259, -2.974, 0.946),
        (348, 0.0146, 3.301, -3.873, 0.862),
        (350, 0.0186, 1.821, -4.224, 1.468),
        (356, 0.0052, 7.743, 2.005, 2.365),
        (358, 0.1206, 1.786, -4.850, -0.978),
        (361, 0.0056, 7.271, 2.252, -2.891),
        (362, 0.0533, 1.856, -3.758, 2.585),
        (372, 0.0148, 6.408, -1.561, 2.236),
        (376, 0.0143, 6.235, -1.664, -1.944),
        (420, 0.0255, 1.247, -5.681, 0.230),
    ]
)
"""Index of a point, its weight, and its place in the canonical face in centimetres: X to the person's left, Y to the
back, Z up. Points and weights are those of MediaPipe's face geometry, without the cheeks and the jaw, which move."""

_POINTS: Final = _BASIS[:, 0].astype(np.intp)
_WEIGHTS: Final = _BASIS[:, 1] / _BASIS[:, 1].sum()
_CENTRE: Final = _WEIGHTS @ _BASIS[:, 2:]
_CANONICAL: Final = _BASIS[:, 2:] - _CENTRE
_SPREAD: Final = float(_WEIGHTS @ np.square(_CANONICAL).sum(axis=1))

_LEAST_SCALE: Final = 1e-3
"""Pixels for each centimetre below which the points of a face coincide."""


@dataclass(frozen=True)
class HeadFrame:
    """The similarities that take points of the head's frame to the picture, for faces of leading shape (...).

    The head's frame has centimetres of an average face and Blender's axes: X to the person's left, Y to the back, Z
    up. NaN where the points of a face were NaN.

    Attributes:
        turn: (..., 4) unit quaternions from the head's frame to the camera's (Blender's axes, the camera looks
            along +Y).
        scale: (...) pixels for each centimetre.
        centre: (..., 3) pixels, in the camera's axes.
    """

    turn: Array
    scale: Array
    centre: Array

    @classmethod
    def of(cls, points: Array) -> "HeadFrame":
        """Find the frames of faces with points (..., 468 or 478, 3) px: x right, y down, smaller z nearer."""
        basis = axes.to_blender(points[..., _POINTS, :])
        centre = _WEIGHTS @ basis
        covariance = np.swapaxes(basis - centre[..., None, :], -1, -2) @ (_WEIGHTS[:, None] * _CANONICAL)
        missing = ~np.isfinite(covariance).all(axis=(-1, -2))
        u, stretch, vt = np.linalg.svd(np.where(missing[..., None, None], 0.0, covariance))
        # Umeyama, "Least-squares estimation of transformation parameters between two point patterns" (1991).
        handed = np.sign(np.linalg.det(u) * np.linalg.det(vt))
        u[..., :, 2] *= handed[..., None]
        stretch[..., 2] *= handed
        scale = stretch.sum(axis=-1) / _SPREAD
        gone = np.where(missing | (scale < _LEAST_SCALE), np.nan, 1.0)
        return cls(turn=rot.from_matrix(u @ vt) * gone[..., None], scale=scale * gone, centre=centre)

    def to_head(self, points: Array) -> Array:
        """Return points (..., k, 3) of the pictures in the heads' frames, in centimetres."""
        away = (axes.to_blender(points) - self.centre[..., None, :]) / self.scale[..., None, None]
        return rot.rotate(rot.conjugate(self.turn)[..., None, :], away) + _CENTRE


def head_points(points: Array) -> Array:
    """Return points (..., 468 or 478, 3) px of faces in their heads' frames, in centimetres of an average face.

    This is what the corrector of expressions is trained with. A face of NaN, or whose points coincide, gives NaN.
    """
    return HeadFrame.of(points).to_head(points)

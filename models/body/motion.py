# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of a body over time, the result of solving."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .expressions import EXPRESSIONS

SEEN: Final = 0.2
"""Confidence from which a joint counts as seen; below it, its rotation is held or estimated."""


@dataclass(frozen=True)
class Vertical:
    """What something shows of the vertical: a unit vector upwards in the motion's axes, and its error in radians.

    `source` is what shows it: "lines" of the room in the pictures, or the "calibration" of the performer. Lines may
    lead to several points; then there are several of them, the likeliest first, and one at most is the vertical. The
    error of lines is that of the camera's pitch, which is the larger one.
    """

    source: str
    up: tuple[float, float, float]
    doubt: float


@dataclass(frozen=True)
class BodyMotion:
    """Joint rotations of the body over time.

    The joints are those of `joints.JOINTS`. In the rest pose every joint's frame is parallel to the body's own
    axes (Blender's: Z up, facing -Y, +X to its left), so a rotation is relative to the rest pose, in the rotated frame
    of the parent. With ``G`` the global rotation and ``p`` the position of a joint::

        G[j] = G[parent] * rotations[j]           G[hips] = rotations[hips]
        p[j] = p[parent] + G[parent] @ (rest[j] - rest[parent])       p[hips] = root

    Attributes:
        time: (n,) seconds.
        rotations: (n, 52, 4) unit quaternions w, x, y, z, relative to the parent.
        root: (n, 3) metres, position of the hips joint in Blender's axes, with the camera at the origin looking along
            +Y. NaN if unknown.
        shape: (k,) phenotype parameters of the body; empty for the neutral one.
        confidence: (n, 52) 0..1, confidence of each rotation: at least `SEEN` if the joint was seen.
        expressions: (n, 52) 0..1, the facial expressions `expressions.EXPRESSIONS`; NaN where no face was seen, and
            everywhere unless given.
        eyes: (n, 2, 4) unit quaternions w, x, y, z of the left and the right eye in the frame of the head, away from
            looking straight ahead; NaN where unknown, and everywhere unless given.
        verticals: what the pictures or a calibration show of the vertical, beside what the motion itself shows.
        located: whether several cameras show where the root is, of which one alone estimates the distance.

    Raises:
        ValueError: the expressions or the eyes are not of as many frames as the rotations.
    """

    time: NDArray[np.float64]
    rotations: NDArray[np.float64]
    root: NDArray[np.float64]
    shape: NDArray[np.float64]
    confidence: NDArray[np.float64]
    expressions: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, len(EXPRESSIONS))), kw_only=True)
    eyes: NDArray[np.float64] = field(default_factory=lambda: np.empty((0, 2, 4)), kw_only=True)
    verticals: tuple[Vertical, ...] = field(default=(), kw_only=True)
    located: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        count = len(self.rotations)
        for name in ("expressions", "eyes"):
            values = getattr(self, name)
            if len(values) != count and np.isnan(values).all():  # No face stays none, however many frames.
                object.__setattr__(self, name, np.full((count, *values.shape[1:]), np.nan))
            elif len(values) != count:
                raise ValueError(f"{name} of {len(values)} frames in a motion of {count}")

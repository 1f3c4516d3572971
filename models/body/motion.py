# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of a body over time, the result of solving."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SEEN: Final = 0.2
"""Confidence from which a joint counts as seen; below it, its rotation is held or estimated."""


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
    """

    time: NDArray[np.float64]
    rotations: NDArray[np.float64]
    root: NDArray[np.float64]
    shape: NDArray[np.float64]
    confidence: NDArray[np.float64]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a posed body is, for one moment and for a stretch of time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SEEN: Final = 0.2
"""Confidence from which a joint counts as seen; of less, what is told is held or made up."""


@dataclass(frozen=True)
class BodyMotion:
    """Joint rotations of the body over time. A `BodyPose` of the design is one row of it.

    The joints are those of `joints.JOINTS`. In the rest pose every joint's frame is parallel to the body's own
    axes (Blender's: Z up, facing -Y, its left +X), so a rotation is the joint's turn away from rest, seen in
    its parent's turned frame. With ``G`` the global turn and ``p`` the position of a joint::

        G[j] = G[parent] * rotations[j]           G[hips] = rotations[hips]
        p[j] = p[parent] + G[parent] @ (rest[j] - rest[parent])       p[hips] = root

    Attributes:
        time: (n,) seconds.
        rotations: (n, 52, 4) unit quaternions w, x, y, z, relative to the parent.
        root: (n, 3) metres, position of the hips joint. Blender's axes, camera at the origin looking along +Y.
            NaN where it is unknown.
        shape: (k,) phenotype parameters of the body; empty for the neutral one.
        confidence: (n, 52) 0..1, how far each rotation was seen rather than assumed: at least `SEEN` where it was.
    """

    time: NDArray[np.float64]
    rotations: NDArray[np.float64]
    root: NDArray[np.float64]
    shape: NDArray[np.float64]
    confidence: NDArray[np.float64]

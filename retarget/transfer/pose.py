# SPDX-License-Identifier: GPL-3.0-or-later
"""A pose of a rig."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RigPose:
    """A pose of a rig, ready to be shown.

    Attributes:
        bones: k bone names.
        rotations: (k, 4) w, x, y, z basis quaternions (Blender's ``rotation_quaternion``).
        root: name of the bone that carries the location.
        location: (3,) its basis location (Blender's ``location``), armature units; None to leave it at rest.
        places: other bone -> its basis location (3,). Such bones need not be in `bones`.
        keys: (mesh object, shape key) -> its value.
    """

    bones: tuple[str, ...]
    rotations: NDArray[np.float64]
    root: str
    location: NDArray[np.float64] | None
    places: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], float] = field(default_factory=dict)

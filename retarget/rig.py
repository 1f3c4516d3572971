# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as retargeting sees it, how it maps to the body, and the motion that comes out."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Rig:
    """Bones of an armature at rest, parents before children.

    Attributes:
        names: n bone names.
        parents: (n,) index of each bone's parent, -1 for none.
        rest: (n, 4, 4) rest matrices in armature space and armature units (Blender's ``bone.matrix_local``: Y runs
            along the bone).
        lengths: (n,) armature units, head to tail.
        inherit_rotation: (n,) False where a bone keeps its turn when its parent turns.
        local_location: (n,) False where a bone's location is given in armature axes.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    rest: NDArray[np.float64]
    lengths: NDArray[np.float64]
    inherit_rotation: NDArray[np.bool_]
    local_location: NDArray[np.bool_]


@dataclass(frozen=True)
class RigMap:
    """Which bone follows which joint.

    Attributes:
        family: what kind of rig it is, in words ("Mixamo").
        bones: joint name -> bone name, for every joint that has a bone.
        missing: joints without a bone.
        unmapped: bones that follow no joint.
    """

    family: str
    bones: Mapping[str, str]
    missing: tuple[str, ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True)
class RigMotion:
    """Motion of a rig, ready to be keyed.

    Attributes:
        bones: k bone names.
        rotations: (n, k, 4) w, x, y, z basis quaternions (Blender's ``rotation_quaternion``), sign-continuous.
        root: name of the bone that carries the location.
        location: (n, 3) its basis location (Blender's ``location``), armature units; None to leave it at rest.
    """

    bones: tuple[str, ...]
    rotations: NDArray[np.float64]
    root: str
    location: NDArray[np.float64] | None

# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones that lie opposite to each other: by names that differ in the side alone, or else by their places."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .names import opposite
from .rig import Rig

Array = NDArray[np.float64]

_NEAR: Final = 0.02
"""Of the rig's size: how far from the mirror image of its twin a bone may begin."""

_SAME: Final = 1e-3
"""Of that: bones that are nearer together than this begin in one place."""


def twins(rig: Rig) -> dict[str, str]:
    """Bone -> the one opposite to it, for the bones of a rig that have one."""
    return _by_place(rig) | opposite(rig.names)


def _by_place(rig: Rig) -> dict[str, str]:
    """Twins across the plane, square to an axis of armature space, that has the most of them.

    It goes through the origin, through where the skeleton begins, or through its middle.
    """
    heads = rig.rest[:, :3, 3]
    size = float(np.ptp(heads, axis=0).max()) if len(heads) else 0.0
    if not size:
        return {}
    centers = np.zeros(3), heads[0], 0.5 * (heads.min(axis=0) + heads.max(axis=0))
    planes = [(axis, float(center[axis])) for axis in range(3) for center in centers]
    return max((_across(rig.names, heads, *plane, near=_NEAR * size) for plane in planes), key=len)


def _across(names: tuple[str, ...], heads: Array, axis: int, center: float, *, near: float) -> dict[str, str]:
    """Bones that are each other's nearest to their mirror image, no other as near; those in the middle are no twins."""
    mirrored = np.array(heads)
    mirrored[:, axis] = 2.0 * center - heads[:, axis]
    aside = np.flatnonzero(np.abs(heads[:, axis] - center) > near)
    if len(aside) < 2:
        return {}
    apart = np.linalg.norm(mirrored[aside][:, None] - heads[aside][None], axis=-1)
    twin = apart.argmin(axis=1)
    nearest, second = np.sort(apart, axis=1)[:, :2].T
    sure = (nearest < near) & (second > nearest + _SAME * near) & (twin[twin] == np.arange(len(aside)))
    return {names[aside[i]]: names[aside[twin[i]]] for i in np.flatnonzero(sure)}

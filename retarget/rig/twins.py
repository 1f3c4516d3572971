# SPDX-License-Identifier: GPL-3.0-or-later
"""Pair the bones of both sides, by names that differ in the side alone, or else by position."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .names import opposite
from .rig import Rig

Array = NDArray[np.float64]

_NEAR: Final = 0.02
"""Fraction of the rig's size: largest distance of a bone from the mirror image of its counterpart."""

_SAME: Final = 1e-3
"""Fraction of that: two candidates whose distances differ by less than this are ambiguous."""


def twins(rig: Rig) -> dict[str, str]:
    """Map each bone of a rig to its counterpart on the other side, if it has one."""
    return _by_place(rig) | opposite(rig.names)


def _by_place(rig: Rig) -> dict[str, str]:
    """Pair bones by position across the mirror plane that gives the most pairs.

    Planes are perpendicular to an axis of armature space, through the origin, the first bone or the rig's centre.
    """
    heads = rig.rest[:, :3, 3]
    size = float(np.ptp(heads, axis=0).max()) if len(heads) else 0.0
    if not size:
        return {}
    centers = np.zeros(3), heads[0], 0.5 * (heads.min(axis=0) + heads.max(axis=0))
    planes = [(axis, float(center[axis])) for axis in range(3) for center in centers]
    return max((_across(rig.names, heads, *plane, near=_NEAR * size) for plane in planes), key=len)


def _across(names: tuple[str, ...], heads: Array, axis: int, center: float, *, near: float) -> dict[str, str]:
    """Pair bones that are mutually nearest to each other's mirror image, without ties and without midline bones."""
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

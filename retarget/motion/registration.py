# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the camera's space lies over the floor on which a motion is keyed: what `polish` did to a motion as a whole."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.motion import BodyMotion
from .edits import swap_sides
from .root import GroundedMotion

Array = NDArray[np.float64]

_HIPS: Final = INDEX["Hips"]


@dataclass(frozen=True)
class Registration:
    """How points of the camera's space become points beside the hips of a motion at rest, in metres of that motion.

    Attributes:
        rotation: (4,) of the whole space.
        shift: (3,) metres, from the hips at rest to the origin of that space.
        mirrored: whether left and right were exchanged; then they are before anything else.
    """

    rotation: Array
    shift: Array
    mirrored: bool = False

    def place(self, points: Array) -> Array:
        """Return where points (..., 3) of the camera's space are, from the hips at rest and in the body's axes."""
        return np.asarray(rot.rotate(self.rotation, points * [-1.0 if self.mirrored else 1.0, 1.0, 1.0]) + self.shift)


def registered(filmed: BodyMotion, finished: GroundedMotion, *, mirrored: bool = False) -> Registration | None:
    """Return how a motion was moved and turned as a whole when it was made fit to be keyed.

    Feet that carry a motion and floors that hold it move it a little in every frame; what most frames agree on counts.

    Args:
        filmed: the motion in the camera's space.
        finished: the same on the floor, of moments within the former's.
        mirrored: whether its sides were swapped.

    Returns:
        None if nobody knows where the body was in the camera's space.
    """
    if mirrored:
        filmed = swap_sides(filmed)
    known = np.isfinite(filmed.root).all(axis=1) & np.isfinite(filmed.rotations[:, _HIPS]).all(axis=1)
    if not known.any():
        return None
    filmed = replace(filmed, time=filmed.time[known])
    root, hips = filmed.root[known], filmed.rotations[known, _HIPS]
    inside = (finished.time >= filmed.time[0] - 1e-6) & (finished.time <= filmed.time[-1] + 1e-6)
    if not inside.any():
        return None
    time = finished.time[inside]
    nearest = np.clip(np.searchsorted(filmed.time, time), 1, len(filmed.time) - 1) if len(filmed.time) > 1 else None
    rows = np.zeros(len(time), dtype=int) if nearest is None else _nearer(filmed.time, time, nearest)
    turns = rot.multiply(finished.rotations[inside, _HIPS], rot.conjugate(hips[rows]))
    rotation = _middle(turns)
    offsets = finished.root[inside] - finished.standing - rot.rotate(rotation, root[rows])
    return Registration(rotation, np.median(offsets, axis=0), mirrored=mirrored)


def _nearer(known: Array, wanted: Array, after: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the indices of the known times next to those wanted, given those that are not before them."""
    before = after - 1
    return np.where(wanted - known[before] < known[after] - wanted, before, after)


def _middle(turns: Array) -> Array:
    """Return the mean of rotations (n, 4), without those that stray from what most agree on."""
    kept = turns
    for _ in range(3):
        mean = np.linalg.eigh(kept.T @ kept)[1][:, -1]
        away = 1.0 - np.abs(turns @ mean)
        kept = turns[away <= max(4.0 * float(np.median(away)), 1e-9)]
    return np.asarray(mean)

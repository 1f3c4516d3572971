# SPDX-License-Identifier: GPL-3.0-or-later
"""Global rotations of hips, chest and head from body landmarks."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from ....models.body import rotations as rot
from ..geometry import Array, best_rotation, rotation_between
from ..points import FACE, HIPS, KNEES, SHOULDERS

_LEFT: Final = np.array([1.0, 0.0, 0.0])
_UP: Final = np.array([0.0, 0.0, 1.0])
_MOST_FLEXION: Final = np.radians(90.0)
_CHEST_LEADS: Final = 1.2
"""Degrees by which the chest leans forward for each degree that the hips lag, to keep the shoulders where they were
seen: the back bends in three joints, and less of its length is above the upper ones."""


@dataclass(frozen=True)
class Trunk:
    """Global rotations (n, 4) of the hips, of the chest (joint Spine2) and of the head."""

    hips: Array
    chest: Array
    head: Array


def solve_trunk(points: Array, rest: Array, *, hips_shown: Array, back_share: float, back_free: float) -> Trunk:
    """Return the rotations of the trunk from rest landmarks (75, 3) to observed ones (n, 75, 3), Blender's axes.

    Hips and chest are each aligned with their own line from right to left, and both with the line from the midpoint
    of the hips to that of the shoulders. To the degree that the hips are not seen (`hips_shown` (n,), 0..1), the chest
    is taken to be upright instead: hips that the network guesses below the picture would lean people far forward.

    The landmarks do not show how a forward bend is shared between hip joints and back: the hips lag behind by
    `back_share` of the bend of trunk and thighs beyond `back_free` degrees, and the chest leads.
    """
    hips = rotation_between(_frame(points, HIPS), _frame(rest, HIPS))
    flexion = _flexion(points, hips) - _flexion(rest, rot.identity())
    lag = back_share * hips_shown * np.clip(flexion - np.radians(back_free), 0.0, _MOST_FLEXION)
    lag = np.nan_to_num(lag)
    chest = rotation_between(_frame(points, SHOULDERS), _frame(rest, SHOULDERS))
    chest = rot.slerp(_upright(points, rest, chest), chest, hips_shown)
    return Trunk(
        hips=rot.multiply(hips, rot.from_axis_angle(_LEFT, -lag)),
        chest=rot.multiply(chest, rot.from_axis_angle(_LEFT, _CHEST_LEADS * lag)),
        head=best_rotation(points[..., FACE, :], rest[..., FACE, :]),
    )


def heading(turns: Array) -> Array:
    """Return the part (..., 4) of global rotations that is about the vertical; the identity where they are NaN."""
    _, twist = rot.swing_twist(turns, _UP)
    return np.where(np.isfinite(twist).all(axis=-1, keepdims=True), twist, rot.identity())


def _frame(points: Array, pair: list[int]) -> Array:
    """Return frames (..., 3, 3): Y from right to left through the pair, Z up along the trunk."""
    up = points[..., SHOULDERS, :].mean(axis=-2) - points[..., HIPS, :].mean(axis=-2)
    left, right = (points[..., index, :] for index in pair)
    return rot.frame(left - right, up)


def _upright(points: Array, rest: Array, otherwise: Array) -> Array:
    """Return global rotations (n, 4) of a chest that does not lean forward or back; `otherwise` if undetermined."""
    lines = [p[..., SHOULDERS[0], :] - p[..., SHOULDERS[1], :] for p in (points, rest)]
    turns = rotation_between(*(rot.frame(line, _UP) for line in lines))
    return np.where(np.isfinite(turns), turns, otherwise)


def _flexion(points: Array, hips: Array) -> Array:
    """Return the angles (...,) in radians by which both thighs together are raised forward relative to the hips."""
    thighs = rot.unit(points[..., KNEES, :] - points[..., HIPS, :]).sum(axis=-2)
    local = rot.rotate(rot.conjugate(hips), thighs)
    return np.arctan2(-local[..., 1], -local[..., 2])

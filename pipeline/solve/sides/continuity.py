# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes of sides from one frame to the next cost: bodies do not jump, networks seldom change their mind."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .geometry import ARMS, FRAME, LEGS, across, sizes, steps

Array = NDArray[np.float64]

_USUAL: Final = {11: 0.012, 13: 0.025, 15: 0.035, 23: 0.010, 25: 0.025, 27: 0.035, 31: 0.035}
"""By how much the vector between two twins usually changes in a thirtieth of a second, in sizes of the person."""

_WEIGHT: Final = {11: 1.0, 13: 0.7, 15: 0.7, 23: 0.8, 25: 0.7, 27: 0.5, 31: 0.3}
"""How much each pair of twins counts: those of one limb move together, and do not tell as much as two."""

WHOLE_CHANGE: Final = 5.0
"""Cost of the network changing its mind about the whole body: the log of one in 150 frames."""
PART_CHANGE: Final = 6.5
"""Likewise about arms or legs alone, which is rarer."""

_SIGNS: Final = np.array([[1, 1], [-1, -1], [-1, 1], [1, -1]])
"""(4, 2) what each exchange does to the vectors between twins of arms and legs."""


def change_costs(track: LandmarkTrack) -> Array:
    """Return the cost (n - 1, 4, 4) of each exchange (row) being followed by each exchange in the next frame."""
    n = len(track.time)
    if n < 2:
        return np.zeros((0, 4, 4))
    keep, turn = zip(*(jumps(track, pairs) for pairs in (ARMS, LEGS)), strict=True)
    turns = _SIGNS[:, None] != _SIGNS[None]
    costs = np.zeros((n - 1, 4, 4))
    for group in range(2):
        costs += np.where(turns[..., group], turn[group][:, None, None], keep[group][:, None, None])
    costs += WHOLE_CHANGE * turns.all(axis=-1) + PART_CHANGE * (turns.any(axis=-1) & ~turns.all(axis=-1))
    return np.asarray(costs)


def jumps(track: LandmarkTrack, pairs: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the costs (n - 1,) of a limb's motion in the picture if its sides stay, and if they change.

    0 where one of the frames has no pose.
    """
    between = across(track.pose_image[:, :, :2], pairs) / sizes(track)[:, None, None]
    usual = np.array([_USUAL[each] for each in pairs]) * np.maximum(steps(track.time) / FRAME, 1.0)[:, None]
    weight = np.array([_WEIGHT[each] for each in pairs])
    keep, turn = (
        np.nan_to_num(np.log1p((np.linalg.norm(between[1:] - sign * between[:-1], axis=2) / usual) ** 2) @ weight)
        for sign in (1.0, -1.0)
    )
    return keep, turn

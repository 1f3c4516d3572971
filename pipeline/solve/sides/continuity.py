# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes of sides from one frame to the next cost: bodies do not jump, networks seldom change their mind."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .geometry import EXCHANGED, FRAME, GROUPS, across, sizes, steps

Array = NDArray[np.float64]

_USUAL: Final = {11: 0.0035, 13: 0.0085, 15: 0.014, 23: 0.0025, 25: 0.0055, 27: 0.007, 31: 0.008}
"""Scale of the changes of the vector between two twins in a thirtieth of a second, in sizes of the person.

One frame in ten changes more than 4.2 times that, one in a hundred more than 14 times: two degrees of freedom of
Student's distribution describe them (1500 frames of seven clips of people, 28 November 2026).
"""
_WEIGHT: Final = {11: 0.5, 13: 0.4, 15: 0.4, 23: 0.4, 25: 0.4, 27: 0.3, 31: 0.2}
"""How much each pair of twins counts: those of one limb move together, and do not tell as much as two."""

_CHANGE: Final = (0.0, 5.0, 5.0, 5.0, 5.5)
"""Cost of a network beginning or ceasing to make each exchange: the log of one in 150 frames."""
_OTHER_CHANGE: Final = 7.0
"""Cost of one exchange becoming another one."""


def change_costs(track: LandmarkTrack) -> Array:
    """Return the cost (n - 1, 5, 5) of each exchange (row) being followed by each exchange in the next frame."""
    n, k = len(track.time), len(EXCHANGED)
    if n < 2:
        return np.zeros((0, k, k))
    turns = EXCHANGED[:, None] != EXCHANGED[None]
    costs = np.zeros((n - 1, k, k))
    for group, pairs in enumerate(GROUPS):
        keep, turn = jumps(track, pairs)
        costs += np.where(turns[..., group], turn[:, None, None], keep[:, None, None])
    change = np.full((k, k), _OTHER_CHANGE)
    change[0], change[:, 0] = _CHANGE, _CHANGE
    np.fill_diagonal(change, 0.0)
    return np.asarray(costs + change)


def jumps(track: LandmarkTrack, pairs: tuple[int, ...]) -> tuple[Array, Array]:
    """Return the costs (n - 1,) of a limb's motion in the picture if its sides stay, and if they change.

    0 where one of the frames has no pose.
    """
    between = across(track.pose_image[:, :, :2], pairs) / sizes(track)[:, None, None]
    usual = np.array([_USUAL[each] for each in pairs]) * np.maximum(steps(track.time) / FRAME, 1.0)[:, None]
    weight = 2.0 * np.array([_WEIGHT[each] for each in pairs])
    keep, turn = (
        np.nan_to_num(np.log1p(0.5 * (np.linalg.norm(between[1:] - sign * between[:-1], axis=2) / usual) ** 2) @ weight)
        for sign in (1.0, -1.0)
    )
    return keep, turn

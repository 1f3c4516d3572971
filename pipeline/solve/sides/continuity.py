# SPDX-License-Identifier: GPL-3.0-or-later
"""What changes of sides from one frame to the next cost: bodies do not jump, networks seldom change their mind."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .geometry import EXCHANGED, FRAME, GROUPS, across, sizes, steps

Array = NDArray[np.float64]

USUAL: Final = {11: 0.005, 13: 0.0105, 15: 0.0155, 23: 0.0035, 25: 0.0085, 27: 0.0105, 31: 0.013}
"""Scale of what the vector between two twins does beyond going on, in a thirtieth of a second, in sizes of the person.

One frame in ten is off by more than 4.2 times that, one in a hundred by more than 14 times: Student's distribution with
two degrees of freedom describes them (5700 rendered frames and 1500 of seven clips of people, 28 November 2026).
"""
WEIGHT: Final = {11: 0.5, 13: 0.4, 15: 0.4, 23: 0.4, 25: 0.4, 27: 0.3, 31: 0.2}
"""How much each pair of twins counts: those of one limb move together, and do not tell as much as two."""

GOING_ON: Final = 0.7
"""Share of the last frame's motion that is expected to go on. That is what tells legs that pass each other, and a body
that turns through the profile, from those that come together and part again, with their sides exchanged."""
SLOW: Final = (0.05, 0.1)
"""Between frames that are this many seconds apart, less and less goes on."""

JERK: Final = 7.0
"""Motion of this many usual ones is half believed: a limb that jumped does not go on."""

_BEGIN: Final = (0.0, 5.5, 5.5, 5.5, 6.0)
"""Cost of a network beginning to make each exchange: the log of one in 250 frames."""
_CEASE: Final = 2.5
"""Cost of it ceasing to."""
_OTHER: Final = 5.0
"""Cost of one exchange becoming another one."""


def change_costs(track: LandmarkTrack) -> Array:
    """Return the cost (n, 5, 5, 5) of exchanges in the last two frames being followed by an exchange in each frame."""
    n, k = len(track.time), len(EXCHANGED)
    turns = EXCHANGED[:, None] != EXCHANGED[None]
    costs = np.zeros((n, k, k, k))
    for group, pairs in enumerate(GROUPS):
        jump = jumps(track, pairs)
        before, now = turns[:, :, None, group].astype(int), turns[None, :, :, group].astype(int)
        costs += jump[:, before, now]
    change = np.full((k, k), _OTHER)
    change[0], change[:, 0] = _BEGIN, _CEASE
    np.fill_diagonal(change, 0.0)
    return np.asarray(costs + change)


def jumps(track: LandmarkTrack, pairs: tuple[int, ...]) -> Array:
    """Return the costs (n, 2, 2) of a limb's motion in the picture until each frame.

    The first index says whether its sides changed between the two frames before, the second whether they change now.
    0 where this frame or the one before has no pose.
    """
    n = len(track.time)
    costs = np.zeros((n, 2, 2))
    if n < 2:
        return costs
    between = across(track.pose_image[:, :, :2], pairs) / sizes(track)[:, None, None]
    gaps = steps(track.time)
    usual = np.array([USUAL[each] for each in pairs]) * np.maximum(gaps / FRAME, 1.0)[:, None]
    weight = 2.0 * np.array([WEIGHT[each] for each in pairs])
    share = np.zeros(n - 1)
    share[1:] = GOING_ON * np.interp(np.maximum(gaps[1:], gaps[:-1]), SLOW, (1.0, 0.0)) * (gaps[1:] / gaps[:-1])
    last, earlier = between[:-1], np.concatenate([between[:1], between[:-2]])
    for before, sign in enumerate((1.0, -1.0)):
        motion = np.nan_to_num(share[:, None, None] * (last - sign * earlier))
        speed = np.linalg.norm(motion, axis=2) / usual
        motion /= (1.0 + (speed / JERK) ** 2)[:, :, None]
        for now, turn in enumerate((1.0, -1.0)):
            off = np.linalg.norm(turn * between[1:] - last - motion, axis=2) / usual
            costs[1:, before, now] = np.nan_to_num(np.log1p(0.5 * off**2) @ weight)
    return costs

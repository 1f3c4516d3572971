# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames of a take are worth a second look by the heavy network, because their sides are in doubt."""

from itertools import pairwise
from math import ceil
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .continuity import jumps
from .geometry import GROUPS
from .take import likeliest, switches

Array = NDArray[np.float64]

SHARE: Final = 0.3
"""No more than this share of 900 frames is looked at again, but always up to `FEW` frames.

Of 40 rendered clips and 27 that were made to be hard it is 6 % of all frames, of eight clips of people 2 %
(28 November 2026).
"""
FEW: Final = 6

_SURE: Final = 8.0
"""Frames whose next best exchange is this much dearer need no second look."""
_BESIDE_JUMP: Final = 6.0
"""A frame beside a jump of a limb to its twin's place is as doubtful as one whose margin is lower by this."""
_BETWEEN_JUMPS: Final = 4.0
"""Likewise one between two jumps that are less than a second apart."""
_SWITCH: Final = 5.0
"""How sure frames are at most beside a change of sides that is to be undone."""
_SPREAD: Final = 5.0
"""Likewise, neighbours of a frame that is looked at are less doubtful: they show the same."""
_NEAR: Final = 2
_CLOSE: Final = 1.0


def second_looks(track: LandmarkTrack, *, share: float = SHARE) -> NDArray[np.int64]:
    """Return the frames that are worth a second look, the most doubtful ones first.

    Args:
        track: n frames of poses as found.
        share: the largest share of the frames to return.
    """
    n = len(track.time)
    need = _doubts(track)
    chosen: list[int] = []
    for _ in range(min(max(FEW, ceil(share * n)), n)):
        frame = int(need.argmin())
        if need[frame] >= _SURE:
            break
        chosen.append(frame)
        need[max(frame - _NEAR, 0) : frame + _NEAR + 1] += _SPREAD
        need[frame] = np.inf
    return np.array(chosen, dtype=np.int64)


def _doubts(track: LandmarkTrack) -> Array:
    """Return how sure the sides of each frame (n,) are, in the unit of evidence; infinity without a pose."""
    n = len(track.time)
    path = likeliest(track)
    need = path.margins.copy()
    jump = np.zeros(n, bool)
    for pairs in GROUPS:
        cost = jumps(track, pairs)
        jump |= cost[:, 0, 0] > cost[:, 0, 1] + 1.0
    at = np.flatnonzero(jump)
    beside = np.zeros(n, bool)
    for shift in (-2, -1, 0, 1):
        beside[np.clip(at + shift, 0, n - 1)] = True
    need[beside] -= _BESIDE_JUMP
    for start, end in pairwise(at):
        if track.time[end] - track.time[start] < _CLOSE:
            need[start:end] -= _BETWEEN_JUMPS
    need[switches(path.states)] = np.minimum(need[switches(path.states)], _SWITCH)
    need[np.isnan(track.pose_image[:, 0, 0])] = np.inf
    return np.asarray(need)

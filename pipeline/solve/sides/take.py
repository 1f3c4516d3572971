# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides over a whole take: the most likely sequence of exchanges, by all the evidence there is."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack, PoseLandmarks
from .evidence import recheck_evidence, right_handed_evidence
from .exchange import Exchange, exchanged_track

Array = NDArray[np.float64]

SWITCH_COST = 6.0
"""Cost of a change of sides from one frame to the next, in the unit of the evidence: log odds."""


@dataclass(frozen=True)
class MendedTrack:
    """A track with its sides in order.

    Attributes:
        track: the landmarks, as found apart from their sides and gaps.
        exchanges: (n,) which `Exchange` was undone in each frame.
        gaps: (n, 33) whether a landmark was taken out because it jumped.
        doubtful: (n,) frames whose sides the evidence does not settle.
    """

    track: LandmarkTrack
    exchanges: NDArray[np.int64]
    gaps: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]


def mended(track: LandmarkTrack, rechecks: Mapping[int, PoseLandmarks] | None = None) -> MendedTrack:
    """Undo exchanges of sides in a track of poses as found.

    Args:
        track: n frames.
        rechecks: what the heavy network found in some frames, by index.
    """
    n = len(track.time)
    odds = right_handed_evidence(track.right_handed)
    for i, seen in (rechecks or {}).items():
        odds[i] += recheck_evidence(track.pose_image[i], seen.image)
    cost = np.zeros((n, 2))
    cost[:, 0] = np.maximum(odds, 0.0)
    cost[:, 1] = np.maximum(-odds, 0.0)
    whole = _cheapest(cost, SWITCH_COST)
    exchanges = np.where(whole == 1, int(Exchange.WHOLE), int(Exchange.NONE))
    nothing = np.zeros((n, 33), bool)
    return MendedTrack(exchanged_track(track, exchanges), exchanges, nothing, np.zeros(n, bool))


def unmended(track: LandmarkTrack) -> MendedTrack:
    """Return a track as it is."""
    n = len(track.time)
    return MendedTrack(track, np.zeros(n, int), np.zeros((n, 33), bool), np.zeros(n, bool))


def _cheapest(cost: Array, switch: float) -> NDArray[np.int64]:
    """Return the cheapest sequence (n,) of k states with costs (n, k), and a cost for every change (Viterbi)."""
    n, k = cost.shape
    if not n:
        return np.empty(0, int)
    change = switch * (1.0 - np.eye(k))
    total, back = cost[0].copy(), np.zeros((n, k), int)
    for i in range(1, n):
        options = total[:, None] + change
        back[i] = options.argmin(axis=0)
        total = options.min(axis=0) + cost[i]
    states = np.empty(n, int)
    states[-1] = int(total.argmin())
    for i in range(n - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    return states

# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides over a whole take: the most likely sequence of exchanges, by all the evidence there is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack, PoseLandmarks
from .continuity import change_costs
from .evidence import observed, recheck_evidence
from .exchange import Exchange, exchanged_track
from .facing import passing_evidence
from .gaps import limb_gaps, without_gaps
from .geometry import EXCHANGED
from .path import Path, cheapest_path

Array = NDArray[np.float64]

_RARE: Final = np.array([0.0, 0.12, 0.2, 0.2, 0.15])
"""Cost of each exchange in each frame: they last for eight frames, or for five if they are of limbs."""

_BEGINNING: Final = 4.0
"""Cost of a take that begins exchanged."""
_ENDING: Final = 4.0
"""Cost of one that ends exchanged."""

_UNSETTLED: Final = 4.0
"""Frames whose next best exchange is less than this dearer are doubtful."""


_SETTLED: Final = 3.0
"""A run of exchanged frames is left as found unless all others are at least this much dearer: none is made wrong."""


@dataclass(frozen=True)
class MendedTrack:
    """A track with its sides in order.

    Attributes:
        track: the landmarks, as found apart from their sides and gaps.
        exchanges: (n,) which `Exchange` was undone in each frame.
        gaps: (n, 33) whether a landmark was taken out because it jumped.
        doubtful: (n,) frames whose sides the evidence does not settle, and those beside a change of sides.
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
    path = exchanges_of(track, rechecks)
    doubtful = ((path.margins < _UNSETTLED) | switches(path.states)) & np.isfinite(track.pose_image[:, 0, 0])
    track = exchanged_track(track, path.states)
    gaps = limb_gaps(track)
    return MendedTrack(without_gaps(track, gaps), path.states, gaps, doubtful)


def unmended(track: LandmarkTrack) -> MendedTrack:
    """Return a track as it is."""
    n = len(track.time)
    return MendedTrack(track, np.zeros(n, int), np.zeros((n, 33), bool), np.zeros(n, bool))


def exchanges_of(track: LandmarkTrack, rechecks: Mapping[int, PoseLandmarks] | None = None) -> Path:
    """Return the most likely sequence of exchanges (as `Exchange`), and the margin by which each frame's is."""
    costs = _RARE - observed(track) - recheck_evidence(track, rechecks or {})
    costs -= np.outer(passing_evidence(track), EXCHANGED[:, 0])
    if len(costs):
        costs[0, 1:] += _BEGINNING
        costs[-1, 1:] += _ENDING
    path = cheapest_path(costs, change_costs(track))
    return Path(np.where(_in_unsure_run(path), int(Exchange.NONE), path.states), path.dearer)


def switches(exchanges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each frame (n,) has another exchange than one beside it."""
    change = np.diff(exchanges) != 0
    return np.append(change, False)[: len(exchanges)] | np.append(False, change)[: len(exchanges)]


def _in_unsure_run(path: Path) -> NDArray[np.bool_]:
    """Return whether each frame (n,) is in a run of exchanged frames of which most may as well be in order."""
    exchanged = path.states != Exchange.NONE
    unsure = np.zeros(len(exchanged), bool)
    starts = [*range(min(len(exchanged), 1)), *(np.flatnonzero(np.diff(exchanged)) + 1)]
    for start, end in zip(starts, [*starts[1:], len(exchanged)], strict=False):
        unsure[start:end] = exchanged[start] and np.median(path.dearer[start:end, Exchange.NONE]) < _SETTLED
    return unsure

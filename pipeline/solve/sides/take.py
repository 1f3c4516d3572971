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
"""A run of frames with one exchange is left as found unless none is at least this much dearer: none is made wrong."""
_SETTLED_ALONE: Final = 9.0
"""Likewise a run into which the heavy network did not look."""
_SETTLED_LIMBS: Final = 5.0
"""Likewise such a run of arms or legs alone: the trunk beside them is in order, and shows what they should be."""
_UNCONFIRMED: Final = 1.0
"""A run into which it looked without confirming it must be dearer still by this."""
_CONFIRMED: Final = 1.0
"""Log odds of rechecks, a frame of a run, that confirm it.

Of the frames in order of 34 rendered clips (4181) and of 69 others, most of them dark (5377), 16 and 200 were made
wrong if 3 was enough for all, and one and one are now, without rechecks; with them, 5 and 171, and 6 and 32 now. Of
whole bodies exchanged for 1 to 60 frames in nine clips of people, 98 of 100 or more are undone, as before; of arms and
legs 82 to 97 of 100, not 81 to 98 (with `evidence.ONE_HAND`, 28 November 2026).
"""


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
    """Return the most likely sequence of exchanges (as `Exchange`), and the margin by which each frame's is.

    Runs of exchanged frames that are not settled are left as found.
    """
    seen = recheck_evidence(track, rechecks or {})
    path = likeliest(track, seen)
    return Path(np.where(_in_unsure_run(path, seen), int(Exchange.NONE), path.states), path.dearer)


def likeliest(track: LandmarkTrack, seen: Array | None = None) -> Path:
    """Return the most likely sequence of exchanges, settled or not; `seen` (n, 5) is the evidence of rechecks."""
    costs = _RARE - observed(track)
    costs -= np.outer(passing_evidence(track), EXCHANGED[:, 0])
    if seen is not None:
        costs -= seen
    if len(costs):
        costs[0, 1:] += _BEGINNING
        costs[-1, 1:] += _ENDING
    return cheapest_path(costs, change_costs(track))


def switches(exchanges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether each frame (n,) has another exchange than one beside it."""
    change = np.diff(exchanges) != 0
    return np.append(change, False)[: len(exchanges)] | np.append(False, change)[: len(exchanges)]


def _in_unsure_run(path: Path, seen: Array) -> NDArray[np.bool_]:
    """Return whether each frame (n,) is in a run of one exchange of which most may as well be in order.

    `seen` (n, 5) is the evidence of rechecks.
    """
    states = path.states
    unsure = np.zeros(len(states), bool)
    starts = [*range(min(len(states), 1)), *(np.flatnonzero(np.diff(states)) + 1)]
    for start, end in zip(starts, [*starts[1:], len(states)], strict=False):
        exchange = states[start]
        if exchange == Exchange.NONE:
            continue
        settled = _SETTLED_ALONE if EXCHANGED[exchange, 0] else _SETTLED_LIMBS
        if seen[start:end].any():
            confirmed = seen[start:end, exchange].mean() > _CONFIRMED
            settled = _SETTLED if confirmed else settled + _UNCONFIRMED
        unsure[start:end] = np.median(path.dearer[start:end, Exchange.NONE]) < settled
    return unsure

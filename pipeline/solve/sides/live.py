# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides frame by frame, without delay.

The same model as for whole takes (`take.py`), but looking back only: for each exchange the cost of the cheapest past
that ends in it. What was decided goes on as the body does, so that the network's changes of mind are undone in the
frame in which they happen, but only if it is clear that the sides were in order before. If what is seen since speaks
against it, it is given up: soon for no exchange, since what is in order nearly always is so; and for another exchange
only if that is clear. Arms and legs alone are mostly left as found: nothing is to be made wrong.

Of whole bodies exchanged in nine clips of people, for a frame 100 of 100 are undone, for 3 to 60 frames 90 to 98; of
arms and legs exchanged for one to four frames 22 to 52. Of frames as found, none of 3500 of rendered people becomes
wrong. It is harder where the networks themselves are lost: of 2714 rendered frames of people against the light, out of
focus or in few pixels 8 in 1000 become wrong (25 before `_BEGIN`; 13 in captures made anew), and 5 to 10 of 100
exchanges are undone (28 November 2026). There, exchanges begin in profile and only the heavy network can tell, which
takes ask.

Somebody exchanged from the first frame on is put in order within three frames if the face is seen, and else when hands
tell or the network thinks again.
"""

from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import Landmarks, PoseLandmarks
from .continuity import GOING_ON, JERK, SLOW, USUAL, WEIGHT
from .exchange import Exchange, exchanged
from .geometry import EXCHANGED, FRAME, GROUPS
from .glance import Glance

Array = NDArray[np.float64]

_LEFT: Final = np.array([point for group in GROUPS for point in group])
_RIGHT: Final = _LEFT + 1
_USUAL: Final = np.array([USUAL[point] for point in _LEFT.tolist()])
_WEIGHTS: Final = np.array([[2.0 * WEIGHT[p] * (p in group) for group in GROUPS] for p in _LEFT.tolist()])
"""(k, 3) how much each pair of twins counts for each group."""
_GROUP: Final = np.array([number for number, group in enumerate(GROUPS) for _ in group])
_SIGNS: Final = np.where(EXCHANGED[:, _GROUP], -1.0, 1.0)[..., None]
"""(5, k, 1) what each exchange does to the vectors between twins."""
_BOTH: Final = np.array([1.0, -1.0])[:, None, None]
_KEPT: Final = (EXCHANGED[:, None] == EXCHANGED).astype(float)
"""(5, 5, 3) whether a group keeps its sides from one exchange to another."""

_OTHER: Final = 8.0
_CHANGES: Final = np.full((5, 5), _OTHER)
"""(5, 5) cost of each exchange (row) being followed by each, beside what the body's motion says.

It is dear to begin one, cheap to end it: it may have ended when nobody could see it.
"""
_CHANGES[Exchange.NONE] = 7.0
_CHANGES[:, Exchange.NONE] = 0.0, 2.0, 1.2, 1.2, 2.0
np.fill_diagonal(_CHANGES, 0.0)
_GOING: Final = np.diag([0.0, 0.1, 0.35, 0.35, 0.1])
"""(5, 5) cost of an exchange that goes on for another thirtieth of a second: arms and legs are exchanged briefly."""
_BEGINNING: Final = 8.5
"""Cost of a person who is exchanged in the first frame. Less would leave what is clear since then in doubt."""
_MOST: Final = 10.0
"""Nothing is held to be surer than this, in log odds: errors must be learnt of within a second or two."""
_CLEAR: Final = 4.0
"""Log odds by which another exchange must be likelier than the one as which the last frame's goes on."""
_BACK: Final = 1.0
"""Likewise for no exchange: what is in order nearly always is so."""
_BEGIN: Final = 3.6
"""Log odds against no exchange at all from which somebody who was in order is held to be exchanged.

Networks that are lost often begin an exchange in profile, where nobody sees it, and end it with a jump, which looks as
if one began: of 4041 rendered frames of people in the dark, against the light or out of focus, 180 became wrong if any
jump was believed, and 26 with this. With 5.1 none does, but only 81 of 100 whole bodies exchanged for a frame are
undone, not all (28 November 2026).
"""
_DWELL: Final = 0.5
"""Seconds in which nothing is given up again, unless this is much clearer:"""
_TWICE: Final = 2.0
_PATIENCE: Final = 1.0
"""Seconds without a person after which whoever comes is somebody else."""
_PLACE: Final = 0.5
"""Somebody detected anew this far away from the last frame's person, in sizes, is somebody else."""


class SideKeeper:
    """Undoes exchanges of sides in a stream of one person's landmarks, as found."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all frames so far."""
        self._glance = Glance()
        self._forget()

    def _forget(self) -> None:
        """Forget the person."""
        self._exchange = Exchange.NONE
        self._costs: Array = np.full(len(Exchange), _BEGINNING)
        self._costs[Exchange.NONE] = 0.0
        self._between: Array | None = None
        self._motion: Array = np.zeros((len(_LEFT), 2))
        self._step = np.inf
        self._time = self._jumped = -np.inf
        self._place = (0.0, 0.0)
        self._person = -1

    @property
    def exchange(self) -> Exchange:
        """What was undone in the last frame."""
        return self._exchange

    def frame(self, landmarks: Landmarks) -> Landmarks:
        """Return the next frame's landmarks with their sides in order."""
        pose = landmarks.pose
        if pose is None:
            return landmarks
        elapsed = landmarks.time - self._time
        if elapsed == 0.0 and landmarks.person == self._person:
            return exchanged(landmarks, self._exchange)
        size = _size(pose)
        x, y = (0.5 * (pose.image[23, :2] + pose.image[24, :2])).tolist()
        moved = hypot(x - self._place[0], y - self._place[1]) / size
        another = landmarks.person != self._person or (not pose.tracked and moved > _PLACE)
        if another or not 0.0 < elapsed < _PATIENCE:
            self._forget()
        self._person, self._time, self._place = landmarks.person, landmarks.time, (x, y)
        between = (pose.image[_LEFT, :2] - pose.image[_RIGHT, :2]) / size
        seen = self._glance.costs(landmarks, between, min(elapsed, _PATIENCE))
        if self._between is None:
            goes_on = Exchange.NONE
            costs = self._costs + seen
        else:
            sign = _SIGNS[self._exchange]
            turns = _turn_costs(between, sign * self._between, sign * self._going_on(elapsed), elapsed)
            goes_on = Exchange(int(turns[self._exchange].argmin()))
            costs = (self._costs[:, None] + turns).min(axis=0) + seen
        self._costs = np.minimum(costs - costs.min(), _MOST)
        margin = _TWICE if landmarks.time - self._jumped < _DWELL else 0.0
        self._exchange = _decided(self._costs, self._exchange, goes_on, margin)
        mended = between * _SIGNS[self._exchange]
        if self._between is not None and self._exchange == goes_on:
            self._motion, self._step = mended - self._between, elapsed
        else:
            self._motion, self._step = np.zeros_like(mended), np.inf
            self._jumped = -np.inf if self._between is None else landmarks.time
        self._between = mended
        return exchanged(landmarks, self._exchange)

    def _going_on(self, elapsed: float) -> Array:
        """Return what of the last frame's motion is expected to go on, as `continuity.jumps`."""
        longest = max(elapsed, self._step)
        if longest > SLOW[1]:
            return np.zeros_like(self._motion)
        share = GOING_ON * min((SLOW[1] - longest) / (SLOW[1] - SLOW[0]), 1.0) * elapsed / self._step
        motion = share * self._motion
        speed = np.square(motion).sum(axis=1) / np.square(_USUAL * max(elapsed / FRAME, 1.0) * JERK)
        return np.asarray(motion / (1.0 + speed)[:, None])


def _decided(costs: Array, last: Exchange, goes_on: Exchange, margin: float) -> Exchange:
    """Return the exchange to undo, from the costs of all, what was undone last, and what that goes on as."""
    if costs[Exchange.NONE] < costs[goes_on] - _BACK - margin:
        return Exchange.NONE
    if last is Exchange.NONE and costs[Exchange.NONE] < _BEGIN:
        return Exchange.NONE
    return Exchange(int(costs.argmin())) if costs[goes_on] > _CLEAR + margin else goes_on


def _turn_costs(between: Array, last: Array, motion: Array, elapsed: float) -> Array:
    """Return the costs (5, 5) of each exchange being followed by each, for vectors between twins (k, 2).

    `last` are the vectors of the last frame, labelled alike, and `motion` is what is expected to go on.
    """
    frames = max(elapsed / FRAME, 1.0)
    off = np.square(_BOTH * between - last - motion).sum(axis=2) / np.square(_USUAL * frames)
    jump = np.log1p(0.5 * off) @ _WEIGHTS  # (keep or turn, group)
    return np.asarray(_CHANGES + frames * _GOING + _KEPT @ (jump[0] - jump[1]) + jump[1].sum())


def _size(pose: PoseLandmarks) -> float:
    """Return the person's size in pixels, as `geometry.sizes`."""
    if pose.size > 0.0:
        return max(pose.size, 1.0)
    extent = np.ptp(pose.image[:, :2], axis=0)
    return max(1.2 * hypot(extent[0], extent[1]), 1.0)

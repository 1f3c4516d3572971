# SPDX-License-Identifier: GPL-3.0-or-later
"""Limbs that jump for single frames, to the other limb, to furniture or to somebody else: gaps, not movements.

A limb needs time to get somewhere and back. One that is away for less than a fifth of a second, arrives there and
returns within one frame each, and goes on where it was, did not move; the network looked at something else.

Measured on 31 446 frames of motion capture at 30 frames a second, seen from three sides: dance, martial arts, jumps and
sports hold no such movement. All 27 gaps found in them are faults of the capture, as a knee that is 60 cm away for four
frames. In 3600 frames of rendered people, landmarks taken out were 0.29 sizes of the person off, and are 0.16 after.

In a stream nobody knows yet whether a limb returns. Limbs there are not held: of rendered ones that leave more suddenly
than any in motion capture, more come back from a place where they never were than go to one, and holding them for one
to three frames makes 39 of 100 landmarks better and 49 worse (28 November 2026).
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .geometry import FRAME, sizes

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

JOINTS: Final = (13, 14, 15, 16, 25, 26, 27, 28)
"""Elbows, wrists, knees and ankles, which may jump."""
FOLLOWERS: Final = {15: (17, 19, 21), 16: (18, 20, 22), 27: (29, 31), 28: (30, 32)}
"""Points that go where the joint goes."""
TRUNK: Final = (11, 12, 23, 24)
AWAY: Final = 0.08
"""How far jumps are at least in the picture, in sizes of the person, at 30 frames a second or more."""
AWAY_METRES: Final = 0.1
"""Likewise in metres."""
_LONGEST: Final = 4
"""Frames of a gap, at most."""
_SECONDS: Final = 0.2
"""Seconds of a gap, at most."""
_RETURN: Final = 0.5
"""A limb returned if it is nearer to where it was than this fraction of how far it was away."""
_AROUND: Final = 5
"""Frames before and after a gap that show where the limb usually is."""
_DOUBT: Final = 0.5
"""Factor on the visibility of landmarks that were put where they must have been."""


def limb_gaps(track: LandmarkTrack) -> Bools:
    """Return which landmarks (n, 33) jumped in which frames."""
    n = len(track.time)
    jumped = np.zeros((n, 33), bool)
    if n < 5:
        return jumped
    joints = list(JOINTS)
    trunk = track.pose_image[:, TRUNK, :2].mean(axis=1, keepdims=True)
    picture = (track.pose_image[:, joints, :2] - trunk) / sizes(track)[:, None, None]
    world = track.pose_world[:, joints] - track.pose_world[:, TRUNK].mean(axis=1, keepdims=True)
    step = np.maximum(np.diff(track.time), 1e-3)
    for length in range(1, _LONGEST + 1):
        if n < length + 4:
            break
        first = np.arange(2, n - length - 1)
        after = first + length
        slowest = np.max([step[first + k] for k in range(-2, length + 1)], axis=0)
        rate = np.maximum(slowest / FRAME, 1.0)[:, None] ** 2
        away, is_back = _excursion(picture, first, length)
        away_metres, is_back_in_metres = _excursion(world, first, length)
        found = (away > AWAY * rate) & (away_metres > AWAY_METRES * rate) & is_back & is_back_in_metres
        found &= (track.time[after] - track.time[first] < _SECONDS)[:, None]
        some = found.any(axis=1)
        found[some] &= _is_unusual(picture, first[some], length)
        rows, columns = np.nonzero(found)
        for k in range(length):
            jumped[first[rows] + k, np.array(joints)[columns]] = True
    for joint, points in FOLLOWERS.items():
        jumped[:, points] = jumped[:, joint, None]
    return jumped


def _excursion(points: Array, first: NDArray[np.intp], length: int) -> tuple[Array, Bools]:
    """Return how far points (n, k, d) are away from `first` (m,) on, for `length` frames, and whether they return.

    The distance (m, k) is the least of how suddenly they leave, how suddenly they return, and how far they are from
    where they should be in each frame.
    """
    after = first + length
    before, then = points[first - 1], points[after]
    leaving = np.linalg.norm(points[first] - 2.0 * before + points[first - 2], axis=-1)
    returning = np.linalg.norm(points[after - 1] - 2.0 * then + points[after + 1], axis=-1)
    off = np.full(leaving.shape, np.inf)
    for k in range(length):
        expected = before + (k + 1) / (length + 1) * (then - before)
        off = np.minimum(off, np.linalg.norm(points[first + k] - expected, axis=-1))
    moved = np.linalg.norm(then - before, axis=-1)
    return np.minimum(np.minimum(leaving, returning), off), moved < _RETURN * off


def _is_unusual(points: Array, first: NDArray[np.intp], length: int) -> Bools:
    """Return whether points (n, k, d) are farther from their usual places during a gap than before and after it.

    That tells which of two places a flickering limb jumps to, (m, k) for gaps from `first` (m,) on.
    """
    around = first[:, None] + length // 2 + np.arange(-_AROUND, _AROUND + 1)
    usual = np.median(points[np.clip(around, 0, len(points) - 1)], axis=1)
    apart = [np.linalg.norm(points[first + k] - usual, axis=-1) for k in range(-1, length + 1)]
    return np.asarray(np.minimum.reduce(apart[1:-1]) > np.maximum(apart[0], apart[-1]))


def without_gaps(track: LandmarkTrack, jumped: Bools) -> LandmarkTrack:
    """Return a track with the landmarks that jumped (n, 33) put between where they were before and after.

    They move on with the trunk, and count less. Hands that were found where a wrist jumped to are taken out.
    """
    if not jumped.any():
        return track
    image, world, visibility = track.pose_image.copy(), track.pose_world.copy(), track.visibility.copy()
    trunks = image[:, TRUNK].mean(axis=1)
    for point in np.flatnonzero(jumped.any(axis=0)):
        rows = jumped[:, point]
        for values, origin in ((image, trunks), (world, np.zeros_like(trunks))):
            values[rows, point] = origin[rows] + _between(values[:, point] - origin, rows, track.time)
        visibility[rows, point] = _DOUBT * _between(visibility[:, point, None], rows, track.time)[:, 0]
    hands = {name: getattr(track, name).copy() for name in _HAND_FIELDS}
    for side, wrist in enumerate((15, 16)):
        there = np.linalg.norm(hands["hand_image"][:, side, 0, :2] - track.pose_image[:, wrist, :2], axis=-1)
        here = np.linalg.norm(hands["hand_image"][:, side, 0, :2] - image[:, wrist, :2], axis=-1)
        lost = jumped[:, wrist] & (there < here)
        for values in hands.values():
            values[lost, side] = np.nan
        kept = jumped[:, wrist] & ~lost
        moved = world[kept, wrist] - track.pose_world[kept, wrist]
        hands["hand_world"][kept, side] += moved[:, None]
    return replace(track, pose_image=image, pose_world=world, visibility=visibility, **hands)


_HAND_FIELDS: Final = ("hand_image", "hand_world", "hand_presence", "right_handed")


def _between(values: Array, missing: Bools, time: Array) -> Array:
    """Return values (m, d) for the missing frames, between those before and after, of values (n, d)."""
    known = ~missing & np.isfinite(values).all(axis=1)
    return np.stack([np.interp(time[missing], time[known], column[known]) for column in values.T], axis=1)

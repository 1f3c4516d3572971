# SPDX-License-Identifier: GPL-3.0-or-later
"""What single frames show of exchanged sides, as log odds: positive where sides seem exchanged."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack, PoseLandmarks
from .facing import face_evidence
from .geometry import EXCHANGED, GROUPS, across, sizes, spells

Array = NDArray[np.float64]

LIMIT: Final = 0.12
"""Handedness is kept this far from 0 and 1: a hand in order is called one of the other side in 12 % of frames."""


ONE_HAND: Final = 0.15
"""Weight of one hand that says by itself that arms are exchanged: in one of ten rendered clips, a hand is called one of
the other side for long. Both seldom are."""


def right_handed_evidence(right_handed: Array) -> Array:
    """Return the log odds (n,) that the hands are exchanged, from handedness (n, 2) of left and right; 0 if unknown."""
    known = np.clip(right_handed, LIMIT, 1.0 - LIMIT)
    odds = np.log(known / (1.0 - known)) * [1.0, -1.0]
    total = np.nan_to_num(odds).sum(axis=1)
    alone = (total > 0.0) & np.isnan(odds).any(axis=1)
    return np.where(alone, ONE_HAND * total, total)


OWN_WRIST: Final = 0.6
"""A hand is taken for that of a wrist if it is nearer to it than this fraction of its distance to the other one."""


def hand_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n,) that the arms are exchanged, from what the hands are by themselves.

    A hand counts for the wrist at which it was found, which near the other one may be the other one.
    """
    wrists = track.pose_image[:, [15, 16], :2]
    hands = track.hand_image[:, :, 0, :2]
    far = np.linalg.norm(hands[:, :, None] - wrists[:, None], axis=-1)  # (n, hand, wrist)
    right = np.full(track.right_handed.shape, np.nan)
    for side in range(2):
        near = (far[:, :, side] < OWN_WRIST * far[:, :, 1 - side]) & np.isfinite(track.right_handed)
        total = np.where(near, np.nan_to_num(track.right_handed), 0.0).sum(axis=1)
        # Two hands at one wrist are one hand that was found twice, or one at the wrong wrist: they tell nothing.
        right[:, side] = np.where(near.sum(axis=1) == 1, total, np.nan)
    return right_handed_evidence(right)


SURE: Final = 55.0
"""Log odds that twins are in order, per size of the person by which hips, or shoulders, are apart in the picture."""
SUREST: Final = 6.0
APART: Final = 0.04
CROSSED: Final = 0.1
"""Limbs that cross the trunk tell no more than this in a frame: they may stay so for long."""


def crossing_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n, 2) that arms are exchanged and shoulders are not, or the reverse; likewise legs and hips.

    Elbows are apart in the direction in which shoulders are, and knees in that of hips: of people whose hips are at
    least a tenth of their size apart, knees cross in 2 of 1000 frames, elbows in less than one (1400 frames of eight
    clips of people and 5600 rendered ones, 28 November 2026).
    """
    between = across(track.pose_image[:, :, :2], (11, 13, 23, 25)) / sizes(track)[:, None, None]
    trunk, limb = between[:, ::2], between[:, 1::2]
    width = np.linalg.norm(trunk, axis=2)
    along = (trunk * limb).sum(axis=2) / np.maximum(width, 1e-6)
    order = np.minimum(SURE * width, SUREST) * np.tanh(along / APART)
    return np.nan_to_num(np.minimum(-order, CROSSED))


def observed(track: LandmarkTrack) -> Array:
    """Return log odds (n, 5) of each exchange, from single frames alone; those of none are 0."""
    torso = face_evidence(track)
    odds = np.stack([torso, hand_evidence(track), np.zeros_like(torso)], axis=1) @ EXCHANGED.T
    crossing = crossing_evidence(track) @ (EXCHANGED[:, 1:] != EXCHANGED[:, :1]).T
    return np.asarray(spells(track.time)[:, None] * (odds + crossing))


_RECHECK_ODDS: Final = (2.0, 1.0, 3.0)
"""Log odds of torso, arms and legs of a frame in which the heavy network clearly names the sides the other way round.

They are not higher because what misleads one network may mislead the other one in the same frames: where the full one
exchanges the torso of rendered people, the heavy one does so in 8 % of frames, of dark ones in 60 %, and it exchanges
a tennis player in 10 of 312 frames in which the full one does not (28 November 2026).
"""
_CLEAR: Final = 0.05
"""Sides are clearly apart from this distance on, in sizes of the person."""


def recheck_evidence(track: LandmarkTrack, rechecks: Mapping[int, PoseLandmarks]) -> Array:
    """Return the log odds (n, 5) of each exchange, from what the heavy network found in some frames, by index."""
    odds = np.zeros((len(track.time), len(EXCHANGED)))
    index = np.array(sorted(i for i in rechecks if 0 <= i < len(odds)), dtype=int)
    if not len(index):
        return odds
    scale = sizes(track)[index, None, None]
    seen = np.stack([rechecks[int(i)].image for i in index])
    for group, pairs in enumerate(GROUPS):
        found, other = (across(each[:, :, :2], pairs) / scale for each in (track.pose_image[index], seen))
        keep, turn = (np.linalg.norm(found - sign * other, axis=2).mean(axis=1) for sign in (1.0, -1.0))
        sure = _RECHECK_ODDS[group] * np.clip(np.nan_to_num(keep - turn) / _CLEAR, -1.0, 1.0)
        odds[index] += np.outer(sure, EXCHANGED[:, group])
    return odds

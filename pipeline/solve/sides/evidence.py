# SPDX-License-Identifier: GPL-3.0-or-later
"""What single frames show of exchanged sides, as log odds: positive where sides seem exchanged."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack, PoseLandmarks
from .geometry import EXCHANGED, across, shoulder_axes, sizes, spells

Array = NDArray[np.float64]

LIMIT: Final = 0.12
"""Handedness is kept this far from 0 and 1: a hand in order is called one of the other side in 12 % of frames."""


def right_handed_evidence(right_handed: Array) -> Array:
    """Return the log odds (n,) that the hands are exchanged, from handedness (n, 2) of left and right; 0 if unknown."""
    known = np.clip(right_handed, LIMIT, 1.0 - LIMIT)
    odds = np.log(known / (1.0 - known)) * [1.0, -1.0]
    return np.asarray(np.nan_to_num(odds).sum(axis=1))


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
        here, there = far[:, :, side], far[:, :, 1 - side]
        near = (here < OWN_WRIST * there) & np.isfinite(track.right_handed)
        count = near.sum(axis=1)
        total = np.where(near, np.nan_to_num(track.right_handed), 0.0).sum(axis=1)
        # Two hands at one wrist are one hand that was found twice, or one at the wrong wrist: they tell nothing.
        right[:, side] = np.where(count == 1, total, np.nan)
    return right_handed_evidence(right)


HEAD: Final = np.radians(45.0)
"""How far the head is usually turned from the shoulders."""
MOST: Final = 4.0
"""No single observation counts more than this: even the sure ones err in one of fifty frames."""


def _turned(cosine: Array, usual: float) -> Array:
    """Return the cost of an angle of this cosine between two parts of a body, whose usual angle is given."""
    angle = np.arccos(np.clip(cosine, -1.0, 1.0)) / usual
    return np.asarray(MOST * -np.expm1(-0.5 * angle**2 / MOST))


def face_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n,) that the shoulders are exchanged, from the face's own left and right; 0 without one."""
    side = track.face_image[:, 3, ::2] - track.face_image[:, 2, ::2]
    side = side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    product = side * shoulder_axes(track.pose_world)
    keep, turn = (_turned(product[:, 1] + sign * product[:, 0], HEAD) for sign in (1.0, -1.0))
    return np.nan_to_num(keep - turn)


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


FACING: Final = 0.7
"""Shoulders that are this much of their width apart across the picture face the camera, or away from it."""
_UNSEEN: Final = 1.5


def unseen_face_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n,) that the shoulders are exchanged, from faces not found where one should be.

    They tell as much as faces are found in this take where the labels say that the person faces the camera.
    """
    found = np.isfinite(track.face_image[:, 0, 0])
    facing = np.nan_to_num(shoulder_axes(track.pose_world)[:, 0])
    front = facing > FACING
    if not found.any():
        return np.zeros(len(found))
    rate = float(found[front].mean()) if front.any() else 1.0
    return np.where(found, 0.0, sure_of_no_face(rate) * np.sign(facing) * np.clip(np.abs(facing) - 0.4, 0.0, 0.3) / 0.3)


def sure_of_no_face(rate: float) -> float:
    """Return the log odds of a person from behind, if there is no face and this share of faces would be found."""
    return min(float(np.log(1.0 / max(1.0 - rate, 1e-3))), _UNSEEN) if rate > 0.5 else 0.0


_RECHECK_ODDS: Final = 2.0
"""Log odds of a limb in which the heavy network clearly names the sides the other way round."""
_CLEAR: Final = 0.05
"""Sides are clearly apart from this distance on, in sizes of the person."""


def recheck_evidence(track: LandmarkTrack, rechecks: Mapping[int, PoseLandmarks], pairs: tuple[int, ...]) -> Array:
    """Return the log odds (n,) that a limb's sides are exchanged, from what the heavy network found in some frames."""
    odds = np.zeros(len(track.time))
    if not rechecks:
        return odds
    index = np.array(sorted(rechecks))
    scale = sizes(track)[index, None, None]
    found = across(track.pose_image[index, :, :2], pairs) / scale
    seen = across(np.stack([rechecks[int(i)].image[:, :2] for i in index]), pairs) / scale
    same, other = (np.linalg.norm(found - sign * seen, axis=2).mean(axis=1) for sign in (1.0, -1.0))
    odds[index] = _RECHECK_ODDS * np.clip(np.nan_to_num(same - other) / _CLEAR, -1.0, 1.0)
    return odds


def observed(track: LandmarkTrack) -> Array:
    """Return log odds (n, 5) of each exchange, from all but the heavy network; those of none are 0."""
    torso = face_evidence(track) + unseen_face_evidence(track)
    odds = np.stack([torso, hand_evidence(track), np.zeros_like(torso)], axis=1) @ EXCHANGED.T
    crossing = crossing_evidence(track) @ (EXCHANGED[:, 1:] != EXCHANGED[:, :1]).T
    return np.asarray(spells(track.time)[:, None] * (odds + crossing))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What shows which way somebody faces, against what the labels of the shoulders say: log odds of an exchange.

The labels say that somebody faces the camera if the left shoulder is right in the picture. What shows it by itself are
the face, as it is or missing; the feet, whose toes are nearer than the heels and so lower; and that people walk ahead.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .geometry import shoulder_axes, sizes, spells

Array = NDArray[np.float64]

HEAD: Final = np.radians(45.0)
"""How far the head is usually turned from the shoulders."""
MOST: Final = 4.0
"""No single observation counts more than this: even the sure ones err in one of fifty frames."""


def face_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n,) that the torso is exchanged, from the face as it is found, or is not where it should."""
    shoulders = np.nan_to_num(shoulder_axes(track.pose_world))
    front = shoulders[:, 0]
    return np.asarray(seen_face_evidence(track, shoulders) + _sides(front) * _of_missing_face(track, front))


def passing_evidence(track: LandmarkTrack) -> Array:
    """Return the log odds (n,) that the torso is exchanged in some frames but not in others, from feet and walking.

    A low camera, or a dancer who walks backwards, misleads for a whole take: these signs only tell frames of a take
    from each other.
    """
    if not len(track.time):
        return np.empty(0)
    front = np.nan_to_num(shoulder_axes(track.pose_world)[:, 0])
    odds = spells(track.time) * _sides(front) * (_of_feet(track, front) + _of_walk(track))
    return np.asarray(odds - max(float(odds.mean()), 0.0))


def _sides(front: Array) -> Array:
    """Return how much labels say (n,) that somebody faces the camera (1) or away from it (-1)."""
    return np.asarray(np.sign(front) * np.clip((np.abs(front) - 0.4) / 0.3, 0.0, 1.0))


def _turned(cosine: Array, usual: float) -> Array:
    """Return the cost of an angle of this cosine between two parts of a body, whose usual angle is given."""
    angle = np.arccos(np.clip(cosine, -1.0, 1.0)) / usual
    return np.asarray(MOST * -np.expm1(-0.5 * angle**2 / MOST))


def seen_face_evidence(track: LandmarkTrack, shoulders: Array) -> Array:
    """Return the log odds (n,) from the face's own left and right; 0 without a face."""
    across = track.face_image[:, 3, ::2] - track.face_image[:, 2, ::2]
    across = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    product = across * shoulders
    keep, turn = (_turned(product[:, 1] + sign * product[:, 0], HEAD) for sign in (1.0, -1.0))
    return np.where(np.abs(shoulders).sum(axis=1) > 0.0, np.nan_to_num(keep - turn), 0.0)


FACING: Final = 0.7
"""Shoulders that are this much of their width apart across the picture face the camera, or away from it."""
_UNSEEN: Final = 1.5


def _of_missing_face(track: LandmarkTrack, front: Array) -> Array:
    """The log odds (n,) that somebody does not face the camera, from faces that were not found.

    They tell as much as faces are found in this take where the labels say that somebody faces the camera.
    """
    found = np.isfinite(track.face_image[:, 0, 0])
    facing = front > FACING
    if not found.any() or not facing.any():
        return np.zeros(len(found))
    return np.where(found, 0.0, sure_of_no_face(float(found[facing].mean())))


def sure_of_no_face(rate: float) -> float:
    """Return the log odds that somebody without a face looks away, if faces are found at this rate in those who do not.

    Below a half they tell nothing: faces are small, dark or masked.
    """
    return min(float(np.log(1.0 / max(1.0 - rate, 1e-3))), _UNSEEN) if rate > 0.5 else 0.0


_TOES: Final = (0.0375, -0.01)
"""How much lower toes are than heels, in sizes of the person, where it tells nothing: if the labels say that somebody
faces the camera, and faces away. Labels in order and exchanged: 0.045 and 0.03, -0.02 and 0.0 (medians of 2600 and of
120 frames of rendered people facing the camera, 2300 and 340 from behind, 28 November 2026), give or take 0.025."""
_PER_TOE: Final = 31.0
_FEET: Final = 0.4


def _of_feet(track: LandmarkTrack, front: Array) -> Array:
    """The log odds (n,) that somebody does not face the camera, from how much lower toes are than heels."""
    toes, heels = (track.pose_image[:, [left, left + 1], 1].mean(axis=1) for left in (31, 29))
    lower = (toes - heels) / sizes(track)
    return np.nan_to_num(np.clip(_PER_TOE * (np.where(front > 0.0, *_TOES) - lower), -_FEET, _FEET))


_SPAN: Final = 0.3
_GROWTH: Final = 0.15
"""Growth per second in the picture of somebody who walks slowly to the camera."""
_WALK: Final = 0.7


def _of_walk(track: LandmarkTrack) -> Array:
    """The log odds (n,) that somebody does not face the camera, from walking away: becoming smaller in the picture.

    A quarter of rendered people in exchanged frames become smaller by more than a third in a second, and hardly any of
    those in order that face the camera.
    """
    time, size = track.time, np.full(len(track.time), np.nan)
    spread = [np.sqrt(each[:, 11:, :2].var(axis=1).sum(axis=1)) for each in (track.pose_image, track.pose_world)]
    seen = np.isfinite(spread[0]) & (spread[1] > 1e-6)
    size[seen] = np.log(np.maximum(spread[0][seen], 1e-6) / spread[1][seen])
    return np.clip(-slopes(time, size, _SPAN) / _GROWTH, -_WALK, _WALK)


def slopes(time: Array, values: Array, span: float) -> Array:
    """Return the slope (n,) of the line through the values (n,) around each, up to a span in seconds before and after.

    NaN values are left out; where less than three are near, the slope is 0.
    """
    known = np.isfinite(values)
    filled, weight = np.where(known, values, 0.0), known.astype(float)
    near = time - (time.mean() if len(time) else 0.0)
    sums = np.zeros((5, len(time) + 1))
    for row, each in enumerate((weight, weight * near, weight * near**2, filled, filled * near)):
        sums[row, 1:] = np.cumsum(each)
    first, last = np.searchsorted(time, time - span), np.searchsorted(time, time + span, side="right")
    count, t, tt, x, tx = sums[:, last] - sums[:, first]
    below = count * tt - t**2
    enough = (count > 2.5) & (below > 1e-9)
    return np.where(enough, (count * tx - t * x) / np.where(enough, below, 1.0), 0.0)

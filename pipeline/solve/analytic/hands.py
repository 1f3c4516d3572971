# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations of palms and fingers from hand landmarks.

A finger has a hinge at each joint, about an axis perpendicular to its first segment and to the palm's normal, and
spreads sideways only at the knuckle. The segments of the thumb swing freely, without twist.
"""

from typing import Final

import numpy as np

from ....models.body import rotations as rot
from ..geometry import Array, best_rotation, dot, rotation_between, soft_clip, wrapped
from ..limbs import HandRest, finger_segments
from ..points import INDICES, PINKIES, WRISTS

_PALM: Final = [0, 5, 9, 13, 17]

# Limits of flexion from straight at the knuckle, middle and end joint, and of spread to either side of rest.
_FLEX_LOW: Final = np.radians([-25.0, -8.0, -8.0])
_FLEX_HIGH: Final = np.radians([95.0, 115.0, 85.0])
_SPREAD: Final = np.radians(25.0)
_MARGIN: Final = np.radians(8.0)


def palm_from_hand(hands: Array, rest: HandRest) -> Array:
    """Return the global rotations (n, 2, 4) of hands (n, 2, 21, 3), from the wrist and the four rigid knuckles."""
    return best_rotation(hands[..., _PALM, :], rest.points[:, _PALM])


def palm_from_pose(points: Array, rest: Array) -> Array:
    """Return rough global rotations (n, 2, 4) of the hands from BlazePose's points (n, 33, 3), `rest` (33+, 3)."""
    return rotation_between(_pose_frame(points), _pose_frame(rest))


def finger_rotations(hands: Array, palm: Array, rest: HandRest) -> Array:
    """Return parent-relative rotations (n, 2, 15, 4) of the finger joints in the order of the joint table, thumb first.

    `hands` are landmarks (n, 2, 21, 3), `palm` (n, 2, 4) the global rotations of the hands.
    """
    seen = rot.rotate(rot.conjugate(palm)[..., None, None, :], finger_segments(hands))
    thumb = _thumb(seen[..., 0, :, :], rest.segments[:, 0])
    fingers = _fingers(seen[..., 1:, :, :], rest)
    return np.concatenate([thumb, fingers.reshape(*fingers.shape[:-3], 12, 4)], axis=-2)


def _pose_frame(points: Array) -> Array:
    wrist, pinky, index = (points[..., pair, :] for pair in (WRISTS, PINKIES, INDICES))
    return rot.frame(0.5 * (index + pinky) - wrist, pinky - index)


def _thumb(seen: Array, rest: Array) -> Array:
    """Return rotations (n, 2, 3, 4) that swing each rest segment (2, 3, 3) to its observed direction (n, 2, 3, 3)."""
    carried = rot.identity(*seen.shape[:-2])
    result = []
    for k in range(3):
        swing = rot.between(rest[:, k], rot.rotate(rot.conjugate(carried), seen[..., k, :]))
        carried = rot.multiply(carried, swing)
        result.append(swing)
    return np.stack(result, axis=-2)


def _fingers(seen: Array, rest: HandRest) -> Array:
    """Return rotations (n, 2, 4, 3, 4) of four fingers whose directions in the palm's frame are (n, 2, 4, 3, 3)."""
    first = seen[..., 0, :]
    spread = -np.arcsin(np.clip(dot(first, rest.hinge), -1.0, 1.0))
    flex = wrapped(np.arctan2(dot(first, rest.palmar), dot(first, rest.forward)), np.pi / 4)
    limits = (_FLEX_LOW[0] - rest.lift, _FLEX_HIGH[0] - rest.lift)
    knuckle = rot.multiply(
        rot.from_axis_angle(rest.hinge, soft_clip(flex, *limits, margin=float(_MARGIN))),
        rot.from_axis_angle(rest.palmar, soft_clip(spread, -_SPREAD, _SPREAD, margin=float(_MARGIN))),
    )
    # Directions of the other segments in the plane of the finger, before any limit.
    unspread = rot.conjugate(
        rot.multiply(rot.from_axis_angle(rest.hinge, flex), rot.from_axis_angle(rest.palmar, spread))
    )
    inner = rot.rotate(unspread[..., None, :], seen[..., 1:, :])
    bends = _bends(inner, rest)
    rest_bends = _bends(rest.segments[:, 1:, 1:], rest)
    flexions = soft_clip(bends, _FLEX_LOW[1:], _FLEX_HIGH[1:], margin=float(_MARGIN)) - rest_bends
    hinges = rot.from_axis_angle(np.broadcast_to(rest.hinge[:, :, None], (*flexions.shape, 3)), flexions)
    return np.concatenate([knuckle[..., None, :], hinges], axis=-2)


def _bends(segments: Array, rest: HandRest) -> Array:
    """Return the flexion (..., 2, 4, 2) of the outer two segments (..., 2, 4, 2, 3) about the hinge."""
    along, palmar = (dot(segments, axis[:, :, None]) for axis in (rest.forward, rest.palmar))
    # A finger curls up to about 200 degrees inwards and hardly outwards: wrap angles where no finger points.
    angles = wrapped(np.arctan2(palmar, along), np.pi / 2)
    return np.stack([angles[..., 0], angles[..., 1] - angles[..., 0]], axis=-1)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The 75 landmarks of a track as one array, their confidence, and indices of some of them.

0..32 are BlazePose's, 33..53 the left hand's, 54..74 the right hand's: the order of `Body.landmarks`.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from ..landmarks.data import LandmarkTrack
from . import axes
from .geometry import Array

FACE: Final = [0, 7, 8, 9, 10]
"""Nose, ears and corners of the mouth. With the eyes, the head would lean forward by 8 degrees, because the network
places them as far forward as the bridge of the nose."""
# Pairs are left, right, so that both sides of the body are solved together.
SHOULDERS: Final = [11, 12]
ELBOWS: Final = [13, 14]
WRISTS: Final = [15, 16]
PINKIES: Final = [17, 18]
INDICES: Final = [19, 20]
HIPS: Final = [23, 24]
KNEES: Final = [25, 26]
ANKLES: Final = [27, 28]
HEELS: Final = [29, 30]
TOES: Final = [31, 32]
SIDES: Final = ("Left", "Right")
MAX_COORDINATE: Final = 1e6
"""Coordinates beyond this count as missing."""


def drop_implausible(track: LandmarkTrack) -> LandmarkTrack:
    """Return the track with impossibly large coordinates replaced by NaN."""
    names = ("pose_image", "pose_world", "hand_image", "hand_world")
    return replace(track, **{name: _plausible(getattr(track, name)) for name in names})


def world_points(track: LandmarkTrack) -> tuple[Array, Array]:
    """Return world landmarks (n, 75, 3) in metres and Blender's axes, NaN if missing, and confidence (n, 75) 0..1.

    The confidence of a body point is the lower of visibility and presence, because points outside the picture keep a
    high visibility. That of a hand's points is the presence of the hand.
    """
    n = len(track.time)
    points = np.concatenate([track.pose_world, track.hand_world.reshape(n, 42, 3)], axis=1)
    body = np.fmin(track.visibility, track.presence)
    hands = np.repeat(track.hand_presence, 21, axis=1)
    confidence = np.clip(np.nan_to_num(np.concatenate([body, hands], axis=1)), 0.0, 1.0)
    confidence = np.where(np.isfinite(points).all(axis=-1), confidence, 0.0)
    return axes.to_blender(points), confidence


def _plausible(points: Array) -> Array:
    return np.where((np.abs(points) < MAX_COORDINATE).all(axis=-1, keepdims=True), points, np.nan)


def hand_points(track: LandmarkTrack) -> Array:
    """Return the hands' world landmarks (n, 2, 21, 3), each relative to its wrist, in metres and Blender's axes."""
    return axes.to_blender(track.hand_world - track.hand_world[..., :1, :])


def limb_joints(points: Array, top: list[int], middle: list[int], end: list[int]) -> tuple[Array, Array, Array]:
    """Return the positions (..., 2, 3) of the three joints of left and right limbs in points (..., 75, 3)."""
    return points[..., top, :], points[..., middle, :], points[..., end, :]


def hands_of(points: Array) -> Array:
    """Return the hands' points (..., 2, 21, 3), left then right, from points (..., 75, 3)."""
    return points[..., 33:, :].reshape(*points.shape[:-2], 2, 21, 3)

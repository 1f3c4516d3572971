# SPDX-License-Identifier: GPL-3.0-or-later
"""What exchanges of sides act on: the vectors from each right point of a body to its left twin.

An exchange turns such a vector round in the picture and leaves everything else of a pair, its middle, as it is. So
all that tells exchanged sides from sides in order is in these vectors.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import LandmarkTrack
from .exchange import Exchange

Array = NDArray[np.float64]

TORSO: Final = (11, 23)
"""Left shoulder and hip."""
ARMS: Final = (13, 15)
"""Left elbow and wrist."""
LEGS: Final = (25, 27, 31)
"""Left knee, ankle and toes."""
GROUPS: Final = (TORSO, ARMS, LEGS)
"""What is exchanged together."""

EXCHANGED: Final = np.zeros((len(Exchange), len(GROUPS)), bool)
"""(5, 3) which groups each exchange exchanges."""
EXCHANGED[Exchange.WHOLE] = True
EXCHANGED[Exchange.ARMS, 1] = EXCHANGED[Exchange.LEGS, 2] = True
EXCHANGED[Exchange.UPPER, :2] = True

SPELL: Final = 0.1
"""Seconds for which the networks' errors last."""
FRAME: Final = 1.0 / 30.0
"""Seconds between frames for which the usual motion is given."""


def across(points: Array, left: tuple[int, ...]) -> Array:
    """Return the vectors (n, k, d) from right to left twins, of points (n, 33, d) and the k left ones."""
    lefts = list(left)
    return points[:, lefts] - points[:, [each + 1 for each in lefts]]


def sizes(track: LandmarkTrack) -> Array:
    """Return the person's size (n,) px in each frame: the square around the person, or the points' extent."""
    if not len(track.time):
        return np.empty(0)
    low, high = track.pose_image[:, :, :2].min(axis=1), track.pose_image[:, :, :2].max(axis=1)
    extent = 1.2 * np.linalg.norm(high - low, axis=1)
    given = np.where(track.person_size > 0.0, track.person_size, np.nan)
    return np.asarray(np.maximum(np.where(np.isnan(given), extent, given), 1.0))


def steps(time: Array) -> Array:
    """Return the seconds (n - 1,) between frames, never less than a millisecond."""
    return np.maximum(np.diff(time), 1e-3)


def spells(time: Array) -> Array:
    """Return how much each frame (n,) tells beside its neighbours, 0..1: frames in quick succession err alike.

    What the networks get wrong they get wrong for about a tenth of a second (measured as the decay of the errors of
    the hands' handedness on the gesture clips, 28 November 2026).
    """
    if len(time) < 2:
        return np.ones(len(time))
    gaps = np.concatenate([steps(time)[:1], steps(time)])
    return np.asarray(np.minimum(gaps / SPELL, 1.0))


def shoulder_axes(world: Array) -> Array:
    """Return unit vectors (n, 2) in x and z from the right to the left shoulder, of world landmarks (n, 33, 3)."""
    shoulders = across(world, (11,))[:, 0, ::2]
    return np.asarray(shoulders / np.maximum(np.linalg.norm(shoulders, axis=1, keepdims=True), 1e-6))

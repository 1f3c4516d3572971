# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person looks like: the colours of torso, thighs and shins, from a few hundred pixels at the pose's points."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..data import Floats, PoseLandmarks

PARTS: Final = 3
"""Torso, thighs, shins."""

_SHARES: Final = np.array([0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9])
"""Quantiles of a part's colours that are compared: a mean would hide stripes, and an arm in front spoil it. They are
many, so that a hem that moves a little changes little."""

COLOURS: Final = 3 * len(_SHARES)

_CHANNELS: Final = np.array([0.35, 1.0, 1.0])
"""Weights of brightness and the two axes of colour: light changes brightness more than colour."""

_DARK: Final = 60.0
"""Levels that are added to the brightness by which colours are divided: what is dark has little colour."""

MIN_CERTAINTY: Final = 0.5

UNIT: Final = 11.0
"""Levels by which anybody's look changes when they turn or the light changes."""

_CHANGES: Final = 2.0
"""How many times its usual change a part may change."""

_MOST: Final = 4.0
"""A part counts no more than this, so that legs alone, beside a swinging skirt, are not somebody else's."""

_CHANGE_RATE: Final = 0.1
_PART_WEIGHTS: Final = np.array([2.0, 1.0, 0.7])

_STEPS: Final = np.linspace(0.15, 0.85, 8)


def _torso() -> Floats:
    """Return weights (64, 4) of left and right shoulder, left and right hip for a grid of points on the torso."""
    u, v = np.meshgrid(_STEPS, np.linspace(0.1, 0.75, len(_STEPS)))  # not the hem
    u, v = u.ravel(), v.ravel()
    return np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], axis=1)


def _weights() -> Floats:
    """Return weights (96, 33) of the pose's points for all points at which colours are taken."""
    rows = np.zeros((96, 33))
    rows[:64, [11, 12, 23, 24]] = _torso()
    for i, (start, end) in enumerate(((23, 25), (24, 26), (25, 27), (26, 28))):
        part = slice(64 + 8 * i, 72 + 8 * i)
        rows[part, start], rows[part, end] = 1 - _STEPS, _STEPS
    return rows


_WEIGHTS: Final = _weights()
_PART_ROWS: Final = (slice(0, 64), slice(64, 80), slice(80, 96))
_PART_POINTS: Final = ([11, 12, 23, 24], [23, 24, 25, 26], [25, 26, 27, 28])


def look(image: NDArray[np.uint8], pose: PoseLandmarks) -> Floats:
    """Return the colours (3, 21) of a pose's torso, thighs and shins in an RGB uint8 (H, W, 3) image.

    Seven quantiles of brightness and of two axes of colour in levels; NaN for a part that is hidden or outside.
    """
    height, width = image.shape[:2]
    places = _WEIGHTS @ pose.image[:, :2]
    x, y = np.rint(places[:, 0]).astype(int), np.rint(places[:, 1]).astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    red, green, blue = image[np.where(inside, y, 0), np.where(inside, x, 0)].astype(float).T
    bright = (red + green + blue) / 3.0
    unit = 100.0 / (bright + _DARK)
    colours = np.stack([bright, (red - green) * unit, (0.5 * (red + green) - blue) * unit], axis=1) * _CHANNELS
    found = np.full((PARTS, COLOURS), np.nan)
    certain = np.minimum(pose.visibility, pose.presence)
    for part, (rows, points) in enumerate(zip(_PART_ROWS, _PART_POINTS, strict=True)):
        here = inside[rows]
        if certain[points].min() >= MIN_CERTAINTY and here.mean() > 0.6:
            found[part] = _quantiles(colours[rows] if here.all() else colours[rows][here])
    return found


def _quantiles(colours: Floats) -> Floats:
    """Return seven quantiles of three values (n, 3), one after the other (21,): as `np.quantile`, but fast."""
    place = _SHARES * (len(colours) - 1)
    below = place.astype(int)
    ordered = np.sort(colours, axis=0)
    low = ordered[below]
    return np.asarray(low + (place - below)[:, None] * (ordered[np.ceil(place).astype(int)] - low)).ravel()


@dataclass
class Appearance:
    """What a person looked like so far: running means of looks (3, 21), and of how much each part changes (3,)."""

    mean: Floats
    change: Floats = field(default_factory=lambda: np.zeros(PARTS))
    looks: int = 1

    def unlike(self, found: Floats) -> float:
        """Return how much a look differs; 1 is as much as the person's own look changes. NaN without a part in common.

        A skirt, or a hem at the knee, changes much from frame to frame, so each part is judged by its own change.
        """
        apart = np.minimum(self._apart(found) / np.maximum(UNIT, _CHANGES * self.change), _MOST)
        shared = np.isfinite(apart)
        weights = _PART_WEIGHTS[shared]
        return float(weights @ apart[shared] / weights.sum()) if shared.any() else float("nan")

    def add(self, found: Floats, *, rate: float) -> None:
        """Take in another look; a part seen for the first time is taken as it is."""
        self.looks += 1
        apart = self._apart(found)
        self.change = np.where(np.isfinite(apart), self.change + _CHANGE_RATE * (apart - self.change), self.change)
        blended = self.mean + max(rate, 1.0 / self.looks) * (found - self.mean)
        self.mean = np.where(np.isfinite(self.mean), np.where(np.isfinite(found), blended, self.mean), found)

    def _apart(self, found: Floats) -> Floats:
        return np.asarray(np.mean(np.abs(self.mean - found), axis=1))

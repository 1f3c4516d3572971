# SPDX-License-Identifier: GPL-3.0-or-later
"""How often left and right are exchanged in landmarks whose truth is known, and how often mending is wrong."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

PAIRS: Final = {
    "trunk": ((11, 12), (23, 24)),
    "arms": ((13, 14), (15, 16)),
    "legs": ((25, 26), (27, 28)),
}
"""BlazePose's left and right points by part of the body; hands and feet move with arms and legs."""

CLEAR: Final = 0.10
"""How much nearer points are to the other side's truth than to their own, as a fraction of the trunk's length, from
which sides are clearly exchanged; nearer to their own by as much, they are clearly in order. Between, a frame shows
neither: someone seen from the side, or landmarks that are wrong in another way."""

FITS: Final = 0.35
"""Distance to the other side's truth, as a fraction of the trunk's length, up to which a point is where that is."""


@dataclass(frozen=True)
class Shown:
    """What the landmarks of n frames show, by `PAIRS`.

    Attributes:
        exchanged: (n, 3) sides are clearly exchanged.
        ordered: (n, 3) sides are clearly in order.
    """

    exchanged: Flags
    ordered: Flags

    @property
    def any_exchanged(self) -> Flags:
        """(n,) whether any part of the body is exchanged."""
        return np.asarray(self.exchanged.any(axis=1))


@dataclass(frozen=True)
class Mending:
    """Frames counted before and after mending.

    Attributes:
        frames: frames with a person.
        exchanged: of these, those with exchanged sides before.
        left: of these, those that are still so.
        spoilt: frames in order before with exchanged sides after.
    """

    frames: int
    exchanged: int
    left: int
    spoilt: int

    def __add__(self, other: "Mending") -> "Mending":
        return Mending(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))

    @property
    def undone(self) -> float:
        """Percentage of the exchanged frames that are in order after; NaN if there was none."""
        return 100.0 * (1.0 - self.left / self.exchanged) if self.exchanged else np.nan

    @property
    def spoilt_per_thousand(self) -> float:
        """Frames that were spoilt, of 1000."""
        return 1000.0 * self.spoilt / max(self.frames, 1)


def trunk_size(true: Array) -> Array:
    """Return a size (n,) in pixels of people with true points (n, 33, 2 or more), which does not shrink with bending.

    It is the length of trunk, thighs and shanks that is seen, of which half is about the length of a trunk.
    """
    middle = 0.5 * (true[:, [11, 23, 25, 27], :2] + true[:, [12, 24, 26, 28], :2])
    return np.maximum(0.4 * np.linalg.norm(np.diff(middle, axis=1), axis=-1).sum(axis=1), 1.0)


def shown(image: Array, true: Array, size: Array) -> Shown:
    """Compare landmarks with the truth.

    Args:
        image: (n, 33, 2 or more) px of the landmarks, NaN without a person.
        true: (n, 33, 2 or more) px of the true points.
        size: (n,) px, the trunk's length.
    """
    exchanged, ordered = [], []
    for pairs in PAIRS.values():
        left, right = (list(side) for side in zip(*pairs, strict=True))
        points = [image[:, side, :2] for side in (left, right)]
        own, other = ([true[:, side, :2] for side in order] for order in ((left, right), (right, left)))
        same = np.mean([np.linalg.norm(p - t, axis=-1).mean(axis=1) for p, t in zip(points, own, strict=True)], axis=0)
        swap = np.mean(
            [np.linalg.norm(p - t, axis=-1).mean(axis=1) for p, t in zip(points, other, strict=True)], axis=0
        )
        with np.errstate(invalid="ignore"):
            exchanged.append((same - swap > CLEAR * size) & (swap < FITS * size))
            ordered.append((swap - same > CLEAR * size) & (same < FITS * size))
    return Shown(np.stack(exchanged, axis=1), np.stack(ordered, axis=1))


def mending(before: Shown, after: Shown, seen: Flags) -> Mending:
    """Count frames before and after mending; `seen` (n,) are those with a person."""
    was = before.exchanged[seen]
    now = after.exchanged[seen]
    return Mending(
        frames=int(seen.sum()),
        exchanged=int(was.any(axis=1).sum()),
        left=int((was & now).any(axis=1).sum()),
        spoilt=int((~was & now).any(axis=1).sum()),
    )

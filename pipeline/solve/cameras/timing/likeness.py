# SPDX-License-Identifier: GPL-3.0-or-later
"""How alike the people in two cameras move."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.correlation import Correlation, TurnedCorrelation, correlate, correlate_turned
from .signals import RATE, Signals

Array = NDArray[np.float64]

SHORTEST: Final = 2.0
"""Seconds that both cameras must share, with somebody seen in both."""

ENOUGH: Final = 20.0
"""Seconds from which a longer shared part makes a match no more credible."""

WITHIN: Final = 0.5
"""How much the body's motion in itself counts beside that of directions in the cameras' axes."""

CHANCE: Final = 0.7
"""What a match by chance has at the best rotation."""


@dataclass(frozen=True)
class Likeness:
    """How alike people in two cameras are at l lags of the second one.

    Attributes:
        turned: correlation of directions in the cameras' axes.
        within: that of how the bodies move in themselves.
    """

    turned: TurnedCorrelation
    within: Correlation

    @classmethod
    def of(cls, ours: Signals, theirs: Signals) -> "Likeness":
        """Compare two people at all lags at which they overlap."""
        return cls(
            correlate_turned(ours.directions, ours.seen, theirs.directions, theirs.seen),
            correlate(ours.within, ours.known, theirs.within, theirs.known),
        )

    def __add__(self, other: "Likeness") -> "Likeness":
        """Return the likeness of two people to two others, whom the cameras see from the same places."""
        return Likeness(self.turned + other.turned, self.within + other.within)

    def at(self, place: int) -> "Likeness":
        """Return the likeness at one lag."""
        return Likeness(self.turned.at(place), self.within.at(place))

    @classmethod
    def at_once(cls, ours: Signals, theirs: Signals) -> "Likeness":
        """Compare two people whose signals are of the same times, at no lag but 0."""
        both, known = ours.seen * theirs.seen, ours.known * theirs.known
        products = np.einsum("msi,msj->ij", ours.directions, theirs.directions)
        powers = (float(((each.directions**2).sum(axis=2) * both).sum()) for each in (ours, theirs))
        within = (float((each.within**2 * known).sum()) for each in (ours, theirs))
        common = float((ours.within * theirs.within).sum())
        lag, power, power_within = np.zeros(1, np.int64), np.prod([*powers]), np.prod([*within])
        return cls(
            TurnedCorrelation(lag, products[None], np.sqrt([power]), np.array([both.mean(axis=1).sum()])),
            Correlation(lag, np.array([common]), np.sqrt([power_within]), np.array([known.mean(axis=1).sum()])),
        )

    @property
    def evidence(self) -> Array:
        """(l,) how credible each lag is; -infinity where too little is shared."""
        seconds = self.turned.shared / RATE
        match = self.turned.match + WITHIN * self.within.match
        return np.where(seconds < SHORTEST, -np.inf, match * np.sqrt(np.clip(seconds, 0.0, ENOUGH)) - CHANCE)

    def evidence_by(self, rotation: Array) -> float:
        """Return how credible the first lag is if the cameras are turned by a known rotation (3, 3); 0 if by chance."""
        power = max(float(self.turned.power[0]), 1e-12)
        match = float((rotation * self.turned.products[0]).sum()) / power + WITHIN * float(self.within.match[0])
        return match * float(np.sqrt(np.clip(self.turned.shared[0] / RATE, 0.0, ENOUGH)))


def aligned(signals: Sequence[Signals]) -> list[Signals]:
    """Return the signals of the people in one camera, all from one second to another."""
    start, end = min(each.start for each in signals), max(each.end for each in signals)
    return [each.between(start, round((end - start) * RATE) + 1) for each in signals]


def joined(
    table: Mapping[tuple[int, int], Likeness], first: tuple[int, int], place: int
) -> tuple[tuple[tuple[int, int], ...], Likeness]:
    """Return a pair and all who, taken for each other, make its lag more credible, and the likeness of all."""
    pairs, together = [first], table[first]
    while True:
        free = [pair for pair in table if all(pair[0] != p and pair[1] != q for p, q in pairs)]
        now = together.at(place)
        more = {pair: float((now + table[pair].at(place)).evidence[0]) for pair in free}
        best = max(more, key=lambda pair: more[pair], default=None)
        if best is None or more[best] <= float(now.evidence[0]):
            return tuple(pairs), together
        pairs.append(best)
        together += table[best]

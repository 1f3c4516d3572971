# SPDX-License-Identifier: GPL-3.0-or-later
"""Which person of one camera is which of another one: by how they move, and where they are beside each other.

All people turn by the same rotation from one camera to another. It is found from those who move most alike, and then
it takes little to tell the others: their limbs move as that rotation says, and the way from one person to another
points where it says. People who dance in unison are told apart by the latter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.motion import BodyMotion
from ....takes.geometry import Clock
from .likeness import Likeness, joined
from .signals import RATE, Signals, signals_of

Array = NDArray[np.float64]
Row = list[int]

NOBODY: Final = -1
"""Number where a camera does not see a person."""

_LEAST: Final = 0.6
"""Evidence that two people must have to be the same: correlation times the root of the seconds that it is of."""
_PLACES: Final = 1.0
"""What it counts if the ways between two pairs of people agree all the time."""
_SHORTEST: Final = 0.5
"""Seconds for which both pairs must be seen for that."""


def matched(motions: Sequence[Mapping[int, BodyMotion]], clocks: Sequence[Clock]) -> list[tuple[int, ...]]:
    """Return the number that each person has in each camera.

    Args:
        motions: for each camera, what was solved of the people in it, by their numbers, each by its camera's clock.
        clocks: how the cameras' clocks run.

    Returns:
        A row for each person with a number for each camera, `NOBODY` where it does not see them: first those of the
        first camera in their order, then those whom only others see.
    """
    if all(len(each) == 1 for each in motions):
        return [tuple(next(iter(each)) for each in motions)]
    signals = _together(motions, clocks)
    rows: list[Row] = [[number] for number in motions[0]]
    for camera in range(1, len(motions)):
        sights = [_Sight.of(signals[earlier], signals[camera]) for earlier in range(camera)]
        chosen = _assigned(rows, list(motions[camera]), [each for each in enumerate(sights) if each[1] is not None])
        for row, number in zip(rows, chosen, strict=True):
            row.append(number)
        rows += [[*[NOBODY] * camera, number] for number in motions[camera] if number not in chosen]
    return [tuple(row) for row in rows]


def _together(motions: Sequence[Mapping[int, BodyMotion]], clocks: Sequence[Clock]) -> list[dict[int, Signals]]:
    """Return the signals of all people in all cameras, over the same times of the take, at which two cameras film."""
    own = [
        {number: signals_of(motion, clock=clock) for number, motion in each.items()}
        for each, clock in zip(motions, clocks, strict=True)
    ]
    spans = [(min(s.start for s in each.values()), max(s.end for s in each.values())) for each in own if each]
    if len(spans) < 2:
        return own
    start, end = sorted(span[0] for span in spans)[1], sorted(span[1] for span in spans)[-2]
    count = int(max(end - start, 0.0) * RATE) + 1
    return [{number: signals.between(start, count) for number, signals in each.items()} for each in own]


@dataclass(frozen=True)
class _Sight:
    """Two cameras that see the same people.

    Attributes:
        evidence: how credible it is that two people, by their numbers, are the same.
        ours: the people of the first camera.
        theirs: those of the second one, in the first one's axes.
    """

    evidence: Mapping[tuple[int, int], float]
    ours: Mapping[int, Signals]
    theirs: Mapping[int, Signals]

    @classmethod
    def of(cls, ours: Mapping[int, Signals], theirs: Mapping[int, Signals]) -> "_Sight | None":
        """Compare two cameras; None if nobody is seen by both for long enough to tell."""
        table = {(p, q): Likeness.at_once(a, b) for p, a in ours.items() for q, b in theirs.items()}
        credible = {pair: float(each.evidence[0]) for pair, each in table.items()}
        first = max(credible, key=lambda pair: credible[pair], default=None)
        if first is None or not np.isfinite(credible[first]):
            return None
        rotation = joined(table, first, 0)[1].turned.rotation(0)
        evidence = {pair: each.evidence_by(rotation) for pair, each in table.items()}
        return cls(evidence, ours, {number: each.turned(rotation) for number, each in theirs.items()})

    def agreement(self, one: tuple[int, int], other: tuple[int, int]) -> float:
        """Return how well the ways from one person to another agree in both cameras, -1 to 1; 0 if unknown."""
        here = self.ours[other[0]].place - self.ours[one[0]].place
        there = self.theirs[other[1]].place - self.theirs[one[1]].place
        known = np.isfinite(here).all(axis=1) & np.isfinite(there).all(axis=1)
        if known.sum() < _SHORTEST * RATE:
            return 0.0
        lengths = np.linalg.norm(here[known], axis=1) * np.linalg.norm(there[known], axis=1)
        return float((here[known] * there[known]).sum() / max(float(lengths.sum()), 1e-9))


def _assigned(rows: Sequence[Row], numbers: Sequence[int], sights: Sequence[tuple[int, _Sight | None]]) -> Row:
    """Return the number that each row's person has in a further camera, so that evidence and places agree best.

    Args:
        rows: numbers of people in the earlier cameras.
        numbers: of the people in the further one.
        sights: of some earlier cameras, by their place, with it.
    """
    alone: dict[tuple[int, int], float] = {}
    beside: dict[tuple[int, int, int, int], float] = {}
    pairs = [(row, number) for row in range(len(rows)) for number in numbers]
    for earlier, sight in sights:
        if sight is None:
            continue
        seen = [(row, number) for row, number in pairs if rows[row][earlier] != NOBODY]
        for row, number in seen:
            evidence = sight.evidence[rows[row][earlier], number] - _LEAST
            alone[row, number] = alone.get((row, number), 0.0) + evidence
        for (row, number), (other, another) in combinations(seen, 2):
            if row != other and number != another:
                ways = sight.agreement((rows[row][earlier], number), (rows[other][earlier], another))
                key = (row, number, other, another)
                beside[key] = beside.get(key, 0.0) + _PLACES * ways
    return _best(len(rows), alone, beside)


def _best(count: int, alone: Mapping[tuple[int, int], float], beside: Mapping[tuple[int, int, int, int], float]) -> Row:
    """Return the numbers of `count` rows whose worth, alone and beside each other, is largest, by steps uphill."""

    def worth(chosen: Row) -> float:
        taken = [(row, number) for row, number in enumerate(chosen) if number != NOBODY]
        total = sum(alone.get(pair, -np.inf) for pair in taken)
        return total + sum(beside.get((*one, *other), 0.0) for one, other in combinations(taken, 2))

    def steps(chosen: Row) -> list[Row]:
        result = []
        for row, number in [*alone, *((row, NOBODY) for row in range(count))]:
            step = list(chosen)
            if number != NOBODY and number in step:
                step[step.index(number)] = chosen[row]
            step[row] = number
            result.append(step)
        return result

    best = [NOBODY] * count
    while True:
        step = max(steps(best), key=worth)
        if worth(step) <= worth(best) + 1e-9:
            return best
        best = step

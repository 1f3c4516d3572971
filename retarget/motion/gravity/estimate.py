# SPDX-License-Identifier: GPL-3.0-or-later
"""Combine all evidence of the vertical, each weighed by how sure it is, into one estimate of a camera's tilt."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence

Array = NDArray[np.float64]

MAX_DISAGREEMENT: Final = 3.0
"""Standard deviations from all other evidence beyond which evidence is dropped: stairs, a slope, a leaning wall."""


LINES_DISAGREEMENT: Final = 3.0
"""The same for lines of the room. What a body shows errs together, in the depth that one camera hardly sees, so all of
it counts as no surer there than the surest part of it."""

RIVAL_SHARE: Final = 0.35
"""Doubt of lines that lead to two points, as a share of the angle between these: the likelier one is mostly right."""


@dataclass(frozen=True)
class Kind:
    """A kind of camera: how common it is, and what pitch and roll it has, in degrees, with standard deviations."""

    share: float
    pitch: tuple[float, float]
    roll: tuple[float, float]


CAMERAS: Final = (
    Kind(0.2, (0.0, 2.0), (0.0, 1.0)),
    Kind(0.6, (10.0, 22.0), (0.0, 5.0)),
    Kind(0.2, (10.0, 22.0), (0.0, 16.0)),
)
"""Cameras that stand level, that look up or mostly down, and that hang askew as well."""


@dataclass(frozen=True)
class Estimate:
    """The tilt of a camera as estimated.

    Attributes:
        angles: (2,) pitch and roll in radians.
        covariance: (2, 2) of their errors, in radians squared.
        used: the evidence that agrees, which the estimate is made of.
    """

    angles: Array
    covariance: Array
    used: tuple[Evidence, ...]

    @property
    def doubt(self) -> float:
        """The error to be expected, in radians."""
        return float(np.sqrt(np.trace(self.covariance)))


def estimated(evidence: Sequence[Evidence]) -> Estimate | None:
    """Return the tilt that is most likely given the evidence; None if there is none.

    Cameras are often level and seldom askew, so that weak evidence of a small tilt changes little.
    """
    used = agreeing(evidence)
    if not used:
        return None
    mean, covariance = _combined(used)
    weights, means, covariances = [], [], []
    for kind in CAMERAS:
        centre = np.radians([kind.pitch[0], kind.roll[0]])
        spread = np.diag(np.radians([kind.pitch[1], kind.roll[1]]) ** 2)
        both = np.linalg.inv(covariance + spread)
        gain = spread @ both
        means.append(centre + gain @ (mean - centre))
        covariances.append(gain @ covariance)
        off = mean - centre
        weights.append(np.log(kind.share) + 0.5 * np.linalg.slogdet(both)[1] - 0.5 * off @ both @ off)
    share = np.exp(np.array(weights) - max(weights))
    share /= share.sum()
    angles = share @ np.array(means)
    apart = np.array(means) - angles
    spread = np.array(covariances) + apart[:, :, None] * apart[:, None, :]
    return Estimate(angles, np.einsum("k,kij->ij", share, spread), used)


def agreeing(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence without what disagrees with the rest by more than its doubt.

    Lines of a room may lead to several points: that one counts which agrees best with the rest.
    """
    lines = [each for each in evidence if each.source == "lines"]
    used = [each for each in evidence if each.source != "lines"]
    _drop_outliers(used)
    if not used:
        return tuple(map(_unsure, lines[:1], lines[1:])) if len(lines) > 1 else tuple(lines)
    mean, surest = _combined(used)[0], min(used, key=lambda each: each.doubt)
    off = [_away(each, mean, surest.covariance) for each in lines]
    nearest = [each for each, away in zip(lines, off, strict=True) if away == min(off) <= LINES_DISAGREEMENT]
    return (*used, *nearest[:1])


def _drop_outliers(used: list[Evidence]) -> None:
    while len(used) > 1:
        off = [_disagreement(used, each) for each in range(len(used))]
        worst = max(off)
        if worst <= MAX_DISAGREEMENT:
            return
        # Of two that disagree, the less sure one is wrong.
        wrong = max(range(len(used)), key=lambda each: (off[each] >= worst - 1e-9, used[each].doubt))
        used.pop(wrong)


def _unsure(best: Evidence, rival: Evidence) -> Evidence:
    """Return evidence that is the more unsure the farther away a rival is."""
    off = RIVAL_SHARE * (best.angles - rival.angles)
    return Evidence(best.source, best.angles, best.covariance + np.outer(off, off))


def _combined(evidence: Sequence[Evidence]) -> tuple[Array, Array]:
    precision = [np.linalg.inv(each.covariance) for each in evidence]
    covariance = np.linalg.inv(np.sum(precision, axis=0))
    weighed = np.sum([sure @ each.angles for sure, each in zip(precision, evidence, strict=True)], axis=0)
    return covariance @ weighed, covariance


def _disagreement(evidence: Sequence[Evidence], number: int) -> float:
    """Return how many standard deviations a piece of evidence is away from all the others."""
    mean, covariance = _combined([each for other, each in enumerate(evidence) if other != number])
    return _away(evidence[number], mean, covariance)


def _away(one: Evidence, mean: Array, covariance: Array) -> float:
    """Return how many standard deviations evidence is away from angles (2,) of a covariance (2, 2)."""
    off = one.angles - mean
    return float(np.sqrt(off @ np.linalg.inv(one.covariance + covariance) @ off))

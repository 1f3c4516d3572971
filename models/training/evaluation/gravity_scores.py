# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the estimated vertical of clips is from the true one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....pipeline.solve.solving import solve_person
from ....pipeline.takes.take import Take
from ....retarget.motion.gravity.gravity import Gravity, gravity_of
from ...body.model import neutral_body
from ..scenes.film import Truth

Array = NDArray[np.float64]

ON_FEET: Final = ("standing", "walking")
LIMIT_ON_FEET: Final = 4.0
"""Degrees that the vertical may be off where people stand or walk."""
LIMIT: Final = 7.0
"""Degrees that it may be off elsewhere."""
WORSE: Final = 2.0
"""Degrees that it may be worse than no correction."""


@dataclass(frozen=True)
class GravityScore:
    """Degrees between verticals and the true one.

    Attributes:
        name: name of the clip.
        kind: kind of movement.
        none: of a level camera, without any correction.
        body: estimated from the body alone.
        lines: what the lines of the room alone show; NaN if nothing.
        found: estimated from all there is.
        doubt: what the estimate says of its own error; infinite if nothing shows the vertical.
        sources: what it is made of.
    """

    name: str
    kind: str
    none: float
    body: float
    lines: float
    found: float
    doubt: float
    sources: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether it is as good as is wanted of this kind of movement."""
        limit = LIMIT_ON_FEET if self.kind in ON_FEET else LIMIT
        return self.found <= limit and self.harmless

    @property
    def harmless(self) -> bool:
        """Whether it is not clearly worse than no correction."""
        return self.found <= self.none + WORSE


def degrees_between(one: ArrayLike, other: ArrayLike) -> float:
    """Return the angle between two vectors (3,) in degrees."""
    a, b = (np.asarray(vector, dtype=float) / np.linalg.norm(vector) for vector in (one, other))
    return float(np.degrees(np.arccos(np.clip(a @ b, -1.0, 1.0))))


def score_gravity(name: str, truth: Truth, take: Path) -> GravityScore:
    """Score a take of a rendered clip."""
    with Take.open(take) as opened:
        motion = solve_person(opened, calibrated=False).motion
    found = gravity_of(motion, neutral_body())
    alone = gravity_of(replace(motion, verticals=()), neutral_body())
    lines = [vertical.up for vertical in motion.verticals if vertical.source == "lines"]
    return GravityScore(
        name=name,
        kind=truth.kind,
        none=degrees_between([0.0, 0.0, 1.0], truth.up),
        body=degrees_between(alone.up, truth.up),
        lines=degrees_between(np.mean(lines, axis=0), truth.up) if lines else np.nan,
        found=degrees_between(found.up, truth.up),
        doubt=float(np.degrees(found.doubt)),
        sources=_sources(found),
    )


def kinds(scores: Sequence[GravityScore]) -> dict[str, list[GravityScore]]:
    """Return scores by kind of movement."""
    return {kind: [s for s in scores if s.kind == kind] for kind in dict.fromkeys(score.kind for score in scores)}


def _sources(found: Gravity) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each.source) for each in found.evidence))

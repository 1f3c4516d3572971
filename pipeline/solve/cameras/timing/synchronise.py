# SPDX-License-Identifier: GPL-3.0-or-later
"""When each of several cameras filmed, by the clock of the first one: from the motion of the people in them.

What a body does is compared at every lag of one camera: directions in both cameras' axes, turned against each other as
fits best, and how the body moves in itself. The lag is where both together match best, to a fraction of a sample.
Where clocks run apart over a long take, the lags of its parts lie on a line, and its slope is the rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.correlation import peak
from .....models.body.motion import BodyMotion
from ....errors import CamerasApart
from ....takes.geometry import Clock
from .drift import parts_of, steady_drift
from .likeness import SHORTEST, Likeness, aligned, joined
from .signals import RATE, Signals, signals_of

Array = NDArray[np.float64]

LEAST_MOVEMENT: Final = 0.012
"""Radians, root mean square of the signals: who moves less is as good as still."""

LEAST_EVIDENCE: Final = 0.6
"""Least correlation times the root of the seconds that it is of, beyond chance, to believe a lag.

Of 34 pairs of views of rendered people 33 are believed, all within 25 ms. Of 5339 pairs of different performances 15
are, which repeat one choreography: their true motions match at the same lag (28 November 2026).
"""

CLEAR: Final = 0.87
"""Largest evidence of a second lag, as a fraction of that of the best one, for that one to be clear."""

APART: Final = 0.4
"""Seconds between two lags that count as different."""

MOST_TOGETHER: Final = 3
"""People of each camera that are synchronised together: those who are seen and move most."""

_AS_GOOD: Final = 0.98
"""A rate must leave at least this much of the correlation: it is believed because parts lie on a line, not for that."""

_BESIDE: Final = 0.12
"""Seconds around the best lag in which that of the directions alone is taken, which is the more precise one."""

_SAY_WHEN: Final = "give the second at which each shows the same moment, as Synchronise (--sync)"
_WAY_OUT: Final = f"clap or jump once while all cameras record, or {_SAY_WHEN}"


@dataclass(frozen=True)
class Synchrony:
    """How the clock of one camera follows from another one's motion.

    Attributes:
        clock: of the second camera by the first one's.
        match: correlation of both at that, -1 to 1.
        evidence: how credible it is: `match` times the root of the seconds that it is of.
        rival: evidence of the next best lag.
    """

    clock: Clock
    match: float
    evidence: float
    rival: float


def synchronise(motions: Sequence[BodyMotion], *, seconds: Sequence[float] | None = None) -> tuple[Clock, ...]:
    """Return the clocks of cameras that filmed one person, by that of the first one.

    Args:
        motions: what was solved of the person from each camera alone, each by its camera's clock.
        seconds: when one and the same moment, such as a clap, is seen in each camera, by its own clock; found from the
            motion unless given. Zeros for cameras that began at the same moment.

    Raises:
        CamerasApart: the motion does not say it: nobody moves, the cameras share too little, show different
            performances, or one that repeats itself.
    """
    return synchronise_people([[each] for each in motions], seconds=seconds)


def synchronise_people(
    people: Sequence[Sequence[BodyMotion]], *, seconds: Sequence[float] | None = None
) -> tuple[Clock, ...]:
    """Return the clocks of cameras that filmed several people; nothing has to be known of who is who.

    Args:
        people: for each camera, the motions of the people in it; see `synchronise`, also for the rest.

    Raises:
        CamerasApart: as `synchronise`.
    """
    if seconds is not None:
        return given_clocks(len(people), seconds)
    clocks = {0: Clock()}
    while len(clocks) < len(people):
        camera, clock = _next(people, clocks)
        clocks[camera] = clock
    return tuple(clocks[camera] for camera in range(len(people)))


def given_clocks(count: int, seconds: Sequence[float]) -> tuple[Clock, ...]:
    """Return the clocks of cameras of which the seconds are given at which all see the same moment.

    Raises:
        CamerasApart: there are not as many seconds as cameras.
    """
    if len(seconds) != count:
        raise CamerasApart(
            f"{len(seconds)} seconds were given for {count} cameras: give one for each, at which a clap is seen in it."
        )
    return tuple(Clock(offset=float(seconds[0] - each)) for each in seconds)


def _next(people: Sequence[Sequence[BodyMotion]], clocks: dict[int, Clock]) -> tuple[int, Clock]:
    """Return the camera without a clock that matches one with a clock best, and its clock."""
    best: tuple[float, int, Clock] | None = None
    refused: CamerasApart | None = None
    for camera in (each for each in range(len(people)) if each not in clocks):
        for known, clock in clocks.items():
            try:
                found = synchrony(people[known], people[camera], names=(known + 1, camera + 1))
            except CamerasApart as error:
                refused = refused or error
                continue
            rate = clock.rate * found.clock.rate
            through = Clock(offset=clock.offset + clock.rate * found.clock.offset, rate=rate)
            if best is None or found.evidence > best[0]:
                best = found.evidence, camera, through
    if best is None:
        raise refused or CamerasApart("There is no camera to synchronise.")
    return best[1], best[2]


def synchrony(
    ours: Sequence[BodyMotion], theirs: Sequence[BodyMotion], *, names: tuple[int, int] = (1, 2)
) -> Synchrony:
    """Return the clock of a second camera by the first one's, from the people that both show.

    Args:
        ours: motions of the people in the first camera.
        theirs: those of the people in the second one.
        names: numbers of the cameras, for messages.

    Raises:
        CamerasApart: as `synchronise`.
    """
    first, second = names
    here, there = _movers(ours), _movers(theirs)
    if not here or not there:
        raise CamerasApart(
            f"The cameras cannot be synchronised: nobody moves in camera {second if here else first}: {_WAY_OUT}."
        )
    fit = _best(here, there)
    if fit is None:
        raise CamerasApart(
            f"The cameras cannot be synchronised: cameras {first} and {second} share less than {SHORTEST:g} s in which "
            f"somebody is seen: record a longer part of the performance with both, or {_SAY_WHEN}."
        )
    rate = 1.0
    turned = [(here[p], there[q].turned(fit.rotation)) for p, q in fit.pairs]
    drift = steady_drift(parts_of(turned, fit.offset))
    if drift:
        again = _best(here, _movers(theirs, rate=1.0 + drift))
        if again is not None and again.match > _AS_GOOD * fit.match:
            fit, rate = again, 1.0 + drift
    if fit.evidence < LEAST_EVIDENCE:
        flipped = _best(here, _movers(theirs, mirror=True))
        if flipped is not None and flipped.evidence >= LEAST_EVIDENCE:
            raise CamerasApart(
                f"The cameras cannot be synchronised: one of cameras {first} and {second} shows the scene as in a "
                "mirror, as selfie cameras do. Capture them again with the number of the selfie video under Mirror "
                f"Cameras (--mirror-cameras {second}, or {first})."
            )
        raise CamerasApart(
            f"The cameras cannot be synchronised: the motion in cameras {first} and {second} does not match. If both "
            f"show the same performance, {_WAY_OUT}."
        )
    if fit.rival > CLEAR * fit.evidence:
        raise CamerasApart(
            f"The cameras cannot be synchronised: the motion repeats itself, and camera {second} fits camera {first} "
            f"as well {abs(fit.gap):.1f} s {'later' if fit.gap > 0.0 else 'earlier'}: {_WAY_OUT}."
        )
    return Synchrony(Clock(offset=fit.offset, rate=rate), fit.match, fit.evidence, fit.rival)


@dataclass(frozen=True)
class _Fit:
    """A lag of the second camera.

    Attributes:
        offset: seconds to add to its times.
        rotation: (3, 3) from its axes into those of the first one.
        pairs: who is who, by their places in the lists.
        match: correlation of directions.
        evidence: how credible it is.
        rival: evidence of the next best lag.
        gap: seconds between both.
    """

    offset: float
    rotation: Array
    pairs: tuple[tuple[int, int], ...]
    match: float
    evidence: float
    rival: float
    gap: float


def _movers(motions: Sequence[BodyMotion], *, rate: float = 1.0, mirror: bool = False) -> list[Signals]:
    """Return the signals of those who move, most of all first, as many as are synchronised together."""
    signals = [signals_of(each, clock=Clock(rate=rate), mirror=mirror) for each in motions]
    moving = [each for each in signals if each.movement >= LEAST_MOVEMENT]
    return sorted(moving, key=lambda each: -each.movement * each.seconds)[:MOST_TOGETHER]


def _best(ours: Sequence[Signals], theirs: Sequence[Signals]) -> _Fit | None:
    """Return the best lag of the second camera, and who is who at that; None if too little is shared."""
    here, there = aligned(ours), aligned(theirs)
    table = {(p, q): Likeness.of(a, b) for p, a in enumerate(here) for q, b in enumerate(there)}
    curves = {pair: each.evidence for pair, each in table.items()}
    first = max(curves, key=lambda pair: float(curves[pair].max()))
    if not np.isfinite(curves[first].max()):
        return None
    pairs, together = joined(table, first, int(curves[first].argmax()))
    total = curves[first] if len(pairs) == 1 else together.evidence
    best = int(total.argmax())
    lags, match = together.turned.lags, together.turned.match
    overall = np.max([total, *curves.values()], axis=0)
    others = np.where(np.abs(lags - lags[best]) > APART * RATE, overall, -np.inf)
    other = int(others.argmax())
    low = max(best - round(_BESIDE * RATE), 0)
    at = low + int(match[low : best + round(_BESIDE * RATE) + 1].argmax())
    return _Fit(
        offset=here[0].start - there[0].start + float(lags[at] + peak(match, at)) / RATE,
        rotation=together.turned.rotation(at),
        pairs=pairs,
        match=float(match[at]),
        evidence=float(total[best]),
        rival=float(others[other]),
        gap=float(lags[other] - lags[best]) / RATE,
    )

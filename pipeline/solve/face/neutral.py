# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person's face says when it rests, and taking it away: nobody's neutral is zero.

The rest of an expression is its lowest value that the face often takes, while it looks about at the camera and moves
little. The lowest, because a face that smiles through most of a take still rests sometimes. A value that no mouth rests
at (see `_LIMITS`) is not believed to be a rest, however long it lasts: who smiles throughout keeps the smile.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.curves import smoothstep
from ....models.body.expressions import EXPRESSIONS

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_LIMITS: Final = {
    "brow": 0.7,
    "cheek": 0.4,
    "eyeBlink": 0.5,
    "eyeSquint": 0.7,
    "eyeWide": 0.3,
    "jaw": 0.3,
    "mouth": 0.35,
    "mouthPress": 0.5,
    "mouthPucker": 0.5,
    "mouthRoll": 0.5,
    "mouthShrug": 0.5,
    "mouthSmile": 0.3,
    "nose": 0.4,
}
"""Values up to which a rest is believed, by how the names begin; the longest that fits counts. At twice as much it is
not believed at all. Brows, squints and pouts depend on the shape of a face, smiles and open jaws are made."""

_FRONTAL: Final = np.radians([25.0, 45.0])
"""Turns of the head within which a rest is learnt: the second one if the head is too rarely within the first."""

LEAST_SECONDS: Final = 2.0
"""Seconds of a face from which its rest is learnt."""

_LEAST_FRAMES: Final = 8
_LONGEST_STEP: Final = 0.25
"""Seconds that a frame stands for at most."""

_BINS: Final = 100
_WIDTH: Final = 0.025
"""Deviation with which values are smeared when it is counted how often they occur."""

_OFTEN: Final = 0.15
"""Fraction of the most frequent value's frequency from which a value is frequent."""

_NEAREST: Final = 0.15
"""Fraction of a take's frames, the ones nearest to rest, whose points are those of the rest."""

_GAZE_LIMIT: Final = np.radians([6.0, 9.0])
"""Angles by which the rest of the eyes may lie off straight ahead, sideways and up, in a take. It may be where a
prompter stands, but eyes are mostly near the middle of their orbits."""

_CALIBRATED_GAZE_LIMIT: Final = np.radians([15.0, 20.0])


def _limit(name: str) -> float:
    fitting = [start for start in _LIMITS if name.startswith(start)]
    return _LIMITS[max(fitting, key=len)] if fitting else 0.0


LIMITS: Final = np.array([_limit(name) for name in EXPRESSIONS])
"""(52,) values up to which a rest is believed. The directions of the eyes have none: they come from the irises."""

_USUAL: Final = 0.5
"""The same as `_OFTEN` for brows, whose rest is rather the usual value than a low one: a frown lowers raised brows."""

_OFTEN_ENOUGH: Final = np.array([_USUAL if name.startswith("brow") else _OFTEN for name in EXPRESSIONS])

NUMBERS: Final = len(EXPRESSIONS) + 4
"""How many numbers describe a face at rest."""


@dataclass(frozen=True)
class Neutral:
    """What a person's face says at rest.

    Attributes:
        expressions: (52,) 0..1.
        gaze: (2, 2) radians of the left and the right eye that looks straight ahead: to the left, and up.
        features: (f,) of the points of the face, see `correction.Corrector`; None as long as they are not known.
    """

    expressions: Array = field(default_factory=lambda: np.zeros(len(EXPRESSIONS)))
    gaze: Array = field(default_factory=lambda: np.zeros((2, 2)))
    features: Array | None = None

    @property
    def numbers(self) -> tuple[float, ...]:
        """The same without features as plain numbers, `NUMBERS` of them, as settings and takes keep it."""
        return tuple(np.concatenate([self.expressions, self.gaze.ravel()]).tolist())

    @classmethod
    def of_numbers(cls, numbers: Sequence[float]) -> "Neutral":
        """Return the rest that `numbers` was made from.

        Raises:
            ValueError: there are more or fewer numbers, or one is not finite.
        """
        values = np.array(numbers, dtype=float)
        if values.shape != (NUMBERS,) or not np.isfinite(values).all():
            raise ValueError(f"a face at rest is {NUMBERS} finite numbers")
        count = len(EXPRESSIONS)
        return cls(values[:count], values[count:].reshape(2, 2))

    def relative(self, expressions: Array) -> Array:
        """Return expressions (..., 52) relative to this rest: 0 at rest or below it, 1 where they were 1."""
        return np.clip((expressions - self.expressions) / np.maximum(1.0 - self.expressions, 0.05), 0.0, 1.0)


def learn_neutral(
    time: Array, expressions: Array, gaze: Array, head: Array, seen: Mask, *, features: Array | None = None
) -> Neutral:
    """Learn the rest of a face from a take; that of an average face where too little is seen.

    Args:
        time: (n,) seconds.
        expressions: (n, 52), NaN where they are unknown.
        gaze: (n, 2, 2) radians.
        head: (n, 2) radians at which the head looks relative to the camera.
        seen: (n,) whether there is a face.
        features: (n, f) of the points, see `correction.Corrector`.
    """
    span = np.minimum(np.diff(time, append=time[-1:]), _LONGEST_STEP)
    turned = np.abs(np.nan_to_num(head, nan=np.inf)).max(axis=1)
    for limit in _FRONTAL:
        used = seen & (turned < limit)
        if used.sum() >= _LEAST_FRAMES and span[used].sum() >= LEAST_SECONDS:
            rest = _learnt(time[used], span[used], expressions[used], gaze[used])
            return (
                rest
                if features is None
                else replace(rest, features=features_at_rest(rest, expressions[used], features[used]))
            )
    return Neutral()


def _learnt(time: Array, span: Array, expressions: Array, gaze: Array) -> Neutral:
    rest = Neutral(gaze=_gaze_rest(gaze, span, _GAZE_LIMIT))
    known = np.isfinite(expressions).all(axis=1)
    if known.sum() < _LEAST_FRAMES:
        return rest
    often = span[known] * _stillness(time[known], expressions[known])
    return replace(rest, expressions=believed(_lowest_frequent(expressions[known], often)))


def features_at_rest(rest: Neutral, expressions: Array, features: Array) -> Array | None:
    """Return the features (f,) of those of n frames that are nearest to the rest; None if there are none.

    Args:
        rest: what the face says at rest.
        expressions: (n, 52), and `features` (n, f); NaN where there was no face.
    """
    known = np.isfinite(expressions).all(axis=1) & np.isfinite(features).all(axis=1)
    if not known.any():
        return None
    moved = rest.relative(expressions[known])[:, LIMITS > 0.0].sum(axis=1)
    nearest = moved <= np.quantile(moved, _NEAREST)
    return np.asarray(np.median(features[known][nearest], axis=0))


def rest_of(expressions: Array, gaze: Array, features: Array | None = None) -> Neutral:
    """Return the rest of a face that rests and looks ahead in all of n frames, as one who is calibrated does.

    Args:
        expressions: (n, 52), and `gaze` (n, 2, 2) radians; NaN where there was no face.
        features: (n, f) of the points, see `correction.Corrector`.
    """
    seen = np.isfinite(expressions).all(axis=1)
    looking = np.isfinite(gaze).all(axis=(1, 2))
    rest = Neutral()
    if seen.any():
        rest = replace(rest, expressions=np.where(LIMITS > 0.0, np.median(expressions[seen], axis=0), 0.0))
    if looking.any():
        rest = replace(rest, gaze=_gaze_rest(gaze[looking], np.ones(looking.sum()), _CALIBRATED_GAZE_LIMIT))
        if features is not None:
            rest = replace(rest, features=np.median(features[looking], axis=0))
    return rest


def believed(rest: Array) -> Array:
    """Return rests (..., 52) as far as faces rest there: less beyond the limits, and none at twice as much."""
    doubt = smoothstep(rest / np.maximum(LIMITS, 1e-6), 1.0, 2.0)
    return np.where(LIMITS > 0.0, rest * (1.0 - doubt), 0.0)


def _stillness(time: Array, values: Array) -> Array:
    """Return weights (n,) that are highest where a face moves least."""
    step = np.maximum(np.diff(time), 1e-3)
    speed = np.concatenate([[0.0], np.abs(np.diff(values, axis=0)).sum(axis=1) / step])
    speed = 0.5 * (speed + np.append(speed[1:], 0.0))
    typical = float(np.median(speed))
    return np.asarray(1.0 / (1.0 + np.square(speed / max(typical, 1e-6))))


def _lowest_frequent(values: Array, often: Array) -> Array:
    """Return the lowest frequent values (52,) of expressions (n, 52) that occur as `often` (n,)."""
    edges = (np.arange(_BINS) + 0.5) / _BINS
    smear = np.exp(-0.5 * np.square((edges[:, None] - edges) / _WIDTH)) + np.exp(
        -0.5 * np.square((edges[:, None] + edges) / _WIDTH)  # What would fall below 0 stays.
    )
    rows = np.clip((values * _BINS).astype(int), 0, _BINS - 1)
    result = np.empty(values.shape[1])
    for column in range(values.shape[1]):
        counted = smear @ np.bincount(rows[:, column], weights=often, minlength=_BINS)
        padded = np.concatenate([[-1.0], counted, [-1.0]])
        peaks = (counted >= padded[:-2]) & (counted > padded[2:]) & (counted >= _OFTEN_ENOUGH[column] * counted.max())
        middle = edges[np.flatnonzero(peaks)[0]]
        near = np.abs(values[:, column] - middle) < 2.0 * _WIDTH
        result[column] = np.average(values[near, column], weights=often[near]) if near.any() else middle
    return result


def _gaze_rest(gaze: Array, often: Array, limit: Array) -> Array:
    """Return the angles (2, 2) of eyes that look ahead: where both look most, as far as that is near the middle.

    Eyes look the same way, so what they usually differ by is the shape of the face.
    """
    both = gaze.mean(axis=1)
    ahead = np.clip(_weighted_median(both, often), -limit, limit)
    apart = _weighted_median((gaze - both[:, None]).reshape(len(gaze), 4), often).reshape(2, 2)
    return np.asarray(ahead + apart)


def _weighted_median(values: Array, weights: Array) -> Array:
    """Return the weighted medians (k,) of values (n, k)."""
    order = np.argsort(values, axis=0)
    total = np.cumsum(weights[order], axis=0)
    middle = np.argmax(total >= 0.5 * total[-1], axis=0)
    return np.asarray(np.take_along_axis(values, order, axis=0)[middle, np.arange(values.shape[1])])


_RESTING: Final = 0.3
"""Sum of the expressions at which a frame counts a third of one at rest."""


class RunningNeutral:
    """The rest of a face in a stream that nobody calibrated.

    It follows falling values within a second, and rising ones at first as their mean, later so slowly that a smile of
    half a minute is still one.
    """

    _FALL: Final = 1.0
    _RISE: Final = 90.0
    """Seconds in which the rest follows values down and up, once it is known."""

    def __init__(self) -> None:
        self._seconds = 0.0
        self._expressions: Array | None = None
        self._gaze: Array | None = None
        self._features: Array | None = None

    @property
    def neutral(self) -> Neutral:
        """The rest as far as it is known; that of an average face in the first moments."""
        if self._expressions is None or self._gaze is None:
            return Neutral()
        sure = float(smoothstep(np.asarray(self._seconds), 0.0, LEAST_SECONDS))
        both = np.clip(self._gaze.mean(axis=0), -_GAZE_LIMIT, _GAZE_LIMIT)
        gaze = both + self._gaze - self._gaze.mean(axis=0)
        return Neutral(expressions=sure * believed(self._expressions), gaze=sure * gaze, features=self.features)

    @property
    def features(self) -> Array | None:
        """Features (f,) of the points at rest; None in the first moments."""
        return self._features if self._seconds >= LEAST_SECONDS else None

    def learn(self, elapsed: float, expressions: Array, gaze: Array, features: Array | None = None) -> None:
        """Take in a frame, `elapsed` seconds after the last one: expressions (52,) and gaze (2, 2) in radians.

        Features (f,) of its points count the more, the nearer the face is to its rest.
        """
        if not (np.isfinite(expressions).all() and np.isfinite(gaze).all()):
            return
        if features is not None and not np.isfinite(features).all():
            features = None
        elapsed = min(elapsed, _LONGEST_STEP)
        self._seconds += elapsed
        if self._expressions is None or self._gaze is None:
            self._expressions, self._gaze, self._features = expressions, gaze, features
            return
        if self._features is None:
            self._features = features
        rise = elapsed / min(max(self._seconds, elapsed), self._RISE)
        fall = max(rise, -float(np.expm1(-elapsed / self._FALL)))
        target = np.minimum(expressions, LIMITS)
        change = target - self._expressions
        self._expressions = self._expressions + change * np.where(change > 0.0, rise, fall)
        self._gaze = self._gaze + (gaze - self._gaze) * rise
        if features is not None and self._features is not None:
            moved = float(Neutral(self._expressions).relative(expressions)[LIMITS > 0.0].sum())
            self._features = self._features + (features - self._features) * rise * np.exp(-moved / _RESTING)

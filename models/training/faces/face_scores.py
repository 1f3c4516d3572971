# SPDX-License-Identifier: GPL-3.0-or-later
"""How well expressions are read from faces whose expressions are known."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import COEFFICIENTS
from ....pipeline.solve.face.gaze import LOOK_NAMES, gaze_angles, joint_gaze, looks
from ....pipeline.solve.face.head_frame import HeadFrame
from ....pipeline.solve.face.neutral import Neutral
from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from .face_sets import NEUTRALS, TURNS
from .heads import gaze_degrees
from .mixtures import companions
from .pictures import FaceShots

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Reading:
    """What is read from n faces, relative to what each person's face says at rest.

    Attributes:
        expressions: (n, 52).
        gaze: (n, 2, 2) radians of the left and the right eye: to the left, and up.
    """

    expressions: Array
    gaze: Array


Reader = Callable[[FaceShots], Reading]

_LEAST_SPREAD: Final = 1e-4
OPEN: Final = 0.4
"""Blink from which the gaze is not scored: the irises are hidden."""


@dataclass(frozen=True)
class FaceScores:
    """How well 52 expressions are read. NaN where nothing varies.

    Attributes:
        correlation: (52, t) with the truth over people and mixtures, at each of `TURNS`.
        gain: (52,) slope of what is read against the truth.
        leak: (52,) mean of all others' values while one acts alone at 1.
        stray: for each expression, the other one that it moves most, and by how much.
        rest: (t,) mean of all values of faces without any expression, at each of `TURNS`.
        gaze: (t,) degrees between the direction in which the eyes look and the truth, at each of `TURNS`.
    """

    correlation: Array
    gain: Array
    leak: Array
    stray: tuple[tuple[str, float], ...]
    rest: Array
    gaze: Array

    def overall(self) -> Array:
        """Return the mean correlation (52,) over the turns."""
        return np.asarray(np.mean(self.correlation, axis=1))


def score(reader: Reader, mixtures: FaceShots, singles: FaceShots | None = None) -> FaceScores:
    """Score a reader; leaks and rest need shots of single expressions, and are NaN without."""
    reading = reader(mixtures)
    read = _with_looks(reading)
    acting = mixtures.expressions.any(axis=1)
    at = [acting & _turned(mixtures, turn) for turn in TURNS]
    truth = mixtures.expressions
    correlation = np.array(
        [[_correlation(read[rows, k], truth[rows, k]) for rows in at] for k in range(len(EXPRESSIONS))]
    )
    everywhere = np.logical_or.reduce(at)
    gain = np.array([_slope(truth[everywhere, k], read[everywhere, k]) for k in range(len(EXPRESSIONS))])
    leak, rest = np.full(len(EXPRESSIONS), np.nan), np.full(len(TURNS), np.nan)
    stray: tuple[tuple[str, float], ...] = ()
    if singles is not None:
        leak, stray, rest = _alone(singles, _with_looks(reader(singles)))
    return FaceScores(correlation, gain, leak, stray, rest, _gaze(mixtures, reading, at))


def mediapipe(shots: FaceShots) -> Reading:
    """Read faces with MediaPipe's own network, and where eyes look from the irises."""
    return Reading(calibrated(shots, as_expressions(shots.coefficients)), _relative_gaze(shots))


def as_expressions(coefficients: Array) -> Array:
    """Return expressions (n, 52) for coefficients (n, 52) of MediaPipe's network, which knows no `tongueOut`."""
    result = np.zeros((len(coefficients), len(EXPRESSIONS)))
    for column, name in enumerate(COEFFICIENTS):
        if name in EXPRESSION_INDEX:
            result[:, EXPRESSION_INDEX[name]] = coefficients[:, column]
    return result


def calibrated(shots: FaceShots, read: Array) -> Array:
    """Take away what each person's face says at rest, as after Calibrate."""
    result = read.copy()
    for person in np.unique(shots.person):
        rows = shots.person == person
        rest = np.flatnonzero(rows)[:NEUTRALS]
        result[rows] = Neutral(np.median(read[rest], axis=0)).relative(read[rows])
    return result


def _relative_gaze(shots: FaceShots) -> Array:
    gaze = gaze_angles(HeadFrame.of(shots.points), shots.points)
    for person in np.unique(shots.person):
        rows = shots.person == person
        gaze[rows] -= np.median(gaze[np.flatnonzero(rows)[:NEUTRALS]], axis=0)
    return gaze


def _with_looks(reading: Reading) -> Array:
    """Return expressions (n, 52) that look where the eyes do."""
    result = reading.expressions.copy()
    directions, _ = joint_gaze(reading.gaze, np.ones(reading.gaze.shape[:2]))
    result[:, [EXPRESSION_INDEX[name] for name in LOOK_NAMES]] = looks(directions)
    return result


def _turned(shots: FaceShots, turn: float) -> Flags:
    calibration = np.zeros(len(shots), dtype=bool)
    for person in np.unique(shots.person):
        calibration[np.flatnonzero(shots.person == person)[:NEUTRALS]] = True
    turned: Flags = ~calibration & (np.abs(np.abs(shots.angles[:, 0]) - turn) < 1e-3)
    return turned & np.isfinite(shots.points[:, 0, 0])


def _alone(shots: FaceShots, read: Array) -> tuple[Array, tuple[tuple[str, float], ...], Array]:
    rest = np.array([read[_turned(shots, turn) & ~shots.expressions.any(axis=1)].mean() for turn in TURNS])
    shown = np.logical_or.reduce([_turned(shots, turn) for turn in TURNS])
    leak = np.full(len(EXPRESSIONS), np.nan)
    stray = []
    for k, name in enumerate(EXPRESSIONS):
        asked = [name, *companions(name)]
        others = np.array([i for i, other in enumerate(EXPRESSIONS) if other not in asked])
        # It acts alone where nothing acts that acts without it too.
        alone = shown & (shots.expressions[:, k] == 1.0) & ~shots.expressions[:, others].any(axis=1)
        alone &= shots.expressions[:, [EXPRESSION_INDEX[one] for one in asked]].all(axis=1)
        means = read[alone].mean(axis=0)[others]
        leak[k] = means.mean()
        stray.append((EXPRESSIONS[others[means.argmax()]], float(means.max())))
    return leak, tuple(stray), rest


def _gaze(shots: FaceShots, reading: Reading, at: list[Flags]) -> Array:
    """Return the mean degrees between the directions of a pair of eyes and the truth."""
    read = _directions(joint_gaze(reading.gaze, np.ones(reading.gaze.shape[:2]))[0].mean(axis=1))
    truth = _directions(true_gaze(shots))
    apart = np.degrees(np.arccos(np.clip(np.sum(read * truth, axis=1), -1.0, 1.0)))
    blink = shots.expressions[:, [EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]]].max(axis=1)
    return np.array([apart[rows & (blink < OPEN)].mean() for rows in at])


def true_gaze(shots: FaceShots) -> Array:
    """Return the angles (n, 2) in radians, to the left and up, at which pairs of eyes look."""
    return np.radians([gaze_degrees(one).mean(axis=0) for one in shots.expressions])


def correlations(read: Array, truth: Array) -> Array:
    """Return the correlation (k,) of columns (n, k); 0 where nothing varies."""
    return np.array([_correlation(read[:, k], truth[:, k]) for k in range(read.shape[1])])


def _directions(angles: Array) -> Array:
    left, up = angles[:, 0], angles[:, 1]
    return np.stack([np.sin(left) * np.cos(up), -np.cos(left) * np.cos(up), np.sin(up)], axis=1)


def _correlation(a: Array, b: Array) -> float:
    if a.std() < _LEAST_SPREAD or b.std() < _LEAST_SPREAD:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _slope(x: Array, y: Array) -> float:
    return float(np.mean((x - x.mean()) * (y - y.mean())) / x.var()) if x.std() > _LEAST_SPREAD else np.nan

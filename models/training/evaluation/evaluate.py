# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring the accuracy of raw landmarks, the analytic solver and lifters in the same way, from their results."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import LandmarkTrack
from ....pipeline.solve import axes
from ....pipeline.solve.solver import Solver
from ...body import rotations as rot
from ...body.joints import FINGERS, INDEX, JOINTS
from ...body.model import Body
from . import metrics
from .trials import Trial, track_slice

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

GROUPS: Final = {
    "torso": ("Hips", "Spine", "Spine1", "Spine2"),
    "limbs": ("Arm", "ForeArm", "UpLeg", "Leg"),
    "feet": ("Foot",),
    "head": ("Head",),
    "hands": ("Hand",),
    "fingers": tuple(f"Hand{finger}{knuckle}" for finger in FINGERS for knuckle in (1, 2, 3)),
}
"""Joints by body part, without their side. Their global rotations are compared; fingers relative to the hand."""
SEEN: Final = ("hands", "fingers")
"""Groups that are also scored for only the hands that the hand network found."""
BINS: Final = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_SIDES: Final = ("Left", "Right")
_TIMED: Final = 100
_UNTIMED: Final = 5
"""Number of frames that are not timed, as the first ones include initialization."""


@dataclass(frozen=True)
class Method:
    """A method that computes rotations from landmarks.

    Attributes:
        start: creates a new solver.
        body: the body to pose for comparing landmarks.
        lens: whether it is given the camera's focal length.
        live: whether it solves frame by frame, or whole tracks.
    """

    start: Callable[[], Solver]
    body: Body
    lens: bool = False
    live: bool = True


@dataclass(frozen=True)
class ConfidenceBin:
    """Joints with a confidence in a range: their share in percent, and their mean error in degrees."""

    low: float
    high: float
    share: float
    degrees: float


@dataclass(frozen=True)
class Score:
    """Means over frames; NaN if unknown.

    Attributes:
        mpjpe: mean per-joint position error in mm.
        pa_mpjpe: the same after Procrustes alignment.
        direction: error in degrees of the eight limbs' directions.
        limbs: error in degrees of each limb's direction, and of shoulder and hip lines.
        turns: error in degrees of joint rotations, by `GROUPS`.
        seen: the same by `SEEN`, only for hands that were found.
        jitter: mean acceleration of the points relative to the hips in m/s².
        milliseconds: time per frame on one thread, given one at a time (or all at once if the method is not live).
        reliability: error of body joints by confidence.
    """

    mpjpe: float
    pa_mpjpe: float
    direction: float
    limbs: dict[str, float]
    turns: dict[str, float]
    seen: dict[str, float]
    jitter: float
    milliseconds: float
    reliability: tuple[ConfidenceBin, ...] = ()


def score_raw(trial: Trial) -> Score:
    """Score the raw landmarks."""
    points = axes.to_blender(trial.track.pose_world)[:, metrics.POINTS]
    return _score(trial, points, None, milliseconds=np.nan)


def score_truth(trial: Trial) -> Score:
    """Score the true motion, which has no error, but has jitter for comparison."""
    still, nothing = _jitter(trial.points, trial), dict.fromkeys(GROUPS, np.nan)
    limbs = dict.fromkeys(metrics.LIMBS, np.nan)
    return Score(np.nan, np.nan, np.nan, limbs, nothing, dict.fromkeys(SEEN, np.nan), still, np.nan)


def score_method(trial: Trial, method: Method) -> Score:
    """Score a method by the rotations that it solves, posed on its body."""
    given = trial.as_assumed() if method.lens else trial
    began = time.thread_time()
    motions = []
    for frames in given.sequences():
        solver = method.start()
        motions.append((solver.update if method.live else solver.solve)(track_slice(given.track, frames)))
    milliseconds = 1000.0 * (time.thread_time() - began) / max(1, len(trial))
    rotations = np.concatenate([motion.rotations for motion in motions])
    confidence = np.concatenate([motion.confidence for motion in motions])
    points = method.body.landmark_positions(rotations, np.zeros(3))[:, metrics.POINTS]
    spent = frame_by_frame(given.track, method.start()) if method.live else milliseconds
    return _score(trial, points, (method.body.globals(rotations), confidence), milliseconds=spent)


def frame_by_frame(track: LandmarkTrack, solver: Solver) -> float:
    """Return the median milliseconds per frame when frames are given one at a time, as in a live session."""
    spent = []
    for frame in range(min(len(track.time), _TIMED + _UNTIMED)):
        one = track_slice(track, slice(frame, frame + 1))
        began = time.thread_time()
        solver.update(one)
        spent.append(time.thread_time() - began)
    return 1000.0 * float(np.median(spent[_UNTIMED:] or spent)) if spent else np.nan


def worse_limbs(score: Score, than: Score) -> list[str]:
    """Return the names of the limbs whose directions are worse than those of another score."""
    limbs = list(metrics.LIMBS)[: metrics.OF_LIMBS]
    return [limb for limb in limbs if score.limbs[limb] > than.limbs[limb]]


def pool_reliability(scores: Mapping[str, Score]) -> tuple[ConfidenceBin, ...]:
    """Average the reliability over several trials with equal weights."""
    reliabilities = [score.reliability for score in scores.values() if score.reliability]
    result = []
    for bins in zip(*reliabilities, strict=True):
        share = np.array([b.share for b in bins])
        off = np.array([b.degrees for b in bins])
        mean = float(np.average(off[share > 0], weights=share[share > 0])) if share.any() else np.nan
        result.append(ConfidenceBin(bins[0].low, bins[0].high, float(share.mean()), mean))
    return tuple(result)


def _score(trial: Trial, points: Array, solved: tuple[Array, Array] | None, *, milliseconds: float) -> Score:
    """Score points (n, 12, 3), and global rotations and confidence (n, 52) if there are any."""
    known = np.isfinite(trial.points).all(axis=(1, 2)) & np.isfinite(points).all(axis=(1, 2))
    # Frames without a person do not count, though a solver holds its pose there.
    known &= np.isfinite(trial.track.pose_world).all(axis=(1, 2))
    off = metrics.directions(points[known], trial.points[known]).mean(axis=0)
    error = None if solved is None or trial.turns is None else _degrees_apart(solved[0], trial.turns)
    counted = np.repeat(known[:, None], 2, axis=1)
    return Score(
        mpjpe=float(metrics.mpjpe(points[known], trial.points[known]).mean()),
        pa_mpjpe=float(metrics.pa_mpjpe(points[known], trial.points[known]).mean()),
        direction=float(off[: metrics.OF_LIMBS].mean()),
        limbs=dict(zip(metrics.LIMBS, map(float, off), strict=True)),
        turns={group: _mean(error, group, counted) for group in GROUPS},
        seen={group: _mean(error, group, counted & (trial.track.hand_presence > 0.5)) for group in SEEN},
        jitter=_jitter(points, trial) if trial.moving else np.nan,
        milliseconds=milliseconds,
        reliability=() if error is None or solved is None else _reliability(solved[1][known], error[known]),
    )


def _degrees_apart(turns: Array, true: Array) -> Array:
    """Return degrees (n, 52) between rotations and the true ones, relative to the hand for fingers, else global."""
    turns, true = turns.copy(), true.copy()
    for side in _SIDES:
        hand, fingers = INDEX[f"{side}Hand"], [INDEX[side + name] for name in GROUPS["fingers"]]
        for rotations in (turns, true):
            rotations[:, fingers] = rot.multiply(rot.conjugate(rotations[:, [hand]]), rotations[:, fingers])
    return metrics.degrees_apart(turns, true)


def _mean(error: Array | None, group: str, where: Flags) -> float:
    """Return the mean degrees of a group over the given frames and sides (n, 2); central joints count as left."""
    if error is None:
        return np.nan
    total, count = 0.0, 0
    for joint, name in enumerate(JOINTS):
        if name.removeprefix("Left").removeprefix("Right") in GROUPS[group]:
            chosen = where[:, int(name.startswith("Right"))]
            total, count = total + float(error[chosen, joint].sum()), count + int(chosen.sum())
    return total / count if count else np.nan


def _reliability(confidence: Array, error: Array) -> tuple[ConfidenceBin, ...]:
    body = [INDEX[name] for name in JOINTS if not ("Hand" in name and name[-1].isdigit())]
    confidence, error = confidence[:, body].ravel(), error[:, body].ravel()
    place = np.clip(np.digitize(confidence, BINS[1:-1]), 0, len(BINS) - 2)
    return tuple(
        ConfidenceBin(
            low,
            high,
            100.0 * float((place == i).mean()),
            float(error[place == i].mean()) if (place == i).any() else np.nan,
        )
        for i, (low, high) in enumerate(pairwise(BINS))
    )


def _jitter(points: Array, trial: Trial) -> float:
    about = points - points[:, 6:8].mean(axis=1, keepdims=True)
    accelerations = []
    for frames in trial.sequences():
        step = np.diff(trial.track.time[frames])[:, None, None]
        speed = np.diff(about[frames], axis=0) / step
        accelerations.append(np.linalg.norm(np.diff(speed, axis=0) / step[1:], axis=-1).ravel())
    return float(np.nanmean(np.concatenate(accelerations)))

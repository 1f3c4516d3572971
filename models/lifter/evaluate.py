# SPDX-License-Identifier: GPL-3.0-or-later
"""How good raw landmarks, the analytic solver and lifters are, in one table."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...pipeline import axes
from ...pipeline import lifter_tokens as lt
from ...pipeline.analytic import solver as analytic
from ...pipeline.landmarks import LandmarkTrack
from ...pipeline.settings import Model
from ..body import rotations as rot
from ..body.joints import JOINTS
from ..body.model import Body, neutral_body
from ..body.pose import BodyMotion
from . import dataset, metrics
from .pairs import Pairs
from .people import Person

Array = NDArray[np.float64]
Solve = Callable[[LandmarkTrack], BodyMotion]

GROUPS: Final = {
    "torso": ("Hips", "Spine", "Spine1", "Spine2"),
    "limbs": ("Arm", "ForeArm", "UpLeg", "Leg"),
    "hands": ("Hand",),
    "feet": ("Foot",),
    "head": ("Head",),
}
_APART: Final = 900.0
"""Seconds between pictures that have nothing to do with each other."""


@dataclass(frozen=True)
class Test:
    """Landmarks and the truth about them.

    Attributes:
        track: n frames.
        points: (n, 12, 3) `metrics.POINTS` in metres, Blender's axes; NaN where not known.
        turns: (n, 22, 4) global turns of `lifter_tokens.SOLVED`, or None where nobody knows them.
        moving: whether the frames follow one another.
    """

    track: LandmarkTrack
    points: Array
    turns: Array | None
    moving: bool


@dataclass(frozen=True)
class Score:
    """Means over frames; NaN for what cannot be told.

    Attributes:
        mpjpe: mm, and `pa_mpjpe` after Procrustes.
        direction: degrees, mean of the eight limbs; `limbs` each of them and shoulder and hip lines.
        turns: degrees of joints' global turns, by `GROUPS`.
        jitter: m/s², mean acceleration of the points about the hips.
        milliseconds: a frame, on one thread.
    """

    mpjpe: float
    pa_mpjpe: float
    direction: float
    limbs: dict[str, float]
    turns: dict[str, float]
    jitter: float
    milliseconds: float


def of_pairs(pairs: Pairs, people: Sequence[Person], offsets: Array) -> Test:
    """A test of pictures: the points are BlazePose's own on each person, as `conventions` measured them."""
    ready = dataset.prepare(pairs, people, offsets)
    points = np.squeeze(rot.to_matrix(ready.rays)[:, None] @ ready.clean_world[..., None], -1)
    turns = rot.multiply(ready.rays[:, None], rot.from_matrix(ready.turns))
    n = len(pairs)
    track = LandmarkTrack(
        time=_APART * np.arange(n),
        size=pairs.camera[:, :2].astype(float),
        pose_image=pairs.image.astype(float),
        pose_world=pairs.world.astype(float),
        visibility=pairs.visibility.astype(float),
        presence=pairs.presence.astype(float),
        hand_image=np.full((n, 2, 21, 3), np.nan),
        hand_world=np.full((n, 2, 21, 3), np.nan),
        hand_presence=np.full((n, 2), np.nan),
    )
    return Test(track, points[:, metrics.POINTS], turns, moving=False)


def raw(test: Test) -> Score:
    """Of the landmarks as they are."""
    return _score(test, axes.to_blender(test.track.pose_world)[:, metrics.POINTS], turns=None, milliseconds=np.nan)


def solved(test: Test, solve: Solve, body: Body) -> Score:
    """Of a solver, its rotations posed on `body`."""
    began = time.perf_counter()
    motion = solve(test.track)
    spent = 1000.0 * (time.perf_counter() - began) / max(1, len(test.track.time))
    points = body.landmark_positions(motion.rotations, np.zeros(3))[:, metrics.POINTS]
    turns = body.globals(motion.rotations)[:, list(lt.SOLVED)]
    return _score(test, points, turns=turns, milliseconds=spent)


def by_geometry(track: LandmarkTrack) -> BodyMotion:
    """The analytic solver on the neutral body."""
    return analytic.solve(track, neutral_body())


def markdown(scores: Mapping[str, Mapping[str, Score]]) -> str:
    """Tables, one for each test: `scores` are by test, then by method. Left and right are averaged, lines left out."""
    limbs = ("upper arm", "forearm", "thigh", "shank")
    head = ["", "MPJPE mm", "PA mm", "limbs °", *(f"{limb}s °" for limb in limbs)]
    head += [*(f"{group} turned °" for group in GROUPS), "jitter m/s²", "ms a frame"]
    lines = []
    for test, methods in scores.items():
        lines += [f"### {test}", "", _row(head), _row(["---"] * len(head))]
        for method, s in methods.items():
            pairs = [0.5 * (s.limbs[f"left {limb}"] + s.limbs[f"right {limb}"]) for limb in limbs]
            numbers = [s.mpjpe, s.pa_mpjpe, s.direction, *pairs, *s.turns.values(), s.jitter, s.milliseconds]
            lines.append(_row([method, *("" if np.isnan(v) else f"{v:.1f}" for v in numbers)]))
        lines.append("")
    return "\n".join(lines)


def worse_limbs(score: Score, than: Score, *, slack: float = 0.0) -> list[str]:
    """Names of the limbs whose directions are worse than those of another score, by more than `slack` degrees."""
    limbs = list(metrics.LIMBS)[: metrics.OF_LIMBS]
    return [limb for limb in limbs if score.limbs[limb] > than.limbs[limb] + slack]


def _score(test: Test, points: Array, *, turns: Array | None, milliseconds: float) -> Score:
    known = np.isfinite(test.points).all(axis=(1, 2)) & np.isfinite(points).all(axis=(1, 2))
    found, true = points[known], test.points[known]
    off = metrics.directions(found, true).mean(axis=0)
    return Score(
        mpjpe=float(metrics.mpjpe(found, true).mean()),
        pa_mpjpe=float(metrics.pa_mpjpe(found, true).mean()),
        direction=float(off[: metrics.OF_LIMBS].mean()),
        limbs=dict(zip(metrics.LIMBS, map(float, off), strict=True)),
        turns=_turns(turns, test.turns, known),
        jitter=_jitter(points, test.track.time) if test.moving else np.nan,
        milliseconds=milliseconds,
    )


def _turns(turns: Array | None, true: Array | None, known: NDArray[np.bool_]) -> dict[str, float]:
    if turns is None or true is None:
        return dict.fromkeys(GROUPS, np.nan)
    off = metrics.degrees_apart(turns[known], true[known]).mean(axis=0)
    parts = [JOINTS[joint].removeprefix("Left").removeprefix("Right") for joint in lt.SOLVED]
    return {group: float(off[[part in names for part in parts]].mean()) for group, names in GROUPS.items()}


def _jitter(points: Array, when: Array) -> float:
    about = points - points[:, 6:8].mean(axis=1, keepdims=True)
    step = np.diff(when)[:, None, None]
    speed = np.diff(about, axis=0) / step
    return float(np.nanmean(np.linalg.norm(np.diff(speed, axis=0) / step[1:], axis=-1)))


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def read_video(video: Path, true: Array, *, model: Model) -> Test:
    """A test of a video with the joints (m, 12, 3) of its frames in landmark world's axes."""
    from ...pipeline import schedule
    from ...pipeline.settings import HolisticSettings
    from ...pipeline.sources import open_source

    with open_source(video) as source:
        frames = list(schedule.run(source, HolisticSettings(model=model, face=False)))
    track = LandmarkTrack.of(frames)
    points = np.full((len(frames), 12, 3), np.nan)
    count = min(len(frames), len(true))
    points[:count] = axes.to_blender(true[:count])
    return Test(track, points, None, moving=True)

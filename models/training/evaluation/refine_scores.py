# SPDX-License-Identifier: GPL-3.0-or-later
"""What refining a take of one camera does to limbs, path and feet, where the truth is known."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.cameras.fitting.landmark_errors import found_points
from ....pipeline.solve.cameras.refine import refined
from ....pipeline.solve.cameras.views import view_of
from ....pipeline.takes.take import Take
from ...body import rotations as rot
from ...body.model import neutral_body
from ...body.motion import BodyMotion
from ..scenes.film import Truth
from . import bodypose3d, metrics
from .score_tables import table_head, table_row

Array = NDArray[np.float64]

_SOLES: Final = [29, 30, 31, 32]
_LEG: Final = ((23, 25), (25, 27), (24, 26), (26, 28))
_BONES: Final = ((11, 13), (13, 15), (12, 14), (14, 16), *_LEG)
_STANDS: Final = 0.05
"""Metres per second up to which heels and toes truly stand."""
_LEAST_STANDING: Final = 20
"""Moments of standing heels and toes from which it is said how much they slide; motion capture slides, too."""
_SPAN: Final = 3
"""Frames over which speeds are measured, so that jitter is not taken for sliding."""


@dataclass(frozen=True)
class RefineScore:
    """Errors of a motion of the neutral body, compared with a truth of its size.

    Attributes:
        limbs: mean degrees of limbs' directions.
        joints: mean mm of joints, hips aligned.
        along: mean mm of the path of the hips along the line of sight, beside a constant.
        across: likewise, across it.
        distance: percent by which the person is farther away than truly.
        slide: mean mm per second of heels and toes that truly stand; NaN where none do.
        jitter: mean mm of the third differences of joints relative to the hips, frame by frame.
    """

    limbs: float
    joints: float
    along: float
    across: float
    distance: float
    slide: float
    jitter: float


@dataclass(frozen=True)
class Refinement:
    """A clip before and after refining, and the percent by which bones of the landmarks as found vary in length."""

    kind: str
    before: RefineScore
    after: RefineScore
    spread: float


def score_clip(truth: Truth, take: Path) -> Refinement:
    """Score a take of a rendered clip of one person, of an unknown lens."""
    points = truth.points[0]
    body = neutral_body().landmarks
    scale = _leg(body) / float(np.median(_leg(points)))
    with Take.open(take) as opened:
        view = view_of(opened)
        spread = _spread(opened)
    before, after = (
        errors_of(truth.time, _own_points(motion), scale * points) for motion in (view.motion, refined(view)[0])
    )
    return Refinement(truth.kind, before, after, spread)


def score_bodypose3d(folder: Path, take: Path) -> Refinement:
    """Score the take of the real clip with known joints, of a known lens.

    Its joints are where the landmark networks find them, and so are those of the motion here.
    """
    true = bodypose3d.truth(folder)
    true = np.stack([true[..., 0], true[..., 2], -true[..., 1]], axis=-1)
    rest = found_points(neutral_body(), rot.identity(52), np.zeros(3))[metrics.POINTS]
    points = np.full((len(true), 33, 3), np.nan)
    points[:, metrics.POINTS] = true * (_torso(rest) / bodypose3d.TORSO)
    with Take.open(take) as opened:
        width, height = opened.info.size
        lens = float(np.degrees(2.0 * np.arctan(0.5 * max(width, height) / bodypose3d.focal(folder))))
        view = view_of(opened, field_of_view=lens)
        spread = _spread(opened)
    before, after = (
        errors_of(view.time, found_points(neutral_body(), motion.rotations, motion.root), points)
        for motion in (view.motion, refined(view)[0])
    )
    return Refinement("real", before, after, spread)


def refine_table(scores: Mapping[str, Refinement]) -> str:
    """Return a table of clips, by kind of movement, before and after."""
    names = ("limbs °", "joints mm", "path along mm", "across mm", "distance %", "feet slide mm/s", "jitter mm")
    head = ["", "clips", *names, "bones as found vary %"]
    lines = ["### One camera, refined: before → after", "", *table_head(head)]
    for kind in dict.fromkeys(score.kind for score in scores.values()):
        lines.append(_row(kind, [score for score in scores.values() if score.kind == kind]))
    rendered = [score for score in scores.values() if score.kind != "real"]
    if rendered:
        lines.append(_row("**all rendered**", rendered))
    return "\n".join([*lines, ""])


def _row(kind: str, own: Sequence[Refinement]) -> str:
    cells = []
    for place, field in enumerate(fields(RefineScore)):
        values = np.array([[astuple(each)[place] for each in (score.before, score.after)] for score in own])
        values = np.abs(values[np.isfinite(values).all(axis=1)])
        if not len(values):
            cells.append("")
            continue
        before, after = values.mean(axis=0)
        digits = 1 if field.name in ("limbs", "distance", "jitter") else 0
        cells.append(f"{before:.{digits}f} → {after:.{digits}f}")
    return table_row([kind, str(len(own)), *cells, f"{np.mean([score.spread for score in own]):.0f}"])


def errors_of(time: Array, points: Array, true: Array) -> RefineScore:
    """Score the points (n, 33+, 3) of a motion at `time` (n,) against true ones (n, 33, 3), NaN where not known."""
    n = min(len(points), len(true))
    points, true = points[:n, :33], true[:n]
    known = np.isfinite(points[:, 0, 0])
    joints, true_joints = points[known][:, metrics.POINTS], true[known][:, metrics.POINTS]
    hips, true_hips = (each[:, 6:8].mean(axis=1) for each in (joints, true_joints))
    off = hips - true_hips
    off = off - np.median(off, axis=0)
    sight = rot.unit(true_hips.mean(axis=0))
    along = off @ sight
    far, true_far = (float(np.linalg.norm(each, axis=1).mean()) for each in (hips, true_hips))
    relative = joints - hips[:, None]
    return RefineScore(
        limbs=float(metrics.directions(joints, true_joints)[:, : metrics.OF_LIMBS].mean()),
        joints=float(metrics.mpjpe(joints, true_joints).mean()),
        along=1000.0 * float(np.abs(along).mean()),
        across=1000.0 * float(np.linalg.norm(off - along[:, None] * sight, axis=1).mean()),
        distance=100.0 * (far / true_far - 1.0),
        slide=_slide(time[:n], points, true),
        jitter=1000.0 * float(np.linalg.norm(np.diff(relative, 3, axis=0), axis=-1).mean()),
    )


def _slide(time: Array, points: Array, true: Array) -> float:
    """Return mean mm per second of heels and toes where they truly stand."""
    lasting = (time[_SPAN:] - time[:-_SPAN])[:, None]
    speed, true_speed = (
        np.linalg.norm(each[_SPAN:, _SOLES] - each[:-_SPAN, _SOLES], axis=-1) / lasting for each in (points, true)
    )
    stands = (true_speed < _STANDS) & np.isfinite(speed)
    return 1000.0 * float(speed[stands].mean()) if stands.sum() >= _LEAST_STANDING else float("nan")


def _own_points(motion: BodyMotion) -> Array:
    return neutral_body().landmark_positions(motion.rotations, motion.root)[:, :33]


def _spread(take: Take) -> float:
    """Return the percent by which the lengths of limbs of the landmarks as found vary over a take."""
    world = take.track(as_found=True).pose_world
    lengths = np.stack([np.linalg.norm(world[:, a] - world[:, b], axis=-1) for a, b in _BONES])
    return 100.0 * float((np.nanstd(lengths, axis=1) / np.nanmean(lengths, axis=1)).mean())


def _leg(points: Array) -> Array:
    """Return the lengths (...) of both legs together, of points (..., 33+, 3)."""
    lengths = [np.linalg.norm(points[..., a, :] - points[..., b, :], axis=-1) for a, b in _LEG]
    return np.sum(lengths, axis=0)


def _torso(joints: Array) -> float:
    """Return metres from the midpoint of the shoulders to that of the hips, of the points `metrics.POINTS`."""
    return float(np.linalg.norm(joints[:2].mean(axis=0) - joints[6:8].mean(axis=0)))

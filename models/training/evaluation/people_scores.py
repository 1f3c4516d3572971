# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in clips of several people, and how far apart they are."""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.solving import solve_people
from ....pipeline.takes.take import Take
from ..pictures.views import Camera
from ..scenes.film import Truth
from .exchanges import trunk_size

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]

NOBODY: Final = -1
_TRUNK: Final = [11, 12, 23, 24]
_NEAR: Final = 0.6
"""Distance between found and true trunks, as a fraction of the trunk's length, up to which they may be the same."""
_TOGETHER: Final = 1.0
"""Seconds within which two numbers that begin to show somebody else have exchanged each other."""
_CLEARLY: Final = 0.35
"""How much nearer, in the same unit, the nearest must be than any other, for a frame to tell whom a number is."""


@dataclass(frozen=True)
class PeopleScore:
    """How several people in a clip were told apart.

    Attributes:
        kind: kind of scene.
        people: number of people in the clip.
        numbers: how many numbers were given.
        found: percentage of people in the picture that were found by their own number.
        exchanges: how often numbers began to show somebody else than before.
        wrong: frames in which they did.
        strangers: percentage of poses found where nobody is.
        distance: median error of distances between people in percent, and the largest of a pair's medians; NaN for one.
        reported: what the capture said of it.
    """

    kind: str
    people: int
    numbers: int
    found: float
    exchanges: int
    wrong: int
    strangers: float
    distance: tuple[float, float]
    reported: str = ""


def score_people(truth: Truth, take: Path, *, reported: str = "") -> PeopleScore:
    """Score a take of everyone in a rendered clip."""
    camera = Camera(int(truth.size[0]), int(truth.size[1]), float(truth.focal[0]))
    true = camera.project(truth.points)
    with Take.open(take) as opened:
        numbers = opened.people
        images = np.stack([opened.track(person=number, as_found=True).pose_image for number in numbers])
        roots = np.stack([solved.motion.root for solved in solve_people(opened, calibrated=False)])
    who, near = matched(images, true)
    owners = [owner(row) for row in who]
    visible = in_picture(true, truth.size)
    exchanged = exchanges(who, owners, truth.time)
    own = np.zeros(visible.shape, bool)
    for number, person in enumerate(owners):
        if person != NOBODY:
            own[person] |= who[number] == person
    posed = np.isfinite(images).all(axis=(2, 3))
    return PeopleScore(
        kind=truth.kind,
        people=len(truth.person),
        numbers=int(posed.any(axis=1).sum()),
        found=100.0 * float((own & visible).sum()) / max(1, int(visible.sum())),
        exchanges=exchanged[0],
        wrong=exchanged[1],
        strangers=100.0 * float((posed & ~near).sum()) / max(1, int(posed.sum())),
        distance=distance_error(roots, truth.root, who, owners),
        reported=reported,
    )


def matched(images: Array, true: Array) -> tuple[Numbers, NDArray[np.bool_]]:
    """Say whom each number shows.

    Args:
        images: (k, n, 33, 2 or more) px of k numbers in n frames, NaN where not found.
        true: (p, n, 33, 2) px of p people.

    Returns:
        (k, n) the person, `NOBODY` if that cannot be told; (k, n) whether anybody is there.
    """
    sizes = np.stack([trunk_size(person) for person in true])
    off = np.linalg.norm(images[:, None, :, _TRUNK, :2] - true[None, :, :, _TRUNK], axis=-1).mean(axis=-1) / sizes
    off = np.where(np.isfinite(off), off, np.inf)
    nearest, least = off.argmin(axis=1), off.min(axis=1)
    others = np.sort(off, axis=1)[:, 1] if off.shape[1] > 1 else np.full(least.shape, np.inf)
    with np.errstate(invalid="ignore"):
        told = (least < _NEAR) & (others - least > _CLEARLY)
    return np.where(told, nearest, NOBODY), least < _NEAR


def owner(who: Numbers) -> int:
    """Return the person whom a number (n,) shows first, `NOBODY` if it never shows anybody."""
    known = who[who != NOBODY]
    return int(known[0]) if len(known) else NOBODY


def exchanges(who: Numbers, owners: list[int], time: Array) -> tuple[int, int]:
    """Count exchanges of identity.

    Args:
        who: (k, n) whom each number shows.
        owners: the person of each number.
        time: (n,) seconds.

    Returns:
        How often a number began to show somebody else, where numbers that do so together count once; and the frames in
        which any does.
    """
    wrong = (who != NOBODY) & (who != np.array(owners)[:, None])
    begun = []
    for row, shown in zip(wrong, who, strict=True):
        known = np.flatnonzero(shown != NOBODY)
        begun += [time[known[i]] for i in np.flatnonzero(np.diff(row[known].astype(int), prepend=0) > 0)]
    apart = np.diff(np.sort(begun), prepend=-np.inf) > _TOGETHER if begun else np.zeros(0, bool)
    return int(apart.sum()), int(wrong.any(axis=0).sum())


def in_picture(true: Array, size: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether people's trunks (p, n, 33, 2) are within a picture of a width and height."""
    trunk = true[:, :, _TRUNK]
    return np.asarray(((trunk > 0.0) & (trunk < size)).all(axis=(2, 3)))


def distance_error(roots: Array, true: Array, who: Numbers, owners: list[int]) -> tuple[float, float]:
    """Return errors of distances between people in percent.

    Args:
        roots: (k, n, 3) m of the hips by number.
        true: (p, n, 3) m of the hips by person.
        who: (k, n) whom each number shows.
        owners: the person of each number.

    Returns:
        The median of all pairs and frames, and the largest of the pairs' medians; NaN without pairs.
    """
    errors = []
    for a, b in combinations(range(len(owners)), 2):
        one, other = owners[a], owners[b]
        if NOBODY in (one, other) or one == other:
            continue
        told = (who[a] == one) & (who[b] == other)
        apart = np.linalg.norm(roots[a] - roots[b], axis=-1)[told]
        truly = np.linalg.norm(true[one] - true[other], axis=-1)[told]
        known = np.isfinite(apart)
        if known.any():
            errors.append(100.0 * np.abs(apart[known] / truly[known] - 1.0))
    if not errors:
        return np.nan, np.nan
    return float(np.median(np.concatenate(errors))), max(float(np.median(pair)) for pair in errors)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a camera moved between pictures, as what stands still around the people shows it.

Two pictures are laid over each other: by marks that are found in both, and by their edges as a whole. The camera
moved if the surroundings then fit well, and much better than without any shift.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

FARTHEST: Final = 0.015
"""Distance that the picture may be shifted by, as a fraction of its longer side: tripods tremble."""

FIT: Final = 0.4
"""Least correlation of the edges around people in two pictures that fit."""

BETTER: Final = 0.25
"""How much larger it is than without any shift, if the camera moved."""

LEAST_SHARED: Final = 0.15
"""Least share of the picture that is seen in both and without people."""

LEAST_MARKS: Final = 12
"""Least number of marks that are shifted alike."""

_MARKS: Final = 600
_STRAY: Final = 3.0
"""Pixels by which marks that are shifted alike may differ."""
_MARGIN: Final = 0.1
"""How far beyond the hull of a pose's points the person reaches, as a fraction of their extent."""
_PLAIN: Final = 2.0
"""Deviation of edges in levels below which there is nothing to see: a plain wall fits anywhere."""
_BLUR: Final = 1.5


@dataclass(frozen=True)
class Scene:
    """A small grey picture (h, w), and the poses (33, 2) of the people in it, in its pixels."""

    picture: Image
    poses: Sequence[Array]


@dataclass(frozen=True)
class _Surroundings:
    """A picture without its people: edges (h, w), and a mask (h, w) that is 0 on people and 255 elsewhere."""

    picture: Image
    edges: NDArray[np.float32]
    mask: Image


def moved(scenes: Sequence[Scene]) -> bool:
    """Whether the camera moved between any of a few pictures of the same size. False also where nothing shows it."""
    seen = [_surroundings(scene) for scene in scenes]
    return any(
        _fits(first, second, change)
        for first, second in combinations(seen, 2)
        for change in (*_by_edges(first, second), *_by_marks(first, second))
    )


def _surroundings(scene: Scene) -> _Surroundings:
    from ..opencv import load

    cv2 = load()
    mask = np.full(scene.picture.shape[:2], 255, np.uint8)
    for pose in scene.poses:
        person = np.zeros_like(mask)
        cv2.fillConvexPoly(person, cv2.convexHull(np.rint(np.clip(pose, -1e4, 1e4)).astype(np.int32)), 255)
        reach = 2 * max(1, round(_MARGIN * float(np.ptp(pose, axis=0).max()))) + 1
        mask[cv2.dilate(person, np.ones((reach, reach), np.uint8)) > 0] = 0
    smooth = cv2.GaussianBlur(scene.picture, (0, 0), _BLUR).astype(np.float32)
    edges = np.hypot(cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1))
    return _Surroundings(scene.picture, np.minimum(edges, 120.0).astype(np.float32), mask)


def _by_edges(first: _Surroundings, second: _Surroundings) -> Iterator[Array]:
    """Yield the shift (2, 3) that lays the edges of two pictures over each other best."""
    from ..opencv import load

    cv2 = load()
    height, width = first.edges.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    masked = [np.where(each.mask > 0, each.edges, 0.0).astype(np.float32) for each in (first, second)]
    (x, y), _ = cv2.phaseCorrelate(masked[0], masked[1], window)
    yield np.array([[1.0, 0.0, x], [0.0, 1.0, y]])


def _by_marks(first: _Surroundings, second: _Surroundings) -> Iterator[Array]:
    """Yield the shift, turn and scale (2, 3) that most marks in two pictures have in common, if there is one."""
    from ..opencv import load

    cv2 = load()
    marker, matcher = cv2.ORB_create(nfeatures=_MARKS), cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)
    (here, one), (there, other) = (marker.detectAndCompute(each.picture, each.mask) for each in (first, second))
    pairs = [] if one is None or other is None else matcher.match(one, other)
    if len(pairs) < LEAST_MARKS:
        return
    before = np.array([here[pair.queryIdx].pt for pair in pairs])
    after = np.array([there[pair.trainIdx].pt for pair in pairs])
    change, alike = cv2.estimateAffinePartial2D(before, after, ransacReprojThreshold=_STRAY)
    if change is not None and alike.sum() >= LEAST_MARKS:
        yield np.asarray(change, float)


def _fits(first: _Surroundings, second: _Surroundings, change: Array) -> bool:
    """Whether two pictures fit after a change (2, 3) of the first one, and not without it."""
    from ..opencv import load

    height, width = first.edges.shape
    places = np.array([[x * width, y * height] for x in (0.2, 0.8) for y in (0.2, 0.8)])
    shift = np.linalg.norm(places @ change[:, :2].T + change[:, 2] - places, axis=1)
    if not np.isfinite(change).all() or np.median(shift) <= FARTHEST * max(width, height):
        return False
    cv2 = load()
    edges = cv2.warpAffine(first.edges, change, (width, height))
    mask = cv2.warpAffine(first.mask, change, (width, height)) > 254
    fit = _likeness(edges, second.edges, mask & (second.mask > 0))
    still = _likeness(first.edges, second.edges, (first.mask > 0) & (second.mask > 0))
    return fit > FIT and fit > still + BETTER


def _likeness(edges: NDArray[np.float32], others: NDArray[np.float32], where: NDArray[np.bool_]) -> float:
    """Return the correlation of edges in two pictures; 0 where too little is to be seen."""
    if where.mean() < LEAST_SHARED:
        return 0.0
    one, other = edges[where].astype(float), others[where].astype(float)
    spread = float(one.std()), float(other.std())
    if min(spread) < _PLAIN:
        return 0.0
    return float(((one - one.mean()) * (other - other.mean())).mean() / (spread[0] * spread[1]))

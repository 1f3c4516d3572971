# SPDX-License-Identifier: GPL-3.0-or-later
"""Where somebody is: the hips, from the directions in which several cameras see them, and from each one's distance."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.curves import smoothstep
from ....takes.geometry import CameraGeometry
from ..clocks import TimedView
from .weights import ramped, shares, smooth

Array = NDArray[np.float64]

_DIRECTION: Final = 0.008
"""Error of a direction in radians."""
_DISTANCE: Final = 0.06
"""Error of a distance that one camera sees, as a part of it, once its usual error is taken off."""
_CROSSING: Final = 0.15
"""Sine of the angle between two lines of sight from which their crossing tells distances."""
_NEAREST: Final = 0.05
_STEADY: Final = 3
"""Times the cross-fade over which what a camera is off by is averaged."""
_FORGOTTEN: Final = 3.0
"""Seconds after which a camera that is alone is where it says itself."""
_LEAST_TOTAL: Final = 1e-6


@dataclass(frozen=True)
class Place:
    """Where the hips are.

    Attributes:
        root: (n, 3) m in the take's axes; NaN where no camera sees the person.
        scales: by how much each camera's own distances are too short.
        scale: the person's size relative to the body of the views, which is that of a camera with the true lens.
    """

    root: Array
    scales: tuple[float, ...]
    scale: float


def place(views: list[TimedView], cameras: list[CameraGeometry], time: Array, fade: int) -> Place:
    """Return where the hips are: the point nearest to all lines of sight, and along them at the distances seen.

    A camera that ends, or loses somebody, fades out over `4 * fade` frames before. What was off in a camera beside the
    others is off in it for a while when it is alone, and then less and less.
    """
    known = np.stack(
        [np.isfinite(view.root).all(axis=1) & (np.linalg.norm(view.root, axis=1) > _NEAREST) for view in views]
    )
    roots = np.stack([np.where(each[:, None], view.root, 1.0) for each, view in zip(known, views, strict=True)])
    distance = np.linalg.norm(roots, axis=-1)
    sight = roots / distance[..., None]
    origins = np.array([camera.position for camera in cameras])
    scales, sure = _scales(sight, distance, origins, known)
    average = float(np.exp((np.log(scales) * sure).sum() / float(sure.sum()))) if sure.any() else 1.0
    # A camera whose lines cross no others' has the size of the person that the others found.
    scales = np.where(sure > 0.0, scales, average)
    reach = distance * scales[:, None]
    targets = origins[:, None] + sight * reach[..., None]
    if len(views) > 1:
        together = known.sum(axis=0) > 1
        root = _crossing(targets, sight, reach, known.astype(float))
        targets += np.stack(
            [_usual(root - own, together & seen, time, fade) for own, seen in zip(targets, known, strict=True)]
        )
        weights = shares(np.stack([ramped(each, fade) for each in known])) * known
        root = (weights[..., None] * targets).sum(axis=0)
        # Two lines of sight are much surer than one: a little of the second would do nearly all, so it comes in softly.
        root += ramped(together, fade)[:, None] * (_crossing(targets, sight, reach, weights) - root)
    else:
        root = targets[0]
    return Place(np.where(known.any(axis=0)[:, None], root, np.nan), tuple(scales.tolist()), average)


def _crossing(targets: Array, sight: Array, reach: Array, weights: Array) -> Array:
    """Return the points (n, 3) nearest to places (views, n, 3), of which the distances from cameras are unsure.

    `sight` (views, n, 3) are the directions to them, `reach` (views, n) the distances, weighted by (views, n).
    """
    outer = sight[..., :, None] * sight[..., None, :]
    across = (weights / np.square(_DIRECTION * reach))[..., None, None]
    along = (weights / np.square(_DISTANCE * reach))[..., None, None]
    matrices = across * (np.eye(3) - outer) + along * outer
    total, pull = matrices.sum(axis=0), (matrices @ targets[..., None]).sum(axis=0)
    total[~(weights > 0.0).any(axis=0)] = np.eye(3)
    return np.asarray(np.linalg.solve(total, pull)[..., 0])


def _usual(off: Array, known: NDArray[np.bool_], time: Array, fade: int) -> Array:
    """Return what a camera is off by (n, 3) for longer than a moment; where it is alone, what it was off by before."""
    total = smooth(known.astype(float), _STEADY * fade)
    near = total > _LEAST_TOTAL
    if not near.any():
        return np.zeros_like(off)
    mean = smooth(np.where(known[:, None], off, 0.0), _STEADY * fade) / np.where(near, total, 1.0)[:, None]
    mean = np.stack([np.interp(time, time[near], mean[near, axis]) for axis in range(3)], axis=1)
    at = time[known]
    after = np.clip(np.searchsorted(at, time), 0, len(at) - 1)
    since = np.minimum(np.abs(time - at[after]), np.abs(time - at[np.maximum(after - 1, 0)]))
    return mean * smoothstep(since, _FORGOTTEN, 0.0)[:, None]


def _scales(sight: Array, distance: Array, origins: Array, known: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Return for each camera the true distances relative to its own, from crossings, and how many frames show that."""
    count = len(sight)
    logs: list[list[Array]] = [[] for _ in range(count)]
    for a in range(count):
        for b in range(a + 1, count):
            both = known[a] & known[b]
            u, v = sight[a][both], sight[b][both]
            cosine = (u * v).sum(axis=-1)
            sine = 1.0 - cosine * cosine
            crossing = sine > _CROSSING**2
            u, v, cosine, sine = u[crossing], v[crossing], cosine[crossing], sine[crossing]
            base = origins[b] - origins[a]
            to_a = ((u @ base) - cosine * (v @ base)) / sine
            to_b = (cosine * (u @ base) - (v @ base)) / sine
            ahead = (to_a > _NEAREST) & (to_b > _NEAREST)
            logs[a].append(np.log(to_a[ahead] / distance[a][both][crossing][ahead]))
            logs[b].append(np.log(to_b[ahead] / distance[b][both][crossing][ahead]))
    merged = [np.concatenate(each) if each else np.empty(0) for each in logs]
    medians = np.array([float(np.median(each)) if len(each) else 0.0 for each in merged])
    return np.exp(medians), np.array([float(len(each)) for each in merged])

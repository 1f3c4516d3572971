# SPDX-License-Identifier: GPL-3.0-or-later
"""Where somebody is: the hips, from the directions in which several cameras see them, and from each one's distance."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...takes.geometry import CameraGeometry
from .clocks import TimedView
from .shares import ramped, shares

Array = NDArray[np.float64]

_DIRECTION: Final = 0.008
"""Error of a direction in radians."""
_DISTANCE: Final = 0.06
"""Error of a distance that one camera sees, as a part of it, once its usual error is taken off."""
_CROSSING: Final = 0.15
"""Sine of the angle between two lines of sight from which their crossing tells distances."""
_NEAREST: Final = 0.05


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


def place(views: list[TimedView], cameras: list[CameraGeometry], fade: int) -> Place:
    """Return where the hips are: the point nearest to all lines of sight, and along them at the distances seen.

    A camera that ends, or loses somebody, fades out over `4 * fade` frames before.
    """
    known = [np.isfinite(view.root).all(axis=1) & (np.linalg.norm(view.root, axis=1) > _NEAREST) for view in views]
    weights = shares(np.stack([ramped(each, fade) for each in known])) * np.stack(known)
    roots = np.stack([np.where(each[:, None], view.root, 1.0) for each, view in zip(known, views, strict=True)])
    distance = np.linalg.norm(roots, axis=-1)
    sight = roots / distance[..., None]
    origins = np.array([camera.position for camera in cameras])
    scales, sure = _scales(sight, distance, origins, np.stack(known))
    average = float(np.exp((np.log(scales) * sure).sum() / max(float(sure.sum()), 1e-9))) if sure.any() else 1.0
    # A camera whose lines cross no others' has the size of the person that the others found.
    scales = np.where(sure > 0.0, scales, average)
    reach = distance * scales[:, None]
    outer = sight[..., :, None] * sight[..., None, :]
    across = (weights / np.square(_DIRECTION * reach))[..., None, None]
    along = (weights / np.square(_DISTANCE * reach))[..., None, None]
    matrices = across * (np.eye(3) - outer) + along * outer
    targets = origins[:, None] + sight * reach[..., None]
    total, pull = matrices.sum(axis=0), (matrices @ targets[..., None]).sum(axis=0)
    seen = np.any(known, axis=0)
    total[~seen] = np.eye(3)
    root = np.linalg.solve(total, pull)[..., 0]
    root[~seen] = np.nan
    return Place(root, tuple(scales.tolist()), average)


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

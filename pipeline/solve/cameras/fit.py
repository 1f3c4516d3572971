# SPDX-License-Identifier: GPL-3.0-or-later
"""The body fitted to the landmarks of all views at once, starting from an estimate of its motion.

All frames are solved together by Gauss-Newton steps: the unknowns are the global rotations of trunk, head, limbs,
hands and feet, and the hips' path. Landmarks pull with robust weights; the estimate holds what no camera sees, and
what is added to it changes slowly over time, so that fast motion, which the estimate has already, is not damped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ...takes.geometry import CameraGeometry
from .band import solve_band
from .doubts import DoubtSettings, precision, steadiness
from .evidence import Evidence
from .noise import OFFSETS
from .skeleton import COUNT, FITTED, UNKNOWNS, Skeleton, fitted_globals, with_globals
from .view import View

Array = NDArray[np.float64]

_FITTED: Final = list(FITTED)
_CHUNK: Final = 240
"""Frames that are fitted together."""
_MARGIN: Final = 30
"""Frames before and after them that are fitted with them, and then discarded."""
_LARGEST_STEP: Final = 0.5
"""Radians and metres by which one round changes a joint or the hips at most."""


@dataclass(frozen=True)
class FitSettings:
    """How landmarks and the estimate are weighed.

    Attributes:
        doubts: how far the estimate is trusted.
        landmark: factor of the landmarks' errors, above 1 as those of a frame err together.
        rounds: for each Gauss-Newton step, the expected errors from which landmarks count less and less.
        jump: expected changes from one frame to the next from which the estimate is taken to jump.
    """

    doubts: DoubtSettings = field(default_factory=DoubtSettings)
    landmark: float = 1.6
    rounds: tuple[float, ...] = (8.0, 4.0, 2.0, 2.0, 2.0)
    jump: float = 3.0


def fit_body(
    views: Sequence[View],
    cameras: Sequence[CameraGeometry],
    time: Array,
    seed: BodyMotion,
    body: Body,
    *,
    settings: FitSettings | None = None,
) -> BodyMotion:
    """Return the motion of a body that fits the landmarks of all views.

    Args:
        views: what each camera saw of the person.
        cameras: their geometry and clocks.
        time: (n,) seconds of the take at which the body is wanted: those of the seed.
        seed: an estimate of the motion in the take's axes, of this body, with n frames; its fingers and toes, faces
            and eyes stay as they are. Where its root is NaN, it is interpolated.
        body: the body of the person.
        settings: how landmarks and the estimate are weighed.

    Raises:
        ValueError: the seed has another number of frames, or there are not as many cameras as views.
    """
    if len(seed.rotations) != len(time):
        raise ValueError(f"a seed of {len(seed.rotations)} frames for {len(time)} times")
    if not len(time) or not views:
        return seed
    settings = settings or FitSettings()
    time = np.asarray(time, dtype=float)
    start = BodyMotion(time, seed.rotations, bridged(time, seed.root), seed.shape, seed.confidence)
    rotations, root = np.array(seed.rotations), start.root.copy()
    for first in range(0, len(time), _CHUNK):
        kept = slice(first, min(first + _CHUNK, len(time)))
        around = slice(max(kept.start - _MARGIN, 0), min(kept.stop + _MARGIN, len(time)))
        estimate = BodyMotion(
            time[around], start.rotations[around], start.root[around], start.shape, start.confidence[around]
        )
        fitted = _Chunk(Evidence.of(views, cameras, time[around]), estimate, body, settings).solve()
        inner = slice(kept.start - around.start, kept.stop - around.start)
        rotations[kept], root[kept] = (each[inner] for each in fitted)
    return replace(seed, time=time, rotations=rot.continuous(rotations), root=root)


def bridged(time: Array, path: Array) -> Array:
    """Return a path (n, 3) with NaN interpolated over time; 3 m in front of the camera if all is NaN."""
    known = np.isfinite(path).all(axis=1)
    if not known.any():
        return np.tile([0.0, 3.0, 0.0], (len(path), 1))
    return np.stack([np.interp(time, time[known], path[known, axis]) for axis in range(3)], axis=1)


class _Chunk:
    """Some frames that are fitted together."""

    def __init__(self, evidence: Evidence, estimate: BodyMotion, body: Body, settings: FitSettings) -> None:
        self._settings, self._evidence, self._rotations = settings, evidence, estimate.rotations
        self._skeleton = Skeleton.of(body, estimate.rotations, OFFSETS)
        self._seed, self._root = fitted_globals(body, estimate.rotations), estimate.root
        self._prior = precision(self._seed, estimate.confidence[:, _FITTED], settings.doubts)
        self._steady = steadiness(estimate.time, settings.doubts)

    def solve(self) -> tuple[Array, Array]:
        """Return parent-relative rotations (n, 52, 4) and the hips' path (n, 3)."""
        turns, root = self._seed, self._root.copy()
        for outlier in self._settings.rounds:
            step = self._step(turns, root, outlier)
            turned = rot.from_vector(step[:, :-3].reshape(-1, COUNT, 3))
            turns, root = rot.unit(rot.multiply(turned, turns)), root + step[:, -3:]
        return with_globals(self._rotations, turns), root

    def _step(self, turns: Array, root: Array, outlier: float) -> Array:
        """Return the change (n, 63) of the unknowns in one round."""
        n = len(root)
        vectors = self._skeleton.vectors(rot.to_matrix(turns))
        information, force = self._evidence.pull(self._skeleton.points(vectors, root), outlier=outlier)
        scale = 1.0 / self._settings.landmark**2
        derivative = self._skeleton.derivative(vectors)
        weighted = scale * (information @ derivative)
        flat = derivative.reshape(n, -1, UNKNOWNS)
        across = np.swapaxes(flat, 1, 2)
        matrix = across @ weighted.reshape(n, -1, UNKNOWNS)
        gradient = scale * (across @ force.reshape(n, -1, 1))[..., 0]
        # What has been added to the seed so far; the priors are quadratic in it.
        added = rot.to_vector(rot.multiply(turns, rot.conjugate(self._seed))).reshape(n, -1)
        added = np.concatenate([added, root - self._root], axis=1)
        matrix += self._prior
        gradient -= (self._prior @ added[..., None])[..., 0]
        change = np.diff(added, axis=0)
        steady = self._steady * _calm(self._steady * change**2, self._settings.jump)
        gradient[:-1] += steady * change
        gradient[1:] -= steady * change
        step = solve_band(matrix, steady, gradient)
        return np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)


def _calm(squares: Array, jump: float) -> Array:
    """Return the weight (n, 63) of changes, 1 or less, from their squares in expected ones: less for jumps."""
    of_joint = squares.reshape(len(squares), COUNT + 1, 3).mean(axis=-1)
    return np.repeat(1.0 / (1.0 + of_joint / jump**2), 3, axis=1)

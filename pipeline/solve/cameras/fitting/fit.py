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

from .....models.body import rotations as rot
from .....models.body.model import Body
from .....models.body.motion import BodyMotion
from ....takes.geometry import CameraGeometry
from ..view import View
from .band import solve_band
from .contacts import SOLES, ContactSettings, standing
from .equations import Equations, Pose
from .evidence import Evidence
from .prior import DoubtSettings, steadiness
from .skeleton import COUNT, UNKNOWNS, with_globals

Array = NDArray[np.float64]

_CHUNK: Final = 210
"""Frames that are fitted together."""
_MARGIN: Final = 30
"""Frames before and after them that are fitted with them, and then discarded."""


@dataclass(frozen=True)
class FitSettings:
    """How landmarks and the estimate are weighed.

    Attributes:
        doubts: how far the estimate is trusted.
        landmark: factor of the landmarks' errors.
        rounds: for each Gauss-Newton step, the expected errors from which landmarks count less and less.
        jump: expected changes from one frame to the next from which the estimate is taken to jump.
        contacts: when feet stand, or None to let them slide.
    """

    doubts: DoubtSettings = field(default_factory=DoubtSettings)
    landmark: float = 0.9
    rounds: tuple[float, ...] = (8.0, 3.0, 2.0, 2.0)
    jump: float = 3.0
    contacts: ContactSettings | None = field(default_factory=ContactSettings)


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
        fitted = _Chunk(Evidence.of(views, cameras, time[around]).with_faces_alike(), estimate, body, settings).solve()
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
        self._settings, self._rotations = settings, estimate.rotations
        self._equations = Equations(evidence, estimate, body, settings.doubts, landmark=settings.landmark)
        self._steady = steadiness(estimate.time, settings.doubts)
        self._step_time = np.maximum(np.diff(estimate.time), 1e-3)[:, None]
        contacts, self._firm = settings.contacts, None
        if contacts is not None:
            stands = standing(evidence, estimate.time, estimate.root, contacts)
            firm = np.minimum(stands[:-1], stands[1:]) / (contacts.slide * self._step_time) ** 2
            self._firm = firm if firm.any() else None

    def solve(self) -> tuple[Array, Array]:
        """Return parent-relative rotations (n, 52, 4) and the hips' path (n, 3)."""
        pose = self._equations.start
        for outlier in self._settings.rounds:
            pose = pose.moved(self._step(pose, outlier))
        return with_globals(self._rotations, pose.turns), pose.root

    def _step(self, pose: Pose, outlier: float) -> Array:
        """Return the change (n, 63) of the unknowns in one round."""
        normal = self._equations.at(pose, outlier=outlier)
        matrix, gradient = normal.matrix, normal.gradient
        change = np.diff(self._equations.added(pose), axis=0)
        steady = self._steady * _calm(self._steady * change**2, self._settings.jump)
        gradient[:-1] += steady * change
        gradient[1:] -= steady * change
        diagonal = range(UNKNOWNS)
        matrix[:-1, diagonal, diagonal] += steady
        matrix[1:, diagonal, diagonal] += steady
        if self._firm is None or self._settings.contacts is None:
            return solve_band(matrix, -steady, gradient)
        coupling = np.zeros((len(steady), UNKNOWNS, UNKNOWNS))
        coupling[:, diagonal, diagonal] = -steady
        slide = np.diff(normal.points[:, SOLES], axis=0)
        slipped = self._firm * (slide**2).sum(axis=-1) / self._settings.contacts.slip**2
        weight = np.sqrt(self._firm / (1.0 + slipped))[..., None]
        turned = normal.derivative[:, SOLES]
        now = (weight[..., None] * turned[:-1]).reshape(len(steady), -1, UNKNOWNS)
        then = (weight[..., None] * turned[1:]).reshape(len(steady), -1, UNKNOWNS)
        across, ahead = np.swapaxes(now, 1, 2), np.swapaxes(then, 1, 2)
        pull = (weight * slide).reshape(len(steady), -1, 1)
        matrix[:-1] += across @ now
        matrix[1:] += ahead @ then
        coupling -= across @ then
        gradient[:-1] += (across @ pull)[..., 0]
        gradient[1:] -= (ahead @ pull)[..., 0]
        return solve_band(matrix, coupling, gradient)


def _calm(squares: Array, jump: float) -> Array:
    """Return the weight (n, 63) of changes, 1 or less, from their squares in expected ones: less for jumps."""
    of_joint = squares.reshape(len(squares), COUNT + 1, 3).mean(axis=-1)
    return np.repeat(1.0 / (1.0 + of_joint / jump**2), 3, axis=1)

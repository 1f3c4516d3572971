# SPDX-License-Identifier: GPL-3.0-or-later
"""The equations of a Gauss-Newton step: what landmarks and an estimate say of the poses of some frames."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.model import Body
from .....models.body.motion import BodyMotion
from .evidence import Evidence
from .hinges import Hinges
from .prior import DoubtSettings, Prior
from .skeleton import COUNT, FITTED, UNKNOWNS, Skeleton, fitted_globals

Array = NDArray[np.float64]

_FITTED: Final = list(FITTED)
_LARGEST_STEP: Final = 0.5
"""Radians and metres by which one step changes a joint or the hips at most."""


@dataclass(frozen=True)
class Pose:
    """Global rotations (n, 20, 4) of the fitted joints, and positions (n, 3) of the hips in metres."""

    turns: Array
    root: Array

    def moved(self, step: Array) -> "Pose":
        """Return it changed by a step (n, 63) of the unknowns, as far as one may be."""
        step = np.clip(step, -_LARGEST_STEP, _LARGEST_STEP)
        turned = rot.from_vector(step[:, :-3].reshape(-1, COUNT, 3))
        return Pose(rot.unit(rot.multiply(turned, self.turns)), self.root + step[:, -3:])


@dataclass(frozen=True)
class Normal:
    """The equations of a step of n frames: matrix x = gradient.

    Attributes:
        matrix: (n, 63, 63).
        gradient: (n, 63).
        pull: (n, 129, 63) the weighted derivative of the landmarks' coordinates.
        information: (n, 43, 3, 3) of the landmarks.
        force: (n, 43, 3) with which they are pulled.
        points: (n, 43, 3) where they are.
        derivative: (n, 43, 3, 63) how they change with the unknowns.
    """

    matrix: Array
    gradient: Array
    pull: Array
    information: Array
    force: Array
    points: Array
    derivative: Array


class Equations:
    """Sets up the equations for poses of some frames.

    Args:
        evidence: the landmarks at these frames.
        estimate: the estimate of the motion, with these frames and no NaN.
        body: the body.
        doubts: how far the estimate is trusted.
        landmark: factor of the landmarks' errors.
        skeleton: the body's with the fingers and toes of these frames, if it is at hand.
        hinges: the body's, likewise.
    """

    def __init__(
        self,
        evidence: Evidence,
        estimate: BodyMotion,
        body: Body,
        doubts: DoubtSettings,
        *,
        landmark: float,
        skeleton: Skeleton | None = None,
        hinges: Hinges | None = None,
    ) -> None:
        self._evidence, self._scale = evidence, landmark**-2.0
        self._skeleton = skeleton or Skeleton.of(body, estimate.rotations)
        self.start = Pose(fitted_globals(body, estimate.rotations), estimate.root)
        self._hinges = hinges or Hinges.of(body, error=doubts.hinge, backward=doubts.backward)
        self._prior = Prior(self.start.turns, estimate.confidence[:, _FITTED], doubts)

    def at(self, pose: Pose, *, outlier: float) -> Normal:
        """Return the equations at a pose; residuals beyond `outlier` expected errors count less and less."""
        n = len(pose.root)
        vectors = self._skeleton.vectors(rot.to_matrix(pose.turns))
        points = self._skeleton.points(vectors, pose.root)
        information, force = self._evidence.pull(points, outlier=outlier)
        information, force = self._scale * information, self._scale * force
        derivative = self._skeleton.derivative(vectors)
        pull = (information @ derivative).reshape(n, -1, UNKNOWNS)
        across = np.swapaxes(derivative.reshape(n, -1, UNKNOWNS), 1, 2)
        added = self.added(pose)
        prior = self._prior.precision(added)
        matrix = across @ pull + prior
        gradient = (across @ force.reshape(n, -1, 1) - prior @ added[..., None])[..., 0]
        self._hinges.add(matrix, gradient, pose.turns)
        return Normal(
            matrix=matrix,
            gradient=gradient,
            pull=pull,
            information=information,
            force=force,
            points=points,
            derivative=derivative,
        )

    def added(self, pose: Pose) -> Array:
        """Return what a pose adds (n, 63) to the estimate."""
        turned = rot.to_vector(rot.multiply(pose.turns, rot.conjugate(self.start.turns)))
        return np.concatenate([turned.reshape(len(turned), -1), pose.root - self.start.root], axis=1)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The body fitted to the landmarks of both cameras, one frame after the other, in one Gauss-Newton step for each.

The equations are those of whole takes (`solve.cameras.fitting`). What is added to the estimate goes on from the last
frame and changes as slowly as errors of estimates do, so that it settles within a few frames, and a camera may lose the
performer without a jump.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..solve.cameras.fitting.equations import Equations
from ..solve.cameras.fitting.evidence import Evidence, certainty_of
from ..solve.cameras.fitting.fit import FitSettings
from ..solve.cameras.fitting.hinges import Hinges
from ..solve.cameras.fitting.prior import DoubtSettings, steadiness
from ..solve.cameras.fitting.skeleton import LANDMARKS, UNKNOWNS, Skeleton, with_globals
from ..takes.geometry import CameraGeometry
from .view import SeenPose

Array = NDArray[np.float64]

_LANDMARKS: Final = list(LANDMARKS)

_DOUBTS: Final = DoubtSettings(change=3.0)
"""How far estimates are trusted: their errors change faster than those of a take, which are of frames before and after.
"""

_OUTLIER: Final = 4.0
"""Expected errors from which a landmark counts less and less."""

_LONGEST: Final = 0.5
"""Seconds without a frame after which what was added before says nothing any more."""


class FrameFit:
    """Fits the body to each frame. Used in the worker's thread.

    Args:
        cameras: both cameras.
        body: the body.
    """

    def __init__(self, cameras: Sequence[CameraGeometry], body: Body) -> None:
        self._body = body
        rest = rot.identity(1, len(body.rest))
        self._skeleton = Skeleton.of(body, rest)
        self._hinges = Hinges.of(body, error=_DOUBTS.hinge, backward=_DOUBTS.backward)
        self._turns = rot.to_matrix(rot.conjugate(np.array([camera.rotation for camera in cameras])))
        self._places = np.array([camera.position for camera in cameras])
        self._focals = np.array([camera.focal for camera in cameras])
        self.reset()

    def reset(self) -> None:
        """Forget the frames so far."""
        self._added, self._time = np.zeros(UNKNOWNS), -np.inf

    def frame(self, estimate: BodyMotion, seen: Sequence[SeenPose | None], *, size: float) -> tuple[Array, Array]:
        """Return the parent-relative rotations (52, 4) and the hips (3,) in metres that fit a frame.

        Args:
            estimate: of this frame alone, in the first camera's axes, without NaN.
            seen: what each camera shows.
            size: the body's size divided by the performer's.
        """
        equations = Equations(
            self._evidence(seen, size),
            estimate,
            self._body,
            _DOUBTS,
            landmark=FitSettings().landmark,
            skeleton=self._skeleton,
            hinges=self._hinges,
        )
        time = float(estimate.time[0])
        goes_on, steady = time - self._time < _LONGEST, np.zeros(UNKNOWNS)
        if goes_on:
            steady = steadiness(np.array([self._time, time]), _DOUBTS)[0]
        pose = equations.start.moved(self._added[None]) if goes_on else equations.start
        normal = equations.at(pose, outlier=_OUTLIER)
        pose = pose.moved(np.linalg.solve(normal.matrix[0] + np.diag(steady), normal.gradient[0])[None])
        self._added, self._time = equations.added(pose)[0], time
        return with_globals(estimate.rotations, pose.turns)[0], pose.root[0]

    def _evidence(self, seen: Sequence[SeenPose | None], size: float) -> Evidence:
        pixels, certainty = np.zeros((len(seen), 1, len(LANDMARKS), 2)), np.zeros((len(seen), 1, len(LANDMARKS)))
        for number, each in enumerate(seen):
            if each is not None and each.seen:
                weight = each.weight[_LANDMARKS]
                pixels[number, 0] = np.nan_to_num(each.pixels[_LANDMARKS])
                certainty[number, 0] = np.where(weight > 0.0, certainty_of(weight), 0.0)
        return Evidence(pixels, certainty, self._turns, size * self._places, self._focals)

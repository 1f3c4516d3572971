# SPDX-License-Identifier: GPL-3.0-or-later
"""What one camera shows of one performer, frame by frame: sides in order, landmarks smoothed, and the pose solved."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.body.motion import BodyMotion
from ..landmarks.data import Landmarks, LandmarkTrack
from ..landmarks.settings import HolisticSettings
from ..landmarks.smoothing import PoseSmoother
from ..solve.cameras.views import pixels_of, weight_of
from ..solve.creation import create_solver
from ..solve.settings import DEFAULT_SOLVER, SolverName
from ..solve.sides.live import SideKeeper
from ..solve.sides.settings import DEFAULT_SIDES, SidesMode
from ..solve.solver import Solver

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SeenPose:
    """What one camera shows of a performer in one frame.

    Attributes:
        landmarks: with sides in order, smoothed.
        pixels: (75, 2) landmarks in the order of `Body.landmarks`, px from the middle of the picture, x right, y down;
            NaN where missing.
        weight: (75,) 0..1 how sure each is; 0 where missing.
        motion: of this frame alone, in the camera's axes.
    """

    landmarks: Landmarks
    pixels: Array
    weight: Array
    motion: BodyMotion

    @property
    def seen(self) -> bool:
        """Whether the performer is in view."""
        return self.landmarks.pose is not None


class LiveView:
    """Solves one performer as seen by one camera. Used in the worker's thread.

    Args:
        solver: solver of landmarks to rotations.
        field_of_view: of the camera, in degrees along the longer side of its picture; None if unknown.
        sides: whether exchanges of left and right are undone.
        smooth: smooth the landmarks over time, before they are solved.
    """

    def __init__(
        self,
        *,
        solver: SolverName = DEFAULT_SOLVER,
        field_of_view: float | None = None,
        sides: SidesMode = DEFAULT_SIDES,
        smooth: bool = True,
    ) -> None:
        self._name, self._field_of_view = solver, field_of_view
        self._keeps_sides = sides == "auto"
        self._sides = SideKeeper()
        self._smoother = PoseSmoother(HolisticSettings(smooth=smooth))
        self._solver: Solver | None = None

    def frame(self, landmarks: Landmarks) -> SeenPose:
        """Return what the next frame shows. Frames are in order of time, with landmarks as found.

        Raises:
            LifterMissing: see `solve.creation.create_solver`.
        """
        if self._solver is None:  # Created here because loading its network would block Blender's main thread.
            self._solver = create_solver(self._name, field_of_view=self._field_of_view)
        if self._keeps_sides:
            landmarks = self._sides.frame(landmarks)
        landmarks = self._smoother.frame(landmarks)
        track = LandmarkTrack.of([landmarks])
        return SeenPose(landmarks, pixels_of(track)[0], weight_of(track)[0], self._solver.update(track))

    def reset(self) -> None:
        """Forget the performer: the next landmarks are somebody else's."""
        self._sides.reset()
        self._smoother.reset()
        if self._solver is not None:
            self._solver.reset()

# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to motion, with the solver and the field of view that the user chose. Does not use bpy."""

from dataclasses import replace
from math import isfinite

import numpy as np

from ...models.body.calibration import rotate_pose
from ...models.body.model import Body, neutral_body
from ...models.body.motion import BodyMotion
from ..takes.take import CALIBRATION, FIELD_OF_VIEW, NEUTRAL_FACE, Take
from .analytic.settings import AnalyticSettings
from .analytic.solver import AnalyticSolver
from .camera import CameraSettings
from .face.neutral import Neutral
from .face.observation import FaceObserver
from .face.solving import solve_track
from .lifter.solver import LifterSettings, LifterSolver
from .settings import DEFAULT_SOLVER, SolverName
from .solver import Solver


def create_solver(
    name: SolverName = DEFAULT_SOLVER, *, field_of_view: float | None = None, body: Body | None = None
) -> Solver:
    """Create a solver, for a stream of frames (`update`) or for a whole track (`solve`).

    Args:
        name: which solver.
        field_of_view: the camera's field of view in degrees along the longer side of the picture; None if unknown.
        body: the body to pose; the neutral one unless given.

    Raises:
        LifterMissing: the lifter was requested and is missing.
    """
    camera = CameraSettings() if field_of_view is None else CameraSettings(field_of_view=field_of_view)
    body = body or neutral_body()
    if name == "analytic":
        return AnalyticSolver(body, settings=AnalyticSettings(camera=camera))
    # Smoothing comes later: live sessions smooth by region, as the user chose, and bakes when they clean the motion.
    return LifterSolver(body, settings=LifterSettings(smoothing=None, camera=camera))


def solve_take(
    take: Take,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    field_of_view: float | None = None,
    calibrated: bool = True,
) -> BodyMotion:
    """Solve a take for its motion, with the expressions of its face.

    Args:
        take: an open take.
        solver: which solver.
        field_of_view: the camera's field of view in degrees along the longer side; the take's own unless given.
        calibrated: rotate the motion by the performer's calibration, as needed for a character; False leaves it
            relative to the camera.

    Raises:
        TakeCorrupt: the take cannot be read.
        LifterMissing: the lifter was requested and is missing.
    """
    observer = FaceObserver()
    track = take.track(observer.add)
    rest = take.info.settings.get(NEUTRAL_FACE)
    face = solve_track(observer.track(), None if rest is None else Neutral.of_numbers(rest))
    motion = create_solver(solver, field_of_view=field_of_view or _field_of_view(take)).solve(track)
    motion = replace(motion, expressions=face.expressions, eyes=face.eyes)
    turn = take.info.settings.get(CALIBRATION) if calibrated else None
    if turn is None:
        return motion
    rotations, root = rotate_pose(motion.rotations, motion.root, np.array(turn, dtype=float))
    return replace(motion, rotations=rotations, root=root)


def _field_of_view(take: Take) -> float | None:
    """Return the field of view in a take's settings in degrees; None if it is missing or not valid."""
    view = take.info.settings.get(FIELD_OF_VIEW)
    return float(view) if isinstance(view, int | float) and isfinite(view) and 0.0 < view < 180.0 else None

# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to motion, by the solver and through the lens that users chose. Touches nothing of Blender's."""

from dataclasses import replace
from math import isfinite

import numpy as np

from ...models.body.calibration import rotate_pose
from ...models.body.model import Body, neutral_body
from ...models.body.motion import BodyMotion
from ..takes.take import CALIBRATION, FIELD_OF_VIEW, Take
from .analytic.settings import AnalyticSettings
from .analytic.solver import AnalyticSolver
from .camera import CameraSettings
from .lifter.solver import LifterSettings, LifterSolver
from .settings import DEFAULT_SOLVER, SolverName
from .solver import Solver


def create_solver(
    name: SolverName = DEFAULT_SOLVER, *, field_of_view: float | None = None, body: Body | None = None
) -> Solver:
    """A solver that has seen nothing yet, for frames as they come (`update`) or for a whole track (`solve`).

    Args:
        name: which one.
        field_of_view: degrees that the camera sees along the longer side of its picture; None if not known.
        body: the body whose joints it turns; the neutral one unless given.

    Raises:
        LifterMissing: the lifter was asked for and is not there.
    """
    camera = CameraSettings() if field_of_view is None else CameraSettings(field_of_view=field_of_view)
    body = body or neutral_body()
    if name == "analytic":
        return AnalyticSolver(body, settings=AnalyticSettings(camera=camera))
    # What follows smooths: live by region as users choose, baked when motion is cleaned.
    return LifterSolver(body, settings=LifterSettings(smoothing=None, camera=camera))


def solve_take(
    take: Take,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    field_of_view: float | None = None,
    calibrated: bool = True,
) -> BodyMotion:
    """The motion that a take holds.

    Args:
        take: an open take.
        solver: what turns its landmarks into rotations.
        field_of_view: degrees along the longer side of the picture; the take's own unless given.
        calibrated: turn the motion as the performer was calibrated, which is what a character is to do; False leaves
            it as the camera saw it.

    Raises:
        TakeCorrupt: it cannot be read.
        LifterMissing: the lifter was asked for and is not there.
    """
    motion = create_solver(solver, field_of_view=field_of_view or _field_of_view(take)).solve(take.track())
    turn = take.info.settings.get(CALIBRATION) if calibrated else None
    if turn is None:
        return motion
    rotations, root = rotate_pose(motion.rotations, motion.root, np.array(turn, dtype=float))
    return replace(motion, rotations=rotations, root=root)


def _field_of_view(take: Take) -> float | None:
    """Degrees as the take's settings have them; None where they say none, or none that a lens could have."""
    view = take.info.settings.get(FIELD_OF_VIEW)
    return float(view) if isinstance(view, int | float) and isfinite(view) and 0.0 < view < 180.0 else None

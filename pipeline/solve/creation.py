# SPDX-License-Identifier: GPL-3.0-or-later
"""Solvers by name, with the settings that live sessions and bakes share."""

from ...models.body.model import Body, neutral_body
from .analytic.settings import AnalyticSettings
from .analytic.solver import AnalyticSolver
from .camera import CameraSettings
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

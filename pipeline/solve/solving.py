# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to motion, by the solver and the camera that users chose. Touches nothing of Blender's."""

from dataclasses import replace
from math import isfinite

import numpy as np

from ...models.body.calibration import turned
from ...models.body.model import neutral_body
from ...models.body.motion import BodyMotion
from ..takes.take import CALIBRATION, FIELD_OF_VIEW, Take
from .analytic import solver as analytic
from .analytic.settings import AnalyticSettings
from .analytic.solver import AnalyticSolver
from .camera import CameraSettings
from .lifter import solver as lifter
from .lifter.solver import LifterSettings, LifterSolver
from .settings import DEFAULT_SOLVER, Solver


def start(solver: Solver = DEFAULT_SOLVER, *, field_of_view: float | None = None) -> AnalyticSolver | LifterSolver:
    """A solver for frames as they come, which has seen nothing yet. `field_of_view` is degrees, None if not known.

    Raises:
        LifterMissing: the lifter was asked for and is not there.
    """
    if solver == "analytic":
        return AnalyticSolver(neutral_body(), settings=_geometry(field_of_view))
    # What follows live smooths.
    settings = LifterSettings(smoothing=None, camera=_geometry(field_of_view).camera)
    return LifterSolver(neutral_body(), settings=settings)


def seen(take: Take, *, solver: Solver = DEFAULT_SOLVER, field_of_view: float | None = None) -> BodyMotion:
    """The motion that a take holds, as the camera saw it; through the take's own lens unless another is given.

    Raises:
        TakeCorrupt: it cannot be read; LifterMissing: the lifter was asked for and is not there.
    """
    view, track = field_of_view or _of_take(take), take.track()
    if solver == "analytic":
        return analytic.solve(track, neutral_body(), settings=_geometry(view))
    return lifter.solve(track, neutral_body(), settings=replace(lifter.WHOLE, camera=_geometry(view).camera))


def solved(take: Take, *, solver: Solver = DEFAULT_SOLVER, field_of_view: float | None = None) -> BodyMotion:
    """The same, turned as the performer was calibrated: what a character is to do. Raises as `seen`."""
    motion = seen(take, solver=solver, field_of_view=field_of_view)
    turn = take.info.settings.get(CALIBRATION)
    if turn is None:
        return motion
    rotations, root = turned(motion.rotations, motion.root, np.array(turn, dtype=float))
    return replace(motion, rotations=rotations, root=root)


def _geometry(field_of_view: float | None) -> AnalyticSettings:
    if field_of_view is None:
        return AnalyticSettings()
    return AnalyticSettings(camera=CameraSettings(field_of_view=field_of_view))


def _of_take(take: Take) -> float | None:
    view = take.info.settings.get(FIELD_OF_VIEW)
    return float(view) if isinstance(view, int | float) and isfinite(view) and 0.0 < view < 180.0 else None

# SPDX-License-Identifier: GPL-3.0-or-later
"""The fit of several cameras for the only camera of a take: path, bones and feet over the whole take.

One camera hardly sees depth, so the limbs change little; what changes is the path, above all along the lens, and feet
that slid.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from ....models.body.motion import BodyMotion
from ...takes.geometry import CameraGeometry
from ...takes.take import Take
from ..one_view import SolvedTake, calibrated_motion, solved_view
from ..settings import DEFAULT_SOLVER, SolverName
from ..sides.settings import DEFAULT_SIDES, SidesMode
from .fitting.fit import FitSettings, fit_body
from .fitting.performer import Performer, fit_performer
from .fitting.prior import DoubtSettings
from .view import View
from .views import view_from

ONE_CAMERA: Final = FitSettings(landmark=2.0, doubts=DoubtSettings(hinge=20.0))
"""Landmarks count less than those of several cameras, which check each other. So do hinges: one camera knows depth no
better than the twist of a limb, which would pull it aside (0.1 degrees on the real clip, 28 November 2026)."""


def solve_refined(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
    calibrated: bool = True,
) -> SolvedTake:
    """Solve what one camera saw of a person, and fit it to the landmarks of the whole take.

    The arguments and errors are those of `solving.solve_person`; further cameras of the take are not looked at.
    """
    seen = solved_view(take, person, solver=solver, sides=sides, field_of_view=field_of_view)
    motion, performer = refined(view_from(seen, take, field_of_view))
    motion = calibrated_motion(motion, take) if calibrated else motion
    if not np.isfinite(motion.root).any():  # Nobody is seen whose proportions could be told.
        return replace(seen.solved, motion=motion)
    return replace(seen.solved, motion=motion, performer=performer, scale=performer.scale)


def refined(view: View) -> tuple[BodyMotion, Performer]:
    """Return the motion of a view, fitted to its landmarks; like it, of the neutral body and in the camera's axes.

    Also whose motion it is: one camera shows their proportions, not their size, which is that of an ordinary adult.
    Where the path is not known, because nobody was seen, it stays unknown.
    """
    camera, performer, seed = _only(view), performer_in(view), view.motion
    scaled = replace(seed, root=seed.root * performer.scale)
    motion = fit_body([view], [camera], view.time, scaled, performer.body, settings=ONE_CAMERA)
    root = np.where(np.isfinite(seed.root), motion.root / performer.scale, np.nan)
    return replace(motion, root=root), performer


def performer_in(view: View) -> Performer:
    """Return whom one camera sees: their proportions, and the size of an ordinary adult."""
    return fit_performer([view], [_only(view)], view.time, view.motion, settings=ONE_CAMERA)


def _only(view: View) -> CameraGeometry:
    """Return the geometry of the only camera of a take."""
    return CameraGeometry(focal=view.focal, size=view.size)

# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to motion, with the solver and the field of view that the user chose. Does not use bpy."""

from ...models.body.motion import BodyMotion
from ..takes.take import Take
from .cameras.refine import solve_refined
from .cameras.solving import solve_cameras
from .one_view import SolvedTake, solve_view
from .settings import DEFAULT_SOLVER, SolverName
from .sides.settings import DEFAULT_SIDES, SidesMode


def solve_person(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
    calibrated: bool = True,
    refine: bool = False,
) -> SolvedTake:
    """Solve a take for the motion of one person, with the expressions of the face.

    If it is known where several cameras stood, the motion is fitted to what all of them saw.

    Args:
        take: an open take.
        person: number of the person, one of `take.people`.
        solver: which solver.
        sides: whether exchanges of left and right are undone.
        field_of_view: the only camera's field of view in degrees along the longer side; the take's own unless given.
        calibrated: rotate the motion by the performer's calibration, as needed for a character; False leaves it
            relative to the camera.
        refine: fit the motion of one camera to the landmarks of the whole take: path, bones, and feet that stand.

    Raises:
        TakeCorrupt: the take cannot be read.
        PersonMissing: it has no person of that number.
        LifterMissing: the lifter was requested and is missing.
    """
    if take.info.cameras:
        return solve_cameras(take, person, solver=solver, sides=sides, calibrated=calibrated)
    solve = solve_refined if refine else solve_view
    return solve(take, person, solver=solver, sides=sides, field_of_view=field_of_view, calibrated=calibrated)


def solve_people(
    take: Take,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
    calibrated: bool = True,
    refine: bool = False,
) -> tuple[SolvedTake, ...]:
    """Solve a take for the motion of everyone in it, all in the camera's space; see `solve_person`."""
    return tuple(
        solve_person(
            take,
            person,
            solver=solver,
            sides=sides,
            field_of_view=field_of_view,
            calibrated=calibrated,
            refine=refine,
        )
        for person in take.people
    )


def solve_take(
    take: Take,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
    calibrated: bool = True,
    refine: bool = False,
) -> BodyMotion:
    """Return the motion of person 0 in a take; see `solve_person`."""
    return solve_person(
        take, solver=solver, sides=sides, field_of_view=field_of_view, calibrated=calibrated, refine=refine
    ).motion

# SPDX-License-Identifier: GPL-3.0-or-later
"""From a take of several cameras whose geometry is known to the motion of one person: one body fitted to all views."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ....models.body.motion import BodyMotion
from ...errors import PersonMissing
from ...takes.geometry import CameraGeometry
from ...takes.take import Take
from ..one_view import SolvedTake, calibrated_motion, look
from ..settings import DEFAULT_SOLVER, SolverName
from ..sides.exchange import Exchange
from ..sides.settings import DEFAULT_SIDES, SidesMode
from .blending.blend import blended
from .clocks import in_take, sampled
from .exchanges.settle import settled
from .fitting.fit import fit_body
from .fitting.performer import Performer, fit_performer
from .view import View
from .views import view_from

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SeenBy:
    """What one camera saw of a person.

    Attributes:
        camera: the camera.
        view: what it saw.
        exchanges: (n,) and `gaps` (n,) as in `SolvedTake`, at the times of the view.
    """

    camera: CameraGeometry
    view: View
    exchanges: Integers
    gaps: Integers


def solve_cameras(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    calibrated: bool = True,
) -> SolvedTake:
    """Solve what several cameras saw of a person, with the expressions of the face.

    Args:
        take: an open take with the geometry of its cameras.
        person: number of the person in the first camera, one of `take.people`.
        solver: which solver each view is solved by at first.
        sides: whether exchanges of left and right are undone.
        calibrated: as for `solving.solve_person`.

    Returns:
        The motion of the neutral body in the clock of the first camera, and in its axes or as calibrated; it covers all
        times at which one of the cameras filmed.

    Raises:
        TakeCorrupt, PersonMissing, LifterMissing: as for `solving.solve_person`.
    """
    seen = views_of(take, person, solver=solver, sides=sides)
    motion, performer = fitted(seen)
    return SolvedTake(
        person=person,
        motion=calibrated_motion(motion, take) if calibrated else motion,
        exchanges=_at(motion.time, [(each, each.exchanges) for each in seen]),
        gaps=_at(motion.time, [(each, each.gaps) for each in seen]),
        performer=performer,
    )


def views_of(
    take: Take, person: int = 0, *, solver: SolverName = DEFAULT_SOLVER, sides: SidesMode = DEFAULT_SIDES
) -> list[SeenBy]:
    """Return what each camera saw of a person whom it saw; the first camera is the first one.

    The arguments and errors are those of `solve_cameras`.
    """
    result = []
    for number, (camera, own) in enumerate(zip(take.info.cameras, numbers_of(take, person), strict=True)):
        if own >= 0:
            one = take.camera(number)
            seen = look(one, own, solver=solver, sides=sides, field_of_view=camera.field_of_view)
            view = view_from(seen, one, camera.field_of_view)
            result.append(SeenBy(camera, view, seen.solved.exchanges, seen.solved.gaps))
    return result if sides == "off" else _in_order(result)


def _in_order(seen: list[SeenBy]) -> list[SeenBy]:
    """Return what the cameras saw with left and right as the other ones saw them."""
    views, found = settled([each.view for each in seen], [each.camera for each in seen])
    return [
        replace(each, view=view, exchanges=np.where(exchanges != Exchange.NONE, exchanges, each.exchanges))
        for each, view, exchanges in zip(seen, views, found, strict=True)
    ]


def numbers_of(take: Take, person: int) -> tuple[int, ...]:
    """Return the number that a person of the first camera has in each camera; -1 where the camera does not see them.

    Raises:
        PersonMissing: the first camera has no person of that number.
    """
    people = take.people
    if person not in people:
        known = ", ".join(map(str, people))
        raise PersonMissing(f"“{take.path}” has no person {person}: choose one of these numbers, from 0: {known}.")
    row = people.index(person)
    others = (camera.people[row] if row < len(camera.people) else -1 for camera in take.info.cameras[1:])
    return (person, *others)


def fitted(seen: list[SeenBy]) -> tuple[BodyMotion, Performer | None]:
    """Return the motion of the neutral body that fits what all cameras saw, in the take's axes and clock.

    Also the body of the person, whose motion it is with the same rotations and a root that is larger by its scale; None
    if one camera alone saw them, whose view is left as it was solved, as in takes of one camera.
    """
    views, cameras = [each.view for each in seen], [each.camera for each in seen]
    seed = blended(views, cameras).motion
    if len(views) == 1:
        return seed, None
    performer = fit_performer(views, cameras, seed.time, seed)
    motion = fit_body(views, cameras, seed.time, seed, performer.body)
    # The fit bridges gaps; what follows is to know of them.
    root = np.where(np.isfinite(seed.root), motion.root, np.nan)
    return replace(motion, root=root / performer.scale, shape=performer.shape, located=True), performer


def _at(time: Array, values: list[tuple[SeenBy, Integers]]) -> Integers:
    """Return numbers of frames at times of the take: those of the first camera that has one there."""
    result = np.zeros(len(time), int)
    for seen, own in values:
        result = np.where(result == 0, sampled(own, in_take(seen.view.time, seen.camera), time), result)
    return result

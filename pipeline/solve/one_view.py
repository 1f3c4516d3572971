# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of one person as one camera saw it."""

from dataclasses import dataclass, replace
from math import isfinite, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.calibration import rotate_pose
from ...models.body.motion import BodyMotion, Vertical
from ..errors import PersonMissing
from ..landmarks.data import LandmarkTrack
from ..landmarks.room_lines import ASSUMED_VIEW, with_view
from ..landmarks.smoothing import smoothed_track
from ..takes.take import CALIBRATION, FIELD_OF_VIEW, NEUTRAL_FACE, Take
from .cameras.fitting.performer import Performer
from .creation import create_solver
from .face.neutral import Neutral
from .face.observation import FaceObserver
from .face.solving import solve_track
from .points import drop_implausible
from .settings import DEFAULT_SOLVER, SolverName
from .sides.exchange import Exchange
from .sides.settings import DEFAULT_SIDES, SidesMode
from .sides.take import mended, unmended

CALIBRATION_DOUBT: Final = radians(5.0)
"""Error of the vertical after a calibration: performers seldom stand quite upright for it."""


@dataclass(frozen=True)
class SolvedTake:
    """The motion of one person in a take.

    Attributes:
        person: number of the person in the take.
        motion: the motion.
        exchanges: (n,) which `sides.exchange.Exchange` of sides was undone in each frame.
        gaps: (n,) number of landmarks in each frame that were taken out because they jumped.
        performer: the person's own body, if it was fitted; the motion is of the neutral body all the same.
        scale: metres where the person was filmed for each metre of the motion's path.
    """

    person: int
    motion: BodyMotion
    exchanges: NDArray[np.int64]
    gaps: NDArray[np.int64]
    performer: Performer | None = None
    scale: float = 1.0

    @property
    def mended_frames(self) -> int:
        """Number of frames in which sides were exchanged, and are in order now."""
        return int((self.exchanges != Exchange.NONE).sum())


@dataclass(frozen=True)
class SolvedView:
    """What one camera saw of a person, and what was made of it, in the camera's axes.

    Attributes:
        track: landmarks as they were found, with sides in order and without those that jumped.
        solved: the motion, of landmarks that were smoothed as the take says.
    """

    track: LandmarkTrack
    solved: SolvedTake


def solve_view(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
    calibrated: bool = True,
) -> SolvedTake:
    """Solve what one camera saw of a person, with the expressions of the face.

    The arguments and errors are those of `solving.solve_person`; further cameras of the take are not looked at.
    """
    solved = solved_view(take, person, solver=solver, sides=sides, field_of_view=field_of_view).solved
    return replace(solved, motion=calibrated_motion(solved.motion, take)) if calibrated else solved


def solved_view(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
) -> SolvedView:
    """Return what one camera saw of a person, landmarks and motion, without a calibration."""
    known_person(take, person)
    observer = FaceObserver()
    track = drop_implausible(take.track(observer.add, person=person, as_found=True))
    mending = mended(track, take.rechecks(person)) if sides == "auto" else unmended(track)
    track = smoothed_track(mending.track, take.landmark_settings) if take.as_found else mending.track
    rest = take.info.settings.get(NEUTRAL_FACE)
    face = solve_track(observer.track(), None if rest is None else Neutral.of_numbers(rest))
    view = field_of_view or field_of_view_of(take)
    motion = create_solver(solver, field_of_view=view).solve(track)
    verticals = tuple(with_view(each, view or ASSUMED_VIEW) for each in take.info.verticals)
    motion = replace(motion, expressions=face.expressions, eyes=face.eyes, verticals=verticals)
    return SolvedView(mending.track, SolvedTake(person, motion, mending.exchanges, mending.gaps.sum(axis=1)))


def known_person(take: Take, person: int) -> int:
    """Return the place of a person among those of a take, by their number.

    Raises:
        PersonMissing: the take has no person of that number.
    """
    people = take.people if person else (0,)  # which need not be read for the first one
    if person not in people:
        known = ", ".join(map(str, people))
        raise PersonMissing(f"“{take.path}” has no person {person}: choose one of these numbers, from 0: {known}.")
    return people.index(person)


def calibrated_motion(motion: BodyMotion, take: Take) -> BodyMotion:
    """Return a motion in the camera's axes as the take's calibration turns it; as it is if the take has none.

    The calibration is evidence of the vertical then, so that the motion is not turned twice.
    """
    stored = take.info.settings.get(CALIBRATION)
    if stored is None:
        return motion
    turn = np.array(stored, dtype=float)
    rotations, root = rotate_pose(motion.rotations, motion.root, turn)
    ups = [(each, rot.rotate(turn, each.up)) for each in motion.verticals]
    turned = [replace(each, up=(float(up[0]), float(up[1]), float(up[2]))) for each, up in ups]
    upright = Vertical("calibration", (0.0, 0.0, 1.0), CALIBRATION_DOUBT)
    return replace(motion, rotations=rotations, root=root, verticals=(upright, *turned))


def field_of_view_of(take: Take) -> float | None:
    """Return the field of view in a take's settings in degrees; None if it is missing or not valid."""
    view = take.info.settings.get(FIELD_OF_VIEW)
    return float(view) if isinstance(view, int | float) and isfinite(view) and 0.0 < view < 180.0 else None

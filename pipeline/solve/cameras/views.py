# SPDX-License-Identifier: GPL-3.0-or-later
"""From what one camera of a take recorded to a view of a person."""

from math import radians, tan
from typing import Final

import numpy as np

from ...landmarks.data import LandmarkTrack
from ...landmarks.room_lines import ASSUMED_VIEW
from ...takes.take import Take
from ..one_view import SolvedView, field_of_view_of, solved_view
from ..settings import DEFAULT_SOLVER, SolverName
from ..sides.settings import DEFAULT_SIDES, SidesMode
from .view import Array, View

ASSUMED_DOUBT: Final = 0.2
"""Error of an assumed focal length as a fraction: cameras of phones and laptops see 50 to 80 degrees."""

KNOWN_DOUBT: Final = 0.02
"""Error of a given focal length: makers state it for photographs, of which videos are often a cut-out."""


def view_of(
    take: Take,
    person: int = 0,
    *,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
    field_of_view: float | None = None,
) -> View:
    """Return what one camera saw of a person.

    Args:
        take: what the camera recorded, `Take.camera` of a take of several.
        person: number of the person in it.
        solver: which solver.
        sides: whether exchanges of left and right are undone.
        field_of_view: the camera's, in degrees along the longer side; the take's own unless given.

    Raises:
        TakeCorrupt, PersonMissing, LifterMissing: as for `solving.solve_person`.
    """
    seen = solved_view(take, person, solver=solver, sides=sides, field_of_view=field_of_view)
    return view_from(seen, take, field_of_view)


def view_from(seen: SolvedView, take: Take, field_of_view: float | None = None) -> View:
    """Return what a camera saw of a person as a view; the arguments are those of `view_of`."""
    known = field_of_view or field_of_view_of(take)
    width, height = take.info.size
    focal, doubt = assumed_lens((width, height), known)
    return View(
        time=seen.track.time,
        pixels=pixels_of(seen.track),
        weight=weight_of(seen.track),
        motion=seen.solved.motion,
        size=(width, height),
        focal=focal,
        focal_doubt=doubt,
    )


def assumed_lens(size: tuple[int, int], field_of_view: float | None) -> tuple[float, float]:
    """Return the focal length in px of a camera with pictures of a size, and its error as a fraction.

    Args:
        size: width and height in px.
        field_of_view: in degrees along the longer side; None if unknown.
    """
    focal = 0.5 * max(size) / tan(radians(0.5 * (field_of_view or ASSUMED_VIEW)))
    return focal, KNOWN_DOUBT if field_of_view else ASSUMED_DOUBT


def pixels_of(track: LandmarkTrack) -> Array:
    """Return landmarks (n, 75, 2) in px from the middle of the picture."""
    hands = track.hand_image.reshape(len(track.time), 42, 3)
    points = np.concatenate([track.pose_image, hands], axis=1)[..., :2]
    return np.asarray(points - 0.5 * track.size[:, None], float)


def weight_of(track: LandmarkTrack) -> Array:
    """Return how sure landmarks (n, 75) are; points outside the picture keep a high visibility, not presence."""
    body = np.fmin(track.visibility, track.presence)
    hands = np.repeat(track.hand_presence, 21, axis=1)
    weight = np.clip(np.nan_to_num(np.concatenate([body, hands], axis=1)), 0.0, 1.0)
    return np.where(np.isfinite(pixels_of(track)).all(axis=-1), weight, 0.0)

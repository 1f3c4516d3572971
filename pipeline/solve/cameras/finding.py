# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the cameras of a take: solves what each saw by itself, synchronises them, and finds where they stood."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import numpy as np

from ...errors import CamerasUnclear
from ...takes.geometry import CameraGeometry
from ...takes.take import Take
from ..settings import DEFAULT_SOLVER, SolverName
from ..sides.settings import DEFAULT_SIDES, SidesMode
from .clocks import interval
from .geometry.find import FoundCameras, find_geometry
from .geometry.known_cameras import known_cameras
from .timing.contradiction import contradiction
from .timing.people import NOBODY, matched
from .timing.synchronise import synchronise_people
from .view import View
from .views import view_of

Sync = Literal["auto", "none"] | Sequence[float]
"""How the clocks of cameras are found: from the motion, not at all (they began together), or from the seconds at which
each of them sees one and the same moment."""

_LEAST_SEEN: Final = 1.0
"""Seconds for which a camera has to see somebody who is to help in finding it."""


def find_cameras(
    take: Take,
    *,
    sync: Sync = "auto",
    fields_of_view: Sequence[float | None] = (),
    cameras_of: Path | None = None,
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
) -> FoundCameras:
    """Find where the cameras of a take stood, their lenses and clocks, and who is who in them.

    Args:
        take: an open take of several cameras.
        sync: how their clocks are found.
        fields_of_view: of each camera, in degrees along the longer side; those in the take unless given.
        cameras_of: another take of the same cameras, if nobody has moved them since; only the clocks are found then.
        solver: which solver solves each view.
        sides: whether exchanges of left and right are undone.

    Returns:
        The cameras with the numbers that the first one's people have in the others.

    Raises:
        CamerasApart: their motion does not match, or there are not as many seconds as cameras.
        CamerasUnclear: the cameras cannot be found from what they saw, or are not those of the other take.
        TakeCorrupt, LifterMissing: as for `solving.solve_person`.
    """
    known = None if cameras_of is None else _cameras_of(cameras_of)
    views = [
        {person: view_of(one, person, solver=solver, sides=sides, field_of_view=field_of_view) for person in one.people}
        for one, field_of_view in _with_fields(take, fields_of_view)
    ]
    seen = [{person: view for person, view in each.items() if _seconds(view) >= _LEAST_SEEN} for each in views]
    _check_seen(seen)
    motions = [[view.motion for view in each.values()] for each in seen]
    clocks = synchronise_people(motions, seconds=_given(sync, seen))
    doubt = "" if sync == "auto" else contradiction(motions, clocks)
    matches = matched([{person: view.motion for person, view in each.items()} for each in seen], clocks)
    together = [row for row in matches if sum(number >= 0 for number in row) > 1] or matches
    people = [[each.get(number) for each, number in zip(seen, row, strict=True)] for row in together]
    refine = sync != "none"
    if known is not None:
        found = known_cameras(known, people, clocks, refine_clocks=refine)
    else:
        found = find_geometry(people, clocks, refine_clocks=refine)
    numbers = {row[0]: row for row in matches}
    missing = (NOBODY,) * len(seen)
    cameras = tuple(
        replace(camera, people=tuple(numbers.get(person, missing)[k] for person in take.people))
        for k, camera in enumerate(found.cameras)
    )
    return replace(found, cameras=cameras, doubt=doubt)


def _cameras_of(path: Path) -> tuple[CameraGeometry, ...]:
    with Take.open(path) as take:
        if not take.info.cameras:
            raise CamerasUnclear(f"“{path}” has no cameras: choose a take in which several cameras were found.")
        return take.info.cameras


def _with_fields(take: Take, fields_of_view: Sequence[float | None]) -> list[tuple[Take, float | None]]:
    """Return what each camera recorded, and the field of view that is given for it."""
    given = [*fields_of_view, *[None] * take.camera_count]
    return [(take.camera(number), given[number]) for number in range(take.camera_count)]


def _seconds(view: View) -> float:
    """Return the seconds for which a camera sees somebody's hips."""
    return interval(view.time) * float(np.isfinite(view.motion.root).all(axis=1).sum())


def _check_seen(seen: Sequence[Mapping[int, View]]) -> None:
    """Raise CamerasUnclear if there are not two cameras, or one of them sees nobody."""
    if len(seen) < 2:
        raise CamerasUnclear("The take was recorded by one camera: several are needed to find where they stood.")
    for number, each in enumerate(seen):
        if not each:
            raise CamerasUnclear(
                f"Camera {number + 1} sees everybody for less than a second, too little to find where it stands: "
                "choose a longer part of the video, or leave it out."
            )


def _given(sync: Sync, seen: Sequence[Mapping[int, View]]) -> Sequence[float] | None:
    """Return the seconds at which cameras see the same moment; None if they are to be found."""
    if sync == "none":
        return [0.0] * len(seen)
    return None if isinstance(sync, str) else sync

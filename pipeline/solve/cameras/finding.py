# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the cameras of a take: solves what each saw by itself, synchronises them, and finds where they stood.

How far apart they stood is found for people as large as the neutral body; what the proportions of those who were filmed
tell of their size is put into the cameras' positions, so that it is in all that is solved later, also in takes that use
these cameras again.
"""

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
from .blending.blend import blended
from .clocks import interval
from .fitting.performer import fit_size
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
    known = None if cameras_of is None else stored_cameras(cameras_of, take.camera_count)
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
        found = replace(found, cameras=_in_metres(found.cameras, people))
    numbers = {row[0]: row for row in matches}
    missing = (NOBODY,) * len(seen)
    cameras = tuple(
        replace(camera, people=tuple(numbers.get(person, missing)[k] for person in take.people))
        for k, camera in enumerate(found.cameras)
    )
    return replace(found, cameras=cameras, doubt=" ".join(filter(None, (found.doubt, doubt))))


def stored_cameras(path: Path, count: int) -> tuple[CameraGeometry, ...]:
    """Return the cameras of a take that was recorded before, whose places are to be used again for `count` cameras.

    Raises:
        CamerasUnclear: it does not say where as many cameras stood.
        TakeCorrupt, TakeTooNew: it cannot be read.
    """
    with Take.open(path) as take:
        cameras = take.info.cameras
    if len(cameras) != count:
        said = f"of {len(cameras)} cameras" if cameras else "of none"
        raise CamerasUnclear(
            f"“{path.stem}” says {said} where they stood, and there are {count}: name a take of the same cameras, or "
            "none to find them anew."
        )
    return cameras


def _in_metres(
    cameras: tuple[CameraGeometry, ...], people: Sequence[Sequence[View | None]]
) -> tuple[CameraGeometry, ...]:
    """Return cameras as far apart as the proportions of people tell, the mean of them all."""
    sizes = []
    for views in people:
        pairs = [(view, camera) for view, camera in zip(views, cameras, strict=True) if view is not None]
        if len(pairs) > 1:
            own, by = [view for view, _ in pairs], [camera for _, camera in pairs]
            seed = blended(own, by).motion
            sizes.append(fit_size(own, by, seed.time, seed))
    factor = float(np.exp(np.mean(np.log(sizes)))) if sizes else 1.0
    result = []
    for camera in cameras:
        x, y, z = camera.position
        result.append(replace(camera, position=(factor * x, factor * y, factor * z)))
    return tuple(result)


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

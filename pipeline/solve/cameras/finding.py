# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the cameras of a take: solves what each saw by itself, synchronises them, and finds where they stood."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from ...errors import CamerasUnclear
from ...takes.geometry import CameraGeometry, Clock
from ...takes.take import Take
from ..settings import DEFAULT_SOLVER, SolverName
from ..sides.settings import DEFAULT_SIDES, SidesMode
from .clocks import interval
from .find import FoundCameras, find_geometry
from .sync import synchronise_people
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
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
) -> FoundCameras:
    """Find where the cameras of a take stood, their lenses and clocks, and who is who in them.

    Args:
        take: an open take of several cameras.
        sync: how their clocks are found.
        fields_of_view: of each camera, in degrees along the longer side; those in the take unless given.
        solver: which solver solves each view.
        sides: whether exchanges of left and right are undone.

    Returns:
        The cameras with the numbers that the first one's people have in the others.

    Raises:
        CamerasApart: their motion does not match, or there are not as many seconds as cameras.
        CamerasUnclear: the cameras cannot be found from what they saw.
        TakeCorrupt, LifterMissing: as for `solving.solve_person`.
    """
    seen = _seen(take, fields_of_view, solver=solver, sides=sides)
    clocks = _clocks(seen, sync)
    matches = _matched(seen)
    people = [[each.get(number) for each, number in zip(seen, row, strict=True)] for row in matches]
    found = find_geometry(people, clocks, refine_clocks=sync != "none")
    return replace(found, cameras=_with_people(found.cameras, take, matches))


def reused_cameras(
    take: Take,
    known: Sequence[CameraGeometry],
    *,
    sync: Sync = "auto",
    solver: SolverName = DEFAULT_SOLVER,
    sides: SidesMode = DEFAULT_SIDES,
) -> tuple[CameraGeometry, ...]:
    """Return the cameras of a take that stood as in another one: only their clocks, and who is who, are found.

    Args:
        take: an open take of several cameras.
        known: the cameras of the other take, in the same order.
        sync, solver, sides: as for `find_cameras`.

    Raises:
        CamerasUnclear: they cannot be the same cameras, or one of them sees nobody.
        CamerasApart, TakeCorrupt, LifterMissing: as for `find_cameras`.
    """
    cameras = _same_cameras(take, known)
    seen = _seen(take, [camera.field_of_view for camera in cameras], solver=solver, sides=sides)
    clocks = _clocks(seen, sync)
    cameras = [replace(camera, clock=clock) for camera, clock in zip(cameras, clocks, strict=True)]
    return _with_people(cameras, take, _matched(seen))


def _same_cameras(take: Take, known: Sequence[CameraGeometry]) -> list[CameraGeometry]:
    """Return known cameras with the picture sizes of a take.

    Raises:
        CamerasUnclear: they are not as many, or their pictures have other shapes.
    """
    if len(known) != take.camera_count:
        before = f"{len(known)} cameras" if known else "no cameras that were found"
        raise CamerasUnclear(
            f"There are {take.camera_count} cameras, and the take to use again has {before}: name one of the same "
            "cameras, or let them be found."
        )
    cameras = []
    for number, camera in enumerate(known):
        size = take.camera(number).info.size
        scale = max(size) / max(camera.size)
        if abs(size[0] - scale * camera.size[0]) > 2.0 or abs(size[1] - scale * camera.size[1]) > 2.0:
            raise CamerasUnclear(
                f"Camera {number + 1} has pictures of {size[0]} by {size[1]} pixels, and in the take to use again they "
                f"have {camera.size[0]} by {camera.size[1]}: let the cameras be found, or give them in the same order."
            )
        cameras.append(replace(camera, focal=scale * camera.focal, size=size))
    return cameras


def _seen(
    take: Take, fields_of_view: Sequence[float | None], *, solver: SolverName, sides: SidesMode
) -> list[dict[int, View]]:
    """Return what each camera saw of everyone in it who is seen for long enough.

    Raises:
        CamerasUnclear: one of them sees nobody.
    """
    views = [
        {person: view_of(one, person, solver=solver, sides=sides, field_of_view=field_of_view) for person in one.people}
        for one, field_of_view in _with_fields(take, fields_of_view)
    ]
    seen = [{person: view for person, view in each.items() if _seconds(view) >= _LEAST_SEEN} for each in views]
    _check_seen(seen)
    return seen


def _clocks(seen: Sequence[Mapping[int, View]], sync: Sync) -> tuple[Clock, ...]:
    return synchronise_people([[view.motion for view in each.values()] for each in seen], seconds=_given(sync, seen))


def _with_people(
    cameras: Sequence[CameraGeometry], take: Take, matches: Sequence[tuple[int, ...]]
) -> tuple[CameraGeometry, ...]:
    """Return the cameras with the numbers that the first one's people have in them."""
    numbers = {row[0]: row for row in matches}
    missing = (-1,) * len(cameras)
    return tuple(
        replace(camera, people=tuple(numbers.get(person, missing)[k] for person in take.people))
        for k, camera in enumerate(cameras)
    )


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
                f"Camera {number + 1} sees nobody for longer than a second: choose another video, or leave it out."
            )


def _given(sync: Sync, seen: Sequence[Mapping[int, View]]) -> Sequence[float] | None:
    """Return the seconds at which cameras see the same moment; None if they are to be found."""
    if sync == "none":
        return [0.0] * len(seen)
    return None if isinstance(sync, str) else sync


def _matched(seen: Sequence[Mapping[int, View]]) -> list[tuple[int, ...]]:
    """Return the number of each person in each camera, -1 where it does not see them."""
    return [tuple(next(iter(each)) for each in seen)]

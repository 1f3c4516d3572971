# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the cameras of a take stood: found or used again, kept in the take, and said in words. It needs no Blender."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...pipeline.errors import CamerasApart, CamerasUnclear
from ...pipeline.takes.file import store_cameras
from ...pipeline.takes.geometry import CameraGeometry
from ...pipeline.takes.take import Take
from .options import SYNCS, SolveOptions, seconds_of

ONE_ALONE: Final = "Until the cameras are found, only what the first one saw is baked."
"""What follows why they were not found."""

STILL_KNOWN: Final = "The cameras that were found before are used."
"""What follows if they were found before."""


@dataclass(frozen=True)
class Finding:
    """Whether the cameras of a take were found, and how good that is, or why not, in words."""

    found: bool
    said: str


def find(
    take: Path,
    *,
    sync: str,
    cameras: Path | None,
    solve_options: SolveOptions,
    fields_of_view: Sequence[float | None] = (),
    left_out: bool = False,
) -> Finding:
    """Find where the cameras of a take stood, and keep it in the take.

    If it cannot be found, the take keeps why, and is otherwise as before; one whose cameras were found before is left
    as it is.

    Args:
        take: the take of several cameras.
        sync: how their times are matched: the option `sync`.
        cameras: take of the same cameras, whose places are used again; None to find them.
        solve_options: what turns landmarks into rotations, and how.
        fields_of_view: of each camera, in degrees along the longer side of its picture; those in the take unless given.
        left_out: whether the take lacks some of the cameras of which seconds and places tell; then these are of no use,
            and times and places are found from the motion.

    Raises:
        InvalidOption: there are not as many seconds as cameras.
        CamerasUnclear: the other take does not say where as many cameras stood.
        TakeCorrupt, TakeTooNew, LifterMissing.
    """
    from ...pipeline.solve.cameras.finding import Sync, find_cameras, stored_cameras

    if left_out:
        sync, cameras = sync if sync in SYNCS else "auto", None
    solver, sides = solve_options.solver, solve_options.sides
    with Take.open(take) as opened:
        count = opened.camera_count
        if count == 1:
            raise CamerasUnclear(
                f"“{take.stem}” was recorded by one camera: several are needed to find where they stood."
            )
        seconds = seconds_of(sync, count)
        if cameras is not None:
            stored_cameras(cameras, count)
        how: Sync = "none" if sync == "none" else seconds or "auto"
        geometry: tuple[CameraGeometry, ...] = ()
        try:
            found = find_cameras(
                opened, sync=how, fields_of_view=fields_of_view, cameras_of=cameras, solver=solver, sides=sides
            )
            geometry, said = found.cameras, " ".join(filter(None, (found.quality.summary, found.doubt)))
        except (CamerasApart, CamerasUnclear) as fault:
            if opened.info.cameras:
                return Finding(False, f"{fault} {STILL_KNOWN}")
            said = f"{fault} {ONE_ALONE}"
    store_cameras(take, geometry, said=said)
    return Finding(bool(geometry), said)

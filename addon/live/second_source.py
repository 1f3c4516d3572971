# SPDX-License-Identifier: GPL-3.0-or-later
"""Which second camera a live session has, and whether it is known how both stand to each other."""

from typing import Any, Final

import bpy

from ...pipeline.errors import SourceMissing
from ...pipeline.live.cameras import Pair
from ...pipeline.takes.take import Take
from ..bake.recording import FurtherSource
from ..errors import CamerasUnknown
from ..scene_settings import SceneSettings
from ..sources.properties import FIELDS, further_of
from ..takes import store as takes

MOST: Final = 2
"""Cameras of a live session: two cores find people in the pictures of no more in time."""


def second_of_panel(settings: SceneSettings) -> FurtherSource | None:
    """Return the panel's second camera; None if there is one camera only.

    Raises:
        SourceMissing: its row is empty.
    """
    for row in settings.further_sources[: MOST - 1]:
        chosen = getattr(row, FIELDS[settings.source]).strip()
        if not chosen:
            raise SourceMissing("Camera 2 is not chosen: choose one under Source, or remove it there.")
        return FurtherSource(_absolute(chosen) if settings.source == "FILE" else chosen, row.field_of_view or None)
    return None


def second_of_operator(operator: Any) -> FurtherSource | None:
    """Return the second camera that an operator is given: a camera, a file or an address; None without.

    Raises:
        InvalidOption: as for `further_of`.
    """
    return next(iter(further_of(operator)), None)


def pair_of_panel(settings: SceneSettings) -> Pair | None:
    """Return the cameras of the take that the panel names for them; None if it names none.

    Raises:
        TakeCorrupt: there is no such take, or it is none.
        CamerasUnknown: it does not say where two cameras stood.
    """
    if not settings.cameras:
        return None
    path = takes.given(settings.cameras)
    with Take.open(path) as take:
        found = take.info.cameras
    if len(found) < MOST:
        raise CamerasUnknown(
            f"The take “{path.stem}” does not say where two cameras stood: choose another one for Cameras From, or "
            "empty that field to find them anew."
        )
    return found[0], found[1]


def _absolute(path: str) -> str:
    return str(bpy.path.abspath(path)) if path else ""

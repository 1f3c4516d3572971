# SPDX-License-Identifier: GPL-3.0-or-later
"""The further cameras of a scene, in the panel of its source. With a single one there is only a button."""

from typing import Any

import bpy

from ..layout import column, iface, say
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..takes.properties import takes_list
from .media import Medium
from .properties import FIELDS


def show_further(layout: Any, context: bpy.types.Context, settings: SceneSettings) -> None:
    """Draw a row for each further camera with what is known of its file, how all fit together, and a button.

    How they are synchronised is asked of films that are baked; a live session has no use for it.
    """
    rows: Any = settings.further_sources
    if rows:
        if settings.source == "FILE":
            _show_medium(layout, context, settings.filepath)
        layout.prop(settings, "field_of_view")
    for number, row in enumerate(rows, start=2):
        box = column(layout.box())
        title = box.row(align=True)
        title.label(text=iface("Camera {number}").format(number=number), icon="CAMERA_DATA", translate=False)
        title.operator("mimic.source_remove", text="", icon="X").number = number
        box.prop(row, FIELDS[settings.source])
        if settings.source == "FILE":
            _show_medium(box, context, row.filepath)
        box.prop(row, "field_of_view")
    if rows:
        together = layout.column(align=True)
        if settings.source == "FILE" and runtime().session is None:
            together.prop(settings, "mirror_cameras")
            together.prop(settings, "sync")  # of what films now, the newest pictures belong together
        together.prop_search(settings, "cameras", takes_list(), "entries", results_are_suggestions=True)
    layout.operator("mimic.source_add", icon="ADD")


def _show_medium(layout: Any, context: bpy.types.Context, path: str) -> None:
    """Draw length, rate and size of a file, or why it cannot be opened."""
    if not path:
        return
    medium = runtime().media.of(bpy.path.abspath(path), runtime().timer.soon)
    if medium is None:
        layout.label(text=" ", translate=False)
    elif medium.problem:
        say(layout, context, medium.problem, icon="ERROR")
    else:
        layout.label(text=_said(medium), icon="BLANK1", translate=False)


def _said(medium: Medium) -> str:
    width, height = medium.size
    parts = [] if medium.seconds is None else [f"{medium.seconds:.1f} s"]
    return ", ".join([*parts, f"{medium.fps:.4g} fps", f"{width} x {height}"])

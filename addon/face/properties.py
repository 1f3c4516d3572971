# SPDX-License-Identifier: GPL-3.0-or-later
"""The face map as the panel shows it: a list of what moves the face, and the fields of the active row.

The list belongs to the window manager and is made anew whenever the map changes. The fields belong to the scene, so
that edits can be undone, but nothing is stored in them: they show and change the map of the panel's armature.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ...retarget.face.face_rig import FaceMap, FaceTarget
from .. import panel_settings
from ..runtime import runtime
from ..windows import manager, redraw
from . import store
from .faces import FaceFit
from .rows import SOURCES, Row, gain_of, names_of, rows_of, target_of, with_changes, with_gain, with_name

REGIONS: Final = (
    ("all", "All", "Show all expressions"),
    ("brows", "Brows", "Show the expressions of the brows"),
    ("eyes", "Eyes", "Show the expressions of the eyes"),
    ("mouth", "Mouth", "Show the expressions of mouth, cheeks and nose"),
    ("jaw", "Jaw", "Show the expressions of jaw and tongue"),
)


REGION_LABELS: Final = {region: label for region, label, _ in REGIONS}
"""Labels of the regions of the face."""


def face_list() -> Any:
    """The list of the face map, a `MIMIC_PG_face_list`."""
    return manager().mimic_face_list  # type: ignore[attr-defined]


def fields_of(scene: bpy.types.Scene) -> Any:
    """The fields of the active row, a `MIMIC_PG_face_row`."""
    return scene.mimic_face_row  # type: ignore[attr-defined]


def shown_face(*, recent: bool = False) -> FaceFit | None:
    """Return the face of the panel's armature; None without armature, or if it is no humanoid.

    Args:
        recent: as for `Faces.of`; for what is drawn.
    """
    armature = panel_settings.armature_or_none()
    return None if armature is None else runtime().faces.of(armature, recent=recent)


def read_rows() -> None:
    """Make the list anew, of the panel's armature. The active row stays active as long as there is one like it."""
    listed, before, fit = face_list(), active_row(), shown_face()
    found = [] if fit is None else list(rows_of(fit.edits))
    rows = [row for row in found if listed.region in {"all", SOURCES[row.source]}]
    listed.entries.clear()
    known = {} if fit is None else names_of(fit.face)
    for row in rows:
        target = None if fit is None else target_of(fit.edits, row)
        entry = listed.entries.add()
        entry.name, entry.kind, entry.target = row.source, row.kind, row.name
        entry.known = row.name in known
        entry.gain = 0.0 if target is None else gain_of(target, row)
    alike = [place for place, row in enumerate(rows) if before is not None and row.source == before.source]
    listed.active = rows.index(before) if before in rows else (alike or [0])[0]
    runtime().faces.listed = fit
    redraw("UI")


def active_row() -> Row | None:
    """Return the active row of the list; None if there is none."""
    listed = face_list()
    if not 0 <= listed.active < len(listed.entries):
        return None
    entry = listed.entries[listed.active]
    return Row(entry.name, entry.kind, entry.target)


def active_target() -> FaceTarget | None:
    """Return the target of the active row; None if it has none. Panels and fields ask at every redraw."""
    row, fit = active_row(), shown_face(recent=True)
    return None if row is None or fit is None else target_of(fit.edits, row)


def edit(change: Callable[[FaceMap, Row], FaceMap]) -> None:
    """Change the map of the panel's armature in the active row."""
    armature, row, fit = panel_settings.armature_or_none(), active_row(), shown_face()
    if armature is None or row is None or fit is None or armature.library:
        return
    store.choose(armature, change(fit.edits, row))
    runtime().timer.soon(read_rows)


def _change_target(**values: Any) -> None:
    edit(lambda face_map, row: with_changes(face_map, row, lambda target: replace(target, **values)))


def _name(_fields: Any) -> str:
    target = active_target()
    return "" if target is None else target.name


def _set_name(_fields: Any, name: str) -> None:
    fit = shown_face()
    kinds = {} if fit is None else names_of(fit.face)
    edit(lambda face_map, row: with_name(face_map, row, name, kinds.get(name, row.kind)))


def target_names(_owner: Any, _context: bpy.types.Context | None, typed: str) -> list[str]:
    """Return the names of the character's shape keys and bones that contain what was typed."""
    fit = shown_face()
    return [] if fit is None else [name for name in names_of(fit.face) if typed.lower() in name.lower()]


def _gain(_fields: Any) -> float:
    row, target = active_row(), active_target()
    return 0.0 if row is None or target is None else gain_of(target, row)


def _set_gain(_fields: Any, gain: float) -> None:
    edit(lambda face_map, row: with_gain(face_map, row, gain))


def _number(name: str) -> dict[str, Any]:
    """Read and write a number of the active target."""

    def read(_fields: Any) -> float:
        target = active_target()
        return 0.0 if target is None else float(getattr(target, name))

    return {"get": read, "set": lambda _fields, value: _change_target(**{name: value})}


def _axis(_fields: Any) -> tuple[float, float, float]:
    target = active_target()
    return (0.0, 0.0, 0.0) if target is None else target.axis


def _set_axis(_fields: Any, axis: Any) -> None:
    _change_target(axis=tuple(axis))


class MIMIC_PG_face_row(bpy.types.PropertyGroup):
    """Fields of the active row of the face map. Nothing is stored here: `store` says where."""

    target: StringProperty(
        name="Target",
        description="Shape key or bone that this expression moves; empty for none",
        get=_name,
        set=_set_name,
        search=target_names,
        search_options={"SUGGESTION"},
    )
    gain: FloatProperty(
        name="Gain",
        description="How much of the expression counts for its target; negative to move it the other way",
        soft_min=-2.0,
        soft_max=2.0,
        step=5,
        get=_gain,
        set=_set_gain,
    )
    low: FloatProperty(name="At Rest", description="Value of the shape key at rest", step=5, **_number("low"))
    high: FloatProperty(
        name="At Full", description="Value of the shape key at the full expression", step=5, **_number("high")
    )
    turn: FloatVectorProperty(
        name="Rotation",
        description="How far the bone turns at the full expression, around the body's X, Y and Z axes",
        size=3,
        subtype="EULER",
        get=_axis,
        set=_set_axis,
    )
    shift: FloatVectorProperty(
        name="Movement",
        description="How far the bone moves at the full expression, in widths of the head",
        size=3,
        subtype="XYZ",
        get=_axis,
        set=_set_axis,
    )


class MIMIC_PG_face_entry(bpy.types.PropertyGroup):
    """A row of the list; its name is that of the expression."""

    target: StringProperty(name="Target", description="Shape key or bone that this expression moves; empty for none")
    known: BoolProperty(name="Known", description="Whether the character has the target")
    kind: StringProperty(name="Kind", description="Whether the target is a shape key, a bone or an expression")
    gain: FloatProperty(name="Gain", description="How much of the expression counts for its target")


def _filter(_listed: Any, _context: bpy.types.Context) -> None:
    read_rows()


class MIMIC_PG_face_list(bpy.types.PropertyGroup):
    """The list of the face map, as last read."""

    entries: CollectionProperty(
        name="Expressions", description="Expressions and what they move", type=MIMIC_PG_face_entry
    )
    active: IntProperty(name="Active Expression", description="Expression whose target is edited or shown")
    region: EnumProperty(
        name="Region", description="Part of the face whose expressions are listed", items=REGIONS, update=_filter
    )


CLASSES: Final = (MIMIC_PG_face_row, MIMIC_PG_face_entry, MIMIC_PG_face_list)


def attach() -> None:
    """Give scenes the fields, the window manager the list, and objects what they show."""
    store.attach()
    bpy.types.Scene.mimic_face_row = PointerProperty(type=MIMIC_PG_face_row)  # type: ignore[attr-defined,func-returns-value]
    bpy.types.WindowManager.mimic_face_list = PointerProperty(type=MIMIC_PG_face_list)  # type: ignore[attr-defined,func-returns-value]


def detach() -> None:
    """Take them away; what was edited stays with the objects."""
    del bpy.types.WindowManager.mimic_face_list  # type: ignore[attr-defined]
    del bpy.types.Scene.mimic_face_row  # type: ignore[attr-defined]
    store.detach()

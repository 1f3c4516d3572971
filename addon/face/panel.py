# SPDX-License-Identifier: GPL-3.0-or-later
"""The face in the Mimic tab, under the Avatar panel: how strongly it moves, and which expressions move what of it."""

from typing import Any, Final

import bpy

from ...models.body.expressions import EXPRESSIONS, FACE_REGIONS
from ...retarget.face.face_rig import FaceTarget
from .. import panel_settings
from ..bone_map.operators import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from ..layout import Tab, column, counted, iface, say, show_notices
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene
from ..translations import CONTEXT
from .faces import FaceFit
from .properties import REGION_LABELS, active_row, active_target, face_list, fields_of, read_rows, shown_face

NO_FACE: Final = (
    "No shape keys or face bones found: the face stays as it is. Choose some in the face map if the character has any."
)

LINKED: Final = "This armature is linked: make a library override of it to edit its face map."

_ICONS: Final = {"key": "SHAPEKEY_DATA", "bone": "BONE_DATA", "vrm": "USER"}

_EXPRESSION_SHARE: Final = 0.55
"""Of the width of a row, for the name of the expression; the rest is for that of its target."""


class MIMIC_PT_face(Tab, bpy.types.Panel):
    """How strongly expressions move the character's face."""

    bl_label = "Face"
    bl_translation_context = CONTEXT
    bl_parent_id = "MIMIC_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        """Draw what was found of the face, and the strength of its expressions."""
        fit = shown_face(recent=True)
        layout = column(self.layout)
        if fit is not None:
            _show_fit(layout, context, fit)
        settings = settings_of(current_scene())
        layout.prop(settings, "expressions")
        moved = layout.column()
        moved.active = settings.expressions
        moved.prop(settings, "expression_strength", slider=True)
        strengths = moved.column(align=True)
        for region in FACE_REGIONS:
            strengths.prop(settings, f"strength_{region}", slider=True)
        thresholds = moved.column(align=True)
        thresholds.label(text="Thresholds")
        for region in FACE_REGIONS:
            thresholds.prop(settings, f"threshold_{region}", text=REGION_LABELS[region], slider=True)


class MIMIC_UL_face(bpy.types.UIList):
    """The face map: a row for each expression and what it moves."""

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: Any, _active: Any, _property: Any, *_rest: Any
    ) -> None:
        """Draw the expression, and its target if that has another name."""
        icon = (_ICONS[item.kind] if item.known else "ERROR") if item.target else "BLANK1"
        if item.target in {"", item.name}:
            row = layout.row()
            row.active = bool(item.target)
            row.label(text=item.name, icon=icon, translate=False)
            return
        parts = layout.split(factor=_EXPRESSION_SHARE, align=True)
        parts.label(text=item.name, translate=False)
        parts.label(text=item.target, icon=icon, translate=False)


class MIMIC_PT_face_map(Tab, bpy.types.Panel):
    """Which expressions move which shape keys and bones."""

    bl_label = "Face Map"
    bl_parent_id = "MIMIC_PT_avatar"
    bl_options = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be a humanoid."""
        return shown_face(recent=True) is not None

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the buttons for the whole map, the list, and the fields of its active row."""
        armature, fit = panel_settings.armature_or_none(), shown_face(recent=True)
        if armature is None or fit is None:
            return
        if runtime().faces.listed is not fit:
            runtime().timer.soon(read_rows)  # It cannot be made while it is drawn.
        layout = column(self.layout)
        if armature.library is not None:
            say(layout, context, iface(LINKED), icon="INFO")
        layout.label(
            text="Edited by Hand" if fit.edited else "Detected Automatically",
            icon="GREASEPENCIL" if fit.edited else "CHECKMARK",
        )
        row = layout.row(align=True)
        row.operator("mimic.expressions_detect", icon="FILE_REFRESH")
        row.operator("mimic.expressions_clear", text="Clear", icon="X")
        sides = layout.column(align=True)
        sides.operator(
            "mimic.expressions_mirror", text="Mirror Left to Right", icon="MOD_MIRROR"
        ).direction = LEFT_TO_RIGHT
        sides.operator(
            "mimic.expressions_mirror", text="Mirror Right to Left", icon="MOD_MIRROR"
        ).direction = RIGHT_TO_LEFT
        row = layout.row(align=True)
        row.operator("mimic.expressions_save", text="Save", icon="EXPORT")
        row.operator("mimic.expressions_load", text="Load", icon="IMPORT")
        _show_list(layout)
        show_notices(layout, context, "face")


CLASSES: Final = (MIMIC_UL_face, MIMIC_PT_face, MIMIC_PT_face_map)


def _show_fit(layout: Any, context: bpy.types.Context, fit: FaceFit) -> None:
    """Draw what of the face moves, or that nothing does."""
    if not fit.moves:
        say(layout, context, iface(NO_FACE), icon="INFO")
        return
    words = {"family": iface(fit.face_map.family), "found": fit.expressions, "all": len(EXPRESSIONS)}
    if fit.meshes:
        text = counted(
            fit.meshes,
            "{family}: {found} of {all} expressions, {count} mesh",
            "{family}: {found} of {all} expressions, {count} meshes",
            **words,
        )
    else:
        text = iface("{family}: {found} of {all} expressions, by bones").format(**words)
    say(layout, context, text, icon="CHECKMARK")
    for notice in fit.notices:
        say(layout, context, notice, icon="INFO")


def _show_list(layout: Any) -> None:
    """Draw the list and the fields of its active row."""
    listed = face_list()
    layout.prop(listed, "region")
    row = layout.row()
    row.template_list("MIMIC_UL_face", "", listed, "entries", listed, "active", rows=6)
    side = row.column(align=True)
    side.operator("mimic.expression_add", text="", icon="ADD")
    side.operator("mimic.expression_remove", text="", icon="REMOVE")
    side.separator()
    side.operator("mimic.expression_show", text="", icon="HIDE_OFF")
    side.operator("mimic.expression_show", text="", icon="LOOP_BACK").value = 0.0
    if active_row() is not None:
        _show_fields(layout, active_target())


def _show_fields(layout: Any, target: FaceTarget | None) -> None:
    fields = fields_of(current_scene())
    layout.prop(fields, "target")
    if target is None or target.eye:
        return
    layout.prop(fields, "gain")
    if target.kind == "bone":
        layout.prop(fields, "shift" if target.moves else "turn")
    else:
        ends = layout.column(align=True)
        ends.prop(fields, "low")
        ends.prop(fields, "high")

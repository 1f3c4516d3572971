# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map in the Mimic tab: every joint with the field of its bone, under the Avatar panel."""

from typing import Any, Final

import bpy

from ...retarget.rig.labels import BODY, HANDS
from .. import panel_settings
from ..layout import Tab, column, iface, say, show_notices
from ..runtime import runtime
from ..stage import current_scene
from .fits import Fit
from .operators import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from .properties import fields_of

_LINKED: Final = "This armature is linked: make a library override of it to choose its bones."

_LABELS_SHARE: Final = 0.38
"""Of the width, for the names of the joints."""


class _Map(Tab):
    """What panels of the bone map have in common."""

    bl_options: Any = {"DEFAULT_CLOSED"}  # noqa: RUF012

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature."""
        return panel_settings.armature_or_none() is not None


class MIMIC_PT_bone_map(_Map, bpy.types.Panel):
    """Which bone follows which joint of the performer."""

    bl_label = "Bone Map"
    bl_parent_id = "MIMIC_PT_avatar"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the buttons for the whole map."""
        armature = panel_settings.armature_or_none()
        if armature is None:
            return
        fit = runtime().fits.of(armature)
        layout = column(self.layout)
        if armature.library is not None:
            say(layout, context, iface(_LINKED), icon="INFO")
        layout.label(
            text="Chosen by Hand" if fit.chosen else "Detected Automatically",
            icon="GREASEPENCIL" if fit.chosen else "CHECKMARK",
        )
        row = layout.row(align=True)
        row.operator("mimic.bones_detect", icon="FILE_REFRESH")
        row.operator("mimic.bones_clear", text="Clear", icon="X")
        sides = layout.column(align=True)
        sides.operator("mimic.bones_mirror", text="Mirror Left to Right", icon="MOD_MIRROR").direction = LEFT_TO_RIGHT
        sides.operator("mimic.bones_mirror", text="Mirror Right to Left", icon="MOD_MIRROR").direction = RIGHT_TO_LEFT
        row = layout.row(align=True)
        row.operator("mimic.bones_save", text="Save", icon="EXPORT")
        row.operator("mimic.bones_load", text="Load", icon="IMPORT")
        show_notices(layout, context, "map")


class _Group(_Map):
    """A panel with the fields of some joints."""

    bl_parent_id = "MIMIC_PT_bone_map"
    headings: dict[str, dict[str, str]] = {}  # noqa: RUF012

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the fields under their headings."""
        armature = panel_settings.armature_or_none()
        if armature is None:
            return
        panel: Any = self
        fit = runtime().fits.of(armature)
        active = context.active_pose_bone
        picks = active is not None and active.id_data == armature
        several = len(self.headings) > 1
        for heading, joints in self.headings.items():
            rows = panel.layout.column(align=True)
            rows.enabled = armature.library is None
            if several:
                rows.label(text=heading)
            for joint, label in joints.items():
                _row(rows, armature, joint, label, mark=_mark(fit, joint), picks=picks)


class MIMIC_PT_bone_map_body(_Group, bpy.types.Panel):
    """Trunk, arms and legs."""

    bl_label = "Body"
    bl_options: Any = set()  # noqa: RUF012
    headings = BODY


class MIMIC_PT_bone_map_left(_Group, bpy.types.Panel):
    """Fingers of the left hand."""

    bl_label = "Left Fingers"
    headings = {"Left Fingers": HANDS["Left Fingers"]}  # noqa: RUF012


class MIMIC_PT_bone_map_right(_Group, bpy.types.Panel):
    """Fingers of the right hand."""

    bl_label = "Right Fingers"
    headings = {"Right Fingers": HANDS["Right Fingers"]}  # noqa: RUF012


CLASSES: Final = (MIMIC_PT_bone_map, MIMIC_PT_bone_map_body, MIMIC_PT_bone_map_left, MIMIC_PT_bone_map_right)


def _row(layout: Any, armature: bpy.types.Object, joint: str, label: str, *, mark: Any, picks: bool) -> None:
    """Draw a joint with the field of its bone, and a button for the active pose bone if there is one."""
    parts = layout.split(factor=_LABELS_SHARE, align=True)
    parts.label(text=label)
    field = parts.row(align=True)
    field.prop_search(fields_of(current_scene()), joint, armature.data, "bones", text="", icon=mark)
    if picks:
        field.operator("mimic.bone_choose", text="", icon="EYEDROPPER").joint = joint


def _mark(fit: Fit, joint: str) -> Any:
    """Icon of a joint's bone: an error if it does not exist, a pencil if it differs from the detected one."""
    bone = fit.bones.get(joint, "")
    if bone and joint in fit.missing:
        return "ERROR"
    if bone != fit.found.get(joint, ""):
        return "GREASEPENCIL"
    return "BONE_DATA"

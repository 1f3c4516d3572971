# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic's entries in Blender's own menus."""

from typing import Any, Final

import bpy


def _in_add_armature(menu: Any, _context: bpy.types.Context) -> None:
    menu.layout.operator("mimic.avatar_add", text="Mimic Avatar", icon="OUTLINER_OB_ARMATURE")


class MIMIC_MT_motion(bpy.types.Menu):
    """The panel's buttons, where Blender's search finds them."""

    bl_label = "Motion Capture"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the operators of the session, of takes, and of the maps of bones and face."""
        layout: Any = self.layout
        layout.operator_context = "INVOKE_DEFAULT"
        layout.operator("mimic.session_start", icon="PLAY")
        layout.operator("mimic.session_stop", icon="SNAP_FACE")
        layout.operator("mimic.session_pause", icon="PAUSE")
        layout.operator("mimic.take_record", icon="REC")
        layout.operator("mimic.session_calibrate", icon="ORIENTATION_GIMBAL")
        layout.operator("mimic.pose_reset", icon="LOOP_BACK")
        layout.separator()
        layout.operator("mimic.take_bake", icon="ACTION")
        layout.operator("mimic.video_bake", text="Bake Video...", icon="FILE_MOVIE").ask = True
        layout.separator()
        layout.operator("mimic.bones_detect", text="Detect Bones Again", icon="FILE_REFRESH")
        layout.operator("mimic.bones_load", text="Load Bone Map...", icon="IMPORT")
        layout.operator("mimic.bones_save", text="Save Bone Map...", icon="EXPORT")
        layout.separator()
        layout.operator("mimic.expressions_detect", text="Detect Face Again", icon="FILE_REFRESH")
        layout.operator("mimic.expressions_load", text="Load Face Map...", icon="IMPORT")
        layout.operator("mimic.expressions_save", text="Save Face Map...", icon="EXPORT")


CLASSES: Final = (MIMIC_MT_motion,)


def _in_animation(menu: Any, _context: bpy.types.Context) -> None:
    menu.layout.separator()
    menu.layout.menu("MIMIC_MT_motion", icon="POSE_HLT")


def _in_import(menu: Any, _context: bpy.types.Context) -> None:
    menu.layout.operator_context = "INVOKE_DEFAULT"
    menu.layout.operator("mimic.video_bake", text="Motion from Video (Mimic)").ask = True


_ENTRIES: Final = (
    ("VIEW3D_MT_armature_add", _in_add_armature),
    ("VIEW3D_MT_object_animation", _in_animation),  # Pose mode shows the same menu.
    ("TOPBAR_MT_file_import", _in_import),
)


def attach() -> None:
    """Add the entries to Blender's menus."""
    for menu, entry in _ENTRIES:
        getattr(bpy.types, menu).append(entry)


def detach() -> None:
    """Remove the entries."""
    for menu, entry in _ENTRIES:
        getattr(bpy.types, menu).remove(entry)

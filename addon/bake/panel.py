# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of baking in the Mimic tab, below the list of takes."""

from typing import Any, Final

import bpy

from ...retarget.motion.options import REGION_OPTIONS
from ..layout import Tab, column
from ..properties import settings_of
from ..stage import current_scene
from ..tilt_panel import show_tilt


class _Baking(Tab):
    """A panel with options of baking."""

    bl_parent_id = "MIMIC_PT_takes"
    bl_options: Any = {"DEFAULT_CLOSED"}  # noqa: RUF012


class MIMIC_PT_motion(_Baking, bpy.types.Panel):
    """Options that change the motion before it is keyed."""

    bl_label = "Motion"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw smoothing, feet, root motion and the other options of the motion."""
        layout = column(self.layout)
        settings = settings_of(current_scene())
        calm = layout.column()
        calm.active = not settings.by_region
        calm.prop(settings, "smoothing", slider=True)
        layout.prop(settings, "by_region")
        if settings.by_region:
            regions = layout.column(align=True)
            for name in REGION_OPTIONS.values():
                regions.prop(settings, name, slider=True)
        standing = layout.column()
        standing.active = not settings.upper_body
        standing.prop(settings, "feet")
        standing.prop(settings, "root")
        standing.prop(settings, "upright")
        camera = standing.column(align=True)
        camera.active = settings.upright
        show_tilt(camera, settings)
        camera.operator("mimic.take_level", icon="CON_ROTLIMIT")
        layout.prop(settings, "limits")
        layout.prop(settings, "reach")
        layout.prop(settings, "swap_sides")


class MIMIC_PT_timing(_Baking, bpy.types.Panel):
    """Which part of the motion is keyed, and at which time."""

    bl_label = "Timing"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw trim, offset and loop."""
        layout = column(self.layout)
        settings = settings_of(current_scene())
        trim = layout.column(align=True)
        trim.prop(settings, "trim_start")
        trim.prop(settings, "trim_end")
        layout.prop(settings, "offset")
        layout.prop(settings, "loop")
        blend = layout.row()
        blend.active = settings.loop != "off"
        blend.prop(settings, "loop_blend")


class MIMIC_PT_keys(_Baking, bpy.types.Panel):
    """Where the keyframes go, and how many there are."""

    bl_label = "Keyframes"

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the destination and the options of the keyframes."""
        layout = column(self.layout)
        settings = settings_of(current_scene())
        layout.prop(settings, "layer")
        if settings.layer == "additive":
            layout.prop_search(settings, "onto", bpy.data, "actions")
        layout.prop(settings, "ik")
        layout.prop(settings, "whole_frames")
        layout.prop(settings, "simplify")


CLASSES: Final = (MIMIC_PT_motion, MIMIC_PT_timing, MIMIC_PT_keys)

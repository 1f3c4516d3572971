# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded takes in the Mimic tab, and the options of baking them."""

from typing import Any, Final

import bpy

from ...errors import MimicError
from ...retarget.motion.options import REGION_OPTIONS
from ..jobs import Job
from ..layout import Tab, column, iface, show_notices
from ..properties import read_takes, settings_of, takes_list
from ..runtime import runtime
from ..stage import current_scene
from ..windows import redraw


class MIMIC_UL_takes(bpy.types.UIList):
    """The list of takes, one to a row."""

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, item: Any, _icon: Any, _active: Any, _property: Any, *_rest: Any
    ) -> None:
        """Draw name and length, or what is wrong with the take."""
        row = layout.row()
        row.label(text=item.name, icon="ACTION" if item.readable else "ERROR", translate=False)
        if not item.readable:
            row.label(text="Damaged")
        elif not item.complete:
            row.operator("mimic.recover_take", text="Recover", icon="FILE_REFRESH").take = item.name
        else:
            row.label(text=f"{item.seconds:.1f} s", translate=False)


class MIMIC_PT_takes(Tab, bpy.types.Panel):
    """Recorded takes."""

    bl_label = "Takes"

    def draw(self, context: bpy.types.Context) -> None:
        """Draw the list of takes and its buttons."""
        listed = takes_list()
        layout = column(self.layout)
        if not listed.read:
            runtime().timer.soon(_read)  # it cannot be read while it is drawn
        row = layout.row()
        row.template_list("MIMIC_UL_takes", "", listed, "entries", listed, "active", rows=4)
        side = row.column(align=True)
        for operator, icon in (
            ("mimic.refresh_takes", "FILE_REFRESH"),
            ("mimic.rename_take", "GREASEPENCIL"),
            ("mimic.export_take", "EXPORT"),
            ("mimic.delete_take", "TRASH"),
        ):
            side.operator(operator, text="", icon=icon)
        job = runtime().jobs.current
        if job is None:
            layout.operator("mimic.bake_take", icon="ACTION")
            layout.operator("mimic.bake_video", icon="FILE_MOVIE")
        else:
            _show_job(layout, job)
        show_notices(layout, context, "takes", "bake")


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


CLASSES: Final = (MIMIC_UL_takes, MIMIC_PT_takes, MIMIC_PT_motion, MIMIC_PT_timing, MIMIC_PT_keys)


def _read() -> None:
    try:
        read_takes()
    except MimicError as fault:
        runtime().notices.set_error("takes", str(fault))
        takes_list().read = True  # or it would be tried again with every redraw
    redraw("UI")


def _show_job(layout: Any, job: Job[Any]) -> None:
    """Draw the progress of background work, in the two rows of the buttons."""
    progress = job.progress
    text, name = progress.doing
    layout.progress(factor=progress.share or 0.0, text=iface(text).format(name=name))
    layout.operator("mimic.cancel", icon="CANCEL")

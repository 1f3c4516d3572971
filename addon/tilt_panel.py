# SPDX-License-Identifier: GPL-3.0-or-later
"""How the tilt of the camera is shown in panels: as found from the motion, or as two sliders."""

from typing import Any, Final

from ..retarget.motion.options import TILT_UNKNOWN
from .layout import iface

ANGLES: Final = ("camera_pitch", "camera_roll")
"""The fields of the tilt; `TILT_UNKNOWN` means that it is to be found."""


def is_automatic(settings: Any) -> bool:
    """Whether the whole tilt is to be found."""
    return all(getattr(settings, name) == TILT_UNKNOWN for name in ANGLES)


def show_tilt(layout: Any, settings: Any) -> None:
    """Draw a button that says Automatic and brings sliders; or sliders, and a button that makes it automatic again."""
    if is_automatic(settings):
        line = layout.split(factor=0.4)
        name = line.row()
        name.alignment = "RIGHT"
        name.label(text=iface("Camera Tilt"), translate=False)
        line.operator("mimic.camera_tilt_set", text=iface("Automatic"), translate=False)
        return
    line = layout.row(align=True)
    sliders = line.column(align=True)
    for name in ANGLES:
        sliders.prop(settings, name, slider=True)
    line.operator("mimic.camera_tilt_clear", text="", icon="X")

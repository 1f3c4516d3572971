# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing helpers shared by Mimic's panels."""

import textwrap
from typing import Any, Final, cast

import bpy

from .notices import Topic
from .runtime import runtime

_WIDTH_OF_LETTER: Final = 6.2
"""Approximate width in pixels of Blender's own font at a UI scale of 1."""

_WIDTH_OF_FRAME: Final = 72.0
"""Width in pixels of tabs, margins and icon at a UI scale of 1."""


def iface(message: str) -> str:
    """Translate a message of the interface, for messages that are formatted or wrapped before drawing."""
    return cast(str, cast(Any, bpy.app.translations).pgettext_iface(message))


def counted(count: int, one: str, several: str, **more: object) -> str:
    """Translate and format a message with `{count}` in it: `one` for 1, `several` for all other numbers."""
    return iface(one if count == 1 else several).format(count=count, **more)


class Tab:
    """Base of all panels: the Mimic tab in the sidebar of 3D viewports."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Mimic"


def column(layout: Any) -> Any:
    """Return a column of fields with their labels on the left."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout.column()


def say(layout: Any, context: bpy.types.Context, sentence: str, *, icon: str) -> None:
    """Draw a sentence, wrapped to the region's width."""
    scale = 0.0 if context.preferences is None else context.preferences.system.ui_scale
    width = 240 if context.region is None else context.region.width
    letters = max(16, int((width / (scale or 1.0) - _WIDTH_OF_FRAME) / _WIDTH_OF_LETTER))
    lines = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(sentence, letters)):
        lines.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


def show_notices(layout: Any, context: bpy.types.Context, *topics: Topic) -> None:
    """Draw the errors and notices of some topics, with a button to dismiss them."""
    shown, notices = False, runtime().notices
    for topic in topics:
        for sentence, icon in ((notices.error(topic), "ERROR"), (notices.info(topic), "INFO")):
            if sentence:
                say(layout, context, sentence, icon=icon)
                shown = True
    if shown:
        layout.operator("mimic.messages_dismiss", text="Dismiss", icon="X")

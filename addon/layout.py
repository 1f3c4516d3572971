# SPDX-License-Identifier: GPL-3.0-or-later
"""What all of Mimic's panels are drawn with."""

import textwrap
from typing import Any, Final, cast

import bpy

from .notices import Topic
from .runtime import runtime

_WIDTH_OF_LETTER: Final = 6.2
"""Pixels at a scale of 1, about, in Blender's own font."""

_WIDTH_OF_FRAME: Final = 72.0
"""Pixels at a scale of 1 that tabs, margins and icon take."""


def iface(message: str) -> str:
    """A message of the interface in the user's language, for those that are put together or wrapped."""
    return cast(str, cast(Any, bpy.app.translations).pgettext_iface(message))


def counted(count: int, one: str, several: str, **more: object) -> str:
    """One of two messages with `{count}` in them, in the user's language: the first for 1, the second for the rest."""
    return iface(one if count == 1 else several).format(count=count, **more)


class Tab:
    """Where all panels are."""

    bl_space_type: Any = "VIEW_3D"
    bl_region_type: Any = "UI"
    bl_category = "Mimic"


def column(layout: Any) -> Any:
    """A column of fields, their names before them."""
    layout.use_property_split = True
    layout.use_property_decorate = False
    return layout.column()


def say(layout: Any, context: bpy.types.Context, sentence: str, *, icon: str) -> None:
    """A sentence in as many lines as the region's width asks for."""
    scale = 0.0 if context.preferences is None else context.preferences.system.ui_scale
    width = 240 if context.region is None else context.region.width
    letters = max(16, int((width / (scale or 1.0) - _WIDTH_OF_FRAME) / _WIDTH_OF_LETTER))
    lines = layout.column(align=True)
    for number, line in enumerate(textwrap.wrap(sentence, letters)):
        lines.label(text=line, icon=icon if number == 0 else "BLANK1", translate=False)


def show_notices(layout: Any, context: bpy.types.Context, *topics: Topic) -> None:
    """What is wrong with something, and what is worth knowing of it, until that is put right or read."""
    shown, notices = False, runtime().notices
    for topic in topics:
        for sentence, icon in ((notices.error(topic), "ERROR"), (notices.info(topic), "INFO")):
            if sentence:
                say(layout, context, sentence, icon=icon)
                shown = True
    if shown:
        layout.operator("mimic.dismiss", text="Dismiss", icon="X")

# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that Blender must be told of, in order of need; taken back in reverse."""

from typing import Any, Final, cast

import bpy

from . import menus, preferences, properties, timer, translations
from .bake import operators
from .bone_map import operators as bone_map_operators
from .bone_map import panel as bone_map_panel
from .bone_map import properties as bone_map_properties
from .command_line import run_command
from .live import operators as live_operators
from .live import panel
from .takes import operators as take_operators
from .takes import panel as takes_panel

_CLASSES: Final = (
    *preferences.CLASSES,
    *properties.CLASSES,
    *bone_map_properties.CLASSES,
    *operators.CLASSES,
    *live_operators.CLASSES,
    *take_operators.CLASSES,
    *bone_map_operators.CLASSES,
    *panel.CLASSES,
    *takes_panel.CLASSES,
    *bone_map_panel.CLASSES,
    *menus.CLASSES,
)
_commands: list[Any] = []
"""Blender's handle of ``--command mimic``, while it is registered."""


def register() -> None:
    """Add operators, properties, panels and the command line to Blender."""
    for each in _CLASSES:
        bpy.utils.register_class(each)
    properties.attach()
    bone_map_properties.attach()
    menus.attach()
    translations.register()
    _commands.append(cast(Any, bpy.utils).register_cli_command("mimic", run_command))


def unregister() -> None:
    """Stop what runs, and take all of it out again."""
    timer.shut_down()
    takes_panel.unregister()
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    translations.unregister()
    menus.detach()
    bone_map_properties.detach()
    properties.detach()
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)

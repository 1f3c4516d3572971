# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that Blender must be told of, in order of need; taken back in reverse."""

from typing import Any, Final, cast

import bpy

from . import operators, panel, preferences, properties, pulse, take_operators
from .command_line import run_command
from .live import operators as live_operators

_CLASSES: Final = (
    *preferences.CLASSES,
    *properties.CLASSES,
    *operators.CLASSES,
    *live_operators.CLASSES,
    *take_operators.CLASSES,
    *panel.CLASSES,
)
_commands: list[Any] = []
"""Blender's handle of ``--command mimic``, while it is registered."""


def register() -> None:
    """Add operators, properties, panels and the command line to Blender."""
    for each in _CLASSES:
        bpy.utils.register_class(each)
    properties.attach()
    _commands.append(cast(Any, bpy.utils).register_cli_command("mimic", run_command))


def unregister() -> None:
    """Stop what runs, and take all of it out again."""
    pulse.shut_down()
    panel.unregister()
    while _commands:
        bpy.utils.unregister_cli_command(_commands.pop())
    properties.detach()
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)

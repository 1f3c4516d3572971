# SPDX-License-Identifier: GPL-3.0-or-later
"""Register everything with Blender, in order of dependency, and unregister it in reverse."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final, cast

import bpy

from . import menus, online, operators, preferences, properties, runtime, translations
from .bake import operators as bake_operators
from .bake import panel as bake_panel
from .bake import take_operators as bake_take_operators
from .bone_map import operators as bone_map_operators
from .bone_map import panel as bone_map_panel
from .bone_map import properties as bone_map_properties
from .character import operators as character_operators
from .command_line import run_command
from .face import expression_operators
from .face import operators as face_operators
from .face import panel as face_panel
from .face import properties as face_properties
from .live import camera_operators, level_operators, people_operators, people_panel
from .live import operators as live_operators
from .live import panel as live_panel
from .sources import operators as source_operators
from .sources import properties as source_properties
from .takes import operators as take_operators
from .takes import panel as take_panel
from .takes import properties as take_properties

_CLASSES: Final = (
    *preferences.CLASSES,
    *source_properties.CLASSES,
    *properties.CLASSES,
    *take_properties.CLASSES,
    *bone_map_properties.CLASSES,
    *face_properties.CLASSES,
    *operators.CLASSES,
    *character_operators.CLASSES,
    *source_operators.CLASSES,
    *bake_operators.CLASSES,
    *bake_take_operators.CLASSES,
    *live_operators.CLASSES,
    *people_operators.CLASSES,
    *camera_operators.CLASSES,
    *level_operators.CLASSES,
    *take_operators.CLASSES,
    *bone_map_operators.CLASSES,
    *face_operators.CLASSES,
    *expression_operators.CLASSES,
    *live_panel.CLASSES,
    *people_panel.CLASSES,
    *take_panel.CLASSES,
    *bake_panel.CLASSES,
    *face_panel.CLASSES,
    *bone_map_panel.CLASSES,
    *menus.CLASSES,
)


def run_in_blender(arguments: Sequence[str] | None = None) -> int:
    """Run a command of the command line. Blender calls this for ``--command mimic``."""
    return run_command(arguments, check_source=online.check)


def register() -> None:
    """Register classes, properties, menus, translations and the command line, after unregistering previous ones.

    If any registration fails, the earlier ones are undone.
    """
    unregister()
    with ExitStack() as added:
        added.callback(runtime.detach)
        running = runtime.attach()
        for each in _CLASSES:
            bpy.utils.register_class(each)
            added.callback(bpy.utils.unregister_class, each)
        for part in (properties, take_properties, bone_map_properties, face_properties, menus):
            part.attach()
            added.callback(part.detach)
        translations.register()
        added.callback(translations.unregister)
        command = cast(Any, bpy.utils).register_cli_command("mimic", run_in_blender)
        added.callback(cast(Any, bpy.utils).unregister_cli_command, command)
        added.callback(running.close)
        running.registered = added.pop_all()


def unregister() -> None:
    """Stop everything that runs and unregister it. Does nothing if nothing is registered."""
    running = runtime.attached()
    if running is not None:
        running.registered.close()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that Blender must be told of, in order of need; taken back in reverse."""

import bpy

from . import operators

_CLASSES = (*operators.CLASSES,)


def register() -> None:
    """Add the operators to Blender."""
    for each in _CLASSES:
        bpy.utils.register_class(each)


def unregister() -> None:
    """Take them out again."""
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)

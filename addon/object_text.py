# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that Mimic stores with objects, such as edited maps: saved, undone, copied and overridden with them."""

from typing import Any

import bpy
from bpy.props import StringProperty


def attach_text(key: str, *, name: str, description: str) -> None:
    """Register a hidden text property of objects if needed.

    The command line uses it without enabling the add-on. It is a string, as Blender keeps no other kind of change in a
    library override.
    """
    if hasattr(bpy.types.Object, key):
        return
    make: Any = StringProperty
    described = make(name=name, description=description, options={"HIDDEN"}, override={"LIBRARY_OVERRIDABLE"})
    setattr(bpy.types.Object, key, described)

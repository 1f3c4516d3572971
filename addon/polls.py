# SPDX-License-Identifier: GPL-3.0-or-later
"""Polls of operators that explain in the tooltip why a button is greyed out."""

from typing import Any

import bpy

from .layout import iface


def met(operator: Any, holds: bool, need: str) -> bool:
    """Return whether an operator class can be used; if not, show `need`, already translated, in its tooltip."""
    if not holds:
        operator.poll_message_set(need)
    return holds


def is_armature(_self: Any, thing: bpy.types.Object) -> bool:
    """Return whether an object can be chosen as a character."""
    return thing.type == "ARMATURE"


def has_armature(operator: Any) -> bool:
    """Return whether there is an armature for an operator class to work on."""
    return met(operator, bool(bpy.data.armatures), iface("Add the avatar or a character of your own first"))

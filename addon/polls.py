# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a button is grey: its tooltip says what it needs first."""

from typing import Any

import bpy

from .layout import iface


def met(operator: Any, holds: bool, need: str) -> bool:
    """Whether a class of operators can be used; if not, its tooltip says what it needs, in the user's language."""
    if not holds:
        operator.poll_message_set(need)
    return holds


def has_armature(operator: Any) -> bool:
    """Whether there is an armature that a class of operators can work on."""
    return met(operator, bool(bpy.data.armatures), iface("Add the avatar or a character of your own first"))

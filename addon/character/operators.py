# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that bring characters into the scene."""

from typing import TYPE_CHECKING, Final

import bpy

from ..layout import iface
from ..operators import EDIT
from ..polls import met
from ..properties import settings_of
from ..stage import current_scene
from .avatar import add_avatar

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class MIMIC_OT_avatar_add(bpy.types.Operator):
    """Add the built-in character, which has a Mixamo skeleton"""

    bl_idname = "mimic.avatar_add"
    bl_label = "Add Avatar"
    bl_options = EDIT

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Bones can only be made from object mode."""
        return met(cls, context.mode == "OBJECT", iface("Switch to Object Mode first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Add it to the scene, selected and active, and let it be what the panel moves."""
        settings_of(current_scene()).armature = add_avatar(current_scene())
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_avatar_add,)

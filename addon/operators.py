# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person, or a script, asks of Mimic inside Blender. Each gathers values, calls a function and reports."""

from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import MimicError
from ..models.body.model import neutral_body
from .avatar import add_avatar
from .bake import Applied, apply_motion
from .stage import current_scene

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems, OperatorTypeFlagItems

    Outcome = set[OperatorReturnItems]


_OPTIONS: "set[OperatorTypeFlagItems]" = {"REGISTER", "UNDO"}


class MIMIC_OT_add_avatar(bpy.types.Operator):
    """Add the built-in character, on a Mixamo skeleton"""

    bl_idname = "mimic.add_avatar"
    bl_label = "Add Avatar"
    bl_options = _OPTIONS

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Bones can only be made from object mode."""
        return context.mode == "OBJECT"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Add it to the scene, selected and active."""
        add_avatar(current_scene())
        return {"FINISHED"}


class MIMIC_OT_bake_take(bpy.types.Operator):
    """Key the motion of a recorded take on the active armature, as a new action"""

    bl_idname = "mimic.bake_take"
    bl_label = "Bake Take"
    bl_options = _OPTIONS

    filepath: StringProperty(name="Take", description="File that a capture wrote", subtype="FILE_PATH")
    whole_frames: BoolProperty(
        name="Whole Frames",
        description="Key every frame of the scene, instead of the moments at which the take saw the performer",
        default=False,
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There must be an armature to key."""
        return context.object is not None and context.object.type == "ARMATURE"

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the take's file."""
        cast(bpy.types.WindowManager, context.window_manager).fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: bpy.types.Context) -> "Outcome":
        """Key the take from the scene's first frame on."""
        take = Path(bpy.path.abspath(self.filepath))
        armature = cast(bpy.types.Object, context.object)
        try:
            applied = _bake_take(armature, take, whole_frames=self.whole_frames)
        except MimicError as fault:
            self.report({"ERROR"}, str(fault))
            return {"CANCELLED"}
        for warning in applied.warnings:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f'Keyed {len(applied.frames)} frames as action "{applied.action}"')
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_add_avatar, MIMIC_OT_bake_take)


def _bake_take(armature: bpy.types.Object, path: Path, *, whole_frames: bool) -> Applied:
    from ..pipeline.analytic.solver import solve
    from ..pipeline.take import Take

    with Take.open(path) as take:
        motion = solve(take.track(), neutral_body())
    return apply_motion(armature, motion, name=path.stem, whole_frames=whole_frames)

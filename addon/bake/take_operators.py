# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that bring more of a take into the scene than its motion: its cameras."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from .. import panel_settings
from ..operators import attempt
from ..polls import has_armature
from ..properties import settings_of
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..stage import current_scene, rate_of
from ..takes import store as takes
from ..takes.properties import active_take
from ..windows import push_undo
from . import requests as baking
from .operators import begin
from .take_cameras import add_cameras, add_cameras_job, filmed_take

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class _OfTake:
    """Properties of operators on one take and one armature. Undo steps are made when the work is done."""

    take: StringProperty(
        name="Take", description="Name of the recorded take; the active one in the list if empty", options={"SKIP_SAVE"}
    )
    filepath: StringProperty(
        name="File",
        description="Take from a file, instead of one in the list",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    armature: StringProperty(
        name="Armature", description="Character that follows the take; the panel's if empty", options={"SKIP_SAVE"}
    )
    wait: BoolProperty(
        name="Wait",
        description="Wait until it is done, instead of working in the background",
        default=True,
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def path(self) -> Path:
        """File of the take.

        Raises:
            TakeCorrupt: there is none.
        """
        given: Any = self
        if given.filepath:
            return Path(bpy.path.abspath(given.filepath))
        return takes.existing(given.take or active_take())


class MIMIC_OT_cameras_add(_OfTake, bpy.types.Operator):
    """Add the cameras that filmed the take to the scene, where they see the character as the performer was filmed"""

    bl_idname = "mimic.cameras_add"
    bl_label = "Add Cameras"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature for the cameras to look at."""
        return has_armature(cls)

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """From a button: solve beside Blender, then add them."""
        self.wait = False
        return self.execute(context)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve the take, and add its cameras."""
        return attempt(self, self._add, topic="bake")

    def _add(self) -> None:
        path, settings = self.path(), settings_of(current_scene())
        armature = panel_settings.armature(self.armature)
        how = baking.bake_settings(settings, [armature], path.stem)
        folders, frame = folders_of(settings, path), first_frame(armature, settings)
        if not self.wait:
            begin(add_cameras_job(path, how, folders, begin_frame=frame))
            return
        said = add_cameras(path.stem, filmed_take(path, how), how, folders, begin_frame=frame)
        runtime().notices.set_info("bake", said)
        self.report({"INFO"}, said)
        push_undo(self.bl_label)


def folders_of(settings: SceneSettings, take: Path) -> list[Path]:
    """Return where the videos of a take may lie: beside those of the panel, the take and the open file."""
    files = [settings.filepath, *(row.filepath for row in settings.further_sources), bpy.data.filepath]
    folders = [Path(bpy.path.abspath(file)).parent for file in files if file]
    return list(dict.fromkeys([*folders, take.parent]))


def first_frame(armature: bpy.types.Object, settings: SceneSettings) -> float:
    """Return the scene frame at which the motion of a character begins: as keyed, or as it would be."""
    animated = armature.animation_data
    if animated is not None and animated.action is not None:
        return float(animated.action.frame_range[0])
    scene = current_scene()
    return scene.frame_start + settings.offset * rate_of(scene)


CLASSES: Final = (MIMIC_OT_cameras_add,)

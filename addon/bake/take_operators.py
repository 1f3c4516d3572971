# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that bring more of a take into the scene than its motion: its cameras, and its performer."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import BoolProperty, IntProperty, StringProperty

from ...pipeline.landmarks.data import MAX_PEOPLE
from ...retarget.motion.option_table import read
from .. import panel_settings
from ..jobs import Job
from ..layout import iface
from ..operators import attempt
from ..people import field_of
from ..polls import has_armature, met
from ..properties import settings_of
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..stage import current_scene, rate_of
from ..takes import store as takes
from ..takes.properties import active_take
from . import requests as baking
from .avatar_fit import FitRequest, fit_avatar_job
from .operators import begin
from .options import FINDING, CaptureOptions, SolveOptions
from .properties import properties_of
from .take_cameras import add_cameras_job, find_cameras_job

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class _OfTake:
    """Properties of operators on one take. Undo steps are made when the work is done."""

    take: StringProperty(
        name="Take", description="Name of the recorded take; the active one in the list if empty", options={"SKIP_SAVE"}
    )
    filepath: StringProperty(
        name="File",
        description="Take from a file, instead of one in the list",
        subtype="FILE_PATH",
        options={"SKIP_SAVE"},
    )
    wait: BoolProperty(
        name="Wait",
        description="Wait until it is done, instead of working in the background",
        default=True,
        options={"HIDDEN", "SKIP_SAVE"},
    )

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """From a button: work beside Blender."""
        given: Any = self
        given.wait = False
        outcome: Outcome = given.execute(context)
        return outcome

    def path(self) -> Path:
        """File of the take.

        Raises:
            TakeCorrupt: there is none.
        """
        given: Any = self
        if given.filepath:
            return Path(bpy.path.abspath(given.filepath))
        return takes.existing(given.take or active_take())

    def do(self, job: Job[Any]) -> None:
        """Do a job at once and report what it says in the panel, or beside Blender.

        Raises:
            MimicError: it failed.
        """
        given: Any = self
        if not given.wait:
            begin(job)
            return
        runtime().notices.clear("bake")
        job.do()
        given.report({"INFO"}, runtime().notices.info("bake"))


class _WithCharacter(_OfTake):
    """An operator on a take and the character that follows it."""

    armature: StringProperty(
        name="Armature", description="Character that follows the take; the panel's if empty", options={"SKIP_SAVE"}
    )


class MIMIC_OT_cameras_add(_WithCharacter, bpy.types.Operator):
    """Add the cameras that filmed the take to the scene, where they see the character as the performer was filmed"""

    bl_idname = "mimic.cameras_add"
    bl_label = "Add Cameras"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature for the cameras to look at."""
        return has_armature(cls)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve the take, and add its cameras."""
        return attempt(self, self._add, topic="bake")

    def _add(self) -> None:
        path, settings = self.path(), settings_of(current_scene())
        armature = panel_settings.armature(self.armature)
        how = baking.bake_settings(settings, [armature], path.stem)
        folders, frame = folders_of(settings, path), first_frame(armature, settings)
        self.do(add_cameras_job(path, how, folders, begin_frame=frame))


class MIMIC_OT_cameras_find(_OfTake, bpy.types.Operator):
    """Find where the cameras of the take stood, from the motion of the people they saw or as the panel says"""

    bl_idname = "mimic.cameras_find"
    bl_label = "Find Cameras"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Find them, and keep them in the take."""
        return attempt(self, self._find, topic="bake")

    def _find(self) -> None:
        path, value = self.path(), self._value
        options, how = read(CaptureOptions, value), read(SolveOptions, value)
        cameras = takes.given(options.cameras) if options.cameras else None
        self.do(find_cameras_job(path, sync=options.sync, cameras=cameras, solve_options=how))

    def _value(self, name: str) -> Any:
        given: Any = self
        if name in FINDING and given.properties.is_property_set(name):
            return getattr(given, name)
        return getattr(settings_of(current_scene()), name)


MIMIC_OT_cameras_find.__annotations__.update(
    {name: each for name, each in properties_of(CaptureOptions, options={"SKIP_SAVE"}).items() if name in FINDING}
)


class MIMIC_OT_avatar_fit(_WithCharacter, bpy.types.Operator):
    """Add an avatar with the proportions of the take's performer, which does what they did"""

    bl_idname = "mimic.avatar_fit"
    bl_label = "Fit Avatar To Performer"

    only_person: IntProperty(
        name="Only Person",
        description="Which of several people, counted from 1",
        default=1,
        min=1,
        max=MAX_PEOPLE,
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Bones can only be made from object mode."""
        return met(cls, context.mode == "OBJECT", iface("Switch to Object Mode first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve the take, add the avatar and key it."""
        return attempt(self, self._fit, topic="bake")

    def _fit(self) -> None:
        path, settings, only = self.path(), settings_of(current_scene()), self.only_person - 1
        before = self._before(settings, only)
        frame = None
        if before is not None:  # The offset is added when it is keyed.
            frame = first_frame(before, settings) - settings.offset * rate_of(current_scene())
        how = baking.bake_settings(settings, [], path.stem, start_frame=frame, only=only)
        self.do(fit_avatar_job(FitRequest(path, how, "" if before is None else before.name)))

    def _before(self, settings: SceneSettings, person: int) -> bpy.types.Object | None:
        """The character that follows this person until now."""
        if self.armature:
            return panel_settings.armature(self.armature)
        if person == 0:
            return panel_settings.armature_or_none()
        row: bpy.types.Object | None = getattr(settings, field_of(person), None)
        return row


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


CLASSES: Final = (MIMIC_OT_cameras_add, MIMIC_OT_cameras_find, MIMIC_OT_avatar_fit)

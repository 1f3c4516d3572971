# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on the bone map of an armature."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...models.body.joints import JOINTS
from ...retarget.rig.labels import LABELS
from ...retarget.rig.mapping import listed
from ...retarget.rig.presets import mirrored_bones
from ...retarget.rig.twins import twins
from .. import panel_settings
from ..character.armature import bones_of, rig_of
from ..errors import NoBone
from ..operators import EDIT, INTERNAL, attempt
from ..polls import has_armature
from ..runtime import runtime
from ..windows import manager
from . import store

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]

LEFT_TO_RIGHT: Final = "LEFT_TO_RIGHT"
RIGHT_TO_LEFT: Final = "RIGHT_TO_LEFT"
DIRECTIONS: Final = (
    (LEFT_TO_RIGHT, "Left to Right", "Give the joints on the right the counterparts of the bones on the left"),
    (RIGHT_TO_LEFT, "Right to Left", "Give the joints on the left the counterparts of the bones on the right"),
)


class _OnMap:
    """What operators on a bone map have in common."""

    armature: StringProperty(
        name="Armature",
        description="Character that the bone map belongs to; the panel's if empty",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be an armature."""
        return has_armature(cls)

    def found(self) -> bpy.types.Object:
        """The armature.

        Raises:
            NoArmature.
        """
        return panel_settings.armature(self.armature)


class MIMIC_OT_bones_detect(_OnMap, bpy.types.Operator):
    """Discard the bones chosen by hand and detect the bone of each joint again"""

    bl_idname = "mimic.bones_detect"
    bl_label = "Detect Again"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget the bones that were chosen by hand, and detect them again."""
        return attempt(self, self._forget, topic="map")

    def _forget(self) -> None:
        store.forget(self.found())
        runtime().fits.clear()
        runtime().notices.clear("map")


class MIMIC_OT_bones_clear(_OnMap, bpy.types.Operator):
    """Remove the bones of all joints, to choose each one by hand"""

    bl_idname = "mimic.bones_clear"
    bl_label = "Clear Bone Map"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove every bone from the map."""
        return attempt(self, lambda: store.choose(self.found(), {}), topic="map")


class MIMIC_OT_bone_choose(_OnMap, bpy.types.Operator):
    """Make the active pose bone follow this joint of the performer"""

    bl_idname = "mimic.bone_choose"
    bl_label = "Choose Bone"
    bl_options = EDIT | INTERNAL

    joint: EnumProperty(
        name="Joint",
        description="Joint of the performer",
        items=tuple((joint, LABELS[joint], "") for joint in JOINTS),
        options={"SKIP_SAVE"},
    )
    bone: StringProperty(
        name="Bone", description="Bone that follows the joint; the active pose bone if empty", options={"SKIP_SAVE"}
    )

    def execute(self, context: bpy.types.Context) -> "Outcome":
        """Choose it."""
        return attempt(self, lambda: self._choose(context), topic="map")

    def _choose(self, context: bpy.types.Context) -> None:
        armature = self.found()
        active = context.active_pose_bone
        name = self.bone or (active.name if active is not None and active.id_data == armature else "")
        if name not in bones_of(armature).bones:
            what = f'no bone "{name}"' if name else "no active bone"
            raise NoBone(f"{store.name_of(armature)} has {what}: click a bone of it in pose mode, then try again.")
        runtime().notices.clear("map")
        store.choose(armature, {**runtime().fits.of(armature).bones, self.joint: name})


class MIMIC_OT_bones_mirror(_OnMap, bpy.types.Operator):
    """Give the joints of one side the counterparts of the bones on the other side"""

    bl_idname = "mimic.bones_mirror"
    bl_label = "Mirror Bone Map"
    bl_options = EDIT

    direction: EnumProperty(name="Direction", description="Which side to copy from and to", items=DIRECTIONS)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Mirror it."""
        return attempt(self, self._mirror, topic="map")

    def _mirror(self) -> None:
        armature = self.found()
        bones = runtime().fits.of(armature).bones
        source = "Left" if self.direction == LEFT_TO_RIGHT else "Right"
        rig = rig_of(armature)
        runtime().notices.clear("map")
        store.choose(armature, mirrored_bones(bones, rig, source=source))
        opposite = twins(rig)
        lone = [bone for joint, bone in bones.items() if joint.startswith(source) and bone not in opposite]
        if lone:
            sentence = f"No counterpart found for {listed(lone)}: choose the bones on the other side by hand."
            runtime().notices.set_info("map", sentence)
            self.report({"WARNING"}, sentence)


class MIMIC_OT_bones_save(_OnMap, bpy.types.Operator):
    """Save the bone map to a file, for other characters with the same bone names"""

    bl_idname = "mimic.bones_save"
    bl_label = "Save Bone Map"

    filepath: StringProperty(
        name="File", description="File to write (.toml)", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the file; the file browser asks before it overwrites one."""
        if "CANCELLED" in attempt(self, self._suggest, topic="map"):
            return {"CANCELLED"}
        manager().fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _suggest(self) -> None:
        self.filepath = f"{bpy.path.clean_name(self.found().name)}.toml"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Write it."""
        return attempt(self, self._save, topic="map")

    def _save(self) -> None:
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".toml")
        store.save(self.found(), path)
        runtime().notices.clear("map")
        self.report({"INFO"}, f"Saved the bone map as {path.name}")


class MIMIC_OT_bones_load(_OnMap, bpy.types.Operator):
    """Load the bone map from a file"""

    bl_idname = "mimic.bones_load"
    bl_label = "Load Bone Map"
    bl_options = EDIT

    filepath: StringProperty(
        name="File", description="Bone map to load (.toml)", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the file."""
        manager().fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Read it."""
        return attempt(self, self._load, topic="map")

    def _load(self) -> None:
        loaded = store.load(self.found(), Path(bpy.path.abspath(self.filepath)))
        runtime().notices.clear("map")
        for warning in loaded.warnings:
            self.report({"WARNING"}, warning)
        if loaded.warnings:
            runtime().notices.set_info("map", " ".join(loaded.warnings))


CLASSES: Final = (
    MIMIC_OT_bones_detect,
    MIMIC_OT_bones_clear,
    MIMIC_OT_bone_choose,
    MIMIC_OT_bones_mirror,
    MIMIC_OT_bones_save,
    MIMIC_OT_bones_load,
)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on the face map of a character."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...retarget.face.edits import BY_HAND, mirrored_links
from ...retarget.face.face_rig import FaceMap
from ...retarget.rig.mapping import listed
from .. import panel_settings
from ..bone_map.operators import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from ..bone_map.store import name_of
from ..errors import NoArmature
from ..operators import EDIT, attempt
from ..polls import has_armature
from ..runtime import runtime
from ..windows import manager
from . import store
from .faces import FaceFit
from .properties import read_rows
from .rows import one_sided, opposites

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]

DIRECTIONS: Final = (
    (
        LEFT_TO_RIGHT,
        "Left to Right",
        "Let the expressions on the right move the counterparts of the targets on the left",
    ),
    (
        RIGHT_TO_LEFT,
        "Right to Left",
        "Let the expressions on the left move the counterparts of the targets on the right",
    ),
)


class OnFace:
    """What operators on a face map have in common."""

    armature: StringProperty(
        name="Armature",
        description="Character that the face map belongs to; the panel's if empty",
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

    def fit(self) -> FaceFit:
        """Its face.

        Raises:
            NoArmature: there is none, or it is no humanoid.
        """
        armature = self.found()
        fit = runtime().faces.of(armature)
        if fit is None:
            raise NoArmature(f"{name_of(armature)} is not a humanoid: choose its bones in the bone map first.")
        return fit

    def keep(self, face_map: FaceMap) -> None:
        """Store an edited map, and show it.

        Raises:
            NoArmature, ArmatureLocked.
        """
        store.choose(self.found(), face_map)
        runtime().notices.clear("face")
        read_rows()


class MIMIC_OT_expressions_detect(OnFace, bpy.types.Operator):
    """Discard the edits of the face map, and detect what expressions move again"""

    bl_idname = "mimic.expressions_detect"
    bl_label = "Detect Again"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget the edits, and read the face again."""
        return attempt(self, self._forget, topic="face")

    def _forget(self) -> None:
        store.forget(self.found())
        runtime().faces.clear()
        runtime().notices.clear("face")
        read_rows()


class MIMIC_OT_expressions_clear(OnFace, bpy.types.Operator):
    """Remove the targets of all expressions, to choose each one by hand"""

    bl_idname = "mimic.expressions_clear"
    bl_label = "Clear Face Map"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove every target from the map."""
        return attempt(self, lambda: self.keep(FaceMap(BY_HAND, ())), topic="face")


class MIMIC_OT_expressions_mirror(OnFace, bpy.types.Operator):
    """Let the expressions of one side move the counterparts of the targets on the other side"""

    bl_idname = "mimic.expressions_mirror"
    bl_label = "Mirror Face Map"
    bl_options = EDIT

    direction: EnumProperty(name="Direction", description="Which side to copy from and to", items=DIRECTIONS)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Mirror it."""
        return attempt(self, self._mirror, topic="face")

    def _mirror(self) -> None:
        fit = self.fit()
        source = "Left" if self.direction == LEFT_TO_RIGHT else "Right"
        counterparts = opposites(fit.face)
        self.keep(mirrored_links(fit.edits, counterparts, source=source))
        lone = one_sided(fit.edits, source, counterparts)
        if lone:
            sentence = f"No counterpart found for {listed(lone)}: choose the targets on the other side by hand."
            runtime().notices.set_info("face", sentence)
            self.report({"WARNING"}, sentence)


class MIMIC_OT_expressions_save(OnFace, bpy.types.Operator):
    """Save the face map to a file, for other characters with the same shape keys"""

    bl_idname = "mimic.expressions_save"
    bl_label = "Save Face Map"

    filepath: StringProperty(
        name="File", description="File to write (.toml)", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the file; the file browser asks before it overwrites one."""
        if "CANCELLED" in attempt(self, self._suggest, topic="face"):
            return {"CANCELLED"}
        manager().fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _suggest(self) -> None:
        self.filepath = f"{bpy.path.clean_name(self.found().name)}-face.toml"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Write it."""
        return attempt(self, self._save, topic="face")

    def _save(self) -> None:
        path = Path(bpy.path.abspath(self.filepath)).with_suffix(".toml")
        store.save(self.found(), path, self.fit().face)
        runtime().notices.clear("face")
        self.report({"INFO"}, f"Saved the face map as {path.name}")


class MIMIC_OT_expressions_load(OnFace, bpy.types.Operator):
    """Load the face map from a file"""

    bl_idname = "mimic.expressions_load"
    bl_label = "Load Face Map"
    bl_options = EDIT

    filepath: StringProperty(
        name="File", description="Face map to load (.toml)", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.toml", options={"HIDDEN", "SKIP_SAVE"})

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the file."""
        manager().fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Read it."""
        return attempt(self, self._load, topic="face")

    def _load(self) -> None:
        loaded = store.load(self.found(), Path(bpy.path.abspath(self.filepath)), self.fit().face)
        runtime().notices.clear("face")
        read_rows()
        for warning in loaded.warnings:
            self.report({"WARNING"}, warning)
        if loaded.warnings:
            runtime().notices.set_info("face", " ".join(loaded.warnings))


CLASSES: Final = (
    MIMIC_OT_expressions_detect,
    MIMIC_OT_expressions_clear,
    MIMIC_OT_expressions_mirror,
    MIMIC_OT_expressions_save,
    MIMIC_OT_expressions_load,
)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on the face map of a character."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...models.body import rotations as rot
from ...models.body.expressions import EXPRESSION_INDEX
from ...retarget.face.edits import BY_HAND, Link, mirrored_links, with_eye, with_link
from ...retarget.face.face_plan import RESTING, FacePlan
from ...retarget.face.face_rig import FaceMap
from ...retarget.rig.mapping import listed
from .. import panel_settings
from ..bone_map.operators import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from ..bone_map.store import name_of
from ..character.posing import show_face
from ..errors import NoArmature, NoTarget
from ..layout import column, iface
from ..operators import EDIT, INTERNAL, attempt
from ..polls import has_armature, met
from ..runtime import runtime
from ..windows import manager
from . import store
from .faces import FaceFit
from .properties import active_row, active_target, read_rows, target_names
from .rows import EYES, SOURCES, names_of, one_sided, opposites, with_name

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

_EYE_TURN: Final = np.radians(20.0)
"""Angle in radians by which an eye turns to its left to be shown."""


def _sources(_operator: object, _context: bpy.types.Context | None, typed: str) -> list[str]:
    return [source for source in SOURCES if typed.lower() in source.lower()]


class _OnFace:
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


class MIMIC_OT_expressions_detect(_OnFace, bpy.types.Operator):
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


class MIMIC_OT_expressions_clear(_OnFace, bpy.types.Operator):
    """Remove the targets of all expressions, to choose each one by hand"""

    bl_idname = "mimic.expressions_clear"
    bl_label = "Clear Face Map"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove every target from the map."""
        return attempt(self, lambda: self.keep(FaceMap(BY_HAND, ())), topic="face")


class MIMIC_OT_expressions_mirror(_OnFace, bpy.types.Operator):
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


class MIMIC_OT_expressions_save(_OnFace, bpy.types.Operator):
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


class MIMIC_OT_expressions_load(_OnFace, bpy.types.Operator):
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


class MIMIC_OT_expression_add(_OnFace, bpy.types.Operator):
    """Let the expression move one more shape key or bone"""

    bl_idname = "mimic.expression_add"
    bl_label = "Add Target"
    bl_options = EDIT

    expression: StringProperty(
        name="Expression",
        description="Expression or eye that moves the target; that of the active row if empty",
        search=_sources,
        options={"SKIP_SAVE"},
    )
    target: StringProperty(
        name="Target", description="Shape key or bone to move", search=target_names, options={"SKIP_SAVE"}
    )
    gain: FloatProperty(
        name="Gain",
        description="How much of the expression counts for its target; negative to move it the other way",
        default=1.0,
        soft_min=-2.0,
        soft_max=2.0,
        options={"SKIP_SAVE"},
    )

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the target."""
        row = active_row()
        self.expression = "" if row is None else row.source
        return manager().invoke_props_dialog(self)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw what the dialog asks for."""
        layout = column(self.layout)
        for name in ("expression", "target", "gain"):
            layout.prop(self, name)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Add it."""
        return attempt(self, self._add, topic="face")

    def _add(self) -> None:
        fit, row = self.fit(), active_row()
        source = self.expression or ("" if row is None else row.source)
        if source not in SOURCES:
            raise NoTarget(f"There is no expression “{source}”: choose one of the list, such as jawOpen.")
        kind = names_of(fit.face).get(self.target)
        if kind is None:
            what = f"no shape key or bone “{self.target}”: check the spelling"
            raise NoTarget(f"{name_of(self.found())} has {what}.")
        if source in EYES:
            self.keep(with_eye(fit.edits, EYES[source], self.target))
        else:
            self.keep(with_link(fit.edits, source, Link(kind, self.target, self.gain)))


class MIMIC_OT_expression_remove(_OnFace, bpy.types.Operator):
    """Let the expression of the active row no longer move its target"""

    bl_idname = "mimic.expression_remove"
    bl_label = "Remove Target"
    bl_options = EDIT | INTERNAL

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """The active row must have a target."""
        return met(cls, active_target() is not None, iface("Choose an expression with a target in the face map first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Remove it."""
        return attempt(self, self._remove, topic="face")

    def _remove(self) -> None:
        row = active_row()
        if row is not None:
            self.keep(with_name(self.fit().edits, row, "", "key"))


class MIMIC_OT_expression_show(_OnFace, bpy.types.Operator):
    """Show one expression on the character, and no other"""

    bl_idname = "mimic.expression_show"
    bl_label = "Show Expression"
    bl_options = EDIT

    expression: StringProperty(
        name="Expression",
        description="Expression or eye to show; that of the active row if empty",
        search=_sources,
        options={"SKIP_SAVE"},
    )
    value: FloatProperty(
        name="Value",
        description="Value of the expression; 0 for the face at rest",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """While a session runs the performer would move the face again at once."""
        return met(cls, runtime().session is None, iface("Stop the live session first")) and has_armature(cls)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Show it."""
        return attempt(self, self._show, topic="face")

    def _show(self) -> None:
        fit, row = self.fit(), active_row()
        self.expression = self.expression or ("" if row is None else row.source)
        expressions, eyes = RESTING.copy(), rot.identity(2)
        if self.expression in EXPRESSION_INDEX:
            expressions[EXPRESSION_INDEX[self.expression]] = self.value
        elif self.expression in EYES:
            eyes[("left", "right").index(EYES[self.expression])] = rot.from_axis_angle(
                [0.0, 0.0, 1.0], self.value * _EYE_TURN
            )
        plan = FacePlan(fit.face, fit.face_map)
        show_face(self.found(), plan, plan.values(expressions, eyes))


CLASSES: Final = (
    MIMIC_OT_expressions_detect,
    MIMIC_OT_expressions_clear,
    MIMIC_OT_expressions_mirror,
    MIMIC_OT_expressions_save,
    MIMIC_OT_expressions_load,
    MIMIC_OT_expression_add,
    MIMIC_OT_expression_remove,
    MIMIC_OT_expression_show,
)

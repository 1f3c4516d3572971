# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on single expressions of a character's face map."""

from typing import TYPE_CHECKING, Final

import bpy
import numpy as np
from bpy.props import FloatProperty, StringProperty

from ...models.body import rotations as rot
from ...models.body.expressions import EXPRESSION_INDEX
from ...retarget.face.edits import Link, with_eye, with_link
from ...retarget.face.face_plan import RESTING, FacePlan
from ..bone_map.store import name_of
from ..character.posing import show_face
from ..errors import ArmatureLocked, NoTarget
from ..layout import column, iface
from ..operators import EDIT, INTERNAL, attempt
from ..polls import has_armature, met
from ..runtime import runtime
from ..windows import manager
from .operators import OnFace
from .properties import active_row, active_target, target_names
from .rows import EYES, SOURCES, names_of, with_name

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]

_EYE_TURN: Final = np.radians(20.0)
"""Angle in radians by which an eye turns to its left to be shown."""


def _sources(_operator: object, _context: bpy.types.Context | None, typed: str) -> list[str]:
    return [source for source in SOURCES if typed.lower() in source.lower()]


def _check_source(source: str) -> None:
    """Check that something is called so that moves faces.

    Raises:
        NoTarget: there is no such expression or eye.
    """
    if source not in SOURCES:
        raise NoTarget(f"There is no expression “{source}”: choose one of the list, such as jawOpen.")


class MIMIC_OT_expression_add(OnFace, bpy.types.Operator):
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
        _check_source(source)
        kind = names_of(fit.face).get(self.target)
        if kind is None:
            what = f"no shape key or bone “{self.target}”: check the spelling"
            raise NoTarget(f"{name_of(self.found())} has {what}.")
        if source in EYES:
            self.keep(with_eye(fit.edits, EYES[source], self.target))
        else:
            self.keep(with_link(fit.edits, source, Link(kind, self.target, self.gain)))


class MIMIC_OT_expression_remove(OnFace, bpy.types.Operator):
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


class MIMIC_OT_expression_show(OnFace, bpy.types.Operator):
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
        armature, fit, row = self.found(), self.fit(), active_row()
        if armature.library:
            raise ArmatureLocked(
                f"{name_of(armature)} is linked from another file: make a library override of it to move its face."
            )
        self.expression = self.expression or ("" if row is None else row.source)
        source = str(self.expression)
        if source:
            _check_source(source)
        expressions, eyes = RESTING.copy(), rot.identity(2)
        if source in EXPRESSION_INDEX:
            expressions[EXPRESSION_INDEX[source]] = self.value
        elif source in EYES:
            eyes[("left", "right").index(EYES[source])] = rot.from_axis_angle([0.0, 0.0, 1.0], self.value * _EYE_TURN)
        plan = FacePlan(fit.face, fit.face_map)
        show_face(armature, plan, plan.values(expressions, eyes))


CLASSES: Final = (MIMIC_OT_expression_add, MIMIC_OT_expression_remove, MIMIC_OT_expression_show)

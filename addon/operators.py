# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operators of all features share, and those that belong to none of them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import bpy

from ..errors import MimicError
from .layout import iface
from .notices import Topic
from .polls import met
from .runtime import runtime

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems, OperatorTypeFlagItems

    Outcome = set[OperatorReturnItems]

EDIT: "Final[set[OperatorTypeFlagItems]]" = {"REGISTER", "UNDO"}
"""Options of operators that change something at once: Adjust Last Operation can do it again, otherwise."""

UNDOABLE: "Final[set[OperatorTypeFlagItems]]" = {"UNDO"}
"""Options of operators that begin or end something, which Adjust Last Operation must not begin again."""

INTERNAL: "Final[set[OperatorTypeFlagItems]]" = {"INTERNAL"}
"""Options of operators that mean something only where the panel has their button: search does not show them."""


def attempt(operator: bpy.types.Operator, work: Callable[[], object], *, topic: Topic) -> "Outcome":
    """Do the work of an operator. A fault that its user can put right is reported, and stays in the panel.

    In a script the report becomes a RuntimeError with the same sentence.
    """
    try:
        work()
    except MimicError as fault:
        runtime().notices.set_error(topic, str(fault))
        operator.report({"ERROR"}, str(fault))
        return {"CANCELLED"}
    return {"FINISHED"}


class MIMIC_OT_job_cancel(bpy.types.Operator):
    """Stop the work in the background, and keep the frames captured so far as a take"""

    bl_idname = "mimic.job_cancel"
    bl_label = "Cancel"
    bl_options = INTERNAL

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """Something must be going on."""
        return met(cls, runtime().jobs.current is not None, iface("Nothing is running in the background"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Ask the job to stop."""
        runtime().jobs.cancel()
        return {"FINISHED"}


class MIMIC_OT_messages_dismiss(bpy.types.Operator):
    """Remove Mimic's messages from the panel"""

    bl_idname = "mimic.messages_dismiss"
    bl_label = "Dismiss Messages"
    bl_options = INTERNAL

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget them."""
        runtime().notices.clear()
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_job_cancel, MIMIC_OT_messages_dismiss)

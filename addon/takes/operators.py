# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators on the list of takes."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import bpy
from bpy.props import BoolProperty, StringProperty

from ..layout import iface
from ..operators import INTERNAL, attempt
from ..polls import met
from ..windows import manager
from . import store as takes
from .properties import active_take, is_read, read_takes, takes_list

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class _OnTake:
    """What operators on one take have in common."""

    take: StringProperty(
        name="Take", description="Name of the take; the active one in the list if empty", options={"SKIP_SAVE"}
    )

    def chosen(self) -> str:
        """Name of the take.

        Raises:
            TakeCorrupt: none is chosen.
        """
        return str(self.take) or active_take()


class MIMIC_OT_takes_refresh(bpy.types.Operator):
    """Read the list of takes from disk again"""

    bl_idname = "mimic.takes_refresh"
    bl_label = "Refresh Takes"
    bl_options = INTERNAL

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Read it."""
        return attempt(self, read_takes, topic="takes")


class MIMIC_OT_take_rename(_OnTake, bpy.types.Operator):
    """Rename the take and its file"""

    bl_idname = "mimic.take_rename"
    bl_label = "Rename Take"

    name: StringProperty(name="Name", description="New name of the take", options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be takes."""
        return met(cls, _any(), iface("Record a take first"))

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the name."""
        if "CANCELLED" in attempt(self, self._suggest, topic="takes"):
            return {"CANCELLED"}
        return manager().invoke_props_dialog(self)

    def _suggest(self) -> None:
        self.name = self.chosen()

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Rename it."""
        return attempt(self, self._rename, topic="takes")

    def _rename(self) -> None:
        takes.rename(self.chosen(), self.name)
        read_takes(choose=self.name)


class MIMIC_OT_take_delete(_OnTake, bpy.types.Operator):
    """Delete the take permanently; actions baked from it stay"""

    bl_idname = "mimic.take_delete"
    bl_label = "Delete Take"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be takes."""
        return met(cls, _any(), iface("Record a take first"))

    def invoke(self, _context: bpy.types.Context, event: bpy.types.Event) -> "Outcome":
        """Ask first: it cannot be undone."""
        return manager().invoke_confirm(self, event)

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Delete it."""
        return attempt(self, self._delete, topic="takes")

    def _delete(self) -> None:
        takes.delete(self.chosen())
        read_takes()


class MIMIC_OT_take_recover(_OnTake, bpy.types.Operator):
    """Complete a take whose recording was cut short, for example by a crash"""

    bl_idname = "mimic.take_recover"
    bl_label = "Recover Take"
    bl_options = INTERNAL

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be takes."""
        return met(cls, _any(), iface("Record a take first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Mark it complete."""
        return attempt(self, self._recover, topic="takes")

    def _recover(self) -> None:
        name = self.chosen()
        frames = takes.restore(name)
        read_takes(choose=name)
        self.report({"INFO"}, f"Recovered {frames} frames of take “{name}”")


class MIMIC_OT_take_export(_OnTake, bpy.types.Operator):
    """Export the landmarks of the take for other programs, as JSON or CSV"""

    bl_idname = "mimic.take_export"
    bl_label = "Export Take"

    filepath: StringProperty(
        name="File", description="File to write (.json or .csv)", subtype="FILE_PATH", options={"SKIP_SAVE"}
    )
    filter_glob: StringProperty(default="*.json;*.csv", options={"HIDDEN", "SKIP_SAVE"})
    check_existing: BoolProperty(default=True, options={"HIDDEN", "SKIP_SAVE"})

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """There must be takes."""
        return met(cls, _any(), iface("Record a take first"))

    def invoke(self, _context: bpy.types.Context, _event: bpy.types.Event) -> "Outcome":
        """Ask for the file; the file browser asks before it overwrites one."""
        if "CANCELLED" in attempt(self, self._suggest, topic="takes"):
            return {"CANCELLED"}
        manager().fileselect_add(self)
        return {"RUNNING_MODAL"}

    def _suggest(self) -> None:
        self.filepath = f"{self.chosen()}.json"

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Write it."""
        return attempt(self, self._export, topic="takes")

    def _export(self) -> None:
        from ...pipeline.takes.export import export
        from ...pipeline.takes.take import Take

        with Take.open(takes.existing(self.chosen())) as take:
            export(take, Path(bpy.path.abspath(self.filepath)), force=True)


CLASSES: Final = (
    MIMIC_OT_takes_refresh,
    MIMIC_OT_take_rename,
    MIMIC_OT_take_delete,
    MIMIC_OT_take_recover,
    MIMIC_OT_take_export,
)


def _any() -> bool:
    """Whether there are takes; a list that was never read may have some."""
    listed = takes_list()
    return not is_read() or len(listed.entries) > 0

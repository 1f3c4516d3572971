# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators of a live session with two cameras."""

from typing import TYPE_CHECKING, Final

import bpy

from ..errors import CamerasUnknown
from ..layout import iface
from ..operators import attempt
from ..polls import met
from ..runtime import runtime

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]


class MIMIC_OT_session_cameras(bpy.types.Operator):
    """Find again how the two cameras stand to each other, for example when one was moved: move about in view of both"""

    bl_idname = "mimic.session_cameras"
    bl_label = "Find Cameras Again"

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session must run, with two cameras."""
        running = runtime().session
        if not met(cls, running is not None, iface("Start a live session first")) or running is None:
            return False
        return met(cls, running.second_camera is not None, iface("Add a second camera first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget them."""
        return attempt(self, self._again, topic="live")

    def _again(self) -> None:
        second = runtime().sessions.required().second_camera
        if second is None:
            raise CamerasUnknown("The session has one camera only: add a second one under Source, and start it again.")
        second.start_over()


CLASSES: Final = (MIMIC_OT_session_cameras,)

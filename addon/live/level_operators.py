# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators that find how a camera is tilted from someone who stands: live, and in a take."""

from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bpy
from bpy.props import FloatProperty, StringProperty

from ...models.body.model import neutral_body
from ...pipeline.solve.settings import SolverName
from ...retarget.motion.gravity.level import level_from, level_from_all
from ...retarget.motion.options import TILT_UNKNOWN
from ..errors import NobodyStands
from ..jobs import Job
from ..layout import iface
from ..operators import EDIT, UNDOABLE, attempt
from ..polls import met
from ..properties import settings_of
from ..runtime import runtime
from ..stage import current_scene
from ..takes import store as takes
from ..takes.properties import active_take
from ..tilt_panel import ANGLES
from ..windows import push_undo

if TYPE_CHECKING:
    from bpy.stub_internal.rna_enums import OperatorReturnItems

    Outcome = set[OperatorReturnItems]

Tilt = tuple[float, float]

BEGINNING: Final = 30.0
"""Seconds of a take in which somebody has to stand."""

STANDING: Final = 2.0
"""Seconds of standing that are used, from the first on."""


class MIMIC_OT_camera_level(bpy.types.Operator):
    """After a countdown, take the performer's stance as upright, and so find how the camera is tilted"""

    bl_idname = "mimic.camera_level"
    bl_label = "Level From Standing"
    bl_options = UNDOABLE

    countdown: FloatProperty(
        name="Countdown",
        description="Time to get into position",
        default=3.0,
        min=0.0,
        max=60.0,
        subtype="TIME_ABSOLUTE",
    )

    @classmethod
    def poll(cls, _context: bpy.types.Context) -> bool:
        """A session must run."""
        return met(cls, runtime().session is not None, iface("Start a live session first"))

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Count down; the scene then keeps what was found, for sessions and bakes to come."""
        return attempt(
            self, lambda: runtime().sessions.required().stance.level(self.countdown, _keep_live), topic="live"
        )


class MIMIC_OT_take_level(bpy.types.Operator):
    """Find how the camera was tilted from someone who stands at the beginning of the take"""

    bl_idname = "mimic.take_level"
    bl_label = "Level From Standing"
    bl_options = EDIT

    take: StringProperty(
        name="Take", description="Name of the take; the active one in the list if empty", options={"SKIP_SAVE"}
    )

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Solve the beginning of the take beside Blender; the scene then keeps what was found."""
        return attempt(self, self._begin, topic="takes")

    def _begin(self) -> None:
        name = self.take or active_take()
        path, solver = takes.path_of(name), settings_of(current_scene()).solver
        runtime().notices.clear("takes")
        runtime().jobs.add(
            Job("Solving {name}", lambda _progress: level_of(path, solver), _keep_of_take, name=name, topic="takes")
        )
        runtime().timer.start()


class MIMIC_OT_camera_tilt_set(bpy.types.Operator):
    """Enter how the camera is tilted, instead of letting Mimic find it from the motion"""

    bl_idname = "mimic.camera_tilt_set"
    bl_label = "Set Camera Tilt"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Begin with a level camera; angles that are set stay."""
        settings: Any = settings_of(current_scene())
        for name in ANGLES:
            if getattr(settings, name) == TILT_UNKNOWN:
                setattr(settings, name, 0.0)
        return {"FINISHED"}


class MIMIC_OT_camera_tilt_clear(bpy.types.Operator):
    """Let Mimic find from the motion how the camera is tilted"""

    bl_idname = "mimic.camera_tilt_clear"
    bl_label = "Find Camera Tilt"
    bl_options = EDIT

    def execute(self, _context: bpy.types.Context) -> "Outcome":
        """Forget both angles."""
        settings: Any = settings_of(current_scene())
        for name in ANGLES:
            setattr(settings, name, TILT_UNKNOWN)
        return {"FINISHED"}


CLASSES: Final = (MIMIC_OT_camera_level, MIMIC_OT_take_level, MIMIC_OT_camera_tilt_set, MIMIC_OT_camera_tilt_clear)


def level_of(path: Path, solver: SolverName) -> Tilt:
    """Return pitch and roll in degrees of the camera of a take. Touches nothing of Blender's.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing.
        NobodyStands: at its beginning.
    """
    from ...pipeline.landmarks.data import LandmarkTrack
    from ...pipeline.solve.creation import create_solver
    from ...pipeline.takes.take import Take

    def shown_by(take: Take, person: int) -> Tilt | None:
        beginning = takewhile(lambda frame: frame.time < BEGINNING, take.frames(person))
        track = LandmarkTrack.of(list(beginning))
        motion = create_solver(solver, field_of_view=take.landmark_settings.field_of_view).solve(track)
        return level_from(motion, neutral_body(), seconds=STANDING)

    with Take.open(path) as opened:
        found = level_from_all(shown_by(opened, person) for person in opened.people)
    if found is not None:
        return found
    raise NobodyStands(
        f'Nobody stands in the first {BEGINNING:.0f} s of the take "{path.stem}", with legs and feet in view: choose '
        "another take of the same camera, or enter Camera Pitch and Roll."
    )


def _keep_live(tilt: Tilt) -> None:
    """Keep the tilt that a session found, in place of the rotation of a calibration, which holds one too."""
    running = runtime().session
    if running is not None:
        running.stance.clear_turn()
    settings_of(current_scene()).calibration = (1.0, 0.0, 0.0, 0.0)
    _keep(tilt)


def _keep_of_take(tilt: Tilt) -> None:
    _keep(tilt)
    text = iface("The camera looks down by {pitch:.0f} degrees and is rolled by {roll:.0f}.")
    runtime().notices.set_info("takes", text.format(pitch=tilt[0], roll=tilt[1]))
    push_undo("Level From Standing")


def _keep(tilt: Tilt) -> None:
    settings: Any = settings_of(current_scene())
    settings.upright = True
    settings.camera_pitch, settings.camera_roll = tilt

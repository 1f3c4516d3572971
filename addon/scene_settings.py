# SPDX-License-Identifier: GPL-3.0-or-later
"""The type of a scene's settings, for readers and for mypy, which cannot see the types of Blender's properties."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from ..retarget.face.options import FaceOptions
from ..retarget.motion.options import MotionOptions
from .bake.options import BakeOptions, CaptureOptions, SolveOptions

if TYPE_CHECKING:
    import bpy

SourceKind = Literal["CAMERA", "FILE", "STREAM"]


class FurtherSourceRow(Protocol):
    """The type of a further camera of a scene; in Blender it is a `MIMIC_PG_further_source`."""

    camera: str
    filepath: str
    address: str
    field_of_view: float


class SceneSettings(CaptureOptions, SolveOptions, MotionOptions, FaceOptions, BakeOptions):
    """The type of `bpy.context.scene.mimic`. There it is a `MIMIC_PG_settings`, which has these attributes.

    It holds the options of captures and bakes, and the fields that only the panel has.
    """

    source: SourceKind
    camera: str
    camera_size: str
    filepath: str
    address: str
    further_sources: Sequence[FurtherSourceRow]
    repeat: bool
    armature: "bpy.types.Object | None"
    armature_2: "bpy.types.Object | None"
    armature_3: "bpy.types.Object | None"
    armature_4: "bpy.types.Object | None"
    armature_5: "bpy.types.Object | None"
    armature_6: "bpy.types.Object | None"
    armature_7: "bpy.types.Object | None"
    armature_8: "bpy.types.Object | None"
    travel: bool
    calibration: tuple[float, ...]
    neutral_face: str
    show_preview: bool
    countdown: int
    with_timeline: bool
    bake_takes: bool
    live_smoothing_torso: float
    live_smoothing_head: float
    live_smoothing_arms: float
    live_smoothing_hands: float
    live_smoothing_legs: float
    live_smoothing_root: float

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene's settings are to a reader and to mypy, which cannot see the types of Blender's properties."""

from typing import TYPE_CHECKING, Literal

from ..retarget.motion.options import MotionOptions
from .bake.options import BakeOptions, CaptureOptions, SolveOptions

if TYPE_CHECKING:
    import bpy

SourceKind = Literal["CAMERA", "FILE", "STREAM"]


class SceneSettings(CaptureOptions, SolveOptions, MotionOptions, BakeOptions):
    """The type of `bpy.context.scene.mimic`. There it is a `MIMIC_PG_settings`, which has these attributes.

    To the options of a capture and a bake come those that the panel alone has.
    """

    source: SourceKind
    camera: str
    camera_size: str
    filepath: str
    address: str
    repeat: bool
    armature: "bpy.types.Object | None"
    travel: bool
    calibration: tuple[float, ...]
    show_preview: bool
    countdown: int
    with_timeline: bool
    bake_takes: bool
    calm_torso: float
    calm_head: float
    calm_arms: float
    calm_hands: float
    calm_legs: float
    calm_root: float

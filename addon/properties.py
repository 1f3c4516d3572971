# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel's fields: settings of captures and bakes, saved with the scene, and the list of takes, not saved."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

import bpy
from bpy.app.handlers import persistent
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..retarget.face.options import FaceOptions
from ..retarget.motion.option_table import read
from ..retarget.motion.options import REGION_OPTIONS, MotionOptions
from .bake.options import KEPT
from .bake.properties import properties_of
from .live import properties as options
from .people import fields as people_fields
from .polls import is_armature
from .runtime import runtime
from .scene_settings import SceneSettings
from .sources.properties import camera_names
from .sources.properties import fields as source_fields
from .windows import redraw

SOURCES: Final = (
    ("CAMERA", "Camera", "A camera connected to this computer"),
    ("FILE", "File", "A video or a folder of pictures, played back like a camera"),
    ("STREAM", "Stream", "A network camera"),
)
RENAMED: Final = {
    "smooth": "smooth_landmarks",
    **{f"smooth_{region}": option for region, option in REGION_OPTIONS.items()},
    **{f"calm_{region}": f"live_smoothing_{region}" for region in REGION_OPTIONS},
}
"""Old name of a setting -> its present name, for files saved with the old one."""


def _toggle_preview(settings: "MIMIC_PG_settings", _context: bpy.types.Context) -> None:
    running = runtime().session
    if running is not None:
        running.preview(shown=settings.show_preview)
    redraw("WINDOW")


class MIMIC_PG_settings(bpy.types.PropertyGroup):
    """Settings of a scene: where its performer is filmed, and how the character follows.

    The options of captures and bakes come from their table, below.
    """

    source: EnumProperty(
        name="Source", description="Where the picture of the performer comes from", items=SOURCES, default="CAMERA"
    )
    camera: StringProperty(
        name="Camera",
        description="Name or number of the camera",
        default="0",
        search=camera_names,
        search_options={"SUGGESTION"},
    )
    filepath: StringProperty(name="File", description="Video file or folder of pictures", subtype="FILE_PATH")
    address: StringProperty(name="Address", description="Address of the stream, such as http://host:8080/video")
    repeat: BoolProperty(name="Repeat", description="Start the video again when it ends", default=True)

    armature: PointerProperty(
        name="Armature",
        description="Character that follows the performer; the active armature if empty",
        type=bpy.types.Object,
        poll=is_armature,
    )

    travel: BoolProperty(
        name="Root Motion",
        description="Move the character through space, instead of only rotating its hips",
        default=True,
    )
    calibration: FloatVectorProperty(
        name="Calibration",
        description="Rotation that sets the performer upright and facing forward, whatever the angle of the camera",
        subtype="QUATERNION",
        size=4,
        default=(1.0, 0.0, 0.0, 0.0),
    )
    neutral_face: StringProperty(
        name="Neutral Face",
        description="Expressions of the performer's face at rest, as numbers; empty to learn them in each session",
    )
    show_preview: BoolProperty(
        name="Preview",
        description="Show the picture and the detected landmarks in a corner of the 3D viewport",
        default=True,
        update=_toggle_preview,
    )

    countdown: IntProperty(
        name="Countdown", description="Time to get into position before a take begins", min=0, max=60, subtype="TIME"
    )
    with_timeline: BoolProperty(
        name="Play Timeline", description="Play the timeline while recording, and stop at its end", default=False
    )
    bake_takes: BoolProperty(
        name="Bake When Done",
        description="Bake each take onto the character as soon as its recording ends",
        default=True,
    )


def _change_face(settings: "MIMIC_PG_settings", _context: bpy.types.Context) -> None:
    running = runtime().session
    if running is not None:
        running.change_face_options(read(FaceOptions, partial(getattr, settings)))


MIMIC_PG_settings.__annotations__.update(
    properties_of(*KEPT)
    | properties_of(MotionOptions, update=options.change_tilt)
    | properties_of(FaceOptions, update=_change_face)
    | options.fields()
    | people_fields()
    | source_fields()
)


def settings_of(scene: bpy.types.Scene) -> SceneSettings:
    """The settings of a scene: a `MIMIC_PG_settings`, typed for mypy."""
    return cast(SceneSettings, scene.mimic)  # type: ignore[attr-defined]


CLASSES: Final = (MIMIC_PG_settings,)


@persistent  # type: ignore[untyped-decorator]
def _keep_renamed(_file: object) -> None:
    """Take over the values that a file, just opened, holds under the settings' old names."""
    for scene in bpy.data.scenes:
        kept = _kept(scene)
        for old, new in RENAMED.items():
            if old in kept and new not in kept:
                setattr(settings_of(scene), new, kept[old])


def _kept(scene: bpy.types.Scene) -> Mapping[str, Any]:
    """Stored settings of a scene, by name: those that were ever changed."""
    # From 5.0 on, add-ons' properties do not lie among the user's own any more.
    holder: Any = scene.bl_system_properties_get() if hasattr(scene, "bl_system_properties_get") else scene
    return {} if holder is None else cast(Mapping[str, Any], holder.get("mimic", {}))


def attach() -> None:
    """Give every scene its settings."""
    bpy.app.handlers.load_post.append(_keep_renamed)
    bpy.types.Scene.mimic = PointerProperty(type=MIMIC_PG_settings)  # type: ignore[attr-defined,func-returns-value]


def detach() -> None:
    """Take them away."""
    bpy.app.handlers.load_post.remove(_keep_renamed)
    del bpy.types.Scene.mimic  # type: ignore[attr-defined]

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel's fields hold: how to capture and bake, saved with the scene; the list of takes, not saved."""

from typing import Any, Final

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..pipeline.solve.settings import DEFAULT_SOLVER
from ..retarget.motion.options import DEFAULT_SMOOTHNESS
from .bake import properties as bake_options
from .live import properties as options
from .runtime import runtime
from .takes import store as takes
from .windows import manager, redraw

SOURCES: Final = (
    ("CAMERA", "Camera", "A camera of this computer"),
    ("FILE", "File", "A video, or a folder of pictures, played as if it were a camera"),
    ("STREAM", "Stream", "A camera on the network"),
)
MODELS: Final = (
    ("lite", "Lite", "Fastest, for weak computers"),
    ("full", "Full", "Best for most"),
    ("heavy", "Heavy", "Most exact and slowest, for baking videos"),
)
SOLVERS: Final = (
    ("lifter", "Lifter", "A small network that has learnt what the landmarks get wrong"),
    ("analytic", "Geometry", "The landmarks as they are; an arm or leg that is not seen comes to rest"),
)
FIELD_OF_VIEW: Final[dict[str, Any]] = {
    "name": "Field of View",
    "description": "Degrees that the camera sees along the longer side of its picture; 0 if you do not know",
    "min": 0.0,
    "max": 170.0,
    "default": 0.0,
    "precision": 1,
}
FEET: Final = (
    ("off", "As Seen", "Leave the feet as they were seen"),
    ("auto", "Hold to Floor", "Hold a foot to the floor while it clearly stands"),
    ("always", "Always Flat", "Keep both feet flat on the floor, for who stands or sits and talks"),
)
ROOTS: Final = (
    ("full", "As Seen", "The hips travel as they were seen"),
    ("horizontal", "On the Floor", "The hips travel over the floor and never leave it"),
    ("in-place", "In Place", "The hips stay where they began"),
)


def _is_armature(_self: Any, thing: bpy.types.Object) -> bool:
    return thing.type == "ARMATURE"


def _camera_names(_self: Any, _context: bpy.types.Context | None, _typed: str) -> list[str]:
    from ..pipeline.sources import cameras

    return [camera.name for camera in cameras()]


def _toggle_preview(settings: "MIMIC_PG_settings", _context: bpy.types.Context) -> None:
    running = runtime().session
    if running is not None:
        running.preview(shown=settings.show_preview)
    redraw("WINDOW")


class MIMIC_PG_settings(bpy.types.PropertyGroup):
    """How a scene's performer is watched, and what the character makes of it."""

    source: EnumProperty(name="Source", description="Where the performer is seen", items=SOURCES, default="CAMERA")
    camera: StringProperty(
        name="Camera",
        description="Name or number of the camera",
        default="0",
        search=_camera_names,
        search_options={"SUGGESTION"},
    )
    filepath: StringProperty(name="File", description="Video file, or folder of pictures", subtype="FILE_PATH")
    address: StringProperty(name="Address", description="Address of the stream, such as http://host:8080/video")
    mirror: BoolProperty(
        name="Mirror", description="Flip the picture, so that the character moves like a mirror image", default=False
    )
    field_of_view: FloatProperty(**FIELD_OF_VIEW)
    repeat: BoolProperty(name="Repeat", description="Begin the video again when it ends", default=True)

    armature: PointerProperty(
        name="Armature",
        description="Character that follows the performer; the active armature unless given",
        type=bpy.types.Object,
        poll=_is_armature,
    )

    hands: BoolProperty(name="Hands", description="Look for the hands too; takes a little longer", default=True)
    face: BoolProperty(
        name="Face",
        description="Look at a face that is near enough: nothing tells better how the head is turned",
        default=True,
    )
    fingers: BoolProperty(
        name="Fingers", description="Let the fingers follow, instead of leaving them as they are posed", default=True
    )
    upper_body: BoolProperty(
        name="Upper Body Only", description="Keep hips and legs at rest, for who sits at a desk", default=False
    )
    travel: BoolProperty(name="Root Motion", description="Let the hips move about, and not only turn", default=True)
    calibration: FloatVectorProperty(
        name="Calibration",
        description="Turn that makes the performer upright and facing ahead, however the camera stands",
        subtype="QUATERNION",
        size=4,
        default=(1.0, 0.0, 0.0, 0.0),
    )
    show_preview: BoolProperty(
        name="Preview",
        description="Show the picture with what was found in it in the corner of the 3D viewport",
        default=True,
        update=_toggle_preview,
    )

    countdown: IntProperty(
        name="Countdown", description="Time to get to one's place before a take begins", min=0, max=60, subtype="TIME"
    )
    with_timeline: BoolProperty(
        name="With Timeline", description="Play the timeline while recording, and stop at its end", default=False
    )
    bake_takes: BoolProperty(
        name="Bake When Done", description="Key each take on the character as soon as it is recorded", default=True
    )

    model: EnumProperty(name="Model", description="Size of the network for the body", items=MODELS, default="full")
    second_look: BoolProperty(
        name="Look Twice",
        description="Show each frame of a video to the network in a mirror too: surer, and a quarter slower",
        default=False,
    )
    solver: EnumProperty(
        name="Solver", description="How landmarks become rotations of joints", items=SOLVERS, default=DEFAULT_SOLVER
    )
    smooth: BoolProperty(
        name="Smooth Landmarks", description="Calm what the networks see, at the price of a little delay", default=True
    )
    smoothing: FloatProperty(
        name="Smoothing",
        description="How calm baked motion is: 0 as it was seen, 1 very calm; fast movements stay fast",
        min=0.0,
        max=1.0,
        default=DEFAULT_SMOOTHNESS,
        subtype="FACTOR",
    )
    feet: EnumProperty(name="Feet", description="When a foot is held to the floor", items=FEET, default="auto")
    root: EnumProperty(name="Hips", description="How baked motion travels", items=ROOTS, default="full")
    upright: BoolProperty(
        name="Upright",
        description="Turn a take upright whose camera was tilted, if it shows that clearly",
        default=True,
    )
    simplify: FloatProperty(
        name="Simplify",
        description="Degrees by which a bone may be off where keys are left out; 0 keeps all keys",
        min=0.0,
        max=45.0,
        default=0.0,
    )
    whole_frames: BoolProperty(
        name="Whole Frames",
        description="Key every frame of the scene, instead of the moments at which the performer was seen",
        default=False,
    )


MIMIC_PG_settings.__annotations__.update(bake_options.fields() | options.fields())


class MIMIC_PG_take(bpy.types.PropertyGroup):
    """One line of the list of takes; its name is the take's."""

    seconds: FloatProperty(name="Length", description="Seconds from the first frame to the last")
    frames: IntProperty(name="Frames", description="How many frames were recorded")
    complete: BoolProperty(name="Complete", description="Whether the recording was ended, and not cut short")
    readable: BoolProperty(name="Readable", description="Whether the file of the take can be read")


class MIMIC_PG_takes(bpy.types.PropertyGroup):
    """The list of takes, as it was when it was last read."""

    entries: CollectionProperty(name="Takes", description="Takes that were recorded", type=MIMIC_PG_take)
    active: IntProperty(name="Active Take", description="Take that is baked, renamed, exported or deleted")
    read: BoolProperty(name="Read", description="Whether the list was read since Blender was started", default=False)


def settings_of(scene: bpy.types.Scene) -> Any:
    """The settings of a scene, a `MIMIC_PG_settings`."""
    return scene.mimic  # type: ignore[attr-defined]


def takes_list() -> Any:
    """The list of takes, a `MIMIC_PG_takes`."""
    return manager().mimic_takes  # type: ignore[attr-defined]


def read_takes(*, choose: str = "") -> None:
    """Read the list of takes anew, and make the one called `choose` active."""
    listed = takes_list()
    active = choose or (listed.entries[listed.active].name if 0 <= listed.active < len(listed.entries) else "")
    found = takes.entries()
    listed.entries.clear()
    for entry in found:
        line = listed.entries.add()
        line.name = entry.name
        line.seconds, line.frames = entry.seconds, entry.frames
        line.complete, line.readable = entry.complete, entry.readable
    names = [entry.name for entry in found]
    listed.active = names.index(active) if active in names else 0
    listed.read = True


CLASSES: Final = (MIMIC_PG_settings, MIMIC_PG_take, MIMIC_PG_takes)


def attach() -> None:
    """Give every scene its settings and the window manager the list of takes."""
    bpy.types.Scene.mimic = PointerProperty(type=MIMIC_PG_settings)  # type: ignore[attr-defined,func-returns-value]
    bpy.types.WindowManager.mimic_takes = PointerProperty(type=MIMIC_PG_takes)  # type: ignore[attr-defined,func-returns-value]


def detach() -> None:
    """Take both away."""
    del bpy.types.WindowManager.mimic_takes  # type: ignore[attr-defined]
    del bpy.types.Scene.mimic  # type: ignore[attr-defined]

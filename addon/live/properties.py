# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the panel that a live session alone looks at."""

from typing import Any, Final

from bpy.props import EnumProperty, FloatProperty

from ...retarget.motion.options import REGION_LABELS, REGIONS, Region
from ..runtime import runtime
from ..scene_settings import SceneSettings

SIZES: Final = (
    ("AUTO", "Automatic", "The camera's own choice"),
    ("640x480", "640 x 480", "Enough for one person who fills the picture, and the least work"),
    ("1280x720", "1280 x 720", "Good for a whole body with hands"),
    ("1920x1080", "1920 x 1080", "For hands of who stands far away, if the computer is fast"),
)

DEFAULT_SMOOTHING: Final = 0.25
"""Half of what suits landmarks that are not smoothed: these are, as a rule, and being late adds up."""


PARTS: Final[dict[Region, str]] = {
    "torso": "hips and spine",
    "head": "neck and head",
    "arms": "shoulders and arms",
    "hands": "hands and fingers",
    "legs": "legs and feet",
    "root": "the body's place",
}
"""Region -> what belongs to it, for tooltips."""


def _name(region: Region) -> str:
    return f"calm_{region}"


SLIDERS: Final = tuple(_name(region) for region in REGIONS)
"""Names of the fields that say how calm the regions are."""


def fields() -> dict[str, Any]:
    """The fields as annotations of the settings that Blender keeps with a scene."""
    slider: Any = FloatProperty
    choice: Any = EnumProperty
    sliders = {
        _name(region): slider(
            name=REGION_LABELS[region],
            description=f"How calm {what} will be live: 0 as seen, 1 very calm and a little late; "
            "quick motion stays quick",
            min=0.0,
            max=1.0,
            default=DEFAULT_SMOOTHING,
            subtype="FACTOR",
            update=_change,
        )
        for region, what in PARTS.items()
    }
    size = choice(
        name="Resolution", description="Size of picture that the camera is asked for", items=SIZES, default="AUTO"
    )
    return {"camera_size": size, **sliders}


def smoothing(settings: SceneSettings) -> dict[Region, float]:
    """How calm each region is to be."""
    return {region: getattr(settings, _name(region)) for region in REGIONS}


def camera_size(settings: SceneSettings) -> tuple[int, int] | None:
    """Size (width, height) of picture that a camera is asked for; None for what it gives of itself."""
    if settings.camera_size == "AUTO":
        return None
    width, height = settings.camera_size.split("x")
    return int(width), int(height)


def _change(settings: SceneSettings, _context: Any) -> None:
    running = runtime().session
    if running is not None:
        running.pipeline.smooth(smoothing(settings))

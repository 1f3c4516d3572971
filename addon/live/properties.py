# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of the panel that only a live session reads."""

from typing import Any, Final

from bpy.props import EnumProperty, FloatProperty

from ...retarget.motion.options import REGION_LABELS, REGION_PARTS, REGIONS, TILT_UNKNOWN, Region
from ..runtime import runtime
from ..scene_settings import SceneSettings

SIZES: Final = (
    ("AUTO", "Automatic", "Let the camera choose"),
    ("640x480", "640 x 480", "Fastest, for a performer close to the camera"),
    ("1280x720", "1280 x 720", "Good for a whole body with its hands"),
    ("1920x1080", "1920 x 1080", "Best for hands far from the camera, on a fast computer"),
)

DEFAULT_SMOOTHING: Final = 0.25
"""Half of what suits raw landmarks: these are smoothed already, as a rule, and delays add up."""


def _name(region: Region) -> str:
    return f"live_smoothing_{region}"


SLIDERS: Final = tuple(_name(region) for region in REGIONS)
"""Names of the fields with the smoothing of each region."""


def fields() -> dict[str, Any]:
    """The fields as annotations of the settings that Blender keeps with a scene."""
    slider: Any = FloatProperty
    choice: Any = EnumProperty
    sliders = {
        _name(region): slider(
            name=REGION_LABELS[region],
            description=f"Smoothing of the {parts} in live motion, from 0 (none) to 1 (strongest, with a slight delay)",
            min=0.0,
            max=1.0,
            default=DEFAULT_SMOOTHING,
            subtype="FACTOR",
            update=_change,
        )
        for region, parts in REGION_PARTS.items()
    }
    size = choice(name="Resolution", description="Picture size to request from the camera", items=SIZES, default="AUTO")
    return {"camera_size": size, **sliders}


def smoothing(settings: SceneSettings) -> dict[Region, float]:
    """Smoothing 0..1 of each region."""
    return {region: getattr(settings, _name(region)) for region in REGIONS}


def tilt(settings: SceneSettings) -> tuple[float, float] | None:
    """Pitch and roll in degrees of the camera in a session; None if they are to be learnt, 0 if left as they are."""
    given = (settings.camera_pitch, settings.camera_roll)
    if settings.upright and given == (TILT_UNKNOWN, TILT_UNKNOWN):
        return None
    pitch, roll = (angle if settings.upright and angle != TILT_UNKNOWN else 0.0 for angle in given)
    return pitch, roll


def change_tilt(settings: SceneSettings, _context: Any) -> None:
    """Tell a running session of another tilt of the camera."""
    running = runtime().session
    if running is not None:
        running.change_tilt(tilt(settings))


def camera_size(settings: SceneSettings) -> tuple[int, int] | None:
    """Size (width, height) of picture to request from a camera; None to let it choose."""
    if settings.camera_size == "AUTO":
        return None
    width, height = settings.camera_size.split("x")
    return int(width), int(height)


def _change(settings: SceneSettings, _context: Any) -> None:
    running = runtime().session
    if running is not None:
        running.smooth(smoothing(settings))

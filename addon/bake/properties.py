# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields that say what a bake makes of a motion: the same in the panel, where a scene keeps them, and in operators."""

from collections.abc import Callable
from typing import Any, Final

from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ...retarget.motion.options import DEFAULT_BLEND, DEFAULT_SMOOTHNESS, REGIONS, Region
from ..regions import NAMES

LOOPS: Final = (
    ("off", "No Loop", "Leave the ends as they are"),
    ("ends", "Join Ends", "Bend both ends until the motion can be repeated"),
    ("find", "Find Loop", "Cut the motion to the stretch that ends most nearly as it begins, then join its ends"),
)
LAYERS: Final = (
    ("action", "New Action", "Give the character a new action; the one it had stays in the file"),
    ("stash", "Stash", "Put the new action into a muted NLA track; the character keeps the action it has"),
    ("additive", "Add on Top", "Add what the motion changes to the action that the character has, as an NLA layer"),
)


REGION_FIELDS: Final[dict[Region, str]] = {region: f"smooth_{region}" for region in REGIONS}
"""Names of the fields that say how calm the regions are baked."""

_FIELDS: Final[dict[str, tuple[Callable[..., Any], dict[str, Any]]]] = {
    "by_region": (
        BoolProperty,
        {"name": "By Region", "description": "Smooth parts of the body differently", "default": False},
    ),
    **{
        REGION_FIELDS[region]: (
            FloatProperty,
            {
                "name": name,
                "description": "How calm this part of the body is baked: 0 as it was seen, 1 very calm",
                "min": 0.0,
                "max": 1.0,
                "default": DEFAULT_SMOOTHNESS,
                "subtype": "FACTOR",
            },
        )
        for region, (name, _) in NAMES.items()
    },
    "reach": (
        BoolProperty,
        {
            "name": "Keep Reach",
            "description": "Let hands and feet come where the performer's are beside the body, whatever the "
            "character's proportions, instead of turning limbs alike",
            "default": False,
        },
    ),
    "limits": (
        BoolProperty,
        {"name": "Joint Limits", "description": "Keep joints within what bodies can do", "default": True},
    ),
    "trim_start": (
        FloatProperty,
        {"name": "Begin At", "description": "Seconds to leave out in front", "min": 0.0, "subtype": "TIME_ABSOLUTE"},
    ),
    "trim_end": (
        FloatProperty,
        {
            "name": "End At",
            "description": "Seconds from the beginning at which to stop; 0 is the end",
            "min": 0.0,
            "subtype": "TIME_ABSOLUTE",
        },
    ),
    "offset": (
        FloatProperty,
        {"name": "Offset", "description": "Seconds by which the keys come later", "subtype": "TIME_ABSOLUTE"},
    ),
    "swap_sides": (
        BoolProperty,
        {"name": "Swap Sides", "description": "Mirror the motion: left becomes right", "default": False},
    ),
    "loop": (
        EnumProperty,
        {"name": "Loop", "description": "Whether the motion can be repeated", "items": LOOPS, "default": "off"},
    ),
    "loop_blend": (
        FloatProperty,
        {
            "name": "Blend",
            "description": "Seconds at either end that may be bent for the loop",
            "min": 0.0,
            "max": 10.0,
            "default": DEFAULT_BLEND,
            "subtype": "TIME_ABSOLUTE",
        },
    ),
    "ik": (
        BoolProperty,
        {
            "name": "IK Controls",
            "description": "Move and key the rig's IK controls too, and let them lead arms and legs",
            "default": False,
        },
    ),
    "layer": (
        EnumProperty,
        {"name": "Destination", "description": "Where the keys go", "items": LAYERS, "default": "action"},
    ),
    "onto": (
        StringProperty,
        {
            "name": "Onto",
            "description": "Name of the action that motion is added to; the character's own unless given",
        },
    ),
}


def fields(**more: Any) -> dict[str, Any]:
    """The fields as annotations of a class that Blender registers, with `more` said of each."""
    return {name: make(**words, **more) for name, (make, words) in _FIELDS.items()}


def edited(value: Callable[[str], Any]) -> dict[str, Any]:
    """The fields as attributes of `MotionOptions`, given what reads one by its name."""
    return {
        "smooth_regions": {region: value(name) for region, name in REGION_FIELDS.items()} if value("by_region") else {},
        "reach": value("reach"),
        "ik": value("ik"),
        "limits": value("limits"),
        "trim": (value("trim_start") or None, value("trim_end") or None),
        "offset": value("offset"),
        "mirror": value("swap_sides"),
        "loop": value("loop"),
        "loop_blend": value("loop_blend"),
        "layer": value("layer"),
    }

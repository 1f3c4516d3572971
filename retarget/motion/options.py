# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a motion: how a solved motion is cleaned for baking."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...models.body.joints import JOINTS
from ..errors import InvalidOption
from .option_table import Choices, check, choice, number, switch

RootMode = Literal["full", "horizontal", "in-place"]
FeetMode = Literal["off", "auto", "always"]
LoopMode = Literal["off", "ends", "find"]
Region = Literal["torso", "head", "arms", "hands", "legs", "root"]

REGIONS: Final[tuple[Region, ...]] = get_args(Region)

REGION_LABELS: Final[dict[Region, str]] = {
    "torso": "Torso",
    "head": "Head",
    "arms": "Arms",
    "hands": "Hands",
    "legs": "Legs",
    "root": "Root Position",
}
"""Label of each region, which can be smoothed on its own."""

REGION_PARTS: Final[dict[Region, str]] = {
    "torso": "hips and spine",
    "head": "neck and head",
    "arms": "shoulders and arms",
    "hands": "hands and fingers",
    "legs": "legs and feet",
    "root": "position of the body",
}
"""Parts of the body in each region, for tooltips and help."""

DEFAULT_SMOOTHNESS: Final = 0.5

TILT_UNKNOWN: Final = -90.0
"""Degrees that stand for a camera's pitch or roll that is not given."""

MAX_TILT: Final = 80.0
"""Degrees, largest pitch and roll of a camera that can be given."""

DEFAULT_BLEND: Final = 0.4
"""Seconds to either side of a loop's seam: about half a step."""

FEET: Final[Choices] = (
    ("off", "Never", "Leave the feet as captured"),
    ("auto", "While Standing", "Hold each foot in place while it clearly stands on the floor"),
    ("always", "Always", "Keep both feet flat on the floor, for a performer who talks standing or seated"),
)
ROOTS: Final[Choices] = (
    ("full", "As Captured", "Move the hips as captured"),
    ("horizontal", "On the Floor", "Keep the body on the floor, even where the performer jumps"),
    ("in-place", "In Place", "Keep the hips above one spot"),
)
LOOPS: Final[Choices] = (
    ("off", "Off", "Leave both ends as they are"),
    ("ends", "Join Ends", "Blend both ends of the motion so that it repeats seamlessly"),
    ("find", "Find Loop", "Trim the motion to the section whose end best matches its start, then join the ends"),
)


def _region_of(joint: str) -> Region:
    part = joint.removeprefix("Left").removeprefix("Right")
    if part in ("Neck", "Head"):
        return "head"
    if part in ("Shoulder", "Arm", "ForeArm"):
        return "arms"
    if part.startswith("Hand"):
        return "hands"
    if part in ("UpLeg", "Leg", "Foot", "ToeBase"):
        return "legs"
    return "torso"


JOINT_REGIONS: Final[tuple[Region, ...]] = tuple(_region_of(joint) for joint in JOINTS)
"""Region of each of the 52 joints; the rotation of the hips belongs to the torso, their position is the root."""


def _smoothing_of(region: Region) -> float:
    return number(
        DEFAULT_SMOOTHNESS,
        REGION_LABELS[region],
        f"Smoothing of the {REGION_PARTS[region]} in baked motion, from 0 (none) to 1 (strongest)",
        minimum=0.0,
        maximum=1.0,
        unit="factor",
    )


@dataclass(frozen=True)
class MotionOptions:
    """How a solved motion is cleaned for baking. The defaults suit a standing performer and a fixed camera.

    The fields are entries of the table of options: see `option_table`. Times are seconds from the motion's first frame.

    Raises:
        InvalidOption: an option has an invalid value.
    """

    smoothing: float = number(
        DEFAULT_SMOOTHNESS,
        "Smoothing",
        "Smoothing of baked motion, from 0 (none) to 1 (strongest); fast movements stay fast",
        minimum=0.0,
        maximum=1.0,
        unit="factor",
    )
    by_region: bool = switch(False, "Per Body Part", "Smooth each part of the body by its own amount")
    smoothing_torso: float = _smoothing_of("torso")
    smoothing_head: float = _smoothing_of("head")
    smoothing_arms: float = _smoothing_of("arms")
    smoothing_hands: float = _smoothing_of("hands")
    smoothing_legs: float = _smoothing_of("legs")
    smoothing_root: float = _smoothing_of("root")
    feet: FeetMode = choice(
        "auto", "Hold Feet", "When to hold the feet in place on the floor, to prevent sliding", FEET
    )
    root: RootMode = choice("full", "Root Motion", "How the character moves through space in baked motion", ROOTS)
    upright: bool = switch(
        True,
        "Correct Camera Tilt",
        "Turn the motion upright, as far as legs, floor and lines of the room show how the camera was tilted",
        without="keep the tilt of motion filmed with a tilted camera",
    )
    camera_pitch: float = number(
        TILT_UNKNOWN,
        "Camera Pitch",
        "Degrees by which the camera looks down, negative if it looks up; -90 to find it",
        minimum=-MAX_TILT,
        maximum=MAX_TILT,
        unset=TILT_UNKNOWN,
        unit="degrees",
    )
    camera_roll: float = number(
        TILT_UNKNOWN,
        "Camera Roll",
        "Degrees by which upright people lean to the right in the picture, negative to the left; -90 to find it",
        minimum=-MAX_TILT,
        maximum=MAX_TILT,
        unset=TILT_UNKNOWN,
        unit="degrees",
    )
    upper_body: bool = switch(
        False, "Upper Body Only", "Keep the hips and legs at rest, for a performer seated at a desk"
    )
    limits: bool = switch(
        True,
        "Joint Limits",
        "Keep the joints within the range of a human body",
        without="let joints bend beyond the range of a human body",
    )
    reach: bool = switch(
        False,
        "Keep Reach",
        "Place hands and feet where the performer's are relative to the body, whatever the character's proportions, "
        "instead of copying the rotations of the limbs",
    )
    swap_sides: bool = switch(False, "Swap Sides", "Mirror the motion, so that left becomes right")
    trim_start: float = number(
        0.0,
        "Trim From",
        "Time at which baked motion starts, in seconds from the beginning of the take",
        minimum=0.0,
        unit="seconds",
    )
    trim_end: float = number(
        0.0,
        "Trim To",
        "Time at which baked motion ends, in seconds from the beginning of the take; 0 for its end",
        minimum=0.0,
        unit="seconds",
    )
    loop: LoopMode = choice("off", "Loop", "Make the motion repeat seamlessly", LOOPS)
    loop_blend: float = number(
        DEFAULT_BLEND,
        "Loop Blend",
        "Seconds at each end of the motion that may be changed to close the loop",
        minimum=0.0,
        maximum=10.0,
        unit="seconds",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.trim_end and self.trim_end <= self.trim_start:
            raise InvalidOption(
                f"The trimmed motion would end at {self.trim_end:g} s, before it begins at {self.trim_start:g} s: "
                "choose a later end."
            )


def region_smoothness(options: MotionOptions) -> dict[Region, float]:
    """Return the smoothness, 0 to 1, of each region of the body."""
    if not options.by_region:
        return dict.fromkeys(REGIONS, options.smoothing)
    return {
        "torso": options.smoothing_torso,
        "head": options.smoothing_head,
        "arms": options.smoothing_arms,
        "hands": options.smoothing_hands,
        "legs": options.smoothing_legs,
        "root": options.smoothing_root,
    }


def joint_smoothness(options: MotionOptions) -> NDArray[np.float64]:
    """Return the smoothness (52,) of the joints' rotations."""
    regions = region_smoothness(options)
    return np.array([regions[region] for region in JOINT_REGIONS])


REGION_OPTIONS: Final[dict[Region, str]] = {region: f"smoothing_{region}" for region in REGIONS}
"""Region -> the option with its smoothing, which counts if `by_region` is on."""

AS_SOLVED: Final = MotionOptions(smoothing=0.0, feet="off", upright=False, limits=False)
"""Options that only put the performer on the floor."""

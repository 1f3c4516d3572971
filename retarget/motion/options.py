# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a motion: how what a solver made becomes fit to be kept."""

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
    "root": "Place",
}
"""What the parts of the body are called that are smoothed on their own."""

DEFAULT_SMOOTHNESS: Final = 0.5

DEFAULT_BLEND: Final = 0.4
"""Seconds to either side of a loop's seam: about half a step."""

FEET: Final[Choices] = (
    ("off", "As Seen", "Leave the feet as they were seen"),
    ("auto", "Hold to Floor", "Hold a foot to the floor while it clearly stands"),
    ("always", "Always Flat", "Keep both feet flat on the floor, for who stands or sits and talks"),
)
ROOTS: Final[Choices] = (
    ("full", "As Seen", "The hips travel as they were seen"),
    ("horizontal", "On the Floor", "The hips travel over the floor and never leave it"),
    ("in-place", "In Place", "The hips stay where they began"),
)
LOOPS: Final[Choices] = (
    ("off", "No Loop", "Leave the ends as they are"),
    ("ends", "Join Ends", "Bend both ends until the motion can be repeated"),
    ("find", "Find Loop", "Cut the motion to the stretch that ends most nearly as it begins, then join its ends"),
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
"""Region of each of the 52 joints; the turn of the hips counts to the torso, their place is the root."""


def _smoothing_of(region: Region) -> float:
    return number(
        DEFAULT_SMOOTHNESS,
        REGION_LABELS[region],
        "How calm this part of the body is baked: 0 as it was seen, 1 very calm",
        minimum=0.0,
        maximum=1.0,
        unit="factor",
    )


@dataclass(frozen=True)
class MotionOptions:
    """How a motion is made fit to be kept. The defaults suit a person filmed standing, by a camera that stands.

    The fields are lines of the table of options: see `option_table`. Times are seconds from the motion's first frame.

    Raises:
        InvalidOption: a value means nothing.
    """

    smoothing: float = number(
        DEFAULT_SMOOTHNESS,
        "Smoothing",
        "How calm baked motion is: 0 as it was seen, 1 very calm; fast movements stay fast",
        minimum=0.0,
        maximum=1.0,
        unit="factor",
    )
    by_region: bool = switch(False, "By Region", "Smooth parts of the body differently")
    smoothing_torso: float = _smoothing_of("torso")
    smoothing_head: float = _smoothing_of("head")
    smoothing_arms: float = _smoothing_of("arms")
    smoothing_hands: float = _smoothing_of("hands")
    smoothing_legs: float = _smoothing_of("legs")
    smoothing_root: float = _smoothing_of("root")
    feet: FeetMode = choice("auto", "Feet", "When a foot is held to the floor", FEET)
    root: RootMode = choice("full", "Hips", "How baked motion travels", ROOTS)
    upright: bool = switch(
        True,
        "Upright",
        "Turn a take upright whose camera was tilted, if it shows that clearly",
        without="leave a take tilted whose camera was tilted",
    )
    upper_body: bool = switch(False, "Upper Body Only", "Keep hips and legs at rest, for who sits at a desk")
    limits: bool = switch(
        True,
        "Joint Limits",
        "Keep joints within what bodies can do",
        without="let joints turn farther than bodies can",
    )
    reach: bool = switch(
        False,
        "Keep Reach",
        "Let hands and feet come where the performer's are beside the body, whatever the character's proportions, "
        "instead of turning limbs alike",
    )
    swap_sides: bool = switch(False, "Swap Sides", "Mirror the motion: left becomes right")
    trim_start: float = number(0.0, "Begin At", "Seconds to leave out in front", minimum=0.0, unit="seconds")
    trim_end: float = number(
        0.0, "End At", "Seconds from the beginning at which to stop; 0 is the end", minimum=0.0, unit="seconds"
    )
    loop: LoopMode = choice("off", "Loop", "Whether the motion can be repeated", LOOPS)
    loop_blend: float = number(
        DEFAULT_BLEND,
        "Blend",
        "Seconds at either end that may be bent for the loop",
        minimum=0.0,
        maximum=10.0,
        unit="seconds",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.trim_end and self.trim_end <= self.trim_start:
            raise InvalidOption(
                f"The trimmed motion would end at {self.trim_end:g} s, before it begins at {self.trim_start:g} s."
            )


def region_smoothness(options: MotionOptions) -> dict[Region, float]:
    """Smoothness 0..1 of each region of the body."""
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
    """Smoothness (52,) of the joints' rotations."""
    regions = region_smoothness(options)
    return np.array([regions[region] for region in JOINT_REGIONS])


REGION_OPTIONS: Final[dict[Region, str]] = {region: f"smoothing_{region}" for region in REGIONS}
"""Region -> the option that says how calm it is, where `by_region` lets regions differ."""

AS_SOLVED: Final = MotionOptions(smoothing=0.0, feet="off", upright=False, limits=False)
"""Nothing is done beyond putting the performer on the floor."""

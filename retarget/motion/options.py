# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be asked of a motion on its way from the solver to the keys."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...models.body.joints import JOINTS
from ..errors import UnknownMotionOption

RootMode = Literal["full", "horizontal", "in-place"]
FeetMode = Literal["off", "auto", "always"]
LoopMode = Literal["off", "ends", "find"]
LayerMode = Literal["action", "stash", "additive"]
Region = Literal["torso", "head", "arms", "hands", "legs", "root"]

ROOT_MODES: Final[tuple[RootMode, ...]] = get_args(RootMode)
FEET_MODES: Final[tuple[FeetMode, ...]] = get_args(FeetMode)
LOOP_MODES: Final[tuple[LoopMode, ...]] = get_args(LoopMode)
LAYER_MODES: Final[tuple[LayerMode, ...]] = get_args(LayerMode)
REGIONS: Final[tuple[Region, ...]] = get_args(Region)

DEFAULT_SMOOTHNESS: Final = 0.5

DEFAULT_BLEND: Final = 0.4
"""Seconds to either side of a loop's seam: about half a step."""


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


@dataclass(frozen=True)
class MotionOptions:
    """How a motion is made fit to be keyed. The defaults suit a person filmed standing, by a camera that stands.

    Attributes:
        smooth: 0 leaves the motion as it was solved, 1 is very calm. Fast movements stay fast at any setting.
        smooth_regions: the same for single regions of the body, where they are to differ.
        root: "full" travels as seen, "horizontal" travels over the floor and never leaves it, "in-place" stays
            where it began and keeps only the height.
        feet: "off" leaves the feet as solved, "auto" holds a foot to the floor while it stands on it, "always" keeps
            both flat on the floor, for who stands or sits and talks: what seems to move them by less than a step is
            noise, and what moves them farther puts them down elsewhere.
        upright: turn the take so that who stands in it stands upright, if the take shows clearly how far the camera
            was tilted.
        fingers: key the fingers too; if not, they stay as they are posed.
        limits: keep joints within what bodies can do: knees and elbows from bending backwards, all others softly.
        trim: (start, end) in seconds from the first frame, what to keep; either may be None.
        offset: seconds by which the keys come later.
        mirror: exchange left and right.
        loop: "off" leaves the ends as they are, "ends" bends both until the motion can be repeated, "find" first cuts
            it to the stretch that ends most nearly as it begins.
        loop_blend: seconds at either end that may be bent for it.
        layer: where keys go: "action" makes a new action and gives it to the character, "stash" puts it into a muted
            NLA track and leaves the character what it has, "additive" puts what the motion changes of its own first
            pose on top of what the character has, as an NLA layer.
        reduce: largest error in degrees that leaving keys out may cause; None keys every frame.
        reach: on a character of other proportions, let hands come where they were beside the body and each other, and
            feet where they were beside the hips; otherwise arms and legs point where the performer's did.
        ik: key the rig's controls of inverse kinematics too, and let them lead arms and legs.
    """

    smooth: float = DEFAULT_SMOOTHNESS
    smooth_regions: Mapping[Region, float] = field(default_factory=dict)
    root: RootMode = "full"
    feet: FeetMode = "auto"
    upright: bool = True
    fingers: bool = True
    limits: bool = True
    trim: tuple[float | None, float | None] = (None, None)
    offset: float = 0.0
    mirror: bool = False
    loop: LoopMode = "off"
    loop_blend: float = DEFAULT_BLEND
    layer: LayerMode = "action"
    reduce: float | None = None
    reach: bool = False
    ik: bool = False

    def __post_init__(self) -> None:
        for region, value in (("all", self.smooth), *self.smooth_regions.items()):
            if not 0.0 <= value <= 1.0:
                raise UnknownMotionOption(f"Smoothness {value:g} of {region} is not between 0 (off) and 1 (very calm).")
        _check_choice("Root motion", self.root, ROOT_MODES)
        _check_choice("Foot locking", self.feet, FEET_MODES)
        _check_choice("Loop", self.loop, LOOP_MODES)
        _check_choice("Layer", self.layer, LAYER_MODES)
        if not 0.0 <= self.loop_blend <= 10.0:
            raise UnknownMotionOption(f"{self.loop_blend:g} s is no time to blend a loop over; give up to 10 s.")
        for region in self.smooth_regions:
            _check_choice("Region", region, REGIONS)
        if self.reduce is not None and not 0.0 < self.reduce <= 45.0:
            raise UnknownMotionOption(f"{self.reduce:g} degrees is no tolerance for keys; give one between 0 and 45.")
        if not isfinite(self.offset):
            raise UnknownMotionOption("The time offset is not a number of seconds.")
        start, end = self.trim
        if start is not None and end is not None and end <= start:
            raise UnknownMotionOption(f"The trimmed motion would end at {end:g} s, before it begins at {start:g} s.")

    def smoothness(self, region: Region) -> float:
        """Smoothness 0..1 of a region."""
        return self.smooth_regions.get(region, self.smooth)


def joint_smoothness(options: MotionOptions) -> NDArray[np.float64]:
    """Smoothness (52,) of the joints' rotations."""
    return np.array([options.smoothness(region) for region in JOINT_REGIONS])


def _check_choice(what: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise UnknownMotionOption(f'{what} "{value}" is not known; choose one of {", ".join(choices)}.')


AS_SOLVED: Final = MotionOptions(smooth=0.0, feet="off", upright=False, limits=False)
"""Nothing is done beyond putting the performer on the floor."""

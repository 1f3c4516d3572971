# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of capturing, solving and keying. With those of the motion they are the one table of options.

Panel, operators, command line and Python API read it; it needs no Blender.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ...pipeline.landmarks.settings import HolisticSettings, Model
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...retarget.errors import InvalidOption
from ...retarget.motion.option_table import Choices, Option, check, choice, number, switch, table, text
from ...retarget.motion.options import MotionOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LayerMode = Literal["action", "stash", "additive"]

MODELS: Final[Choices] = (
    ("lite", "Lite", "Fastest, for weak computers"),
    ("full", "Full", "Best for most"),
    ("heavy", "Heavy", "Most exact and slowest, for baking videos"),
)
SOLVERS: Final[Choices] = (
    ("lifter", "Lifter", "A small network that has learnt what the landmarks get wrong"),
    ("analytic", "Geometry", "The landmarks as they are; an arm or leg that is not seen comes to rest"),
)
LAYERS: Final[Choices] = (
    ("action", "New Action", "Give the character a new action; the one it had stays in the file"),
    ("stash", "Stash", "Put the new action into a muted NLA track; the character keeps the action it has"),
    ("additive", "Add on Top", "Add what the motion changes to the action that the character has, as an NLA layer"),
)


@dataclass(frozen=True)
class CaptureOptions:
    """What is looked for in pictures, and how.

    Raises:
        InvalidOption: a value means nothing.
    """

    model: Model = choice("full", "Model", "Size of the network for the body", MODELS)
    hands: bool = switch(
        True, "Hands", "Look for the hands too; takes a little longer", without="leave the hands and fingers out"
    )
    face: bool = switch(
        True,
        "Face",
        "Look at a face that is near enough: nothing tells better how the head is turned",
        without="leave the face out",
    )
    second_look: bool = switch(
        False,
        "Second Look",
        "Show each frame of a video to the network in a mirror too: surer, and a quarter slower",
    )
    smooth_landmarks: bool = switch(
        True,
        "Smooth Landmarks",
        "Calm what the networks see, at the price of a little delay",
        without="leave landmarks as the networks see them, frame by frame",
    )
    field_of_view: float = number(
        0.0,
        "Field of View",
        "Degrees that the camera sees along the longer side of its picture; 0 if you do not know",
        minimum=5.0,
        maximum=170.0,
        unset=0.0,
        unit="degrees",
    )
    mirror: bool = switch(False, "Mirror", "Flip the picture, so that the character moves like a mirror image")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class SourceSpan:
    """Which part of a source is captured. Belongs to one source: the panel does not keep it.

    Raises:
        InvalidOption: a value means nothing.
    """

    start: float = number(0.0, "Start", "Where in the video to begin", minimum=0.0, unit="seconds")
    end: float = number(0.0, "End", "Where in the video to stop; 0 is its end", minimum=0.0, unit="seconds")

    def __post_init__(self) -> None:
        check(self)
        if self.end and self.end <= self.start:
            raise InvalidOption(f"The video would end at {self.end:g} s, before it begins at {self.start:g} s.")


@dataclass(frozen=True)
class SolveOptions:
    """How landmarks become motion.

    Raises:
        InvalidOption: a value means nothing.
    """

    solver: SolverName = choice(DEFAULT_SOLVER, "Solver", "How landmarks become rotations of joints", SOLVERS)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class BakeOptions:
    """Which keys are made of a motion, and where they go: what only Blender's side reads.

    Raises:
        InvalidOption: a value means nothing.
    """

    layer: LayerMode = choice("action", "Destination", "Where the keys go", LAYERS)
    onto: str = text("Onto", "Name of the action that motion is added to; the character's own unless given")
    ik: bool = switch(False, "IK Controls", "Move and key the rig's IK controls too, and let them lead arms and legs")
    fingers: bool = switch(
        True,
        "Fingers",
        "Let the fingers follow, instead of leaving them as they are posed",
        without="leave the fingers as the rig has them posed",
    )
    offset: float = number(0.0, "Offset", "Seconds by which the keys come later", unit="seconds")
    whole_frames: bool = switch(
        False,
        "Whole Frames",
        "Key every frame of the scene, instead of the moments at which the performer was seen",
    )
    simplify: float = number(
        0.0,
        "Simplify",
        "Degrees by which a bone may be off where keys are left out; 0 keeps all keys",
        minimum=0.0,
        maximum=45.0,
        unit="degrees",
    )

    def __post_init__(self) -> None:
        check(self)


KEPT: "Final[tuple[type[DataclassInstance], ...]]" = (CaptureOptions, SolveOptions, MotionOptions, BakeOptions)
"""The options that a scene keeps: the panel's."""

BAKING: "Final[tuple[type[DataclassInstance], ...]]" = (SolveOptions, MotionOptions, BakeOptions)
"""The options of a bake, whatever it is of."""

CAPTURING: "Final[tuple[type[DataclassInstance], ...]]" = (CaptureOptions, SourceSpan)
"""The options of a bake that begins with a capture."""


def options_of(*groups: "type[DataclassInstance]") -> tuple[Option, ...]:
    """The lines of the table that some groups of options hold, in order."""
    return tuple(option for group in groups for option in table(group))


def holistic_settings(options: CaptureOptions) -> HolisticSettings:
    """The landmark pipeline's settings as these options have them; the rest is its own default."""
    return HolisticSettings(
        model=options.model,
        hands=options.hands,
        face=options.face,
        second_look=options.second_look,
        smooth=options.smooth_landmarks,
        field_of_view=options.field_of_view or None,
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of capturing, solving and keying. Those of motion and face complete the one table of options.

Panel, operators, command line and Python API read it; it needs no Blender.
"""

from dataclasses import dataclass
from math import nan
from typing import TYPE_CHECKING, Final, Literal

from ...pipeline.landmarks.settings import HolisticSettings, Model
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...pipeline.solve.sides.settings import DEFAULT_SIDES, SidesMode
from ...retarget.errors import InvalidOption
from ...retarget.face.options import FaceOptions
from ...retarget.motion.option_table import Choices, Option, check, choice, count, number, switch, table, text
from ...retarget.motion.options import MotionOptions

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

LayerMode = Literal["action", "stash", "additive"]

MODELS: Final[Choices] = (
    ("lite", "Lite", "Fastest and least accurate, for slow computers"),
    ("full", "Full", "Good accuracy and speed, for most uses"),
    ("heavy", "Heavy", "Most accurate and slowest, for baking videos"),
)
SOLVERS: Final[Choices] = (
    ("lifter", "Lifter", "Correct the landmarks with a small neural network; more accurate"),
    ("analytic", "Geometry", "Take the landmarks as detected, without a neural network"),
)
SIDES: Final[Choices] = (
    ("auto", "Automatic", "Find where left and right are exchanged, and put them in order"),
    ("off", "Off", "Leave left and right as detected"),
)
PLACES: Final = ("centre", "largest", "left", "right")
"""Words for the person to follow; a point of the picture in pixels, "X,Y", is the other way to say it."""

SYNCS: Final = ("auto", "none")
"""Words for how several cameras are synchronised; seconds are the other way to say it."""

FINDING: Final = ("sync", "cameras")
"""Options by which the cameras of a take are found, whenever that is."""

OF_SEVERAL: Final = ("mirror_cameras", *FINDING)
"""Options of captures that mean nothing with one camera."""

_SECONDS: Final = r"\d+(\.\d+)?"

MOST_PEOPLE: Final = 16
"""Largest number of people to be asked for; everyone is one of the values too."""

LAYERS: Final[Choices] = (
    ("action", "New Action", "Assign a new action to the character; its previous action stays in the file"),
    ("stash", "Stash", "Put the new action in a muted NLA track; the character keeps its current action"),
    ("additive", "Additive Layer", "Add the motion to the character's current action, as a layer in the NLA editor"),
)


@dataclass(frozen=True)
class CaptureOptions:
    """How landmarks are detected in pictures.

    Raises:
        InvalidOption: a value means nothing.
    """

    model: Model = choice("full", "Model", "Size of the neural network that detects the body", MODELS)
    hands: bool = switch(
        True, "Hands", "Detect the hands and fingers; slightly slower", without="do not detect the hands and fingers"
    )
    face: bool = switch(
        True,
        "Face",
        "Detect the face when it is close to the camera, for expressions and more accurate head rotation",
        without="do not detect the face",
    )
    person: str = text(
        "Person",
        "Whom to follow of several people: centre, largest, left or right in the picture, or X,Y in its pixels",
        default="largest",
        suggestions=PLACES,
        pattern=rf"{'|'.join(PLACES)}|\d+(\.\d+)?,\d+(\.\d+)?",
        example=f"one of {', '.join(PLACES)}, or a point in pixels such as 640,360",
    )
    people: int = count(
        1,
        "People",
        "Number of people to capture; 0 for everyone in the picture",
        minimum=1,
        maximum=MOST_PEOPLE,
        unset=0,
        unset_word="all",
    )
    second_look: bool = switch(
        False,
        "Second Look",
        "Detect the body twice in each video frame, the second time mirrored, and average both; more accurate but a "
        "quarter slower",
    )
    smooth_landmarks: bool = switch(
        True,
        "Smooth Landmarks",
        "Smooth the landmarks over time, which delays them slightly",
        without="keep the landmarks as detected in each frame",
    )
    field_of_view: float = number(
        0.0,
        "Field of View",
        "Angle in degrees that the camera covers along the longer side of its picture; 0 if unknown",
        minimum=5.0,
        maximum=170.0,
        unset=0.0,
        unit="degrees",
    )
    mirror: bool = switch(
        False,
        "Mirror",
        "Flip the picture left to right, so that the character moves like a mirror image of the performer",
    )
    mirror_cameras: str = text(
        "Mirror Cameras",
        "Numbers of those of several cameras whose pictures are flipped left to right, as selfie videos need, "
        "separated by commas",
        pattern=r"(\d+(,\d+)*)?",
        example="nothing, or numbers of cameras such as 2 or 1,3",
    )
    sync: str = text(
        "Synchronise",
        "How the times of several cameras are matched: auto to find it from the motion, none if all began at once, or "
        "the seconds at which a clap is seen in each, separated by commas",
        default="auto",
        suggestions=SYNCS,
        pattern=rf"{'|'.join(SYNCS)}|{_SECONDS}(,{_SECONDS})+",
        example="one of auto, none, or seconds of each camera such as 2.1,0.4",
    )
    cameras: str = text(
        "Cameras From",
        "Take of the same cameras, if nobody has moved them since: their places are used again",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class SourceSpan:
    """Part of a source to capture. It belongs to one source, so the panel does not keep it.

    Raises:
        InvalidOption: a value means nothing.
    """

    start: float = number(0.0, "Start", "Time in the video at which to start, in seconds", minimum=0.0, unit="seconds")
    end: float = number(
        0.0, "End", "Time in the video at which to stop, in seconds; 0 for its end", minimum=0.0, unit="seconds"
    )

    def __post_init__(self) -> None:
        check(self)
        if self.end and self.end <= self.start:
            raise InvalidOption(
                f"The video would end at {self.end:g} s, before it begins at {self.start:g} s: choose a later end."
            )


@dataclass(frozen=True)
class SolveOptions:
    """How landmarks are turned into motion.

    Raises:
        InvalidOption: a value means nothing.
    """

    solver: SolverName = choice(DEFAULT_SOLVER, "Solver", "Method that turns landmarks into joint rotations", SOLVERS)
    sides: SidesMode = choice(
        DEFAULT_SIDES, "Keep Sides", "Whether left and right are put in order where they are exchanged", SIDES
    )
    refine: bool = switch(
        False,
        "Refine",
        "Fit what one camera saw to the landmarks of the whole take: a steadier path, and feet that do not slide",
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class BakeOptions:
    """Which keyframes a motion gets and where they go: the options that need Blender.

    Raises:
        InvalidOption: a value means nothing.
    """

    layer: LayerMode = choice("action", "Destination", "Where the new keyframes go", LAYERS)
    onto: str = text("Base Action", "Action that the layer is added to; the character's current action if empty")
    ik: bool = switch(
        False, "IK Controls", "Move and key the rig's IK controls too, and let them drive the arms and legs"
    )
    fingers: bool = switch(
        True,
        "Fingers",
        "Animate the fingers; if off, they keep their current pose",
        without="leave the fingers in the pose that they have in the rig",
    )
    offset: float = number(
        0.0, "Offset", "Seconds to delay the keyframes by; negative to start earlier", unit="seconds"
    )
    whole_frames: bool = switch(
        False,
        "Whole Frames",
        "Place keyframes on whole frames of the scene, instead of at the exact times of the captured frames",
    )
    simplify: float = number(
        0.0,
        "Simplify",
        "Remove keyframes as long as no bone deviates by more than this many degrees; 0 keeps all keyframes",
        minimum=0.0,
        maximum=45.0,
        unit="degrees",
    )

    def __post_init__(self) -> None:
        check(self)


KEPT: "Final[tuple[type[DataclassInstance], ...]]" = (
    CaptureOptions,
    SolveOptions,
    MotionOptions,
    FaceOptions,
    BakeOptions,
)
"""The options that a scene keeps: the panel's."""

BAKING: "Final[tuple[type[DataclassInstance], ...]]" = (SolveOptions, MotionOptions, FaceOptions, BakeOptions)
"""The options of a bake, whatever it is of."""

CAPTURING: "Final[tuple[type[DataclassInstance], ...]]" = (CaptureOptions, SourceSpan)
"""The options of a bake that begins with a capture."""


def options_of(*groups: "type[DataclassInstance]") -> tuple[Option, ...]:
    """The lines of the table that some groups of options hold, in order."""
    return tuple(option for group in groups for option in table(group))


def seconds_of(sync: str, cameras: int) -> tuple[float, ...] | None:
    """Return when a moment is seen in each camera, by its own clock; None to find it from the motion.

    Raises:
        InvalidOption: there are not as many seconds as cameras.
    """
    if sync == "auto":
        return None
    if sync == "none":
        return (0.0,) * cameras
    seconds = tuple(float(part) for part in sync.split(","))
    if len(seconds) != cameras:
        raise InvalidOption(
            f"Option sync has {len(seconds)} seconds for {cameras} cameras: give one for each, at which a clap is seen "
            "in it."
        )
    return seconds


def flips_of(options: CaptureOptions, cameras: int) -> tuple[bool, ...]:
    """Return whether the pictures of each camera are flipped left to right.

    `mirror` flips those of all, `mirror_cameras` those of some; a selfie video that both flip stays as it is.

    Raises:
        InvalidOption: there are not as many cameras as one is said to be.
    """
    if cameras == 1:
        return (options.mirror,)
    named = [int(part) for part in options.mirror_cameras.split(",") if part]
    for camera in named:
        if not 1 <= camera <= cameras:
            raise InvalidOption(
                f"Option mirror_cameras names camera {camera} of {cameras}: give numbers from 1 to {cameras}."
            )
    return tuple(options.mirror != (camera in named) for camera in range(1, cameras + 1))


def fields_of_view_of(text: str, cameras: int) -> tuple[float | None, ...]:
    """Return the field of view of each camera in degrees, None where unknown, from numbers separated by commas.

    Nothing is known of any if the text is empty.

    Raises:
        InvalidOption: there are not as many angles as cameras, or one is none.
    """
    option = next(option for option in options_of(CaptureOptions) if option.name == "field_of_view")
    try:
        views = [float(part) for part in text.split(",")] if text else [0.0] * cameras
    except ValueError:
        views = [nan]
    if not all(map(option.allows, views)):
        raise InvalidOption(f'Fields of view are "{text}": give {option.wanted} of each camera, separated by commas.')
    if len(views) != cameras:
        count = "1 field of view is" if len(views) == 1 else f"{len(views)} fields of view are"
        raise InvalidOption(f"{count} given for {cameras} cameras: give one for each, 0 if unknown.")
    return tuple(view or None for view in views)


def holistic_settings(options: CaptureOptions) -> HolisticSettings:
    """The landmark pipeline's settings as these options have them; the rest is its own default."""
    return HolisticSettings(
        model=options.model,
        hands=options.hands,
        face=options.face,
        person=options.person,
        people=options.people,
        second_look=options.second_look,
        smooth=options.smooth_landmarks,
        field_of_view=options.field_of_view or None,
    )

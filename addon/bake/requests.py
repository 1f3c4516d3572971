# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and videos onto an armature of the open scene: the part that computes, and the part that keys."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy

from ...models.body.motion import BodyMotion
from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...retarget.motion.options import MotionOptions
from ...retarget.motion.upper_body import upper_body_motion
from .. import choice, online
from ..bone_map.store import rig_map_of
from ..character.armature import check_editable, rig_of
from ..jobs import Job, Progress
from ..properties import read_takes
from ..runtime import runtime
from ..takes import store as takes
from ..windows import push_undo
from . import properties as bake_options
from .apply import Applied, apply_motion
from .layers import check_base


@dataclass(frozen=True)
class Manner:
    """How a motion is keyed.

    Attributes:
        armature: name of the armature object.
        action: name of the new action.
        start: scene frame of the first key; None for the scene's first.
        whole_frames: key every frame of the scene, not the moments of the motion.
        upper_body: keep hips and legs at rest.
        solver: what turns landmarks into rotations.
        options: how the motion is made fit to be keyed.
        onto: name of the action that keys are added to, where the options say so; None for the armature's own.
    """

    armature: str
    action: str
    start: float | None = None
    whole_frames: bool = False
    upper_body: bool = False
    solver: SolverName = DEFAULT_SOLVER
    options: MotionOptions = field(default_factory=MotionOptions)
    onto: str | None = None


@dataclass(frozen=True)
class Film:
    """A video to capture.

    Attributes:
        source: what `open_source` opens.
        take: the file that its landmarks are kept in.
        settings: what to look for and how.
        start, end: seconds of the source; None for its own.
        mirror: flip it left to right.
    """

    source: str
    take: Path
    settings: HolisticSettings
    start: float | None = None
    end: float | None = None
    mirror: bool = False


def manner(
    settings: Any,
    armature: bpy.types.Object,
    action: str,
    *,
    start: float | None = None,
    given: Callable[[str], Any] | None = None,
) -> Manner:
    """How the panel says that a motion is to be keyed. Raises a sentence if the armature cannot be.

    Args:
        settings: what the panel holds.
        armature: the character.
        action: name of the new action.
        start: scene frame of the first key; None for the scene's first.
        given: reads a field of `bake_options` that may say otherwise than the panel; the panel's unless given.

    Raises:
        RigUnmapped, ArmatureLocked.
    """
    check_editable(armature)
    rig_map_of(armature, rig_of(armature))
    given = given or (lambda name: getattr(settings, name))
    options = _options(settings, given)
    onto = given("onto") or None
    if options.layer == "additive":
        check_base(onto)
    return Manner(
        armature=armature.name,
        action=action,
        start=start,
        whole_frames=settings.whole_frames,
        upper_body=settings.upper_body,
        solver=settings.solver,
        options=options,
        onto=onto,
    )


def _options(settings: Any, given: Callable[[str], Any]) -> MotionOptions:
    """How the panel says that a motion is made fit to be keyed. Without legs there is nothing to stand on."""
    legs = not settings.upper_body
    return MotionOptions(
        smooth=settings.smoothing,
        feet=settings.feet if legs else "off",
        root=settings.root if legs and settings.travel else "in-place",
        upright=settings.upright and legs,
        fingers=settings.fingers,
        reduce=settings.simplify or None,
        **bake_options.edited(given),
    )


def motion_of(take: Path, solver: SolverName) -> BodyMotion:
    """The motion that a take's file holds. Touches nothing of Blender's.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing.
    """
    from ...pipeline.solve.solving import solve_take
    from ...pipeline.takes.take import Take

    with Take.open(take) as opened:
        return solve_take(opened, solver=solver)


def captured(film: Film, progress: Progress, solver: SolverName) -> BodyMotion | None:
    """The motion in a video, whose landmarks are kept; None if it was cancelled. Touches nothing of Blender's.

    Raises:
        MimicError: one of the pipeline's.
    """
    from ...pipeline.sources import open_source
    from ...pipeline.takes.capture import capture

    with open_source(film.source, start=film.start, end=film.end, mirror=film.mirror) as source:
        progress.begin("Watching {name}", source.name)
        summary = capture(
            source,
            film.take,
            settings=film.settings,
            progress=lambda step: progress.tell(step.frames, step.expected),
            cancelled=progress.cancelled.is_set,
        )
    if summary.cancelled:
        return None
    progress.begin("Solving {name}", film.take.stem)
    return motion_of(film.take, solver)


def keyed(motion: BodyMotion, how: Manner) -> Applied:
    """Key a motion, and say in the panel what may be in its way.

    Raises:
        NoArmature, RigUnmapped, ArmatureLocked, NothingToBake.
    """
    armature = choice.armature(how.armature)
    if how.upper_body:
        motion = upper_body_motion(motion)
    applied = apply_motion(
        armature,
        motion,
        name=how.action,
        start=how.start,
        whole_frames=how.whole_frames,
        options=how.options,
        onto=how.onto,
    )
    runtime().notices.clear("bake")
    said = [f"{applied.said}.", *applied.warnings]
    runtime().notices.set_info("bake", " ".join(said))
    return applied


def take_job(take: Path, how: Manner) -> Job[BodyMotion]:
    """Solve a take beside Blender, then key it."""

    def finish(motion: BodyMotion) -> None:
        keyed(motion, how)
        push_undo("Bake Take")

    return Job("Solving {name}", lambda _progress: motion_of(take, how.solver), finish, name=take.stem)


def film_job(film: Film, how: Manner) -> Job[BodyMotion | None]:
    """Capture a video beside Blender, then key it. Its take is kept, even if it is cancelled."""

    def finish(motion: BodyMotion | None) -> None:
        read_takes(choose=film.take.stem)
        if motion is None:
            kept = f'; what was seen until then is the take "{film.take.stem}"' if film.take.is_file() else ""
            runtime().notices.set_info("bake", f"Cancelled{kept}.")
            return
        keyed(motion, how)
        push_undo("Bake Video")

    return Job(
        "Opening {name}", lambda progress: captured(film, progress, how.solver), finish, name=Path(film.source).name
    )


def film_of(settings: Any, source: str, *, start: float | None, end: float | None, mirror: bool) -> Film:
    """A video as the panel says that one is to be captured, into a new take named after it.

    Raises:
        OutputUnwritable, OnlineAccessForbidden.
    """
    online.check(source)
    stem = "".join(letter for letter in Path(source).stem if letter.isalnum() or letter in " -_.").strip(" .")
    return Film(
        source=source,
        take=takes.path_of(takes.free_name(stem or "Video")),
        settings=replace(choice.networks(settings), second_look=settings.second_look),
        start=start,
        end=end,
        mirror=mirror,
    )

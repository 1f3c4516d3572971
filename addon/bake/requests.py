# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and videos onto an armature of the open scene: the part that computes, and the part that keys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from ...models.body.motion import BodyMotion
from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...retarget.face.options import FaceOptions
from ...retarget.face.synchronise import add_face
from ...retarget.motion.option_table import read
from ...retarget.motion.options import MotionOptions
from .. import online, panel_settings
from ..bone_map.store import rig_map_of
from ..character.armature import check_editable, rig_of
from ..jobs import Job, Progress
from ..runtime import runtime
from ..scene_settings import SceneSettings
from ..takes import store as takes
from ..takes.properties import read_takes
from ..windows import push_undo
from .apply import AppliedBake, apply_motion
from .layers import check_base
from .options import BakeOptions, CaptureOptions, SolveOptions, SourceSpan


@dataclass(frozen=True)
class BakeSettings:
    """How a motion is keyed.

    Attributes:
        armature: name of the armature object.
        action: name of the new action.
        start_frame: scene frame of the first key; None for the scene's first.
        solver: what turns landmarks into rotations.
        motion_options: how the motion is made fit to be keyed.
        face_options: how expressions move the face.
        bake_options: which keys are made of it, and where they go.
        face_take: take whose face it gets instead of its own; None for its own.
        face_offset: seconds of the body's take at which the face's begins; None to find it by the motion of the head.
    """

    armature: str
    action: str
    start_frame: float | None = None
    solver: SolverName = DEFAULT_SOLVER
    motion_options: MotionOptions = field(default_factory=MotionOptions)
    face_options: FaceOptions = field(default_factory=FaceOptions)
    bake_options: BakeOptions = field(default_factory=BakeOptions)
    face_take: Path | None = None
    face_offset: float | None = None


@dataclass(frozen=True)
class CaptureRequest:
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


def bake_settings(
    settings: SceneSettings,
    armature: bpy.types.Object,
    action: str,
    *,
    start_frame: float | None = None,
    value: Callable[[str], Any] | None = None,
) -> BakeSettings:
    """How the panel says that a motion is to be keyed. Raises a sentence if the armature cannot be.

    Args:
        settings: what the panel holds.
        armature: the character.
        action: name of the new action.
        start_frame: scene frame of the first key; None for the scene's first.
        value: reads an option that may be otherwise than the panel's; the panel's unless given.

    Raises:
        RigUnmapped, ArmatureLocked, ActionMissing, InvalidOption.
    """
    check_editable(armature)
    rig_map_of(armature, rig_of(armature))
    value = value or panel_settings.option_reader(settings)
    bake_options = read(BakeOptions, value)
    if bake_options.layer == "additive":
        check_base(bake_options.onto)
    return BakeSettings(
        armature=armature.name,
        action=action,
        start_frame=start_frame,
        solver=read(SolveOptions, value).solver,
        motion_options=read(MotionOptions, value),
        face_options=read(FaceOptions, value),
        bake_options=bake_options,
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


def motion_to_bake(take: Path, settings: BakeSettings) -> BodyMotion:
    """The motion that a take's file holds, with the face of another take if it is to have one. Touches no bpy.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing, FacesApart.
    """
    return with_face_take(motion_of(take, settings.solver), settings)


def with_face_take(motion: BodyMotion, settings: BakeSettings) -> BodyMotion:
    """The motion with the face of another take, if it is to have one.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing, FacesApart.
    """
    if settings.face_take is None:
        return motion
    return add_face(motion, motion_of(settings.face_take, settings.solver), settings.face_offset)


def capture_motion(request: CaptureRequest, progress: Progress, solver: SolverName) -> BodyMotion | None:
    """The motion in a video, whose landmarks are kept; None if it was cancelled. Touches nothing of Blender's.

    Raises:
        MimicError: one of the pipeline's.
    """
    from ...pipeline.sources import open_source
    from ...pipeline.takes.capture import capture

    with open_source(request.source, start=request.start, end=request.end, mirror=request.mirror) as source:
        progress.begin("Capturing {name}", source.name)
        summary = capture(
            source,
            request.take,
            settings=request.settings,
            progress=lambda step: progress.tell(step.frames, step.expected),
            cancelled=progress.cancelled.is_set,
        )
    if summary.cancelled:
        return None
    progress.begin("Solving {name}", request.take.stem)
    return motion_of(request.take, solver)


def apply_bake(motion: BodyMotion, settings: BakeSettings) -> AppliedBake:
    """Key a motion, and say in the panel what may be in its way.

    Raises:
        NoArmature, RigUnmapped, ArmatureLocked, NothingToBake.
    """
    armature = panel_settings.armature(settings.armature)
    applied = apply_motion(
        armature,
        motion,
        name=settings.action,
        start_frame=settings.start_frame,
        options=settings.motion_options,
        face_options=settings.face_options,
        bake_options=settings.bake_options,
    )
    runtime().notices.clear("bake")
    said = [f"{applied.said}.", *applied.warnings]
    runtime().notices.set_info("bake", " ".join(said))
    return applied


def bake_take_job(take: Path, settings: BakeSettings) -> Job[BodyMotion]:
    """Solve a take beside Blender, then key it."""

    def finish(motion: BodyMotion) -> None:
        apply_bake(motion, settings)
        push_undo("Bake Take")

    return Job("Solving {name}", lambda _progress: motion_to_bake(take, settings), finish, name=take.stem)


def bake_video_job(request: CaptureRequest, settings: BakeSettings) -> Job[BodyMotion | None]:
    """Capture a video beside Blender, then key it. Its take is kept, even if it is cancelled."""

    def finish(motion: BodyMotion | None) -> None:
        read_takes(choose=request.take.stem)
        if motion is None:
            kept = (
                f'; the frames captured so far are in the take "{request.take.stem}"' if request.take.is_file() else ""
            )
            runtime().notices.set_info("bake", f"Cancelled{kept}.")
            return
        apply_bake(motion, settings)
        push_undo("Bake Video")

    def capture_and_add_face(progress: Progress) -> BodyMotion | None:
        motion = capture_motion(request, progress, settings.solver)
        return None if motion is None else with_face_take(motion, settings)

    return Job(
        "Opening {name}",
        capture_and_add_face,
        finish,
        name=Path(request.source).name,
        makes=request.take,
    )


def capture_request(source: str, options: CaptureOptions, span: SourceSpan) -> CaptureRequest:
    """How a video is to be captured, into a new take named after it, whose name no other has or is about to get.

    Raises:
        OutputUnwritable, OnlineAccessForbidden.
    """
    online.check(source)
    stem = "".join(letter for letter in Path(source).stem if letter.isalnum() or letter in " -_.").strip(" .")
    return CaptureRequest(
        source=source,
        take=takes.path_of(takes.free_name(stem or "Video", taken=runtime().coming_takes)),
        settings=panel_settings.landmark_settings(options),
        start=span.start or None,
        end=span.end or None,
        mirror=options.mirror,
    )

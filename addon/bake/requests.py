# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes and videos onto an armature of the open scene: the part that computes, and the part that keys."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy

from ...pipeline.errors import PersonMissing
from ...pipeline.solve.one_view import SolvedTake
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
from .apply import AppliedBake, apply_motions, said_of
from .layers import check_base
from .options import BakeOptions, CaptureOptions, SolveOptions, SourceSpan, flips_of
from .recording import CaptureRequest, FurtherSource, check_sources, record
from .rig_files import each_named
from .roles import Role
from .scene_characters import characters


@dataclass(frozen=True)
class BakeSettings:
    """How a motion is keyed.

    Attributes:
        armatures: name of the armature object of each person; empty for a new avatar, as are those who are not named.
        action: name of the new action; with a number if there are several people.
        start_frame: scene frame of the first key; None for the scene's first.
        only: the one person to bake, counted from 0 in order of their numbers; None for everyone.
        solve_options: what turns landmarks into rotations, and how.
        motion_options: how the motion is made fit to be keyed.
        face_options: how expressions move the face.
        bake_options: which keys are made of it, and where they go.
        face_take: take whose face it gets instead of its own; None for its own.
        face_offset: seconds of the body's take at which the face's begins; None to find it by the motion of the head.
    """

    armatures: tuple[str, ...]
    action: str
    start_frame: float | None = None
    only: int | None = None
    solve_options: SolveOptions = field(default_factory=SolveOptions)
    motion_options: MotionOptions = field(default_factory=MotionOptions)
    face_options: FaceOptions = field(default_factory=FaceOptions)
    bake_options: BakeOptions = field(default_factory=BakeOptions)
    face_take: Path | None = None
    face_offset: float | None = None


@dataclass(frozen=True)
class SolvedPeople:
    """Everyone in a take, solved, in order of their numbers.

    Attributes:
        people: what was solved of each.
        warnings: what casts doubt on the take, in sentences.
        said: sentences on its cameras.
    """

    people: tuple[SolvedTake, ...]
    warnings: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def bake_settings(
    settings: SceneSettings,
    armatures: Sequence[bpy.types.Object | None],
    action: str,
    *,
    start_frame: float | None = None,
    only: int | None = None,
    value: Callable[[str], Any] | None = None,
) -> BakeSettings:
    """How the panel says that a motion is to be keyed. Raises a sentence if an armature cannot be.

    Args:
        settings: what the panel holds.
        armatures: the character of each person; None for a new avatar.
        action: name of the new action.
        start_frame: scene frame of the first key; None for the scene's first.
        only: the one person to bake; None for everyone.
        value: reads an option that may be otherwise than the panel's; the panel's unless given.

    Raises:
        RigUnmapped, ArmatureLocked, ActionMissing, InvalidOption.
    """
    for armature in armatures:
        if armature is not None:
            check_editable(armature)
            rig_map_of(armature, rig_of(armature))
    value = value or panel_settings.option_reader(settings)
    bake_options = read(BakeOptions, value)
    if bake_options.layer == "additive":
        check_base(bake_options.onto)
    return BakeSettings(
        armatures=tuple("" if armature is None else armature.name for armature in armatures),
        action=action,
        start_frame=start_frame,
        only=only,
        solve_options=read(SolveOptions, value),
        motion_options=read(MotionOptions, value),
        face_options=read(FaceOptions, value),
        bake_options=bake_options,
    )


def people_in(take: Path) -> int:
    """Return the number of people in a take's file.

    Raises:
        TakeCorrupt, TakeTooNew.
    """
    from ...pipeline.takes.take import Take

    with Take.open(take) as opened:
        return len(opened.people)


def solved_of(take: Path, options: SolveOptions) -> SolvedPeople:
    """Solve everyone in a take's file. Touches nothing of Blender's.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing.
    """
    from ...pipeline.solve.solving import solve_people
    from ...pipeline.takes.take import Take

    with Take.open(take) as opened:
        people = solve_people(opened, solver=options.solver, sides=options.sides, refine=options.refine)
        return SolvedPeople(people, opened.info.warnings)


def solved_to_bake(take: Path, settings: BakeSettings) -> SolvedPeople:
    """Solve those of a take who are to be baked, with the face of another take if there is one. Touches no bpy.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing, FacesApart, PersonMissing.
    """
    return with_face_take(chosen_of(solved_of(take, settings.solve_options), settings), settings)


def chosen_of(solved: SolvedPeople, settings: BakeSettings) -> SolvedPeople:
    """Return those who are to be baked.

    Raises:
        PersonMissing: there is no such person.
    """
    if settings.only is None:
        return solved
    chosen = tuple(each for each in solved.people if each.person == settings.only)
    if not chosen:
        there = "one person" if len(solved.people) == 1 else f"{len(solved.people)} people"
        raise PersonMissing(f"The take has {there}, and no person {settings.only + 1}: choose another one.")
    return replace(solved, people=chosen)


def with_face_take(solved: SolvedPeople, settings: BakeSettings) -> SolvedPeople:
    """Return the motions, the first one with the face of another take if it is to have one.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing, FacesApart.
    """
    if settings.face_take is None:
        return solved
    first, *others = solved.people
    face = solved_of(settings.face_take, settings.solve_options).people[0].motion
    faced = replace(first, motion=add_face(first.motion, face, settings.face_offset))
    return replace(solved, people=(faced, *others))


def capture_motion(request: CaptureRequest, progress: Progress, settings: BakeSettings) -> SolvedPeople | None:
    """The motions in a video, whose landmarks are kept; None if it was cancelled. Touches nothing of Blender's.

    Raises:
        MimicError: one of the pipeline's.
    """
    recording = record(request, progress, settings.solve_options)
    if recording.cancelled:
        return None
    progress.begin("Solving {name}", request.take.stem)
    return replace(solved_to_bake(request.take, settings), said=recording.said)


def apply_bake(solved: SolvedPeople, settings: BakeSettings) -> tuple[AppliedBake, ...]:
    """Key motions, each on its character, and say in the panel what was found and may be in the way.

    Raises:
        NoArmature, RigUnmapped, ArmatureLocked, NothingToBake.
    """
    with characters(settings.armatures, len(solved.people)) as armatures:
        names = each_named(settings.action, len(solved.people))
        applied = apply_motions(
            [
                Role(armature, person.motion, name)
                for armature, person, name in zip(armatures, solved.people, names, strict=True)
            ],
            start_frame=settings.start_frame,
            options=settings.motion_options,
            face_options=settings.face_options,
            bake_options=settings.bake_options,
        )
        said = said_of([armature.name for armature in armatures], solved.people, applied)
    runtime().notices.clear("bake")
    runtime().notices.set_info("bake", " ".join([*said, *solved.said, *solved.warnings]))
    return applied


def bake_take_job(take: Path, settings: BakeSettings) -> Job[SolvedPeople]:
    """Solve a take beside Blender, then key it."""

    def finish(solved: SolvedPeople) -> None:
        apply_bake(solved, settings)
        push_undo("Bake Take")

    return Job("Solving {name}", lambda _progress: solved_to_bake(take, settings), finish, name=take.stem)


def bake_video_job(request: CaptureRequest, settings: BakeSettings) -> Job[SolvedPeople | None]:
    """Capture a video beside Blender, then key it. Its take is kept, even if it is cancelled."""

    def finish(solved: SolvedPeople | None) -> None:
        read_takes(choose=request.take.stem)
        if solved is None:
            kept = (
                f'; the frames captured so far are in the take "{request.take.stem}"' if request.take.is_file() else ""
            )
            runtime().notices.set_info("bake", f"Cancelled{kept}.")
            return
        apply_bake(solved, settings)
        push_undo("Bake Video")

    def failed() -> None:
        say_kept(request)

    return Job(
        "Opening {name}",
        lambda progress: capture_motion(request, progress, settings),
        finish,
        name=request.name,
        makes=request.take,
        failed=failed,
    )


def say_kept(request: CaptureRequest) -> None:
    """Show the take of a capture that failed, if there is one: what was captured until then is in it."""
    if request.take.is_file():
        read_takes(choose=request.take.stem)
        runtime().notices.set_info("bake", f'The frames captured so far are in the take "{request.take.stem}".')


def capture_request(
    source: str, options: CaptureOptions, span: SourceSpan, further: Sequence[FurtherSource] = ()
) -> CaptureRequest:
    """How a video is to be captured, into a new take named after it, whose name no other has or is about to get.

    Args:
        source: what `open_source` opens.
        options: what to look for and how.
        span: the part of the source.
        further: what other cameras filmed of the same scene.

    Raises:
        OutputUnwritable, OnlineAccessForbidden, SourceMissing, CamerasSame, TooManyCameras, InvalidOption,
        TakeCorrupt, CamerasUnclear.
    """
    check_sources(source, further, options)
    cameras = takes.given(options.cameras) if further and options.cameras else None
    if cameras is not None:
        from ...pipeline.solve.cameras.finding import stored_cameras

        stored_cameras(cameras, len(further) + 1)
    for each in (source, *(other.source for other in further)):
        online.check(each)
    stem = "".join(letter for letter in Path(source).stem if letter.isalnum() or letter in " -_.").strip(" .")
    return CaptureRequest(
        source=source,
        take=takes.path_of(takes.free_name(stem or "Video", taken=runtime().coming_takes)),
        settings=panel_settings.landmark_settings(options),
        start=span.start or None,
        end=span.end or None,
        further=tuple(further),
        flips=flips_of(options, len(further) + 1),
        sync=options.sync,
        cameras=cameras,
    )

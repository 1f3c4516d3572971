# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic's public Python API: what the panel and the command line do, for scripts.

    from mimic import api                        # outside Blender
    from bl_ext.user_default.mimic import api    # inside Blender, where the package is part of the extension

    api.capture("dance.mp4", "dance.take")       # the networks: slow, and done once
    motion = api.solve("dance.take")             # joint rotations, by the panel's solver, lens and calibration
    api.bake(motion, "dance.blend")              # keys on the built-in avatar, or on a rig of yours

    api.bake_people(api.solve_people("pair.take"), "pair.blend")  # everyone in a take, where they stood

Every name in `__all__` is public: `docs/scripting.md` teaches them and says how they may change. Importing this module
loads nothing else; numpy, OpenCV, ONNX Runtime and Blender are imported by the functions that need them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import MimicError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .addon.bake.options import BakeOptions, CaptureOptions
    from .addon.bake.rig_files import RigFile
    from .addon.bake.scene_capture import capture_cameras
    from .addon.bake.to_file import BakeSummary
    from .models.body.joints import JOINTS
    from .models.body.motion import BodyMotion
    from .pipeline.solve.settings import SolverName
    from .pipeline.solve.sides.settings import SidesMode
    from .pipeline.sources import Source
    from .pipeline.takes.capture import CaptureSummary, Progress
    from .pipeline.takes.take import Take
    from .retarget.face.options import FaceOptions
    from .retarget.face.synchronise import add_face
    from .retarget.motion.options import MotionOptions
    from .retarget.rig.mapping import map_rig
    from .retarget.rig.rig import Rig, RigMap, RigMotion

__all__ = [
    "JOINTS",
    "BakeOptions",
    "BodyMotion",
    "CaptureOptions",
    "FaceOptions",
    "MimicError",
    "MotionOptions",
    "Rig",
    "RigFile",
    "RigMotion",
    "Take",
    "add_face",
    "bake",
    "bake_people",
    "capture",
    "capture_cameras",
    "joint_positions",
    "map_rig",
    "open_source",
    "retarget",
    "solve",
    "solve_people",
]

_MODULES: Final = {
    "JOINTS": ".models.body.joints",
    "BakeOptions": ".addon.bake.options",
    "BodyMotion": ".models.body.motion",
    "CaptureOptions": ".addon.bake.options",
    "FaceOptions": ".retarget.face.options",
    "MotionOptions": ".retarget.motion.options",
    "Rig": ".retarget.rig.rig",
    "RigFile": ".addon.bake.rig_files",
    "RigMotion": ".retarget.rig.rig",
    "Take": ".pipeline.takes.take",
    "add_face": ".retarget.face.synchronise",
    "capture_cameras": ".addon.bake.scene_capture",
    "map_rig": ".retarget.rig.mapping",
}
"""Where the names live that are imported when they are first asked for (PEP 562)."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __package__), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})


def open_source(
    source: str | Path,
    *,
    start: float | None = None,
    end: float | None = None,
    mirror: bool = False,
    camera_size: tuple[int, int] | None = None,
) -> "Source":
    """Open a source of frames. Use it in a `with` statement, and iterate over it.

    Args:
        source: a video file, a folder of pictures, a picture, a camera's number or name, or a stream's address.
        start, end: seconds of the source's own time; None for its own begin and end.
        mirror: flip each frame left to right.
        camera_size: (width, height) in pixels that a camera is asked for.

    Returns:
        An open source with `name`, `size` (width, height), `fps` and `frame_count`, which yields frames: RGB uint8
        (height, width, 3), time in seconds, index.

    Raises:
        MimicError: it is not there, or cannot be read.
    """
    from .pipeline import sources

    return sources.open_source(source, start=start, end=end, mirror=mirror, camera_size=camera_size)


def capture(
    source: str | Path,
    take: str | Path,
    *,
    options: "CaptureOptions | None" = None,
    start: float | None = None,
    end: float | None = None,
    overlay: str | Path | None = None,
    force: bool = False,
    progress: "Callable[[Progress], None] | None" = None,
    cancelled: Callable[[], bool] | None = None,
) -> "CaptureSummary":
    """Record the landmarks of a source in a take. This is the slow part, and needs to be done once.

    Args:
        source: as `open_source` takes it.
        take: the file to write.
        options: what to look for, and how; the panel's defaults unless given.
        start, end: seconds of the source's own time; None for its own begin and end.
        overlay: a video to write, the source with the landmarks drawn on it.
        force: replace files that are there.
        progress: told after every frame how far it is.
        cancelled: asked before every frame whether to stop; the take keeps what was done.

    Raises:
        MimicError: the source cannot be read, nobody is in it, or a file cannot be written.
    """
    from .addon.bake.options import CaptureOptions, holistic_settings
    from .pipeline.takes.capture import capture as capture_take

    options = options or CaptureOptions()
    with open_source(source, start=start, end=end, mirror=options.mirror) as opened:
        return capture_take(
            opened,
            Path(take),
            settings=holistic_settings(options),
            overlay=None if overlay is None else Path(overlay),
            force=force,
            progress=progress,
            cancelled=cancelled,
        )


def solve(
    take: "Take | str | Path",
    *,
    person: int = 0,
    solver: "SolverName | None" = None,
    sides: "SidesMode | None" = None,
    field_of_view: float | None = None,
    calibrated: bool = True,
    refine: bool = False,
) -> "BodyMotion":
    """Return the motion that a take holds: joint rotations of the body, as the panel and `mimic bake` solve it.

    Args:
        take: an open take, or the file of one.
        person: number of the person, one of `Take.people`; 0 is the first.
        solver: "lifter" or "analytic"; the panel's default unless given.
        sides: "auto" to put left and right in order where they are exchanged, "off" to leave them; the panel's default
            unless given.
        field_of_view: degrees that the camera sees along the longer side of its picture; what the take says, or else
            the assumed lens, unless given.
        calibrated: turn the motion as the performer was calibrated; False leaves it as the camera saw it.
        refine: fit the motion to the landmarks of the whole take: a steadier path, and feet that stand do not slide.

    Raises:
        MimicError: the take cannot be read or has no such person, or the solver's network is missing.
    """
    from .pipeline.solve.settings import DEFAULT_SOLVER
    from .pipeline.solve.sides.settings import DEFAULT_SIDES
    from .pipeline.solve.solving import solve_person
    from .pipeline.takes.take import Take

    if not isinstance(take, Take):
        with Take.open(Path(take)) as opened:
            return solve(
                opened,
                person=person,
                solver=solver,
                sides=sides,
                field_of_view=field_of_view,
                calibrated=calibrated,
                refine=refine,
            )
    return solve_person(
        take,
        person,
        solver=solver or DEFAULT_SOLVER,
        sides=sides or DEFAULT_SIDES,
        field_of_view=field_of_view,
        calibrated=calibrated,
        refine=refine,
    ).motion


def solve_people(
    take: "Take | str | Path",
    *,
    solver: "SolverName | None" = None,
    sides: "SidesMode | None" = None,
    field_of_view: float | None = None,
    calibrated: bool = True,
    refine: bool = False,
) -> "tuple[BodyMotion, ...]":
    """Return the motion of everyone in a take, in order of their numbers, of the same moments and one camera.

    The arguments are those of `solve`.

    Raises:
        MimicError: the take cannot be read, or the solver's network is missing.
    """
    from .pipeline.takes.take import Take

    each = partial(solve, solver=solver, sides=sides, field_of_view=field_of_view, calibrated=calibrated, refine=refine)
    if not isinstance(take, Take):
        with Take.open(Path(take)) as opened:
            return tuple(each(opened, person=person) for person in opened.people)
    return tuple(each(take, person=person) for person in take.people)


def joint_positions(motion: "BodyMotion") -> "NDArray[np.float64]":
    """Return where the joints of the neutral body are: (n, 52, 3) metres, in the order of `JOINTS`.

    Axes are Blender's: Z up, the camera looks along +Y, x to the right of its picture.
    """
    from .models.body.model import neutral_body

    return neutral_body().positions(motion.rotations, motion.root)


def retarget(
    motion: "BodyMotion", rig: "Rig", rig_map: "RigMap | None" = None, *, options: "MotionOptions | None" = None
) -> "RigMotion":
    """Turn a motion of the body into one of a rig, without Blender: smoothed, on the floor, on standing feet.

    Args:
        motion: the motion.
        rig: the bones at rest.
        rig_map: which bone follows which joint; found by `map_rig` unless given.
        options: how the motion is smoothed, grounded and cut; the panel's defaults unless given.

    Raises:
        MimicError: the rig is no humanoid that can be mapped, or nothing is left of the motion.
    """
    from .models.body.model import neutral_body
    from .retarget.motion.options import MotionOptions
    from .retarget.motion.polish import polish
    from .retarget.rig.mapping import map_rig
    from .retarget.rig.rest import rest_as_posed
    from .retarget.transfer.plan import RetargetPlan

    rig_map = rig_map or map_rig(rig)
    plan = RetargetPlan(neutral_body(), rest_as_posed(rig, rig_map), rig_map)
    return plan.motion(polish(motion, plan.character, options or MotionOptions()))


def bake(
    motion: "BodyMotion",
    out: str | Path,
    *,
    rig: str | Path | None = None,
    armature: str | None = None,
    bone_map: str | Path | None = None,
    fps: float | None = None,
    name: str = "Mimic",
    options: "MotionOptions | None" = None,
    face_options: "FaceOptions | None" = None,
    bake_options: "BakeOptions | None" = None,
    force: bool = False,
) -> "BakeSummary":
    """Key a motion on a character and save it as a file. Needs Blender, and replaces the file that is open in it.

    Args:
        motion: the motion.
        out: the file to write: .blend, .glb, .fbx or .bvh; or .vrma, a VRM animation without the character.
        rig: the character's file; the built-in avatar unless given.
        armature: name of its armature, where the file has several.
        bone_map: file that says which bone follows which joint, as the panel saves it.
        fps: frame rate of scene and keys. Unless given, keys lie at the moments at which the performer was seen.
        name: name of the action.
        options: how the motion is smoothed, grounded and cut; the panel's defaults unless given.
        face_options: how expressions move the face; the panel's defaults unless given.
        bake_options: which keys are made of it, and where they go; a new action unless given.
        force: replace `out` if it is there.

    Raises:
        MimicError: there is no Blender, the rig cannot be moved, or the file cannot be written.
    """
    (summary,) = bake_people(
        [motion],
        out,
        rigs=[_rig_file(rig, armature, bone_map)],
        fps=fps,
        name=name,
        options=options,
        face_options=face_options,
        bake_options=bake_options,
        force=force,
    )
    return summary


def bake_people(
    motions: "Sequence[BodyMotion]",
    out: str | Path,
    *,
    rigs: "Sequence[str | Path | RigFile]" = (),
    fps: float | None = None,
    name: str = "Mimic",
    options: "MotionOptions | None" = None,
    face_options: "FaceOptions | None" = None,
    bake_options: "BakeOptions | None" = None,
    force: bool = False,
) -> "tuple[BakeSummary, ...]":
    """Key the motions of people who were filmed together on a character each, standing where they stood.

    All characters are in one file, but for .bvh and .vrma, which hold one: then there are NAME-1, NAME-2 and so on.

    Args:
        motions: as `solve_people` returns them.
        out: as for `bake`.
        rigs: the characters' files, or `RigFile(path, armature, bone_map)`; built-in avatars unless given. People
            without a rig of their own get the last one once more.
        name: name of the actions; a number is added if there are several.
        fps, options, face_options, bake_options, force: as for `bake`.

    Returns:
        What was written for each person.

    Raises:
        MimicError: there is no Blender, a rig cannot be moved, or a file cannot be written.
    """
    from .addon.errors import BlenderMissing

    if find_spec("bpy") is None:
        raise BlenderMissing("Baking needs Blender: call it inside Blender, or `pip install 'mimic[blender]'`.")
    from .addon.bake.rig_files import RigFile
    from .addon.bake.to_file import bake_people as bake_files
    from .retarget.motion.options import MotionOptions

    return bake_files(
        motions,
        Path(out),
        rigs=[rig if isinstance(rig, RigFile) else _rig_file(rig) for rig in rigs],
        fps=fps,
        name=name,
        options=options or MotionOptions(),
        face_options=face_options,
        bake_options=bake_options,
        force=force,
    )


def _rig_file(rig: str | Path | None, armature: str | None = None, bone_map: str | Path | None = None) -> "RigFile":
    from .addon.bake.rig_files import RigFile

    return RigFile(
        path=None if rig is None else Path(rig),
        armature=armature,
        bone_map=None if bone_map is None else Path(bone_map),
    )

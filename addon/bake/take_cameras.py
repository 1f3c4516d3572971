# SPDX-License-Identifier: GPL-3.0-or-later
"""The cameras that filmed a take, as objects of the scene: where the baked character stands before them as filmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any, Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...pipeline.solve.cameras.views import assumed_lens
from ...pipeline.solve.one_view import field_of_view_of
from ...pipeline.takes.geometry import CameraGeometry
from ...pipeline.takes.take import CALIBRATION, Take
from .. import stage
from ..character.camera_objects import Footage, add_camera
from ..jobs import Job, Progress
from ..runtime import runtime
from ..takes.properties import read_takes
from ..windows import push_undo
from .filmed_space import FilmedSpace, filmed_space
from .finding import Finding, find
from .options import SolveOptions
from .requests import BakeSettings, SolvedPeople, solved_of
from .scene_characters import characters

Array = NDArray[np.float64]

_NO_TURN: Final = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class FilmedBy:
    """One of the cameras of a take.

    Attributes:
        geometry: where it stood and its lens.
        source: name of what it filmed.
        fps: frames per second.
        mirrored: whether its pictures were flipped left to right.
        turn: rotation of the performer's calibration, which all of the take is turned by.
    """

    geometry: CameraGeometry
    source: str
    fps: float
    mirrored: bool
    turn: tuple[float, ...] = _NO_TURN


@dataclass(frozen=True)
class FilmedTake:
    """A take that was solved, and its cameras."""

    solved: SolvedPeople
    cameras: tuple[FilmedBy, ...]


def cameras_of(path: Path) -> tuple[FilmedBy, ...]:
    """Return the cameras of a take: those that were found, or its only one or first, with its lens as assumed.

    Raises:
        TakeCorrupt, TakeTooNew.
    """
    with Take.open(path) as take:
        turn = tuple(float(part) for part in take.info.settings.get(CALIBRATION) or _NO_TURN)
        infos = [take.camera(number).info for number in range(take.camera_count)]
        found = take.info.cameras or (_alone(take),)
        return tuple(
            FilmedBy(geometry, info.source, info.fps, info.mirrored, turn)
            for geometry, info in zip(found, infos, strict=False)
        )


def _alone(take: Take) -> CameraGeometry:
    """The camera of a take of one, which its axes are those of."""
    return CameraGeometry(focal=assumed_lens(take.info.size, field_of_view_of(take))[0], size=take.info.size)


def add_cameras_job(
    take: Path, settings: BakeSettings, folders: Sequence[Path], *, begin_frame: float
) -> Job[FilmedTake]:
    """Solve a take beside Blender, then add its cameras to the scene.

    Args:
        take: the take.
        settings: how it is baked, and onto which armatures.
        folders: where its videos may lie.
        begin_frame: scene frame of the first key.
    """

    def finish(filmed: FilmedTake) -> None:
        said = add_cameras(take.stem, filmed, settings, folders, begin_frame=begin_frame)
        runtime().notices.set_info("bake", said)
        push_undo("Add Cameras")

    return Job("Solving {name}", lambda _progress: filmed_take(take, settings), finish, name=take.stem)


def find_cameras_job(take: Path, *, sync: str, cameras: Path | None, solve_options: SolveOptions) -> Job[Finding]:
    """Find the cameras of a take beside Blender, and say how good they are; see `finding.find`."""

    def work(_progress: Progress) -> Finding:
        return find(take, sync=sync, cameras=cameras, solve_options=solve_options)

    def finish(found: Finding) -> None:
        read_takes(choose=take.stem)
        runtime().notices.set_info("bake", found.said)

    return Job("Finding the cameras of {name}", work, finish, name=take.stem)


def filmed_take(take: Path, settings: BakeSettings) -> FilmedTake:
    """Solve a take and read its cameras. Touches nothing of Blender's.

    Raises:
        TakeCorrupt, TakeTooNew, LifterMissing.
    """
    return FilmedTake(solved_of(take, settings.solve_options), cameras_of(take))


def add_cameras(
    name: str, filmed: FilmedTake, settings: BakeSettings, folders: Sequence[Path], *, begin_frame: float
) -> str:
    """Add the cameras of a take to the scene, in a collection of their own; return what was done, in a sentence.

    Raises:
        NoArmature, RigUnmapped, NothingToBake, NothingLeft.
    """
    scene = stage.current_scene()
    motions = [each.motion for each in filmed.solved.people]
    with characters(settings.armatures[:1], 1) as armatures:
        space = filmed_space(armatures[0], motions, settings.motion_options, scale=_scale(filmed.solved))
    collection = bpy.data.collections.new(f"Cameras of {name}")
    scene.collection.children.link(collection)
    rate, apart, shown = stage.rate_of(scene), False, 0
    first: bpy.types.Object | None = None
    for number, camera in enumerate(filmed.cameras, start=1):
        matrix, flipped = _view(space, camera)
        footage = _footage(camera, folders, space, begin_frame=begin_frame, rate=rate, flipped=flipped)
        thing = add_camera(collection, f"{name} {number}", matrix, camera.geometry.focal, camera.geometry.size, footage)
        first = thing if first is None else first
        shown += footage is not None
        apart = apart or (footage is not None and abs(camera.fps - rate) > 0.01 * rate)
    if scene.camera is None:
        scene.camera = first
    count = len(filmed.cameras)
    said = f'Added {count} camera{"" if count == 1 else "s"} in the collection "{collection.name}".'
    if apart:
        said += (
            f" The videos behind them run at another rate than the scene, which has {rate:.4g} frames per second: set "
            "its frame rate to theirs before you bake."
        )
    elif shown < count:
        said += " What they filmed is not shown where its file was not found beside the panel's."
    return said


def _scale(solved: SolvedPeople) -> float:
    """Return the metres of the first motion, which is of the neutral body, for each metre where it was filmed."""
    return 1.0 / solved.people[0].scale


def _view(space: FilmedSpace, camera: FilmedBy) -> tuple[Any, bool]:
    turn = np.array(camera.turn)
    rotation = rot.multiply(turn, np.array(camera.geometry.rotation))
    return space.view(rotation, rot.rotate(turn, np.array(camera.geometry.position)))


def _footage(
    camera: FilmedBy,
    folders: Sequence[Path],
    space: FilmedSpace,
    *,
    begin_frame: float,
    rate: float,
    flipped: bool,
) -> Footage | None:
    """Return the video of a camera, if its file is still there."""
    name = PureWindowsPath(camera.source).name
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    # A take of a stranger may name any path, even one of another computer, which Windows would log on to.
    if found is None or name != camera.source:
        return None
    start = begin_frame + (camera.geometry.clock.offset - space.begin) * rate
    return Footage(found, start=round(start), mirrored=camera.mirrored != flipped)

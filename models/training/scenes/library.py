# SPDX-License-Identifier: GPL-3.0-or-later
"""The rendered clips in a folder of data sets.

    motion.npz           all motion capture, as for the lifter
    scenes/bodies/       the people in them
    scenes/SET/          NAME.mp4 and its truth NAME.npz; NAME.take once it was captured
    scenes/cameras/NAME/ a.mp4, b.mp4 ... of one performance, the truth of each, and `cameras.npz`

Every step resumes where it was interrupted, and does nothing if it is complete.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Literal

from ..pictures import people
from ..pictures.people import Person
from ..pictures.render import Renderer
from ..poses import motion_capture
from ..poses.motion_capture import Motion
from . import crossings, film, plans, several, stages
from .film import Plan
from .several import CamerasPlan

ClipSet = Literal["sides", "gravity", "people"]

SETS: Final[dict[ClipSet, Callable[[], tuple[Plan, ...]]]] = {
    "sides": plans.sides,
    "gravity": plans.gravity,
    "people": crossings.people,
}
_FOLDER: Final = "scenes"
_BODIES: Final = 10
_SEED: Final = 11


def make_clips(folder: Path, motion: Path, name: ClipSet) -> Iterator[str]:
    """Render the clips of a set that are missing; yields a short message for the user after every step.

    Args:
        folder: folder of the data sets.
        motion: folder of motion capture.
        name: which set.

    Raises:
        MotionMissing: there is no motion capture.
    """
    wanted = [plan for plan in SETS[name]() if not _video(folder, name, plan).with_suffix(".npz").exists()]
    if not wanted:
        return
    yield from _prepared(folder, motion)
    everybody, captured, renderer = _studio(folder)
    for plan in wanted:
        film.make(plan, _video(folder, name, plan).parent, everybody, captured, renderer)
        yield f"{name}/{plan.name}: {round(plan.seconds * film.RATE)} frames"


def make_cameras(folder: Path, motion: Path) -> Iterator[str]:
    """Render the clips of several cameras that are missing; arguments, messages and errors as for `make_clips`."""
    wanted = [
        plan
        for plan in (*stages.cameras(), stages.angles())
        if not (camera_folder(folder, plan) / "cameras.npz").exists()
    ]
    if not wanted:
        return
    yield from _prepared(folder, motion)
    everybody, captured, renderer = _studio(folder)
    for plan in wanted:
        made = several.make_cameras(plan, camera_folder(folder, plan), everybody, captured, renderer)
        yield f"cameras/{plan.name}: {len(made)} cameras"


def camera_folder(folder: Path, plan: CamerasPlan) -> Path:
    """Return the folder of a clip of several cameras."""
    return folder / _FOLDER / "cameras" / plan.name


def videos(folder: Path, name: ClipSet) -> list[Path]:
    """Return the videos of a set, in the order of the plans; each has its truth beside it."""
    return [_video(folder, name, plan) for plan in SETS[name]()]


def read_bodies(folder: Path) -> list[Person]:
    """Read the people of the clips."""
    return [people.read(path) for path in sorted((folder / _FOLDER / "bodies").glob("person_*.npz"))]


def _prepared(folder: Path, motion: Path) -> Iterator[str]:
    """Solve the motion capture and dress the people that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "motion.npz").exists():
        motion_capture.make_motion(motion, folder / "motion.npz")
        yield "movement solved"
    for path in people.make_all(folder / _FOLDER / "bodies", count=_BODIES, seed=_SEED):
        yield f"{path.stem} dressed"


def _studio(folder: Path) -> tuple[list[Person], Motion, Renderer]:
    everybody = read_bodies(folder)
    return everybody, motion_capture.read_motion(folder / "motion.npz"), Renderer(film.cast(everybody))


def _video(folder: Path, name: ClipSet, plan: Plan) -> Path:
    return folder / _FOLDER / name / f"{plan.name}.mp4"

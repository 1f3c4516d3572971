# SPDX-License-Identifier: GPL-3.0-or-later
"""A picture of what a second camera adds: both videos, and what is solved from one and from both, seen by camera 2."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.outputs import replacing
from ....pipeline.solve.cameras.solving import solve_cameras
from ....pipeline.solve.one_view import solve_view
from ....pipeline.sources import open_source
from ....pipeline.takes.take import Take
from ...body import rotations as rot
from ...body.model import neutral_body
from ...body.motion import BodyMotion
from ..pictures.people import Person
from ..pictures.views import Camera, Window
from ..scenes.film import Truth
from ..scenes.several import LETTERS
from .camera_clips import TAKE
from .camera_scores import Filmed
from .contact_sheet import Strip, draw, jpeg, window_around

Array = NDArray[np.float64]

MOMENTS: Final = 7


def write_camera_sheet(path: Path, folder: Path, people: Sequence[Person]) -> None:
    """Draw moments of a clip of one person and two cameras into a JPEG of at most 400 kB.

    Args:
        path: JPEG to write.
        folder: of the clip, with its take, whose cameras were found.
        people: the bodies are drawn as the one of them who is most like the neutral one.
    """
    with Take.open(folder / TAKE) as take:
        one, both = (solve(take, calibrated=False).motion for solve in (solve_view, solve_cameras))
    motions = {"from camera 1 alone, seen by camera 2": one, "from both, seen by camera 2": both}
    person = min(people, key=lambda each: float(np.abs(each.body.rest - neutral_body().rest).max()))
    filmed = Filmed.read(folder)
    last = min(float(filmed.time(k)[-1]) for k in (0, 1))
    first = max(float(filmed.time(k)[0]) for k in (0, 1))
    moments = np.linspace(first, last, MOMENTS + 2)[1:-1]
    strips = [_strip(folder, filmed, camera, moments, motions if camera else {}) for camera in (0, 1)]
    with replacing(path, force=True) as whole:
        whole.write_bytes(jpeg(draw(strips, person)))


def in_camera(motion: BodyMotion, moments: Array, filmed: Filmed, camera: int) -> tuple[Array, Array]:
    """Return poses (m, 52, 4) at moments (m,) in the true axes of a camera, and the true place (m, 3) of the hips.

    The place is as far away as it is for a person as large as the neutral body, so it is the same in the picture.
    """
    nearest = np.abs(motion.time[:, None] - moments).argmin(axis=0)
    rotations = motion.rotations[nearest].copy()
    rotations[:, 0] = rot.multiply(rot.conjugate(filmed.cameras.rotation[camera]), rotations[:, 0])
    size = float(neutral_body().rest[0, 2] / filmed.cameras.rest[0, 0, 2])
    return rotations, size * filmed.views[camera].root[0, _frames(filmed, camera, moments)]


def _frames(filmed: Filmed, camera: int, moments: Array) -> NDArray[np.int64]:
    return np.asarray(np.abs(filmed.time(camera)[:, None] - moments).argmin(axis=0))


def _strip(folder: Path, filmed: Filmed, camera: int, moments: Array, motions: Mapping[str, BodyMotion]) -> Strip:
    truth = filmed.views[camera]
    frames = _frames(filmed, camera, moments)
    lens = Camera(int(truth.size[0]), int(truth.size[1]), float(truth.focal[0]))
    with open_source(folder / f"{LETTERS[camera]}.mp4") as source:
        wanted = {int(frame) for frame in frames}
        pictures = {number: frame.image for number, frame in enumerate(source) if number in wanted}
    return Strip(
        title=f"camera {camera + 1}",
        pictures=[pictures[int(frame)] for frame in frames],
        cameras=[lens] * len(frames),
        windows=_windows(lens, truth, frames),
        poses={title: in_camera(motion, moments, filmed, camera) for title, motion in motions.items()},
    )


def _windows(lens: Camera, truth: Truth, frames: Iterable[int]) -> Sequence[Window]:
    pixels = [lens.project(truth.points[0, int(frame)]) for frame in frames]
    return [window_around(points, truth.size.astype(float)) for points in pixels]

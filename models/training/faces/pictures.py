# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of heads with known expressions, and what the pipeline's face networks find in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import FaceLandmarks, PoseLandmarks, Region
from ....pipeline.landmarks.face import COUNT, FaceTracker
from ....pipeline.landmarks.settings import HolisticSettings
from ..pictures import scenery
from .face_renderer import FaceRenderer, turned
from .heads import Head
from .looks import SIZE, Look, View, draw_view

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

_POSE_FACE: Final = np.array(
    [
        [0.0, -0.045, -0.045],
        *([0.016, -0.01, 0.0], [0.029, -0.014, 0.0], [0.042, -0.005, 0.0]),
        *([-0.016, -0.01, 0.0], [-0.029, -0.014, 0.0], [-0.042, -0.005, 0.0]),
        *([0.073, 0.085, -0.02], [-0.073, 0.085, -0.02], [0.024, -0.02, -0.075], [-0.024, -0.02, -0.075]),
    ]
)
"""Where BlazePose's points of the face are on an average head, in metres from between the eyes."""
_AVERAGE_EYE: Final = 0.0288


@dataclass(frozen=True)
class Shot:
    """A picture to take: whose, with which expressions (52,), and the head's yaw, pitch and roll in degrees."""

    person: int
    expressions: Array
    angles: tuple[float, float, float]


@dataclass(frozen=True)
class FaceShots:
    """What the networks found in pictures. Frames without a face have NaN.

    Attributes:
        points: (n, 478, 3) px.
        coefficients: (n, 52) of MediaPipe's network, in the order of `pipeline.landmarks.data.COEFFICIENTS`.
        expressions: (n, 52) the true ones, in the order of `EXPRESSIONS`.
        person: (n,) number of the person.
        angles: (n, 3) yaw, pitch and roll of the head in degrees, as the camera sees it.
    """

    points: Array
    coefficients: Array
    expressions: Array
    person: NDArray[np.int64]
    angles: Array

    def __len__(self) -> int:
        return len(self.person)

    def where(self, mask: NDArray[np.bool_]) -> "FaceShots":
        """Return some of the shots."""
        return FaceShots(**{field.name: getattr(self, field.name)[mask] for field in fields(self)})


def write(shots: FaceShots, path: Path) -> None:
    """Write shots to an `.npz` file, which only appears once it is complete."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        small = {field.name: getattr(shots, field.name).astype(np.float32) for field in fields(shots)}
        np.savez(file, **small)
    part.replace(path)


def read(path: Path) -> FaceShots:
    """Read a file written by `write`."""
    with np.load(path) as data:
        columns = {name: data[name].astype(np.float64) for name in data.files}
    columns["person"] = columns["person"].astype(np.int64)
    return FaceShots(**columns)


def joined(parts: Sequence[FaceShots]) -> FaceShots:
    """Return shots as one, with different numbers for the people of each part."""
    first = np.cumsum([0, *(int(part.person.max()) + 1 for part in parts)])
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(FaceShots)}
    columns["person"] = np.concatenate([part.person + start for part, start in zip(parts, first, strict=False)])
    return FaceShots(**columns)


class Photographer:
    """Takes pictures of heads and runs the face networks on them."""

    def __init__(self) -> None:
        self._renderer = FaceRenderer()
        self._tracker = FaceTracker(HolisticSettings(static=True))

    def take(
        self, rng: np.random.Generator, head: Head, look: Look, shot: Shot
    ) -> tuple[Image, FaceLandmarks | None, View]:
        """Take a picture (SIZE, SIZE, 3) RGB; return it with the face that was found, and the view."""
        yaw, pitch, roll = shot.angles
        view = draw_view(rng, head, yaw=yaw, pitch=pitch, roll=roll)
        person, mask = self._renderer.draw(head, shot.expressions, look, view)
        picture = _photograph(rng, person, mask)
        return picture, self._tracker(picture, _pose(head, view)), view


def take_all(
    rng: np.random.Generator, people: list[tuple[Head, Look]], shots: Iterable[Shot]
) -> Iterator[tuple[Shot, FaceLandmarks | None]]:
    """Take pictures one after the other."""
    photographer = Photographer()
    for shot in shots:
        head, look = people[shot.person]
        yield shot, photographer.take(rng, head, look, shot)[1]


def collect(taken: Iterable[tuple[Shot, FaceLandmarks | None]]) -> FaceShots:
    """Put shots together."""
    pairs = list(taken)
    nothing = np.full((COUNT, 3), np.nan), np.full(52, np.nan)
    return FaceShots(
        points=np.array([nothing[0] if face is None else face.image for _, face in pairs]),
        coefficients=np.array(
            [nothing[1] if face is None or face.coefficients is None else face.coefficients for _, face in pairs]
        ),
        expressions=np.array([shot.expressions for shot, _ in pairs]),
        person=np.array([shot.person for shot, _ in pairs]),
        angles=np.array([shot.angles for shot, _ in pairs]),
    )


def _photograph(rng: np.random.Generator, person: Image, mask: Image) -> Image:
    """Put a person before a background, as a camera would see it, and compress the picture as JPEG."""
    import cv2

    scene = scenery.draw_scene(rng, (SIZE, SIZE), background=int(rng.integers(1 << 30)))
    # The person's picture is on black and its rim already faded.
    cover = mask[..., None].astype(np.float32) / 255.0
    picture = np.clip(person + (1.0 - cover) * scene.behind, 0, 255).astype(np.uint8)
    picture = scenery.simulate_camera(rng, scene, picture, blur=scenery.draw_blur(rng))
    if rng.random() < _JPEG:
        packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 96))])[1]
        picture = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return picture


_JPEG: Final = 0.7


def _pose(head: Head, view: View) -> PoseLandmarks:
    """Return a pose whose points of the face are where the head is: faces are looked for there."""
    size = float(np.ptp(head.eyes[:, 0])) / (2.0 * _AVERAGE_EYE)
    image = np.zeros((33, 3))
    image[: len(_POSE_FACE), :2] = view.camera.project(turned(size * _POSE_FACE, view))
    seen = np.ones(33)
    return PoseLandmarks(
        image=image,
        world=np.zeros((33, 3)),
        visibility=seen,
        presence=seen,
        score=1.0,
        region=Region(cx=0.5 * SIZE, cy=0.5 * SIZE, width=SIZE, height=SIZE, rotation=0.0),
    )

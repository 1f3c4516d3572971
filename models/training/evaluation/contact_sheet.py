# SPDX-License-Identifier: GPL-3.0-or-later
"""A contact sheet of pictures beside the bodies that methods solve from them, to judge results by eye."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import LandmarkTrack
from ....pipeline.landmarks.settings import HolisticSettings, Model
from ....pipeline.outputs import replacing
from ....pipeline.solve.camera import CameraSettings, focal_length
from ...body.model import neutral_body
from .. import datasets
from ..anny.materials import Material
from ..datasets import DatasetSettings, DatasetSpec, SourceData
from ..pairs.pairs import PairGenerator, pairs_of
from ..pictures.people import Person
from ..pictures.render import Renderer
from ..pictures.views import Appearance, Camera, Window
from . import trials
from .evaluate import Method

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

FRAMES: Final = 10
TILE: Final = 190
"""Side in pixels of the square in which a picture is shown."""
LARGEST: Final = 400_000
_SHARD: Final = 900
"""Number of the shard for the pictures, which no test uses."""
_TRIES: Final = 40
_MARGIN: Final = 1.35
_MIN_SIDE: Final = 20.0
_PAPER: Final = (236, 236, 232)
_INK: Final = (40, 40, 48)
_COLORS: Final = {
    Material.SKIN: (0.80, 0.58, 0.46),
    Material.LIPS: (0.62, 0.30, 0.28),
    Material.HAIR: (0.12, 0.08, 0.06),
    Material.EYE_WHITE: (0.9, 0.9, 0.9),
    Material.SHIRT: (0.20, 0.42, 0.66),
    Material.COLLAR: (0.14, 0.30, 0.50),
    Material.TROUSERS: (0.24, 0.25, 0.30),
    Material.SHOES: (0.70, 0.22, 0.16),
    Material.SOLES: (0.9, 0.85, 0.75),
    Material.NAILS: (0.85, 0.65, 0.55),
}


@dataclass(frozen=True)
class Strip:
    """A row of pictures of one kind, with rows of the poses that methods solve below it.

    Attributes:
        title: name of the pictures.
        pictures: k RGB images.
        cameras: their assumed cameras.
        windows: the part of each picture that is shown, around the person.
        poses: rotations (k, 52, 4) and roots (k, 3) in metres, by method.
    """

    title: str
    pictures: Sequence[Image]
    cameras: Sequence[Camera]
    windows: Sequence[Window]
    poses: Mapping[str, tuple[Array, Array]]


def write_contact_sheet(
    path: Path,
    folder: Path,
    methods: Mapping[str, Method],
    settings: DatasetSettings,
    sources: SourceData,
    *,
    video: Path | None,
) -> None:
    """Draw ten pictures of each kind of test data, and of a video if given, into one JPEG of at most 400 kB."""
    strips = [_picture_strip(spec, folder, settings, sources, methods) for spec in _shown(folder, settings, sources)]
    if video is not None:
        strips.append(_video_strip(video, methods, settings.model))
    people = datasets.read_people(folder)
    most_neutral = min(people, key=lambda person: float(np.abs(person.body.rest - neutral_body().rest).max()))
    with replacing(path, force=True) as whole:
        whole.write_bytes(jpeg(draw(strips, most_neutral)))


def draw(strips: Sequence[Strip], person: Person) -> Image:
    """Draw all strips below each other, with the solved poses on one person."""
    renderer = Renderer([person])
    rows = []
    for strip in strips:
        rows.append(_row(strip.title, [_crop(*seen) for seen in zip(strip.pictures, strip.windows, strict=True)]))
        for method, (rotations, root) in strip.poses.items():
            bodies = [
                _body(renderer, *shot) for shot in zip(strip.cameras, strip.windows, rotations, root, strict=True)
            ]
            rows.append(_row(method, bodies))
    return np.concatenate(rows)


def _shown(folder: Path, settings: DatasetSettings, sources: SourceData) -> list[DatasetSpec]:
    tests = ("held_captured", "held_mixed", "characters")
    return [spec for spec in datasets.dataset_specs(folder, settings, sources) if spec.folder.name in tests]


def _picture_strip(
    spec: DatasetSpec, folder: Path, settings: DatasetSettings, sources: SourceData, methods: Mapping[str, Method]
) -> Strip:
    generator = datasets.make_generator(folder, spec, settings, sources)
    if not isinstance(generator, PairGenerator):
        raise TypeError(f"{spec.folder.name} is of clips, not of pictures")
    samples = ((picture, row) for picture, row in generator.samples(_SHARD, count=_TRIES) if row is not None)
    pictures, rows = zip(*islice(samples, FRAMES), strict=True)
    pairs = pairs_of(rows)
    track = trials.track_of(pairs, trials.UNRELATED_SECONDS * np.arange(len(pairs)))
    return Strip(
        title=spec.folder.name.replace("_", " "),
        pictures=[picture.image for picture in pictures],
        cameras=_cameras(track),
        windows=[window_around(*seen) for seen in zip(track.pose_image, track.size, strict=True)],
        poses={name: _solve(method, track, np.arange(len(pairs))) for name, method in methods.items()},
    )


def _video_strip(video: Path, methods: Mapping[str, Method], model: Model) -> Strip:
    from ....pipeline.landmarks import scheduler
    from ....pipeline.sources import open_source

    with open_source(video) as source:
        frames = list(source)
    track = LandmarkTrack.of(list(scheduler.run(frames, HolisticSettings(model=model, face=False))))
    seen = np.flatnonzero(np.isfinite(track.pose_image).all(axis=(1, 2)))
    chosen = seen[np.linspace(0, len(seen) - 1, FRAMES).round().astype(int)]
    return Strip(
        title=video.stem,
        pictures=[frames[i].image for i in chosen],
        cameras=[_cameras(track)[i] for i in chosen],
        windows=[window_around(track.pose_image[i], track.size[i]) for i in chosen],
        poses={name: _solve(method, track, chosen) for name, method in methods.items()},
    )


def _solve(method: Method, track: LandmarkTrack, chosen: NDArray[np.int64]) -> tuple[Array, Array]:
    motion = method.start().update(track)
    return motion.rotations[chosen], motion.root[chosen]


def _cameras(track: LandmarkTrack) -> list[Camera]:
    focal = focal_length(track.size, CameraSettings())
    return [Camera(int(w), int(h), float(f)) for (w, h), f in zip(track.size, focal, strict=True)]


def window_around(points: Array, size: Array) -> Window:
    """Return a square around the landmarks (33, 3) in a picture of a size (2,), with a margin."""
    low, high = (np.clip(end, 0.0, size) for end in (points[:, :2].min(axis=0), points[:, :2].max(axis=0)))
    side = max(_MARGIN * float((high - low).max()), _MIN_SIDE)
    x, y = 0.5 * (low + high - side)
    return Window(float(x), float(y), TILE, TILE, TILE / side)


def _crop(picture: Image, window: Window) -> Image:
    """Crop a window from a picture, filled with the background colour outside the picture."""
    import cv2

    to_window = np.array([[1.0, 0.0, -window.x], [0.0, 1.0, -window.y]]) * window.scale
    size, interpolation = (window.width, window.height), cv2.INTER_AREA if window.scale < 1.0 else cv2.INTER_LINEAR
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.4 / window.scale) if window.scale < 1.0 else picture
    return np.asarray(cv2.warpAffine(smooth, to_window, size, flags=interpolation, borderValue=_PAPER), np.uint8)


def _body(renderer: Renderer, camera: Camera, window: Window, rotations: Array, root: Array) -> Image:
    """Draw the body in a window of a camera's picture; empty if its position is unknown."""
    import cv2

    if not np.isfinite(root).all():
        return np.full((window.height, window.width, 3), _PAPER, np.uint8)
    renderer.draw(0, rotations, root, Camera(8, 8, camera.focal), _appearance())
    # Drawn four times as large, because the renderer does not antialias.
    large = replace(window, width=4 * window.width, height=4 * window.height, scale=4.0 * window.scale)
    picture, mask = renderer.draw_window(camera, large)
    picture = np.where(mask[..., None] > 0, picture, np.array(_PAPER, np.uint8))
    return np.asarray(cv2.resize(picture, (window.width, window.height), interpolation=cv2.INTER_AREA), np.uint8)


def _row(label: str, tiles: Sequence[Image]) -> Image:
    import cv2

    row = np.ascontiguousarray(np.concatenate(tiles, axis=1))
    for colour, width in ((_PAPER, 4), (_INK, 1)):
        cv2.putText(row, label, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, colour, width, cv2.LINE_AA)
    return row


def _appearance() -> Appearance:
    colors = np.full((len(Material), 3), 0.1)
    for material, colour in _COLORS.items():
        colors[material] = colour
    light = np.array([-0.4, -0.7, 0.6])
    return Appearance(colors, light / np.linalg.norm(light), 0.45, np.zeros(4), np.zeros(4), 0)


def jpeg(image: Image) -> bytes:
    """Encode a JPEG with the best quality within the size limit."""
    import cv2

    for quality in _qualities():
        data = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(data) <= LARGEST:
            break
    return data


def _qualities() -> Iterator[int]:
    yield from range(88, 30, -6)

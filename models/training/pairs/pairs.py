# SPDX-License-Identifier: GPL-3.0-or-later
"""Training pairs: the landmarks that the networks find in a picture of a person, and the true pose of the person.

Pairs are stored in shards, `.npz` files of a few hundred each, which are named by their number and generated from
(seed, number): an interrupted run can be resumed, and several processes can generate different shards.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import pi
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks import regions
from ....pipeline.landmarks.data import PoseLandmarks, Region
from ....pipeline.landmarks.pose import PoseTracker
from ....pipeline.landmarks.settings import HolisticSettings, Model
from ..errors import PairsMissing
from ..pictures import scenery, views
from ..pictures.characters import fitted
from ..pictures.closeups import HandDetector, Hands, no_hands
from ..pictures.people import Person
from ..pictures.render import Renderer
from ..poses import poses

Array = NDArray[np.float64]

PER_SHARD: Final = 256
_INTEGER_TYPES: Final = {"person": np.int16, "kind": np.int8}
_HANDS: Final = {"hands_image": (2, 21, 3), "hands_world": (2, 21, 3), "hands_presence": (2,)}
_HANDS_BLURRED, _HAND_BLUR = 0.35, (0.6, 2.5)
# The pose network's own region, measured on renders: its size from the torso's length or the distance of the farthest
# point, whichever is larger, and its random variation.
_TORSO_FACTOR, _RADIUS_FACTOR, _SCATTER, _TILT_DEGREES, _SHIFT = 1.9, 0.95, 0.09, 3.0, 0.03


@dataclass(frozen=True)
class Pairs:
    """n pairs. Landmarks are as in `pipeline.landmarks`, poses as in `body.motion`.

    Attributes:
        image: (n, 33, 3) px.
        world: (n, 33, 3) m.
        visibility: (n, 33).
        presence: (n, 33).
        region: (n, 5) centre, width, height and rotation of the network's region.
        camera: (n, 3) the picture's width and height and the focal length, in pixels.
        rotations: (n, 52, 4) relative to the camera, with the hips' rotation global.
        root: (n, 3) position of the hips joint in metres, with the camera at the origin.
        person: (n,) number of the person, whose shape is in their file.
        kind: (n,) kind of the pose, see `poses.KINDS`.
        hands_image: (n, 2, 21, 3) px, the person's left hand, then the right; NaN if not detected.
        hands_world: (n, 2, 21, 3) m, with the wrist at the pose's; likewise.
        hands_presence: (n, 2) likewise.
    """

    image: NDArray[np.float32]
    world: NDArray[np.float32]
    visibility: NDArray[np.float32]
    presence: NDArray[np.float32]
    region: NDArray[np.float32]
    camera: NDArray[np.float32]
    rotations: NDArray[np.float32]
    root: NDArray[np.float32]
    person: NDArray[np.int16]
    kind: NDArray[np.int8]
    hands_image: NDArray[np.float32]
    hands_world: NDArray[np.float32]
    hands_presence: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.image)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Shard(Protocol):
    """The contents of a shard's file."""

    def __len__(self) -> int: ...

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all arrays by name."""


class ShardGenerator(Protocol):
    """Generates shards by number."""

    def shard(self, number: int) -> Shard:
        """Generate the shard with a number; the result is reproducible."""


@dataclass(frozen=True)
class PersonPool:
    """People to draw for pictures.

    Attributes:
        people: all people, by number.
        shown: numbers of the people to draw from.
        fits: rotations (52, 4) of each person, see `characters.fit`; None for people with the body's rest pose.
    """

    people: tuple[Person, ...]
    shown: tuple[int, ...]
    fits: tuple[Array, ...] | None = None

    def draw(self, rng: np.random.Generator) -> int:
        """Draw the number of a person."""
        return self.shown[int(rng.integers(len(self.shown)))]

    def pose(self, person: int, rotations: Array) -> Array:
        """Convert poses (..., 52, 4) of the neutral body to a person's rest pose."""
        return rotations if self.fits is None else fitted(rotations, self.fits[person])


@dataclass(frozen=True)
class PairSettings:
    """Contents of the pictures of pairs.

    Attributes:
        captured: (m, 52, 4) poses of motion capture.
        mixture: proportions of `poses.KINDS`.
        hands: fraction of the pictures in which hands are detected.
        model: the pose network.
        seed: random seed.
    """

    captured: Array
    mixture: tuple[float, float, float] = (0.55, 0.3, 0.15)
    hands: float = 0.5
    model: Model = "full"
    seed: int = 1


@dataclass(frozen=True)
class RenderedPicture:
    """A rendered picture of a person, with the true pose.

    Attributes:
        image: (h, w, 3) RGB.
        camera: its camera.
        person: number of the person.
        rotations: (52, 4) pose relative to the camera.
        root: (3,) position of the hips joint in metres.
        scene: the scene around the person.
    """

    image: NDArray[np.uint8]
    camera: views.Camera
    person: int
    rotations: Array
    root: Array
    scene: scenery.Scene


class PairGenerator:
    """Renders pictures of people and runs the landmark networks on them. Use one per process.

    Args:
        pool: the people to show.
        settings: contents of the pictures.
    """

    def __init__(self, pool: PersonPool, settings: PairSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._renderer = Renderer(pool.people)
        holistic = HolisticSettings(model=settings.model, static=True, face=False)
        self._tracker = PoseTracker(holistic)
        self._hands = HandDetector(holistic)

    def shard(self, number: int, *, count: int = PER_SHARD) -> Pairs:
        """Generate the pairs of a shard: fewer than `count`, as in some pictures no person is found."""
        return pairs_of([row for _, row in self.samples(number, count=count) if row is not None])

    def samples(self, number: int, *, count: int) -> Iterator[tuple[RenderedPicture, dict[str, object] | None]]:
        """Yield the pictures of a shard with their pairs by the names of `Pairs`, or None if no person is found."""
        rng = np.random.default_rng([self._settings.seed, number])
        drawn = poses.draw(rng, count, captured=self._settings.captured, mixture=self._settings.mixture)
        for rotations, kind in zip(drawn.rotations, drawn.kinds, strict=True):
            picture = self.render(rng, rotations, int(kind))
            pose, hands = self.detect(rng, picture)
            yield picture, None if pose is None else row_of(picture, pose, hands, int(kind))

    def render(self, rng: np.random.Generator, rotations: Array, kind: int) -> RenderedPicture:
        """Render a random person in a pose (52, 4) of a kind, with a random camera and scene."""
        person = self._pool.draw(rng)
        seen = views.rotate_poses(self._pool.pose(person, rotations), views.draw_turn(rng, kind))
        camera, root = views.place(rng, self._pool.people[person].body, seen)
        appearance = views.draw_appearance(rng)
        image, mask = self._renderer.draw(person, seen, root, camera, appearance)
        scene = scenery.draw_scene(rng, (camera.height, camera.width), background=appearance.background)
        image = scenery.simulate_camera(rng, scene, scenery.compose(scene, image, mask), blur=scenery.draw_blur(rng))
        return RenderedPicture(image, camera, person, seen, root, scene)

    def detect(self, rng: np.random.Generator, picture: RenderedPicture) -> tuple[PoseLandmarks | None, Hands]:
        """Run the networks on the picture that was rendered last."""
        points = self._pool.people[picture.person].body.landmark_positions(picture.rotations, picture.root)[:33]
        result = self._tracker.estimate(picture.image, draw_region(rng, picture.camera.project(points)))
        if result is None or rng.random() >= self._settings.hands:
            return None if result is None else result.pose, no_hands()
        blur = scenery.draw_blur(rng, scale=float(rng.uniform(*_HAND_BLUR)), always=rng.random() < _HANDS_BLURRED)

        def render(window: views.Window) -> NDArray[np.uint8]:
            shown = self._renderer.draw_window(picture.camera, window)
            picture_part = scenery.compose_window(picture.scene, *shown, window)
            return scenery.simulate_camera(rng, picture.scene, picture_part, blur=blur)

        return result.pose, self._hands(rng, picture.camera, result.pose, render)


def row_of(picture: RenderedPicture, pose: PoseLandmarks, hands: Hands, kind: int) -> dict[str, object]:
    """Return one pair as a row, by the names of `Pairs`."""
    region, camera = pose.region, picture.camera
    return {
        "image": pose.image,
        "world": pose.world,
        "visibility": pose.visibility,
        "presence": pose.presence,
        "region": [region.cx, region.cy, region.width, region.height, region.rotation],
        "camera": [camera.width, camera.height, camera.focal],
        "rotations": picture.rotations,
        "root": picture.root,
        "person": picture.person,
        "kind": kind,
        "hands_image": hands.image,
        "hands_world": hands.world,
        "hands_presence": hands.presence,
    }


def pairs_of(rows: Sequence[dict[str, object]]) -> Pairs:
    """Combine rows."""
    columns: dict[str, Any] = {
        field.name: np.array([row[field.name] for row in rows], dtype=_INTEGER_TYPES.get(field.name, np.float32))
        for field in fields(Pairs)
    }
    return Pairs(**columns)


def draw_region(rng: np.random.Generator, pixels: Array) -> Region:
    """Draw a region as from tracking a person whose landmarks are at `pixels` (33, 2)."""
    hips, shoulders = pixels[23:25].mean(axis=0), pixels[11:13].mean(axis=0)
    radius = float(np.linalg.norm(pixels - hips, axis=1).max())
    size = max(_TORSO_FACTOR * float(np.linalg.norm(shoulders - hips)), _RADIUS_FACTOR * radius)
    centre = hips + _SHIFT * radius * rng.standard_normal(2)
    tilt = rng.normal(0.0, _TILT_DEGREES) * pi / 180.0
    side = 2.0 * 1.25 * size * float(np.exp(_SCATTER * rng.standard_normal()))
    rotation = regions.rotation_of(hips, shoulders, target=regions.UP) + tilt
    return Region(float(centre[0]), float(centre[1]), side, side, rotation)


def write_shards(folder: Path, generator: ShardGenerator, numbers: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """Generate the shards with these numbers that are missing in the folder; yields each file and its length."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = folder / f"shard_{number:05d}.npz"
        if not path.exists():
            shard = generator.shard(number)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, **shard.columns())
            part.replace(path)
            yield path, len(shard)


def read(folder: Path) -> Pairs:
    """Read all pairs in a folder, in the order of the shards.

    Raises:
        PairsMissing: there are none.
    """
    columns = read_columns(folder, [field.name for field in fields(Pairs)])
    return Pairs(**columns)


def read_columns(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Read and concatenate the arrays of all shards in a folder, by name; hands are NaN in old shards without them.

    Raises:
        PairsMissing: there are none.
    """
    columns: dict[str, list[Any]] = {name: [] for name in names}
    shards = sorted(folder.glob("shard_*.npz"))
    if not shards:
        raise PairsMissing(f"The folder “{folder}” contains no pairs: make them first, or choose another folder.")
    for path in shards:
        with np.load(path) as data:
            count = len(data["image"])
            for name, parts in columns.items():
                stored = name in data or name not in _HANDS
                parts.append(data[name] if stored else np.full((count, *_HANDS[name]), np.nan, np.float32))
    return {name: np.concatenate(parts) for name, parts in columns.items()}

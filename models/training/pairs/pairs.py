# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs to learn from: what the landmark networks say of a picture of a person, and how the person really is.

Pairs are kept in shards, `.npz` files of a few hundred each, which are named by number and drawn from (seed,
number): a run that was broken off goes on where it was, and several may work side by side on shards of their own.
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
# How the pose network's own region lies, measured on renders: its size from the torso's length or the farthest
# point's distance, whichever is more, and how it scatters about that.
_TORSO_FACTOR, _RADIUS_FACTOR, _SCATTER, _TILT_DEGREES, _SHIFT = 1.9, 0.95, 0.09, 3.0, 0.03


@dataclass(frozen=True)
class Pairs:
    """n pairs. Landmarks as in `pipeline.landmarks`, poses as in `body.pose`.

    Attributes:
        image: (n, 33, 3) px.
        world: (n, 33, 3) m.
        visibility: (n, 33), and `presence` (n, 33).
        region: (n, 5) centre, width, height and rotation of the region that the network saw.
        camera: (n, 3) the picture's width and height and the focal length, in pixels.
        rotations: (n, 52, 4) as the camera sees the person, the hips' turn global.
        root: (n, 3) of the hips joint, m, camera at the origin.
        person: (n,) number of the person, whose shape is in their file, and `kind` (n,) of the pose, see
            `poses.KINDS`.
        hands_image: (n, 2, 21, 3) px, the person's left hand, then the right; NaN where none was looked for or found.
        hands_world: (n, 2, 21, 3) m, the wrist at the pose's, likewise, and `hands_presence` (n, 2).
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
        """All arrays by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Shard(Protocol):
    """What a file holds."""

    def __len__(self) -> int: ...

    def columns(self) -> dict[str, NDArray[Any]]:
        """All arrays by name."""


class ShardGenerator(Protocol):
    """Generates shards by number."""

    def shard(self, number: int) -> Shard:
        """The shard of a number, the same every time."""


@dataclass(frozen=True)
class PersonPool:
    """Persons from whom those in the pictures are drawn.

    Attributes:
        people: all whose numbers pairs may name.
        shown: numbers of those who are drawn.
        fits: (52, 4) turns of each person, see `characters.fit`, or None for people whose rest is the body's.
    """

    people: tuple[Person, ...]
    shown: tuple[int, ...]
    fits: tuple[Array, ...] | None = None

    def draw(self, rng: np.random.Generator) -> int:
        """Somebody's number."""
        return self.shown[int(rng.integers(len(self.shown)))]

    def pose(self, person: int, rotations: Array) -> Array:
        """Poses (..., 52, 4) of the neutral body as a person takes them."""
        return rotations if self.fits is None else fitted(rotations, self.fits[person])


@dataclass(frozen=True)
class PairSettings:
    """What the pictures of pairs show.

    Attributes:
        captured: (m, 52, 4) poses of motion capture.
        mixture: how often each of `poses.KINDS` is drawn.
        hands: in what part of the pictures hands are looked for.
        model: the pose network.
        seed: of all that is random.
    """

    captured: Array
    mixture: tuple[float, float, float] = (0.55, 0.3, 0.15)
    hands: float = 0.5
    model: Model = "full"
    seed: int = 1


@dataclass(frozen=True)
class RenderedPicture:
    """A picture of a person, with the truth about it.

    Attributes:
        image: (h, w, 3) RGB.
        camera: that took it.
        person: number of the person.
        rotations: (52, 4) pose as the camera sees it, and `root` (3,) m.
        scene: in which the person is, of which `window` can show parts.
    """

    image: NDArray[np.uint8]
    camera: views.Camera
    person: int
    rotations: Array
    root: Array
    scene: scenery.Scene


class PairGenerator:
    """Renders pictures of people and runs the landmark networks on them. One for each process.

    Args:
        pool: whom to show.
        settings: in which poses, and what is run on the pictures.
    """

    def __init__(self, pool: PersonPool, settings: PairSettings) -> None:
        self._pool = pool
        self._settings = settings
        self._renderer = Renderer(pool.people)
        holistic = HolisticSettings(model=settings.model, static=True, face=False)
        self._tracker = PoseTracker(holistic)
        self._hands = HandDetector(holistic)

    def shard(self, number: int, *, count: int = PER_SHARD) -> Pairs:
        """The pairs of a shard: fewer than `count`, because in some pictures the network sees nobody."""
        return pairs_of([row for _, row in self.samples(number, count=count) if row is not None])

    def samples(self, number: int, *, count: int) -> Iterator[tuple[RenderedPicture, dict[str, object] | None]]:
        """The pictures of a shard with their pairs by the names of `Pairs`, or None where the network sees nobody."""
        rng = np.random.default_rng([self._settings.seed, number])
        drawn = poses.draw(rng, count, captured=self._settings.captured, mixture=self._settings.mixture)
        for rotations, kind in zip(drawn.rotations, drawn.kinds, strict=True):
            picture = self.render(rng, rotations, int(kind))
            pose, hands = self.detect(rng, picture)
            yield picture, None if pose is None else row_of(picture, pose, hands, int(kind))

    def render(self, rng: np.random.Generator, rotations: Array, kind: int) -> RenderedPicture:
        """A picture of somebody in a pose (52, 4) of a kind, somewhere."""
        person = self._pool.draw(rng)
        seen = views.rotate_poses(self._pool.pose(person, rotations), views.draw_turn(rng, kind))
        camera, root = views.place(rng, self._pool.people[person].body, seen)
        appearance = views.draw_appearance(rng)
        image, mask = self._renderer.draw(person, seen, root, camera, appearance)
        scene = scenery.draw_scene(rng, (camera.height, camera.width), background=appearance.background)
        image = scenery.simulate_camera(rng, scene, scenery.compose(scene, image, mask), blur=scenery.draw_blur(rng))
        return RenderedPicture(image, camera, person, seen, root, scene)

    def detect(self, rng: np.random.Generator, picture: RenderedPicture) -> tuple[PoseLandmarks | None, Hands]:
        """What the networks say of the picture that was rendered last."""
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
    """One pair, by the names of `Pairs`."""
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
    """Rows as one table."""
    columns: dict[str, Any] = {
        field.name: np.array([row[field.name] for row in rows], dtype=_INTEGER_TYPES.get(field.name, np.float32))
        for field in fields(Pairs)
    }
    return Pairs(**columns)


def draw_region(rng: np.random.Generator, pixels: Array) -> Region:
    """A region as the pose network would have made it of a person whose landmarks are at `pixels` (33, 2)."""
    hips, shoulders = pixels[23:25].mean(axis=0), pixels[11:13].mean(axis=0)
    radius = float(np.linalg.norm(pixels - hips, axis=1).max())
    size = max(_TORSO_FACTOR * float(np.linalg.norm(shoulders - hips)), _RADIUS_FACTOR * radius)
    centre = hips + _SHIFT * radius * rng.standard_normal(2)
    tilt = rng.normal(0.0, _TILT_DEGREES) * pi / 180.0
    side = 2.0 * 1.25 * size * float(np.exp(_SCATTER * rng.standard_normal()))
    rotation = regions.rotation_of(hips, shoulders, target=regions.UP) + tilt
    return Region(float(centre[0]), float(centre[1]), side, side, rotation)


def write_shards(folder: Path, generator: ShardGenerator, numbers: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """Generate the shards of these numbers that are not yet in the folder; yields each file and its length."""
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
    """All pairs of a folder, in the order of the shards.

    Raises:
        PairsMissing: there are none.
    """
    columns = read_columns(folder, [field.name for field in fields(Pairs)])
    return Pairs(**columns)


def read_columns(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Arrays of all shards of a folder by name, one after another; hands are NaN in shards from before there were any.

    Raises:
        PairsMissing: there are none.
    """
    columns: dict[str, list[Any]] = {name: [] for name in names}
    shards = sorted(folder.glob("shard_*.npz"))
    if not shards:
        raise PairsMissing(f"The folder “{folder}” holds no pairs: make some first, or name the folder that does.")
    for path in shards:
        with np.load(path) as data:
            count = len(data["image"])
            for name, parts in columns.items():
                stored = name in data or name not in _HANDS
                parts.append(data[name] if stored else np.full((count, *_HANDS[name]), np.nan, np.float32))
    return {name: np.concatenate(parts) for name, parts in columns.items()}

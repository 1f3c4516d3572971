# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs to learn from: what the landmark networks say of a picture of a person, and how the person really is.

Pairs are kept in shards, `.npz` files of a few hundred each, which are named by number and drawn from (seed,
number): a run that was broken off goes on where it was, and several may work side by side on shards of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from math import pi
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...pipeline import regions
from ...pipeline.landmarks import PoseLandmarks, Region
from ...pipeline.pose import PoseTracker
from ...pipeline.settings import HolisticSettings, Model
from ..errors import PairsMissing
from . import poses, scenery, views
from .characters import fitted
from .people import Person
from .render import Renderer

Array = NDArray[np.float64]

PER_SHARD: Final = 256
_WHOLE: Final = {"person": np.int16, "kind": np.int8}
# How the pose network's own region lies, measured on renders: its size from the torso's length or the farthest
# point's distance, whichever is more, and how it scatters about that.
_OF_TORSO, _OF_REACH, _SCATTER, _DEGREES, _SHIFT = 1.9, 0.95, 0.09, 3.0, 0.03


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
        person: (n,) number of the person, and `kind` (n,) of the pose, see `poses.KINDS`.
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

    def __len__(self) -> int:
        return len(self.image)


@dataclass(frozen=True)
class Recipe:
    """What pairs are made of.

    Attributes:
        captured: (m, 52, 4) poses of motion capture.
        mixture: how often each of `poses.KINDS` is drawn.
        model: the pose network.
        seed: of all chance.
    """

    captured: Array
    mixture: tuple[float, float, float] = (0.55, 0.3, 0.15)
    model: Model = "full"
    seed: int = 1


class Studio:
    """Takes pictures of people and shows them to the pose network. One for each process.

    Args:
        people: who may be drawn.
        recipe: what to draw.
        fits: (52, 4) turns of each person, see `characters.fit`, or None for people whose rest is the body's.
    """

    def __init__(self, people: Sequence[Person], recipe: Recipe, *, fits: Sequence[Array] | None = None) -> None:
        self._people = list(people)
        self._fits = fits
        self._recipe = recipe
        self._renderer = Renderer(self._people)
        self._tracker = PoseTracker(HolisticSettings(model=recipe.model, static=True, hands=False, face=False))

    def shard(self, number: int, *, count: int = PER_SHARD) -> Pairs:
        """The pairs of a shard: fewer than `count`, because in some pictures the network sees nobody."""
        rng = np.random.default_rng([self._recipe.seed, number])
        drawn = poses.draw(rng, count, captured=self._recipe.captured, mixture=self._recipe.mixture)
        rows = []
        for rotations, kind in zip(drawn.rotations, drawn.kinds, strict=True):
            row = self._pair(rng, rotations, int(kind))
            if row is not None:
                rows.append(row)
        columns: dict[str, Any] = {
            field.name: np.array([row[field.name] for row in rows], dtype=_WHOLE.get(field.name, np.float32))
            for field in fields(Pairs)
        }
        return Pairs(**columns)

    def picture(
        self, rng: np.random.Generator, rotations: Array, kind: int
    ) -> tuple[NDArray[np.uint8], views.Camera, int, Array, Array]:
        """A picture, its camera, the number of the person in it, the pose as the camera sees it, and the root."""
        person = int(rng.integers(len(self._people)))
        own = rotations if self._fits is None else fitted(rotations, self._fits[person])
        seen = views.facing(own, views.draw_turn(rng, kind))
        camera, root = views.place(rng, self._people[person].body, seen)
        look = views.draw_look(rng)
        image, mask = self._renderer.draw(person, seen, root, camera, look)
        return scenery.compose(rng, image, mask, background=look.background), camera, person, seen, root

    def _pair(self, rng: np.random.Generator, rotations: Array, kind: int) -> dict[str, object] | None:
        image, camera, person, seen, root = self.picture(rng, rotations, kind)
        points = self._people[person].body.landmark_positions(seen, root)[:33]
        region = draw_region(rng, camera.project(points))
        found = self._see(image, region)
        if found is None:
            return None
        return {
            "image": found.image,
            "world": found.world,
            "visibility": found.visibility,
            "presence": found.presence,
            "region": [region.cx, region.cy, region.width, region.height, region.rotation],
            "camera": [camera.width, camera.height, camera.focal],
            "rotations": seen,
            "root": root,
            "person": person,
            "kind": kind,
        }

    def _see(self, image: NDArray[np.uint8], region: Region) -> PoseLandmarks | None:
        reading = self._tracker.read(image, region)
        return None if reading is None else reading.pose


def draw_region(rng: np.random.Generator, pixels: Array) -> Region:
    """A region as the pose network would have made it of a person whose landmarks are at `pixels` (33, 2)."""
    hips, shoulders = pixels[23:25].mean(axis=0), pixels[11:13].mean(axis=0)
    reach = float(np.linalg.norm(pixels - hips, axis=1).max())
    size = max(_OF_TORSO * float(np.linalg.norm(shoulders - hips)), _OF_REACH * reach)
    centre = hips + _SHIFT * reach * rng.standard_normal(2)
    tilt = rng.normal(0.0, _DEGREES) * pi / 180.0
    side = 2.0 * 1.25 * size * float(np.exp(_SCATTER * rng.standard_normal()))
    rotation = regions.turn(hips, shoulders, target=regions.UP) + tilt
    return Region(float(centre[0]), float(centre[1]), side, side, rotation)


def make(folder: Path, studio: Studio, numbers: Iterable[int]) -> Iterator[tuple[Path, int]]:
    """Make the shards of these numbers that are not yet in the folder; yields each file and how many pairs it has."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        path = folder / f"shard_{number:05d}.npz"
        if not path.exists():
            pairs = studio.shard(number)
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                np.savez(file, **{field.name: getattr(pairs, field.name) for field in fields(Pairs)})
            part.replace(path)
            yield path, len(pairs)


def read(folder: Path) -> Pairs:
    """All pairs of a folder, in the order of the shards.

    Raises:
        PairsMissing: there are none.
    """
    columns: dict[str, list[Any]] = {field.name: [] for field in fields(Pairs)}
    shards = sorted(folder.glob("shard_*.npz"))
    if not shards:
        raise PairsMissing(f"The folder “{folder}” holds no pairs: make some first, or name the folder that does.")
    for path in shards:
        with np.load(path) as data:
            for name, parts in columns.items():
                parts.append(data[name])
    whole: dict[str, Any] = {name: np.concatenate(parts) for name, parts in columns.items()}
    return Pairs(**whole)

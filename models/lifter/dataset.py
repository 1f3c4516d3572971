# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs made ready to learn from: truth in the network's terms, and batches with noise, roll and mirror.

Truth is told as the person is seen along the ray through the hips, because that is all that a region of the picture
shows: off its middle, a picture shows people turned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...pipeline import axes
from ...pipeline import lifter_tokens as lt
from ..body import rotations as rot
from ..body.model import Body, neutral_body
from .conventions import corrected, landmarks_of
from .pairs import Pairs
from .people import Person

Array = NDArray[np.float64]

_REFLECT: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Dataset:
    """n pairs, as the network should learn them. World axes are Blender's.

    Attributes:
        image: (n, 33, 3) px and `world` (n, 33, 3) m about the hips, from the real network.
        certainty: (n, 33, 2) visibility and presence.
        clean_image: (n, 33, 3) and `clean_world` (n, 33, 3): what a perfect network would say, at the same scale.
        turns: (n, 22, 3, 3) global turns of the solved joints of the neutral body, seen along the ray.
        rays: (n, 4) turn from the ray's view to the camera's.
    """

    image: Array
    world: Array
    certainty: Array
    clean_image: Array
    clean_world: Array
    turns: Array
    rays: Array

    def __len__(self) -> int:
        return len(self.image)

    def part(self, chosen: NDArray[np.int64]) -> "Dataset":
        """Some of the pairs."""
        return Dataset(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class Noise:
    """What the landmarks of a batch are.

    Attributes:
        real: lowest and highest part of the real network's error that is put on clean landmarks, drawn evenly for
            each pair: (1, 1) is the real network, (0, 0) clean, (0, 1) a ladder between. (A ladder was worse on
            everything, real people included.)
        isotropic: standard deviation of noise on every coordinate, in parts of the person's spread.
        roll: standard deviation of the camera's roll, degrees.
    """

    real: tuple[float, float] = (1.0, 1.0)
    isotropic: float = 0.0
    roll: float = 12.0


@dataclass(frozen=True)
class Batch:
    """What the network is given, and the truth (n, 22, 3, 3): frames of the joints."""

    tokens: NDArray[np.float32]
    base: NDArray[np.float32]
    frames: NDArray[np.float32]


def trained_body(offsets: Array) -> Body:
    """The neutral body with BlazePose's own landmarks."""
    return corrected(neutral_body(), offsets)


def prepare(pairs: Pairs, people: Sequence[Person], offsets: Array) -> Dataset:
    """Make pairs ready. `people` are all that the pairs may show, by number."""
    n = len(pairs)
    bodies = [corrected(person.body, offsets) for person in people]
    points = landmarks_of(pairs, bodies)
    turns = np.empty((n, len(lt.SOLVED), 3, 3))
    rest = lt.rest_frames(trained_body(offsets))
    root = pairs.root.astype(float)
    for number, body in enumerate(bodies):
        mine = pairs.person == number
        if mine.any():
            own = rot.to_matrix(body.globals(pairs.rotations[mine].astype(float))[:, list(lt.SOLVED)])
            # The neutral body's bones point where this person's do, though its rest is another.
            turns[mine] = own @ lt.rest_frames(body) @ np.swapaxes(rest, -1, -2)
    ray = rot.between(np.broadcast_to([0.0, 1.0, 0.0], (n, 3)), root)
    back = rot.to_matrix(rot.conjugate(ray))[:, None]
    world = axes.to_blender(pairs.world)
    seen = np.squeeze(back @ (points - _hips(points))[..., None], -1)
    world -= _hips(world)
    return Dataset(
        image=pairs.image.astype(float),
        world=world,
        certainty=np.stack([pairs.visibility, pairs.presence], axis=-1).astype(float),
        clean_image=_projected(points, pairs.camera.astype(float)),
        clean_world=seen * (_norm(world) / _norm(seen)),
        turns=back @ turns,
        rays=ray,
    )


def batch(data: Dataset, rng: np.random.Generator, noise: Noise, rest: Array) -> Batch:
    """All of `data` with noise, rolled and mirrored by chance."""
    n = len(data)
    part = rng.uniform(*noise.real, size=(n, 1, 1))
    image = data.clean_image + part * (data.image - data.clean_image)
    world = data.clean_world + part * (data.world - data.clean_world)
    image = image + noise.isotropic * _norm(image - _hips(image)) * rng.standard_normal(image.shape)
    world = world + noise.isotropic * _norm(world) * rng.standard_normal(world.shape)
    image, world, turns = _rolled(image, world, data.turns, np.radians(noise.roll) * rng.standard_normal(n))
    flip = rng.random(n) < 0.5
    certainty = np.where(flip[:, None, None], data.certainty[:, list(lt.POINT_MIRROR)], data.certainty)
    image, world = (np.where(flip[:, None, None], p[:, list(lt.POINT_MIRROR)] * _REFLECT, p) for p in (image, world))
    turns = np.where(flip[:, None, None, None], mirrored(turns), turns)
    seen = lt.see(image, world, certainty[..., 0], certainty[..., 1], rest=rest)
    return Batch(seen.tokens, seen.base.astype(np.float32), (turns @ rest).astype(np.float32))


def plain(data: Dataset, rest: Array) -> lt.Seen:
    """What the network is given of the real network's landmarks as they are."""
    return lt.see(data.image, data.world, data.certainty[..., 0], data.certainty[..., 1], rest=rest)


def mirrored(turns: Array) -> Array:
    """Global turns (n, 22, 3, 3) seen in a mirror."""
    return turns[:, list(lt.SOLVED_MIRROR)] * _REFLECT[:, None] * _REFLECT


def _rolled(image: Array, world: Array, turns: Array, angle: Array) -> tuple[Array, Array, Array]:
    """Picture, world and turns as a camera would have them that is rolled by `angle` (n,) about its axis."""
    turn = rot.to_matrix(rot.from_axis_angle(np.array([0.0, 1.0, 0.0]), angle))
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = image[..., 0], image[..., 1]
    # About +Y, which looks into the picture, Z turns toward X: clockwise on screen.
    rolled = np.stack([c * x - s * y, s * x + c * y, image[..., 2]], axis=-1)
    return rolled, np.squeeze(turn[:, None] @ world[..., None], -1), turn[:, None] @ turns


def _projected(points: Array, camera: Array) -> Array:
    """(n, 33, 3) px: x, y, and the depth from the hips at the same scale."""
    width, height, focal = (column[:, None] for column in camera.T)
    depth = np.maximum(points[..., 1], 0.05)
    scale = focal / _hips(points)[..., 1]
    return np.stack(
        [
            0.5 * width + focal * points[..., 0] / depth,
            0.5 * height - focal * points[..., 2] / depth,
            (points[..., 1] - _hips(points)[..., 1]) * scale,
        ],
        axis=-1,
    )


def _hips(points: Array) -> Array:
    return points[:, 23:25].mean(axis=1, keepdims=True)


def _norm(points: Array) -> Array:
    """(n, 1, 1) root mean square of points about the hips."""
    return np.sqrt((points**2).sum(axis=-1).mean(axis=-1))[:, None, None]

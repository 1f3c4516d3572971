# SPDX-License-Identifier: GPL-3.0-or-later
"""A furnished room as coloured rectangles: walls, a door, a window, shelves, boards of the floor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot

Array = NDArray[np.float64]

_LAYER: Final = 0.012
"""Metres by which what hangs on a wall stands out from what is behind it."""
_MARGIN: Final = 0.7
"""Metres between the people and the walls."""
_CEILING: Final = 2.6
_BOARD: Final = 0.22
"""Width in metres of the floor's boards."""


@dataclass(frozen=True)
class Room:
    """Rectangles (k, 4, 3) in metres of the level room, and their colours (k, 3), RGB 0..1.

    Attributes:
        corners: corners in order around each rectangle.
        colours: a colour each.
        picture: (4, 3) corners of a picture on the wall: upper left, upper right, lower right, lower left.
    """

    corners: Array
    colours: Array
    picture: Array


@dataclass(frozen=True)
class Decor:
    """What a room looks like.

    Attributes:
        yaw: degrees by which the room is turned against the camera's heading.
        wall: brightness of the walls, 0..1.
        lines: how much furniture with vertical edges it has: 0 nothing, 1 a little, 2 plenty.
        seed: random seed of the rest.
    """

    yaw: float = 18.0
    wall: float = 0.5
    lines: int = 2
    seed: int = 0


@dataclass
class _Rectangles:
    """Rectangles in the room's own axes, collected one by one."""

    corners: list[Array] = field(default_factory=list)
    colours: list[Array] = field(default_factory=list)

    def add(self, corners: Array, colour: Array) -> None:
        self.corners.append(corners)
        self.colours.append(np.clip(colour, 0.005, 1.0))


@dataclass(frozen=True)
class _Wall:
    """A wall from `begin` (3,) along `along` (3,), seen from the side to which `inside` (3,) points."""

    begin: Array
    along: Array
    inside: Array
    width: float
    height: float

    def rectangle(self, left: float, right: float, low: float, high: float, layer: int) -> Array:
        """Return the corners (4, 3), upper left first, clockwise."""
        base = self.begin + _LAYER * layer * self.inside
        up = np.array([0.0, 0.0, 1.0])
        places = ((left, high), (right, high), (right, low), (left, low))
        return np.stack([base + u * self.along + v * up for u, v in places])


def furnished(decor: Decor, points: Array, camera: Array, *, closed: bool = False) -> Room:
    """Return a room around people's points (n, 3) and a camera (3,); its back walls are behind the people.

    Behind the camera it is open, unless it is `closed`, for cameras that look from other directions.
    """
    rng = np.random.default_rng([77, decor.seed])
    turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(decor.yaw))
    own = rot.rotate(rot.conjugate(turn), np.concatenate([points, camera[None]]))
    low, high = own.min(axis=0) - _MARGIN, own.max(axis=0) + _MARGIN
    height = max(_CEILING, float(camera[2]) + 0.35, float(own[:-1, 2].max()) + 0.3)
    walls = _walls(low, high, height)[: 4 if closed else 3]
    drawn = _Rectangles()
    paint = decor.wall * (1.0 + 0.12 * rng.standard_normal(3))
    _add_floor(drawn, low, high, paint, rng)
    drawn.add(_flat(low, high, height), 0.25 + 0.75 * paint)
    for number, wall in enumerate(walls):
        drawn.add(wall.rectangle(0.0, wall.width, 0.0, height, 0), paint * (1.0, 0.85, 0.92, 0.78)[number])
        skirting = (0.2, 0.9)[int(decor.wall < 0.3)] if decor.lines else 1.0
        drawn.add(wall.rectangle(0.0, wall.width, 0.0, 0.09, 1), paint * skirting)
    for number, wall in enumerate(walls if decor.lines else ()):
        _furnish(drawn, wall, paint, rng, plenty=decor.lines > 1, turn=number)
    middle = 0.62 * walls[0].width
    picture = walls[0].rectangle(middle - 0.5, middle + 0.5, 0.5, 2.25, 6)
    return Room(
        corners=rot.rotate(turn, np.stack(drawn.corners)),
        colours=np.stack(drawn.colours),
        picture=rot.rotate(turn, picture),
    )


def _walls(low: Array, high: Array, height: float) -> tuple[_Wall, ...]:
    """Return the wall at the back, those at the left and right, and that at the front."""
    x, y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    corner = [
        np.array([a, b, 0.0]) for a, b in ((low[0], high[1]), (low[0], low[1]), (high[0], high[1]), (high[0], low[1]))
    ]
    width, depth = float(high[0] - low[0]), float(high[1] - low[1])
    return (
        _Wall(corner[0], x, -y, width, height),
        _Wall(corner[1], y, x, depth, height),
        _Wall(corner[2], -y, -x, depth, height),
        _Wall(corner[3], -x, y, width, height),
    )


def _flat(low: Array, high: Array, z: float) -> Array:
    return np.array([[low[0], high[1], z], [high[0], high[1], z], [high[0], low[1], z], [low[0], low[1], z]])


def _add_floor(drawn: _Rectangles, low: Array, high: Array, paint: Array, rng: np.random.Generator) -> None:
    wood = np.array([0.42, 0.28, 0.17]) * rng.uniform(0.5, 1.2) if paint.mean() > 0.12 else 0.8 * paint
    edges = np.arange(low[0], high[0] + _BOARD, _BOARD)
    for left, right in pairwise(edges):
        first, last = np.array([left, low[1], 0.0]), np.array([min(right, high[0]), high[1], 0.0])
        drawn.add(_flat(first, last, 0.0), wood * rng.uniform(0.8, 1.15))


def _furnish(
    drawn: _Rectangles, wall: _Wall, paint: Array, rng: np.random.Generator, *, plenty: bool, turn: int
) -> None:
    """Put a door, a window, shelves or a picture in a row along a wall."""
    pieces = (_door, _window, _shelves) if plenty else (_door,)
    place, number = rng.uniform(0.15, 0.6), turn
    while place < wall.width - 1.2:
        used = 0.0
        for corners, colour in pieces[number % len(pieces)](wall, place, paint, rng):
            drawn.add(corners, colour)
            used = max(used, float((corners[1] - wall.begin) @ wall.along) - place)
        place += used + rng.uniform(0.3, 1.0 if plenty else 2.5)
        number += 1


_Piece = Iterator[tuple[Array, Array]]


def _door(wall: _Wall, left: float, paint: Array, rng: np.random.Generator) -> _Piece:
    frame, leaf = _shade(paint, rng), _shade(paint, rng)
    yield wall.rectangle(left, left + 1.05, 0.0, 2.12, 2), frame
    yield wall.rectangle(left + 0.09, left + 0.96, 0.0, 2.03, 3), leaf
    yield wall.rectangle(left + 0.22, left + 0.83, 1.1, 1.88, 4), 0.85 * leaf
    yield wall.rectangle(left + 0.22, left + 0.83, 0.18, 0.95, 4), 0.85 * leaf
    yield wall.rectangle(left + 0.86, left + 0.92, 0.98, 1.03, 5), np.full(3, 0.7)


def _window(wall: _Wall, left: float, paint: Array, rng: np.random.Generator) -> _Piece:
    width, frame = rng.uniform(1.0, 1.6), _shade(paint, rng)
    pane = rng.uniform(0.3, 0.9) * np.array([0.9, 0.97, 1.0]) if paint.mean() > 0.12 else np.array([0.05, 0.06, 0.08])
    yield wall.rectangle(left, left + width, 0.85, 2.2, 2), frame
    for begin in (left + 0.07, left + 0.5 * width + 0.03):
        yield wall.rectangle(begin, begin + 0.5 * width - 0.1, 0.92, 2.13, 3), pane
    yield wall.rectangle(left - 0.25, left, 0.3, 2.35, 4), 0.8 * frame  # curtains
    yield wall.rectangle(left + width, left + width + 0.25, 0.3, 2.35, 4), 0.8 * frame


def _shelves(wall: _Wall, left: float, paint: Array, rng: np.random.Generator) -> _Piece:
    width, tall = rng.uniform(0.7, 1.3), rng.uniform(1.5, 2.1)
    wood = _shade(paint, rng)
    yield wall.rectangle(left, left + width, 0.0, tall, 3), wood
    levels = np.linspace(0.06, tall - 0.04, rng.integers(4, 7))
    for low, high in pairwise(levels):
        yield wall.rectangle(left + 0.04, left + width - 0.04, low, high - 0.03, 4), 0.45 * wood
        place = left + 0.06
        while place < left + width - 0.12 and rng.random() < 0.93:
            thick = rng.uniform(0.025, 0.07)
            top = low + rng.uniform(0.55, 0.92) * (high - low)
            yield wall.rectangle(place, place + thick, low, top, 5), paint.mean() * rng.uniform(0.2, 1.8, 3)
            place += thick


def _shade(paint: Array, rng: np.random.Generator) -> Array:
    """Return a colour that differs from the wall's."""
    factor = rng.uniform(0.25, 0.7) if rng.random() < 0.6 or paint.mean() > 0.7 else rng.uniform(1.3, 1.8)
    return np.asarray(paint * factor * (1.0 + 0.15 * rng.standard_normal(3)))

# SPDX-License-Identifier: GPL-3.0-or-later
"""How bones of a face usually move with an expression, in the axes of the body at rest: X left, Y back, Z up."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np

from ...models.body.expressions import EXPRESSIONS, mirrored

Vector = tuple[float, float, float]

_LARGEST: Final = 1e6
"""Largest number of a map, far beyond any use, which keeps sums of products finite."""


@dataclass(frozen=True)
class Move:
    """The move of a bone when an expression is at its strongest.

    Attributes:
        axis: rotation vector in radians, or translation in head widths, in the axes of the body at rest.
        moves: whether it is a translation.
    """

    axis: Vector
    moves: bool = False

    @property
    def mirrored(self) -> "Move":
        """The same move on the other side of the face."""
        x, y, z = self.axis
        return Move((-x, y, z), moves=True) if self.moves else Move((x, -y, -z))


@cache
def _moves() -> Mapping[str, Move]:
    """Read the usual moves by expression; the file lists the midline and the left side only."""
    table = tomllib.loads(resources.files(__package__).joinpath("moves.toml").read_text(encoding="utf-8"))
    left = {name: read_move(entry) for name, entry in table.items()}
    return left | {mirrored(name): move.mirrored for name, move in left.items() if mirrored(name) not in left}


def read_move(table: Mapping[str, Any]) -> Move:
    """Read a move from a table with "turn" in degrees or "move" in head widths.

    Raises:
        ValueError: the table has neither, or not three numbers.
    """
    if "move" in table:
        return Move(read_vector(table, "move"), moves=True)
    x, y, z = np.radians(read_vector(table, "turn"))
    return Move((float(x), float(y), float(z)))


def read_vector(table: Mapping[str, Any], name: str) -> Vector:
    """Read three numbers.

    Raises:
        ValueError: the table has no such entry, or it is not three numbers.
    """
    vector = table.get(name)
    if not isinstance(vector, list) or len(vector) != 3 or not all(is_number(part) for part in vector):
        raise ValueError(f"{name} is not a list of three numbers")
    x, y, z = vector
    return float(x), float(y), float(z)


def is_number(value: object) -> bool:
    """Return whether a value of a file is a number that is small enough to calculate with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= _LARGEST


def default_move(expression: str) -> Move:
    """Return how a bone that was chosen by hand for an expression moves.

    Raises:
        KeyError: there is no such expression.
    """
    if expression not in EXPRESSIONS:
        raise KeyError(expression)
    return _moves()[expression]

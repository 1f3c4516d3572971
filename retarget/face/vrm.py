# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of VRM characters: their names, and the shape keys that a character binds to them.

An expression is a weight that moves several shape keys, each by its own part. Expressions add up, and some hold others
back: a smile that closes the eyes by itself must not blink too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

EXPRESSION_PRESETS: Final = (
    "happy",
    "angry",
    "sad",
    "relaxed",
    "surprised",
    "neutral",
    "aa",
    "ih",
    "ou",
    "ee",
    "oh",
    "blink",
    "blinkLeft",
    "blinkRight",
    "lookUp",
    "lookDown",
    "lookLeft",
    "lookRight",
)
"""The expressions that VRM 1.0 names."""

VRM_0_PRESETS: Final = {
    "joy": "happy",
    "angry": "angry",
    "sorrow": "sad",
    "fun": "relaxed",
    "neutral": "neutral",
    "a": "aa",
    "i": "ih",
    "u": "ou",
    "e": "ee",
    "o": "oh",
    "blink": "blink",
    "blink_l": "blinkLeft",
    "blink_r": "blinkRight",
    "lookup": "lookUp",
    "lookdown": "lookDown",
    "lookleft": "lookLeft",
    "lookright": "lookRight",
}
"""VRM 0's name of an expression -> VRM 1.0's."""

MOUTH: Final = ("aa", "ih", "ou", "ee", "oh")
BLINKING: Final = ("blink", "blinkLeft", "blinkRight")
LOOKING: Final = ("lookUp", "lookDown", "lookLeft", "lookRight")

_HELD: Final = (MOUTH, BLINKING, LOOKING)


@dataclass(frozen=True)
class Bind:
    """A shape key that an expression moves: mesh object, key, and the key's value when the expression is full."""

    mesh: str
    key: str
    weight: float


@dataclass(frozen=True)
class VrmExpression:
    """An expression of a VRM character.

    Attributes:
        name: VRM 1.0's name, also for the presets of VRM 0; or a name of the character's own.
        binds: the shape keys that it moves.
        binary: whether it is either off or full.
        holds: whether it holds back those of mouth, blinking and looking, the more the stronger it is. VRM's "block"
            counts as its "blend": captured weights are hardly ever 0, and the least smile would keep a mouth shut.
    """

    name: str
    binds: tuple[Bind, ...] = ()
    binary: bool = False
    holds: tuple[bool, bool, bool] = (False, False, False)


class ExpressionBlend:
    """What expressions of a character make of its shape keys, computed once for takes and live poses alike.

    Args:
        expressions: the character's v expressions.
        keys: (mesh object, shape key) of those that can be moved.

    Attributes:
        keys: (mesh object, shape key) of the k keys that are moved.
    """

    def __init__(self, expressions: Sequence[VrmExpression], keys: Collection[tuple[str, str]]) -> None:
        bound = [(bind.mesh, bind.key) for each in expressions for bind in each.binds]
        self.keys: tuple[tuple[str, str], ...] = tuple(dict.fromkeys(key for key in bound if key in keys))
        rows = {key: row for row, key in enumerate(self.keys)}
        self._weights = np.zeros((len(expressions), len(self.keys)))
        for column, each in enumerate(expressions):
            for bind in each.binds:
                if (bind.mesh, bind.key) in rows:
                    self._weights[column, rows[bind.mesh, bind.key]] += bind.weight
        self._binary = np.array([each.binary for each in expressions], dtype=bool)
        self._held = [
            (
                np.array([each.name in names for each in expressions], dtype=bool),
                np.array([each.holds[part] for each in expressions], dtype=float),
            )
            for part, names in enumerate(_HELD)
            if any(each.holds[part] for each in expressions)
        ]

    def values(self, weights: Array) -> Array:
        """Return the values (..., k) of the shape keys for weights (..., v) of the expressions, 0 to 1."""
        full = np.where(self._binary, weights > 0.5, weights)
        left = full
        for held, holding in self._held:
            left = left * np.where(held, np.clip(1.0 - full @ holding, 0.0, 1.0)[..., None], 1.0)
        values: Array = left @ self._weights
        return values

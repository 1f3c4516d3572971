# SPDX-License-Identifier: GPL-3.0-or-later
"""Normalise bone names: case, separators, and the ways of writing left and right."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")

_SIDES: Final = {"left": "Left", "lft": "Left", "right": "Right", "rgt": "Right"}
_LETTERS: Final = {"l": "Left", "r": "Right"}
_SIGNS: Final = {"左": " left ", "右": " right "}


class PlainName(NamedTuple):
    """A normalised bone name.

    Attributes:
        side: "Left", "Right", or empty.
        text: the rest in lower case, without separators.
    """

    side: str
    text: str


def words(name: str) -> list[str]:
    """Split a name into lower-case words: "CC_Base_L_UpperarmTwist01" has cc, base, l, upperarm, twist, 01."""
    for sign, word in _SIGNS.items():
        name = name.replace(sign, word)
    return [word.lower() for word in _WORD.findall(name)]


def plain(name: str) -> PlainName:
    """Normalise a bone name: `L_UpperArm`, `upper_arm.L` and `LeftUpperArm` are equal.

    Words for the sides take precedence over single letters, and later ones over earlier ones.
    """
    parts = words(name)
    table = _sides_of(parts)
    at = next((i for i in reversed(range(len(parts))) if parts[i] in table), None)
    if at is None:
        return PlainName("", "".join(parts))
    return PlainName(table[parts[at]], "".join(parts[:at] + parts[at + 1 :]))


def sides_and_words(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split a name into all the sides it tells, in order, and its other words.

    "Eye_L_Look_R" has the sides Left, Right and the words eye, look. Words for the sides take precedence over letters.
    """
    parts = words(name)
    table = _sides_of(parts)
    sides = tuple(table[part] for part in parts if part in table)
    return sides, tuple(part for part in parts if part not in table)


def _sides_of(parts: list[str]) -> Mapping[str, str]:
    """Return the ways of writing sides that a name's words are in: words if there are any, else letters."""
    return _SIDES if any(part in _SIDES for part in parts) else _LETTERS


def opposite(names: Iterable[str]) -> dict[str, str]:
    """Map each bone of a side to the bone whose name differs in the side alone."""
    by_name = {plain(name): name for name in names}
    other = {"Left": "Right", "Right": "Left"}
    twins = {name: by_name.get(PlainName(other[p.side], p.text)) for p, name in by_name.items() if p.side}
    return {name: twin for name, twin in twins.items() if twin is not None}

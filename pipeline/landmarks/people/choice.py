# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom to follow first, as a text says: "centre", "largest", "left", "right" or "X,Y"."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, isfinite
from typing import Final, Literal

from ...errors import PersonUnclear
from ..data import Region

Rule = Literal["centre", "largest", "left", "right"]

_RULES: Final[dict[str, Rule]] = {
    "centre": "centre",
    "center": "centre",
    "largest": "largest",
    "left": "left",
    "right": "right",
}


@dataclass(frozen=True)
class Choice:
    """Whom to follow: by a rule, or with `point`, the person nearest to that point in pixels of the picture."""

    rule: Rule = "largest"
    point: tuple[float, float] | None = None

    @classmethod
    def of(cls, text: str) -> "Choice":
        """Read a choice.

        Raises:
            PersonUnclear: the text is not one of a choice.
        """
        words = text.strip().lower()
        if words in _RULES:
            return cls(_RULES[words])
        numbers = words.split(",")
        try:
            x, y = map(float, numbers)
        except ValueError:
            x = y = float("nan")
        if not (isfinite(x) and isfinite(y)):
            raise PersonUnclear(
                f"“{text}” does not say whom to follow: choose centre, largest, left, right, or a point in pixels of "
                "the picture such as 640,360."
            )
        return cls(point=(x, y))

    def order(self, people: Sequence[Region], size: tuple[int, int]) -> list[int]:
        """Return the indices of people's regions, those to follow first in front.

        Args:
            people: squares around the people's bodies, centred at the hips.
            size: width and height of the picture.
        """
        return sorted(range(len(people)), key=lambda i: self._rank(people[i], size))

    def _rank(self, person: Region, size: tuple[int, int]) -> float:
        if self.point is not None:
            return distance(person, self.point)
        if self.rule == "left":
            return person.cx
        if self.rule == "right":
            return -person.cx
        if self.rule == "centre":
            return hypot(person.cx - size[0] / 2, person.cy - size[1] / 2)
        return -max(person.width, person.height)


def distance(person: Region, point: tuple[float, float]) -> float:
    """Return how far a point is from a person's body in pixels: 0 near the spine, more toward the hands and feet.

    A body is taller than wide, so that distances across count more than those along it.
    """
    across, along = point[0] - person.cx, point[1] - person.cy
    return hypot(2.0 * across, max(0.0, abs(along) - 0.35 * person.height))

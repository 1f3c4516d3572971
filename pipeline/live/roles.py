# SPDX-License-Identifier: GPL-3.0-or-later
"""Which person each character of a live session follows."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ..landmarks.data import Landmarks

PATIENCE: Final = 3.0
"""Seconds that a character waits for its person to return before it follows somebody else who is in view."""


class Roles:
    """Gives each character of a session a person, and keeps to it. Used in the worker's thread.

    The first character follows person 0, whoever that is. The others take who appears, in order of their numbers; and
    somebody else only when their own person has been out of view for `PATIENCE` seconds.

    Args:
        count: number of characters.

    Attributes:
        changes: how often a character began to follow somebody else, for each character; replaced as a whole.
    """

    def __init__(self, count: int) -> None:
        self._people: list[int | None] = [0, *[None] * (count - 1)]
        self._seen = [0.0] * count
        self.changes = (0,) * count

    def cast(self, found: Sequence[Landmarks]) -> list[Landmarks]:
        """Return for each character the landmarks of its person, without any if nobody plays it in this frame.

        Args:
            found: landmarks of a frame, of person 0 first.
        """
        present = {person.person: person for person in found}
        time = found[0].time
        for role, person in enumerate(self._people):
            if person is not None and _in_view(present.get(person)):
                self._seen[role] = time
        self._take_newcomers(present, time)
        nobody = replace(found[0], pose=None, left_hand=None, right_hand=None, face=None)
        return [
            nobody if person is None else present.get(person, replace(nobody, person=person)) for person in self._people
        ]

    def _take_newcomers(self, present: dict[int, Landmarks], time: float) -> None:
        free = sorted(person for person in present if person not in self._people and _in_view(present[person]))
        for role, person in enumerate(self._people):
            if not free or role == 0:
                continue
            if person is None or time - self._seen[role] > PATIENCE:
                self._people[role], self._seen[role] = free.pop(0), time
                if person is not None:
                    self.changes = tuple(count + (at == role) for at, count in enumerate(self.changes))


def _in_view(person: Landmarks | None) -> bool:
    return person is not None and person.pose is not None

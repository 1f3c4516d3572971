# SPDX-License-Identifier: GPL-3.0-or-later
"""Judging who is who: whose pose is odd, who is nobody else, and which assignment is likeliest."""

from collections.abc import Sequence
from math import hypot
from typing import Final

import numpy as np

from .matching import assign
from .person import SOON, Candidate, Person, Sight

LIMIT: Final = 4.5
"""Cost above which somebody is none of those known."""

WATCHED: Final = 1.0
"""Distance in people's sizes within which somebody may soon be taken for somebody else."""

FORGET: Final = 2.0
"""Seconds after which somebody without a number is not where they were."""


def odd(people: Sequence[Person], candidates: Sequence[Candidate], time: float) -> list[Person]:
    """Return those who are followed, but are not found, or may be taken for somebody else."""
    found = {id(each.by): each for each in candidates}
    return [
        person
        for person in people
        if person.present
        and person.body is not None
        and (id(person) not in found or _is_doubtful(found[id(person)], candidates, time))
    ]


def _is_doubtful(candidate: Candidate, others: Sequence[Candidate], time: float) -> bool:
    person, sight = candidate.by, candidate.sight
    if person is None:
        return False
    unlike = person.unlike(sight)
    if unlike > 1.0 or person.step(sight, time) > 1.0 or person.growth(sight, time) > 1.0:
        return True
    near = [other for other in others if other is not candidate and candidate.is_near(other)]
    return any(candidate.is_same(other) or (other.by is not None and other.by.unlike(sight) < unlike) for other in near)


def assigned(people: Sequence[Person], candidates: Sequence[Candidate], time: float) -> list[tuple[Person, Candidate]]:
    """Return who is who among the candidates, of those whose place is still known."""
    known = [person for person in people if person.present or time - person.time < SOON]
    if not known or not candidates:
        return []
    everyone = [candidate.sight for candidate in candidates]
    costs = np.array(
        [
            [p.cost(c.sight, time, contested=is_contested(p, c.sight, everyone, people, time)) for c in candidates]
            for p in known
        ]
    )
    return [(known[row], candidates[column]) for row, column in assign(costs, LIMIT)]


def is_contested(
    person: Person, sight: Sight, everyone: Sequence[Sight], people: Sequence[Person], time: float
) -> bool:
    """Whether who is seen may be somebody else than this person: others are near, or were before."""
    if any(other is not sight and _distance(sight, other.centre) < WATCHED for other in everyone):
        return True
    return any(
        other is not person
        and other.born <= person.time
        and time - other.time < FORGET
        and _distance(sight, other.predicted(time)) < WATCHED
        for other in people
    )


def is_alone(person: Person, candidate: Candidate, people: Sequence[Person], time: float) -> bool:
    """Whether nobody is near, even out of sight, so that the colours in the picture are this person's."""
    return not any(
        other is not person and time - other.time < SOON and candidate.is_near_point(other.predicted(time))
        for other in people
    )


def _distance(sight: Sight, point: tuple[float, float]) -> float:
    """Return the distance from somebody's hips to a point in pixels, in people's sizes."""
    return hypot(sight.centre[0] - point[0], sight.centre[1] - point[1]) / sight.size

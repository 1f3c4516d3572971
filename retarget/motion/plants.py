# SPDX-License-Identifier: GPL-3.0-or-later
"""Footprints: while a foot stands, from heel strike to toe-off, it has one place and one heading."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.model import Body
from .contacts import Contacts
from .soles import PosedSoles, Soles
from .spans import runs

Array = NDArray[np.float64]

TURN: Final = np.radians(30.0)
"""How far a standing foot may be seen to turn before it is taken for a foot that was moved: there is a leash, too."""

SHORTEST: Final = 0.1
"""Seconds: a plant that is shorter is none; a foot that is put elsewhere takes twice as long."""


LEAVING: Final = 0.2
"""Seconds at either end of a plant in which a foot that is far from its print already has not come or has left."""


@dataclass(frozen=True)
class Plant:
    """A foot (0 left, 1 right) that stands from frame `start` to before `end`.

    `place` (2,) is where the ankle would be if the sole were flat, `heading` the turn about the vertical in radians.
    """

    foot: int
    start: int
    end: int
    place: Array
    heading: float


def headings(soles: PosedSoles, body: Body) -> Array:
    """Turn (n, 2) of the feet about the vertical away from rest, in radians, without jumps."""
    rest = Soles.of(body)
    before = (rest.ball - rest.heel)[:, :2]
    now = (soles.ball - soles.heel)[..., :2]
    angle = np.arctan2(now[..., 1], now[..., 0]) - np.arctan2(before[:, 1], before[:, 0])
    return np.unwrap(angle, axis=0)


def find_plants(time: Array, soles: PosedSoles, contacts: Contacts, body: Body) -> list[Plant]:
    """All plants of both feet. A foot that wanders too far while it stands is put down anew where it moved most."""
    rest, heading = Soles.of(body), headings(soles, body)
    return [
        plant
        for foot in (0, 1)
        for start, end in runs(contacts.foot[:, foot])
        for plant in _plants(time, start, end, _Foot(foot, soles, contacts, heading[:, foot], rest))
    ]


@dataclass(frozen=True)
class _Foot:
    """What is known of one foot."""

    foot: int
    soles: PosedSoles
    contacts: Contacts
    heading: Array
    rest: Soles

    def places(self, start: int, end: int, heading: float) -> Array:
        """Where (m, 2) each frame says that the print is."""
        span, foot = slice(start, end), self.foot
        total, count = np.zeros((end - start, 2)), np.zeros((end - start, 1))
        for points, own, stands in (
            (self.soles.heel, self.rest.heel, self.contacts.heel),
            (self.soles.ball, self.rest.ball, self.contacts.ball),
        ):
            weight = stands[span, foot, None].astype(float)
            total += weight * (points[span, foot, :2] - about_vertical(heading, own[foot, :2]))
            count += weight
        return total / np.maximum(count, 1.0)


def about_vertical(heading: float, offset: Array) -> Array:
    """An offset (2,) over the floor, turned by a heading."""
    c, s = np.cos(heading), np.sin(heading)
    return np.array([c * offset[0] - s * offset[1], s * offset[0] + c * offset[1]])


def _plants(time: Array, start: int, end: int, foot: _Foot) -> list[Plant]:
    if end - start < 2 or time[end - 1] - time[start] < SHORTEST:
        return []
    heading = float(np.median(foot.heading[start:end]))
    places = foot.places(start, end, heading)
    place = np.median(places, axis=0)
    wander = np.linalg.norm(places - place, axis=-1) / foot.contacts.leash
    wander = np.maximum(wander, np.abs(foot.heading[start:end] - heading) / TURN)
    stays = np.flatnonzero(wander <= 1.0)
    if len(stays) and (wander[stays[0] : stays[-1] + 1] <= 1.0).all():
        first, last = start + int(stays[0]), start + int(stays[-1])
        if max(time[first] - time[start], time[end - 1] - time[last]) < LEAVING and time[last] - time[first] > SHORTEST:
            return [Plant(foot.foot, first, last + 1, place, heading)]
    # Where it moved most, but not so near an end that nothing is left there.
    inner = np.flatnonzero((time[start:end] - time[start] > SHORTEST) & (time[end - 1] - time[start:end] > SHORTEST))
    if not len(inner):
        return [Plant(foot.foot, start, end, place, heading)]
    pace = np.linalg.norm(np.gradient(places, axis=0), axis=-1) / foot.contacts.leash
    pace += np.abs(np.gradient(foot.heading[start:end])) / TURN
    middle = time[start + inner[np.argmax(pace[inner])]]
    left = int(np.searchsorted(time, middle - SHORTEST))
    right = int(np.searchsorted(time, middle + SHORTEST, side="right"))
    return _plants(time, start, max(left, start), foot) + _plants(time, min(right, end), end, foot)

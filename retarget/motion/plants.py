# SPDX-License-Identifier: GPL-3.0-or-later
"""Find foot plants: from heel strike to toe-off a standing foot has one place and one heading."""

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
"""Radians that a standing foot may turn in the capture before it counts as moved; `Contacts.max_drift` is the same for
its place."""

SHORTEST: Final = 0.1
"""Seconds: a shorter plant is ignored; moving a foot to another place takes at least twice as long."""


END_MARGIN: Final = 0.2
"""Seconds at either end of a plant in which a foot far from its footprint has not arrived yet or has already left."""


@dataclass(frozen=True)
class Plant:
    """A foot (0 left, 1 right) that stands from frame `start` up to, but not including, frame `end`.

    `place` (2,) is the ankle's X and Y in metres if the sole were flat, `heading` its rotation about Z in radians.
    """

    foot: int
    start: int
    end: int
    place: Array
    heading: float


def headings(soles: PosedSoles, body: Body) -> Array:
    """Return the turn (n, 2) of the feet about the vertical, relative to rest, in radians, unwrapped."""
    rest = Soles.of(body)
    before = (rest.ball - rest.heel)[:, :2]
    now = (soles.ball - soles.heel)[..., :2]
    angle = np.arctan2(now[..., 1], now[..., 0]) - np.arctan2(before[:, 1], before[:, 0])
    return np.unwrap(angle, axis=0)


def find_plants(time: Array, soles: PosedSoles, contacts: Contacts, body: Body) -> list[Plant]:
    """Find all plants of both feet. A plant during which the foot drifts too far is split where the foot moved most."""
    rest, heading = Soles.of(body), headings(soles, body)
    return [
        plant
        for foot in (0, 1)
        for start, end in runs(contacts.foot[:, foot])
        for plant in _plants(time, start, end, _Foot(foot, soles, contacts, heading[:, foot], rest))
    ]


@dataclass(frozen=True)
class _Foot:
    """One foot of a motion (0 left, 1 right), with its heading (n,)."""

    foot: int
    soles: PosedSoles
    contacts: Contacts
    heading: Array
    rest: Soles

    def places(self, start: int, end: int, heading: float) -> Array:
        """Return the footprint (m, 2) that each of m frames suggests."""
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
    """Rotate an offset (2,) over the floor by a heading in radians."""
    c, s = np.cos(heading), np.sin(heading)
    return np.array([c * offset[0] - s * offset[1], s * offset[0] + c * offset[1]])


def _plants(time: Array, start: int, end: int, foot: _Foot) -> list[Plant]:
    if end - start < 2 or time[end - 1] - time[start] < SHORTEST:
        return []
    heading = float(np.median(foot.heading[start:end]))
    places = foot.places(start, end, heading)
    place = np.median(places, axis=0)
    wander = np.linalg.norm(places - place, axis=-1) / foot.contacts.max_drift
    wander = np.maximum(wander, np.abs(foot.heading[start:end] - heading) / TURN)
    stays = np.flatnonzero(wander <= 1.0)
    if len(stays) and (wander[stays[0] : stays[-1] + 1] <= 1.0).all():
        first, last = start + int(stays[0]), start + int(stays[-1])
        margin = max(time[first] - time[start], time[end - 1] - time[last])
        if margin < END_MARGIN and time[last] - time[first] > SHORTEST:
            return [Plant(foot.foot, first, last + 1, place, heading)]
    # Split where the foot moved most, but leave at least a shortest plant at either end.
    inner = np.flatnonzero((time[start:end] - time[start] > SHORTEST) & (time[end - 1] - time[start:end] > SHORTEST))
    if not len(inner):
        return [Plant(foot.foot, start, end, place, heading)]
    pace = np.linalg.norm(np.gradient(places, axis=0), axis=-1) / foot.contacts.max_drift
    pace += np.abs(np.gradient(foot.heading[start:end])) / TURN
    middle = time[start + inner[np.argmax(pace[inner])]]
    left = int(np.searchsorted(time, middle - SHORTEST))
    right = int(np.searchsorted(time, middle + SHORTEST, side="right"))
    return _plants(time, start, max(left, start), foot) + _plants(time, min(right, end), end, foot)

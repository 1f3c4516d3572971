# SPDX-License-Identifier: GPL-3.0-or-later
"""One person among several: where they are, how they move, what they look like, and their trackers."""

from dataclasses import dataclass, field
from math import exp, hypot, log
from typing import Final

import numpy as np

from ..data import Floats, Region
from ..holistic import Holistic
from ..pose import PoseResult
from .appearance import COLOURS, PARTS, Appearance

_COAST: Final = 0.4
"""Seconds over which the speed of a person out of sight fades."""

_BODY: Final = [11, 12, 13, 14, 23, 24, 25, 26]
"""Points that tell two bodies apart."""

_SPEED_RATE: Final = 0.3

_WALKING_BY: Final = 0.5
"""Seconds for which somebody who walks by hides another."""

_UNKNOWN_LOOK: Final = 0.6
"""What counts for the difference between looks that have nothing in common."""

MAX_UNLIKE: Final = 2.0
"""Difference of looks above which it is not the person, whatever the place."""

SOON: Final = 1.0
"""Seconds for which a missing person is expected where they were lost."""

_HIDDEN: Final = 0.8
"""Cost of being back: where two people were and one is found, it is more likely whoever was not lost before."""

_SHAPE_SECONDS: Final = 0.6
_SHAPE_UNIT: Final = 0.12
"""Seconds after which a body may have turned, and metres by which its joints move meanwhile."""

_JOINTS: Final = [0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26]
_DRIFT_RATE: Final = 0.2
_SETTLED: Final = 10
_ALIVE: Final = 0.006
_MOVES: Final = 4
_STILL_SECONDS: Final = 2.0
"""Whoever lives moves joints by so much of their size, for so many frames, within seconds, even if they stand: the
least lively of rendered people 1.3 % in three seconds, by breathing, and a rendered poster, by noise, 0.35 % (28
November 2026). A picture that is kept costs an avatar too many, a person who is dropped the motion."""

REGION_SCALE: Final = 1.25
"""Side of the pose network's region in people's sizes."""

SAME: Final = 0.12
"""Mean distance between two poses, in people's sizes, below which they are one person's."""

NEAR: Final = 0.45
"""Distance between hips, in people's sizes, below which somebody may hide or be taken for another."""


@dataclass(frozen=True)
class Sight:
    """Where somebody is and what they look like.

    Attributes:
        centre: hips in pixels.
        size: side in pixels of the square around them.
        look: (3, 21) colours, see `appearance.look`.
        shape: (8, 3) m, elbows, shoulders, hips and knees.
    """

    centre: tuple[float, float]
    size: float
    look: Floats
    shape: Floats


@dataclass(frozen=True)
class Candidate:
    """A pose in the current frame that may be somebody's.

    Attributes:
        result: the pose.
        sight: where it is and what it looks like.
        by: whose region it was found in; None if it was detected in the whole picture.
    """

    result: PoseResult
    sight: Sight
    by: "Person | None" = None

    @classmethod
    def of(cls, result: PoseResult, look: Floats, by: "Person | None" = None) -> "Candidate":
        """Make a candidate of a pose and its look."""
        x, y = result.auxiliary[0, :2]
        return cls(result, Sight((float(x), float(y)), max(result.pose.size, 1.0), look, result.pose.world[_BODY]), by)

    @property
    def square(self) -> Region:
        """The square around the person in pixels."""
        return Region(*self.sight.centre, self.sight.size, self.sight.size, 0.0)

    def is_near(self, other: "Candidate") -> bool:
        """Whether one of two people may hide the other, or be taken for them."""
        return self.is_near_point(other.sight.centre) or other.is_near_point(self.sight.centre)

    def is_near_point(self, point: tuple[float, float]) -> bool:
        """Whether somebody whose hips are at a point in pixels may hide this person, or be hidden."""
        (x, y), size = self.sight.centre, self.sight.size
        return abs(x - point[0]) < NEAR * size and abs(y - point[1]) < size

    def is_same(self, other: "Candidate") -> bool:
        """Whether two poses are one person's, found twice."""
        one, two = self.result.pose.image, other.result.pose.image
        distance = float(np.mean(np.hypot(*(one[_BODY, :2] - two[_BODY, :2]).T)))
        return distance < SAME * max(self.sight.size, other.sight.size)


@dataclass(eq=False)
class Person:
    """A person who was seen at least once.

    Attributes:
        number: number in the take; None for somebody who is not recorded.
        body: trackers of pose, hands and face; None for somebody who is not followed from frame to frame.
        present: whether they were found when they were last looked for.
        time: seconds, when they were last seen.
        seen: number of frames in which they were found since they were last missing.
        centre: hips in pixels.
        velocity: pixels a second.
        size: side in pixels of the square around them.
        appearance: what they looked like so far.
        shape: (8, 3) m, their elbows, shoulders, hips and knees.
        clear: number of frames among `seen` in which nobody else was near.
        anchor: (11, 2) px, where nose and joints were when they were first clear, and `drift` where they are now.
        moves: number of clear frames in a row in which they are elsewhere than at `anchor`.
        alive: whether they were ever seen to move.
        stranger: whether they are surely none of those with a number.
        born: seconds, when they were first seen.
        first_clear: seconds, when `anchor` was begun.
    """

    number: int | None = None
    body: Holistic | None = None
    present: bool = False
    time: float = 0.0
    seen: int = 0
    centre: tuple[float, float] = (0.0, 0.0)
    velocity: tuple[float, float] = (0.0, 0.0)
    size: float = 1.0
    appearance: Appearance | None = None
    shape: Floats = field(default_factory=lambda: np.full((8, 3), np.nan))
    clear: int = 0
    anchor: Floats | None = None
    drift: Floats | None = None
    moves: int = 0
    alive: bool = False
    stranger: bool = False
    first_clear: float = 0.0
    born: float = 0.0

    @property
    def sight(self) -> Sight:
        """Where they were last seen, and what they look like."""
        unknown = np.full((PARTS, COLOURS), np.nan)
        return Sight(self.centre, self.size, unknown if self.appearance is None else self.appearance.mean, self.shape)

    def predicted(self, time: float) -> tuple[float, float]:
        """Return where the hips should be at a time, in pixels."""
        coasting = _COAST * (1.0 - exp(-max(0.0, time - self.time) / _COAST))
        return self.centre[0] + coasting * self.velocity[0], self.centre[1] + coasting * self.velocity[1]

    def expected(self, time: float) -> Region:
        """Return the region in which a person out of sight should be at a time, in pixels."""
        side = self.size * REGION_SCALE
        return Region(*self.predicted(time), side, side, 0.0)

    def step(self, sight: Sight, time: float) -> float:
        """Return how far somebody is from where this person should be; 1 is as far as people get."""
        gap = min(max(0.0, time - self.time), 1.5)
        x, y = self.predicted(time)
        return hypot(sight.centre[0] - x, sight.centre[1] - y) / (self.size * (0.1 + 1.2 * gap))

    def growth(self, sight: Sight, time: float) -> float:
        """Return how much somebody's size differs; 1 is as much as a person's size changes."""
        gap = min(max(0.0, time - self.time), 1.5)
        return abs(log(sight.size / self.size)) / (0.25 + 0.5 * gap)

    def unlike(self, sight: Sight) -> float:
        """Return how much somebody looks different; 1 is as much as a person's own look changes."""
        unlike = float("nan") if self.appearance is None else self.appearance.unlike(sight.look)
        return _UNKNOWN_LOOK if np.isnan(unlike) else unlike

    def cost(self, sight: Sight, time: float, *, contested: bool = True) -> float:
        """Return how unlikely it is that somebody is this person: infinite if they cannot be.

        Args:
            sight: where somebody is, and what they look like.
            time: seconds.
            contested: somebody else is near, or was. If nobody is, whoever is at a person's place is that person,
                whatever the light and their clothes do; but if the look changes at once, only after a while, as
                somebody may be walking by in front.
        """
        unlike, step, away = self.unlike(sight), self.step(sight, time), time - self.time
        if not contested and step < 1.0 and away < SOON and (unlike < MAX_UNLIKE or away > _WALKING_BY):
            unlike = min(unlike, _UNKNOWN_LOOK)
        if unlike > MAX_UNLIKE:
            return float("inf")
        near = min(step, 4.0) + min(self.growth(sight, time), 3.0)
        hidden = 0.0 if self.present else _HIDDEN
        return near * (1.0 if away < SOON else 0.2) + 2.0 * unlike + self._turn(sight, time) + hidden

    def _turn(self, sight: Sight, time: float) -> float:
        """Return how much somebody's body is turned or bent differently, which tells twins apart when they cross."""
        fresh = 1.0 - (time - self.time) / _SHAPE_SECONDS
        if fresh <= 0.0 or np.isnan(self.shape).any():
            return 0.0
        return fresh * min(float(np.mean(np.linalg.norm(sight.shape - self.shape, axis=1))) / _SHAPE_UNIT, 2.0)

    def take(self, candidate: Candidate, time: float, *, rate: float) -> None:
        """Take a candidate for this person at a time in seconds, and its look with a weight `rate`."""
        sight, elapsed = candidate.sight, time - self.time
        if not self.present:
            self.seen, self.clear, self.velocity = 0, 0, (0.0, 0.0)
        elif elapsed > 0.0:
            weight = max(_SPEED_RATE, 1.0 / self.seen)
            (x, y), (u, v), (old_u, old_v) = self.centre, sight.centre, self.velocity
            self.velocity = (
                old_u + weight * ((u - x) / elapsed - old_u),
                old_v + weight * ((v - y) / elapsed - old_v),
            )
        self.present, self.time, self.centre, self.size = True, time, sight.centre, sight.size
        self.seen += 1
        self.shape = sight.shape
        if rate > 0.0:
            self.clear += 1
            self._watch(candidate, time)
        if self.appearance is None:
            self.appearance = Appearance(sight.look)
        elif rate > 0.0:
            self.appearance.add(sight.look, rate=rate)

    def _watch(self, candidate: Candidate, time: float) -> None:
        """Find out whether the person moves by themselves, which a picture on the wall does not."""
        if self.alive:
            return
        points = candidate.result.pose.image[_JOINTS, :2]
        if self.drift is None:
            self.drift, self.first_clear = points, time
        self.drift = self.drift + _DRIFT_RATE * (points - self.drift)
        if self.clear < _SETTLED:
            self.anchor = self.drift
        elif self.anchor is not None:
            moved = np.hypot(*(self.drift - self.anchor).T)
            self.moves = self.moves + 1 if np.quantile(moved, 0.75) > _ALIVE * self.size else 0
            self.alive = self.moves >= _MOVES

    @property
    def is_picture(self) -> bool:
        """Whether this is a figure that was seen for long and never moved, such as a poster."""
        return (
            not self.alive
            and self.anchor is not None
            and self.clear > _SETTLED
            and self.time - self.first_clear >= _STILL_SECONDS
        )

    def miss(self) -> None:
        """Take note that this person is not where they were."""
        if self.present and self.body is not None:
            self.body.tracker.lose()
        self.present = False

    def become(self, other: "Person") -> None:
        """Go on where `other` is, who turned out to be this person, with what this person looks like."""
        self.body, self.present, self.time, self.seen = other.body, other.present, other.time, other.seen
        self.centre, self.velocity, self.size = other.centre, other.velocity, other.size
        self.shape, self.clear = other.shape, other.clear

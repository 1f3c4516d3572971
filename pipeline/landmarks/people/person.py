# SPDX-License-Identifier: GPL-3.0-or-later
"""One person among several: where they are, how they move, what they look like, and their trackers."""

from dataclasses import dataclass
from math import exp, hypot, log
from typing import Final

import numpy as np

from ..data import Floats, Region
from ..holistic import Holistic
from ..pose import PoseResult
from .appearance import Appearance, difference

_COAST: Final = 0.4
"""Seconds over which the speed of a person out of sight fades."""

_BODY: Final = [11, 12, 13, 14, 23, 24, 25, 26]
"""Points that tell two bodies apart."""

_SPEED_RATE: Final = 0.3

_LOOK_UNIT: Final = 14.0
"""Levels by which a person's look differs from one moment to another when they turn or the light changes."""

_UNKNOWN_LOOK: Final = 0.6
"""What counts for the difference between looks that have nothing in common."""

MAX_UNLIKE: Final = 2.0
"""Difference of looks above which it is not the person, whatever the place."""

SOON: Final = 1.0
"""Seconds for which a missing person is expected where they were lost."""

SAME: Final = 0.12
"""Mean distance between two poses, in people's sizes, below which they are one person's."""

NEAR: Final = 0.45
"""Distance between hips, in people's sizes, below which somebody may hide or be taken for another."""


@dataclass(frozen=True)
class Sight:
    """Where somebody is and what they look like: hips in pixels, side of the square around them, look (3, 9)."""

    centre: tuple[float, float]
    size: float
    look: Floats


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
        return cls(result, Sight((float(x), float(y)), max(result.pose.size, 1.0), look), by)

    @property
    def square(self) -> Region:
        """The square around the person in pixels."""
        return Region(*self.sight.centre, self.sight.size, self.sight.size, 0.0)

    def is_near(self, other: "Candidate") -> bool:
        """Whether one of two people may hide the other, or be taken for them."""
        (x, y), (u, v) = self.sight.centre, other.sight.centre
        return abs(x - u) < NEAR * max(self.sight.size, other.sight.size) and abs(y - v) < max(
            self.sight.size, other.sight.size
        )

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

    @property
    def sight(self) -> Sight:
        """Where they were last seen, and what they look like."""
        unknown = np.full((3, 9), np.nan)
        return Sight(self.centre, self.size, unknown if self.appearance is None else self.appearance.mean)

    def predicted(self, time: float) -> tuple[float, float]:
        """Return where the hips should be at a time, in pixels."""
        coasting = _COAST * (1.0 - exp(-max(0.0, time - self.time) / _COAST))
        return self.centre[0] + coasting * self.velocity[0], self.centre[1] + coasting * self.velocity[1]

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
        apart = difference(self.appearance.mean, sight.look) if self.appearance is not None else float("nan")
        return _UNKNOWN_LOOK if np.isnan(apart) else apart / _LOOK_UNIT

    def cost(self, sight: Sight, time: float) -> float:
        """Return how unlikely it is that somebody is this person: infinite if they cannot be."""
        unlike = self.unlike(sight)
        if unlike > MAX_UNLIKE:
            return float("inf")
        near = min(self.step(sight, time), 4.0) + min(self.growth(sight, time), 3.0)
        return near * (1.0 if time - self.time < SOON else 0.2) + 2.0 * unlike

    def take(self, candidate: Candidate, time: float, *, rate: float) -> None:
        """Take a candidate for this person at a time in seconds, and its look with a weight `rate`."""
        sight, elapsed = candidate.sight, time - self.time
        if not self.present:
            self.seen, self.velocity = 0, (0.0, 0.0)
        elif elapsed > 0.0:
            weight = max(_SPEED_RATE, 1.0 / self.seen)
            (x, y), (u, v), (old_u, old_v) = self.centre, sight.centre, self.velocity
            self.velocity = (
                old_u + weight * ((u - x) / elapsed - old_u),
                old_v + weight * ((v - y) / elapsed - old_v),
            )
        self.present, self.time, self.centre, self.size = True, time, sight.centre, sight.size
        self.seen += 1
        if self.appearance is None:
            self.appearance = Appearance(sight.look)
        elif rate > 0.0:
            self.appearance.add(sight.look, rate=rate)

    def miss(self) -> None:
        """Take note that this person is not where they were."""
        if self.present and self.body is not None:
            self.body.tracker.lose()
        self.present = False

    def become(self, other: "Person") -> None:
        """Go on where `other` is, who turned out to be this person, with what this person looks like."""
        self.body, self.present, self.time, self.seen = other.body, other.present, other.time, other.seen
        self.centre, self.velocity, self.size = other.centre, other.velocity, other.size

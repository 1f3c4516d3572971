# SPDX-License-Identifier: GPL-3.0-or-later
"""Following several people: whose pose is whose in each frame, and who comes, leaves and returns.

Everyone who is followed is looked for where they were, as MediaPipe does. That alone would slide on to somebody who
walks by in front, so each pose is compared with where its person should be and what they look like. When something is
odd, and every few frames, the whole picture is searched, and what is found is assigned anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Final

import numpy as np

from ..data import MAX_PEOPLE, Region
from ..holistic import Holistic
from ..pose import TrackedPose
from ..settings import HolisticSettings
from . import events, judging
from .choice import Choice, distance
from .cuts import CutDetector
from .events import Event, EventCallback
from .judging import FORGET, LIMIT, WATCHED
from .person import SOON, Candidate, Person
from .search import Image, Search, views_of

MAX_FOLLOWED: Final = 8
"""People followed at the same time."""

_PROBATION: Final = 4
_LONG_PROBATION: Final = 20
"""Frames in which somebody new is looked at before it is decided who they are, with nobody near, or in any case."""

_PATIENCE: Final = 2.0
_MAX_PATIENT_UNLIKE: Final = 3.0
_LONG_PATIENCE: Final = 4.0
"""Seconds after which the only one in the picture is taken for the person who was followed, if they look no more
different than this, for people take off jackets, and lights are switched on; and seconds after which, whoever it is."""

_STRANGERS: Final = 8
"""People that are remembered as not being the one who is followed."""

_LOOK_RATE: Final = 0.03
_CONFIRMED_RATE: Final = 0.25
"""Weights of a new look: of a usual one, and of one that is odd, but of nobody else."""

_SEARCH_SEVERAL: Final = 4
_SEARCH_ONE: Final = 15
_SEARCH_ALONE: Final = 30
_SEARCH_MISSING: Final = 1
"""A view of the picture is searched every so many frames: for several people; for one, beside whom others were seen, or
none; and for one who is missing."""


def _nearest(views: Sequence[Region], point: tuple[float, float]) -> Region | None:
    return min(views, key=lambda view: hypot(view.cx - point[0], view.cy - point[1]), default=None)


@dataclass(frozen=True)
class Seen:
    """A numbered person in a frame; `anew` if their pose does not go on from the last frame's."""

    person: Person
    number: int
    body: Holistic
    pose: TrackedPose
    anew: bool


class Crowd:
    """Everyone who was seen so far. Use it from one thread at a time.

    Args:
        settings: settings of the landmark pipeline.
        search: finds poses.
        make: makes the trackers of another person.
        on_event: called with what happens.
    """

    def __init__(
        self,
        settings: HolisticSettings,
        *,
        search: Search,
        make: Callable[[], Holistic],
        on_event: EventCallback | None = None,
    ) -> None:
        self._choice = Choice.of(settings.person)
        self._several = settings.people != 1
        self._most = min(settings.people or MAX_FOLLOWED, MAX_FOLLOWED)
        self._static = settings.static
        self._search, self._make, self._on_event = search, make, on_event
        self._is_cut = CutDetector()
        self.reset()

    def reset(self) -> None:
        """Forget everyone."""
        self.people: list[Person] = []
        self._numbers = 0
        self._wanted: Person | None = None
        self._frame = 0
        self._shape: tuple[int, ...] = ()

    @property
    def person_0(self) -> Person | None:
        """Whoever has the number 0."""
        return next((person for person in self.people if person.number == 0), None)

    def find(self, image: Image, time: float, point: tuple[float, float] | None = None) -> list[Seen]:
        """Find everyone with a number in an RGB uint8 (H, W, 3) image, in order of numbers.

        Args:
            image: the picture.
            time: seconds.
            point: in pixels: whoever is there is person 0 from now on.
        """
        if self._static or image.shape != self._shape:  # an unrelated picture, as in a folder of pictures
            self.reset()
            self._shape = image.shape
            self._is_cut.reset()
        if self._is_cut(image) and not self._several and self.people:
            self.reset()
            self._shape = image.shape
            self._report(events.cut(time))
        candidates = self._search.follow(image, self.people, time)
        odd = judging.odd(self.people, candidates, time)
        views = self._views(image, odd, time, everywhere=point is not None)
        if views:
            candidates = self._search.everyone(image, candidates, views)
            pairs = judging.assigned(self.people, candidates, time)
        else:
            pairs = [(candidate.by, candidate) for candidate in candidates if candidate.by is not None]
        self._frame += 1
        pairs += self._newcomers(pairs, candidates, (image.shape[1], image.shape[0]), time)
        if point is not None:
            self._follow_instead(point, pairs, time)
        return self._taken(pairs, time, odd=bool(odd))

    def _views(self, image: Image, odd: Sequence[Person], time: float, *, everywhere: bool) -> list[Region]:
        """Return where to look for everyone in this frame: nowhere in most."""
        person_0 = self.person_0
        if everywhere or person_0 is None:
            return views_of(image)
        missing = [*odd, *(p for p in self.people if p.number is not None and not p.present and time - p.time < SOON)]
        if missing:
            whole, *parts = views_of(image)
            wanted = [_nearest(parts, person.predicted(time)) for person in missing]
            return [whole, *dict.fromkeys(view for view in wanted if view is not None)]
        often = _SEARCH_MISSING if not person_0.present else self._often
        turn, now = divmod(self._frame, often)
        if now:
            return []
        views = views_of(image)
        return [views[turn % len(views)]]

    @property
    def _often(self) -> int:
        """After how many frames a view is searched while nothing is odd."""
        if self._several:
            return _SEARCH_SEVERAL
        return _SEARCH_ONE if len(self.people) > 1 else _SEARCH_ALONE

    def _newcomers(
        self,
        pairs: Sequence[tuple[Person, Candidate]],
        candidates: Sequence[Candidate],
        size: tuple[int, int],
        time: float,
    ) -> list[tuple[Person, Candidate]]:
        """Return people made for the candidates that are nobody's, those to follow first in front."""
        known = {id(candidate) for _, candidate in pairs}
        new = [candidate for candidate in candidates if id(candidate) not in known]
        room = self._most - len(pairs)
        if not self._several and self.person_0 is not None and not self.person_0.present:
            room = max(room, 1)
        made: list[tuple[Person, Candidate]] = []
        for i in self._choice.order([candidate.square for candidate in new], size):
            person = Person(body=self._make() if room > len(made) else None, born=time)
            self.people.append(person)
            made.append((person, new[i]))
        return made

    def _taken(self, pairs: Sequence[tuple[Person, Candidate]], time: float, *, odd: bool) -> list[Seen]:
        """Let everyone take their candidate, and return those with a number."""
        first = self.person_0 is None
        found = {id(person) for person, _ in pairs}
        for person in self.people:
            if id(person) not in found and (person.body is not None or time - person.time > FORGET):
                person.miss()
        seen = []
        for person, candidate in pairs:
            was_present = person.present
            rate = (
                (_CONFIRMED_RATE if odd else _LOOK_RATE)
                if judging.is_alone(person, candidate, self.people, time)
                else 0.0
            )
            person.take(candidate, time, rate=rate)
            self._watch_stranger(person, time)
            if person.body is None and not self._several and not person.stranger and not first:
                person.body = self._make()
            if person.body is None:
                continue
            tracked = was_present and candidate.by is person
            if not tracked:
                person.body.tracker.reset()
            pose = person.body.tracker.accept(candidate.result, time, tracked=tracked)
            who = person
            if person.number is None and not person.stranger:
                who = self._identified(person, time, first=first) or person
            if who.number is not None and who.body is not None:
                seen.append(Seen(who, who.number, who.body, pose, anew=not tracked))
        self.people = [
            person for person in self.people if person.number is not None or person.present or person.stranger
        ]
        strangers = [person for person in self.people if person.stranger and not person.present]
        for person in strangers[:-_STRANGERS]:
            self.people.remove(person)
        return sorted(seen, key=lambda each: each.number)

    def _watch_stranger(self, person: Person, time: float) -> None:
        """Where one person is followed, follow others too while they are near, so as not to take one for the other."""
        person_0 = self.person_0
        if self._several or person_0 is None or person.number is not None or not person_0.present:
            return
        person.stranger = True
        x, y = person_0.predicted(time)
        reach = WATCHED * max(person.size, person_0.size)
        near = hypot(person.centre[0] - x, person.centre[1] - y) <= reach
        if not near:
            person.body = None
        elif person.body is None:
            person.body = self._make()

    def _identified(self, person: Person, time: float, *, first: bool) -> Person | None:
        """Return who somebody without a number is: a new one, or one who was missing; None if that is not clear yet."""
        if first:
            return self._numbered(person, time, silent=True)
        if person.clear < _PROBATION and person.seen < _LONG_PROBATION:
            return None
        missing = [other for other in self.people if other.number is not None and not other.present]
        costs = [
            other.cost(person.sight, time, contested=judging.is_contested(other, person.sight, (), self.people, time))
            for other in missing
        ]
        if costs and min(costs) < LIMIT:
            back = missing[int(np.argmin(costs))]
            self._report(events.returned(time, back.number or 0, back.time))
            return self._back(back, person)
        return self._numbered(person, time) if self._several else self._taken_for_person_0(person, time)

    def _taken_for_person_0(self, person: Person, time: float) -> Person | None:
        """Return person 0 if they are missed for long and somebody else, who looks different, is there alone."""
        missed = self.person_0
        if missed is None:
            return None
        patience = _PATIENCE if missed.unlike(person.sight) <= _MAX_PATIENT_UNLIKE else _LONG_PATIENCE
        if time - missed.time < patience:
            return None
        if self._fits_stranger(person) or sum(each.present for each in self.people) > 1:
            return None
        self._report(events.taken_for(time, 0, missed.time))
        missed.appearance = person.appearance  # Or they would be somebody else in the next frame.
        return self._back(missed, person)

    def _fits_stranger(self, person: Person) -> bool:
        """Whether somebody looks like one who was seen beside person 0."""
        return any(other.stranger and other.unlike(person.sight) < 1.0 for other in self.people if other is not person)

    def _back(self, missing: Person, person: Person) -> Person:
        """Let somebody without a number be the person who was missing, with what they look like now."""
        missing.become(person)
        self.people.remove(person)
        return missing

    def _numbered(self, person: Person, time: float, *, silent: bool = False) -> Person | None:
        """Give somebody the next number, if there is one."""
        if self._numbers == (MAX_PEOPLE if self._several else 1):
            person.body = None
            return None
        person.number = self._numbers
        self._numbers += 1
        if person.number == 0 and self._choice.point is not None:
            self._wanted = person
        if not silent:
            self._report(events.appeared(time, person.number))
        return person

    def _follow_instead(
        self, point: tuple[float, float], pairs: Sequence[tuple[Person, Candidate]], time: float
    ) -> None:
        """Make whoever is at a point person 0, and give the number they had to whoever was."""
        person_0 = self.person_0
        if not pairs:
            return
        chosen, _ = min(pairs, key=lambda pair: distance(pair[1].square, point))
        self._wanted = chosen
        if chosen is person_0:
            return
        self._report(events.chosen(time, chosen.number))
        if person_0 is not None:
            if chosen.number is None and self._several:
                chosen.number = self._numbers
                self._numbers += 1
            person_0.number = chosen.number
            person_0.body = person_0.body if self._several else None
        chosen.number = 0
        chosen.body = chosen.body or self._make()
        self._numbers = max(self._numbers, 1)

    def finish(self) -> None:
        """Report, after the last frame, who never moved while others did: pictures, unless they were chosen."""
        if self._static or not self._several:
            return
        numbered = sorted((each for each in self.people if each.number is not None), key=lambda each: each.number or 0)
        pictures = [each for each in numbered if each.is_picture and each is not self._wanted]
        persons = [each for each in numbered if each not in pictures]
        if not any(person.alive for person in persons):
            return
        for picture in pictures:
            number = picture.number or 0
            instead = None if number > 0 else next(person.number for person in persons if person.alive)
            self._report(events.still(picture.time, number, picture.centre, instead))

    def _report(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)

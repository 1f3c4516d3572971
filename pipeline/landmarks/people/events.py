# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened to the people in a video, in words for the report, which count people from 1."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Event:
    """Something the user should know.

    Attributes:
        time: seconds.
        sentence: what happened.
        doubtful: whether it casts doubt on the take.
        picture: number of somebody who is only a picture, so that what was recorded of them is to be deleted.
        instead: number of whoever takes the picture's number over, if anybody.
    """

    time: float
    sentence: str
    doubtful: bool = False
    picture: int | None = None
    instead: int | None = None


EventCallback = Callable[[Event], None]


def appeared(time: float, number: int) -> Event:
    """Somebody new is followed."""
    return Event(time, f"Person {number + 1} appears at {time:.1f} s.")


def returned(time: float, number: int, since: float) -> Event:
    """Somebody is back."""
    return Event(time, f"Person {number + 1} is back at {time:.1f} s, after being out of sight since {since:.1f} s.")


def taken_for(time: float, number: int, since: float) -> Event:
    """Somebody who looks different is taken for a person, as nobody else is there."""
    return Event(
        time,
        f"At {time:.1f} s person {number + 1}, out of sight since {since:.1f} s, is taken to be whoever is in the "
        "picture, who looks different: check that it is the same person.",
        doubtful=True,
    )


def cut(time: float) -> Event:
    """The film goes on with another scene, in which the one to follow is chosen anew."""
    return Event(time, f"At {time:.1f} s the picture is of another scene: whom to follow is chosen anew.")


def chosen(time: float, number: int | None) -> Event:
    """The user chose somebody else as person 0."""
    who = "somebody who was not followed" if number is None else f"person {number + 1}"
    return Event(time, f"At {time:.1f} s {who} was chosen and is person 1 from then on.")


def still(time: float, number: int, place: tuple[float, float], instead: int | None = None) -> Event:
    """A figure that never moves is dropped; `instead` is the number of whoever is person 0 in its place."""
    x, y = place
    is_now = "" if instead is None else f", and person {instead + 1} is person 1"
    return Event(
        time,
        f"Something that looks like a person never moves (a picture or a screen at {x:.0f},{y:.0f}?): it is not "
        f"followed as person {number + 1}{is_now}. If it is a person, choose them by that point.",
        picture=number,
        instead=instead,
    )

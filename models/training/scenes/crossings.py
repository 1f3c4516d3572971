# SPDX-License-Identifier: GPL-3.0-or-later
"""The clips of several people: crossings, somebody who enters, leaves or returns, a picture of somebody on the wall."""

from typing import Final

from .film import Action, Actor, Box, Plan
from .plans import route, section
from .room import Decor

_RED: Final = (0.55, 0.05, 0.04)
_BLUE: Final = (0.05, 0.12, 0.45)
_GREEN: Final = (0.06, 0.35, 0.1)
_GREY: Final = (0.25, 0.25, 0.25)
_DENIM: Final = (0.08, 0.12, 0.25)
_SAND: Final = (0.5, 0.4, 0.25)
_STAGE: Final[Box] = (-1.6, 1.6, 0.0, 2.0, 0.0, 1.8)
"""What the camera sees, in metres: who is at more than about 2 m to a side is out of the picture."""
_SIZE: Final = (848, 480)
_VIEW: Final = 66.0
_FILL: Final = 0.97


def red(action: Action) -> Actor:
    """Return somebody in red and dark blue."""
    return Actor(4, action, 61, _RED, _DENIM)


def blue(action: Action) -> Actor:
    """Return somebody in blue and sand."""
    return Actor(7, action, 62, _BLUE, _SAND)


def green(action: Action) -> Actor:
    """Return somebody in green and grey."""
    return Actor(1, action, 63, _GREEN, _GREY)


def twin(action: Action) -> Actor:
    """Return one of several who look alike."""
    return Actor(8, action, 64, _GREY, _DENIM)


def line(ends: tuple[tuple[float, float], ...], y: float) -> Action:
    """Return a walk across the picture: (second, x) at a depth."""
    return route(*((t, x, y) for t, x in ends))


def people() -> tuple[Plan, ...]:
    """Return the clips of several people; the first actor is meant to be followed, except where the kind says so."""
    stand = section("bvh_iclone__005_12", 1.0, place=(0.0, 1.0))
    listen = section("idle-listening", heading=10, loop=True, place=(0.0, 1.0))
    to_right, to_left = ((0.0, -2.6), (4.6, 2.6)), ((0.0, 2.6), (4.6, -2.6))

    found: list[Plan] = []

    def plan(
        name: str,
        kind: str,
        *actors: Actor,
        seconds: float = 4.6,
        pitch: float = 8.0,
        roll: float = 0.0,
        stage: Box = _STAGE,
        poster: bool = False,
    ) -> None:
        number = len(found)
        decor = Decor((12.0, -18.0, 25.0, 0.0)[number % 4], (0.5, 0.65, 0.35)[number % 3], seed=80 + number)
        own = Plan(name, kind, actors, seconds, pitch, roll, _VIEW, _SIZE, _FILL, stage, decor, poster)
        found.append(own)

    plan("cross_front", "crossing, in front", red(stand), blue(line(to_right, 0.2)))
    plan("cross_behind", "crossing, behind", red(stand), blue(line(to_left, 1.9)))
    plan("cross_close", "crossing, close behind", red(listen), green(line(to_right, 1.5)))
    plan(
        "cross_both",
        "crossing, both walk",
        red(line(((0, -1.5), (4.6, 1.5)), 0.4)),
        blue(line(((0, 1.5), (4.6, -1.5)), 1.4)),
    )
    plan(
        "cross_both_close",
        "crossing, both walk, close",
        blue(line(((0, 1.5), (4.6, -1.5)), 0.9)),
        green(line(((0, -1.5), (4.6, 1.5)), 1.4)),
        pitch=15.0,
    )
    plan(
        "cross_twins",
        "crossing, twins",
        twin(line(((0, -1.5), (4.6, 1.5)), 0.5)),
        twin(line(((0, 1.5), (4.6, -1.5)), 1.3)),
    )
    plan("cross_twins_behind", "crossing, twins", twin(stand), twin(line(to_left, 1.7)), pitch=12.0)
    plan(
        "cross_hidden",
        "crossing, hidden for a second",
        red(stand),
        blue(route((0, -1.5, 1.8), (1.6, 0.05, 1.75), (2.8, 0.05, 1.75), (4.6, 1.6, 1.8))),
    )
    plan(
        "cross_turns_back",
        "crossing, turns back behind",
        green(listen),
        blue(route((0, -1.5, 1.8), (2.0, 0.1, 1.7), (2.3, 0.1, 1.7), (4.3, -1.5, 1.8), (4.6, -1.5, 1.8))),
    )
    plan(
        "cross_depth",
        "crossing, one towards and one away from the camera",
        red(route((0, -0.5, 0.2), (4.6, 0.6, 2.4))),
        blue(route((0, 0.6, 2.3), (4.6, -0.5, 0.1))),
        stage=(-1.4, 1.4, 0.0, 2.4, 0.0, 1.8),
        pitch=12.0,
    )
    plan("cross_three", "crossing, three people", red(stand), blue(line(to_right, 0.2)), green(line(to_left, 1.9)))
    plan(
        "cross_dancer",
        "crossing, behind a dancer",
        red(section("bvh_acrnn__salsa_12", 0.5, place=(-0.2, 0.9))),
        green(line(to_left, 2.0)),
        pitch=18.0,
        roll=6.0,
    )
    plan(
        "two_standing",
        "standing side by side",
        red(section("bvh_iclone__005_12", 1.0, 15, place=(-0.7, 0.8))),
        blue(section("reject", heading=-20, loop=True, place=(0.7, 1.3))),
        seconds=4.0,
        pitch=20.0,
        roll=-8.0,
    )
    plan(
        "three_standing",
        "standing side by side",
        red(section("bvh_iclone__005_12", 1.0, 15, place=(-1.1, 0.6))),
        blue(section("reject", loop=True, place=(0.0, 1.6))),
        green(section("confused", heading=-20, loop=True, place=(1.0, 0.5))),
        seconds=4.0,
    )
    plan(
        "enters",
        "somebody enters halfway",
        red(section("bvh_iclone__005_12", 1.0, place=(-0.5, 0.8))),
        blue(route((0, 3.2, 1.2), (2.0, 3.2, 1.2), (4.6, 0.6, 1.0), (5.2, 0.6, 1.0))),
        seconds=5.2,
    )
    plan(
        "poster",
        "alone, with a picture of somebody on the wall",
        red(route((0, -1.0, 0.8), (2.4, 1.2, 0.8), (4.8, -0.6, 1.2))),
        seconds=4.8,
        poster=True,
    )
    plan(
        "leaves_and_returns",
        "the one who is followed leaves and returns",
        red(route((0, -0.2, 0.8), (2.2, -3.0, 0.9), (3.6, -3.0, 0.9), (6.0, -0.1, 0.8), (6.4, -0.1, 0.8))),
        blue(section("bvh_iclone__005_12", 1.0, place=(1.0, 1.3))),
        seconds=6.4,
    )
    return tuple(found)

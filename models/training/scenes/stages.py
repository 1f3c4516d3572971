# SPDX-License-Identifier: GPL-3.0-or-later
"""The clips that several cameras film at once: those to be solved, and those that cannot be and have to be told."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.model import Body
from ..poses.motion_capture import Motion
from . import exercises
from .actions import Performance, Section, captured
from .film import Actor, Box
from .plans import route, rule, section, then, turns
from .room import Decor
from .several import CamerasPlan, Eye

_TALL: Final = (480, 848)
_HALF: Final[Box] = (-0.5, 0.5, -0.4, 0.4, 0.75, 1.75)
"""What a camera sees that shows nobody's legs."""
_ROOM: Final[Box] = (-1.2, 1.2, -1.0, 1.0, 0.0, 1.85)
"""What cameras see that stay where they are for several clips."""
_RED: Final = (0.55, 0.05, 0.04)
_BLUE: Final = (0.05, 0.12, 0.45)
_DENIM: Final = (0.08, 0.12, 0.25)
_SAND: Final = (0.5, 0.4, 0.25)
ANGLES: Final = (20, 40, 60, 90, 120, 150, 180)
"""Degrees from the first camera of the other ones in `angles`."""
UNSOLVABLE: Final = "fail_"
"""What the names of the clips begin with of which no cameras can be found."""


def cameras() -> tuple[CamerasPlan, ...]:
    """Return all clips of two and three cameras."""
    return (*solvable(), *unsolvable())


def solvable() -> tuple[CamerasPlan, ...]:
    """Return the clips whose cameras can be found: angles, lenses, frame rates, offsets, people, what is hidden."""
    walk = route((0, -0.9, 0.6), (2.2, 0.9, 0.2), (3.4, 0.3, -0.7), (5.4, -0.8, 0.3), (7.0, 0.4, 0.7), (8.0, 0.5, 0.7))
    spin = turns((0, 0), (1.0, 0), (4.2, 720), (5.5, 720), (7.5, 360), (8.5, 360))
    salsa = section("bvh_acrnn__salsa_12", 0.5)
    indian, martial = (section(f"bvh_acrnn__{name}_08", 3.0) for name in ("indian", "martial"))
    indian_again = section("bvh_acrnn__indian_04", 2.0)
    gestures = section("bvh_iclone__005_12", 1.0, place=(-0.7, 0.2))
    passing = route((0, 1.5, 0.9), (3.0, 0.5, 1.2), (5.0, 1.2, 0.1), (7.0, 0.6, -0.5), (8.0, 0.6, -0.5))
    return (
        CamerasPlan(
            "walk",
            "walking about, 70 degrees apart",
            (Actor(4, walk, 101),),
            (Eye(-15, 8, 0, 66), Eye(55, 12, 3, 62, start=0.513)),
            decor=Decor(18, seed=201),
        ),
        CamerasPlan(
            "salsa",
            "dancing, 85 degrees apart",
            (Actor(8, salsa, 102),),
            (Eye(0, 10, -2, 60), Eye(-85, 6, 2, 70, start=1.3)),
            decor=Decor(-12, seed=202),
        ),
        CamerasPlan(
            "squats",
            "exercise, three cameras",
            (Actor(1, rule(exercises.squats, 10), 103),),
            (Eye(0, 8, 0, 62), Eye(65, 10, 0, 62, start=0.7), Eye(-60, 14, -3, 72, start=1.208)),
            decor=Decor(8, seed=203),
        ),
        CamerasPlan(
            "narrow",
            "washing a window, 20 degrees apart",
            (Actor(2, section("bvh_iclone__002_05", 2.0), 104),),
            (Eye(-5, 8, 2, 60), Eye(15, 12, -2, 66, rate=24.0, start=1.111)),
            decor=Decor(20, seed=204),
        ),
        CamerasPlan(
            "wide",
            "martial arts, 120 degrees apart",
            (Actor(7, martial, 105),),
            (Eye(-50, 8, 0, 68, rate=60.0), Eye(70, 5, 4, 75, rate=24.0, start=0.417)),
            decor=Decor(-20, seed=205),
        ),
        CamerasPlan(
            "portrait",
            "dancing, portrait and landscape, 60 degrees apart",
            (Actor(5, indian, 106),),
            (Eye(10, 10, 0, 80, _TALL), Eye(70, 8, -3, 55, rate=60.0, start=2.345)),
            seconds=9.0,
            decor=Decor(12, seed=206),
        ),
        CamerasPlan(
            "three",
            "sword play, three cameras, 24, 30 and 60 fps",
            (Actor(0, section("bvh_iclone__002_08", 1.0), 107),),
            (
                Eye(-40, 12, 0, 64, rate=24.0, start=1.02),
                Eye(20, 6, -5, 88, _TALL, rate=60.0),
                Eye(75, 18, 3, 52, rate=30.0, start=1.777),
            ),
            seconds=8.5,
            decor=Decor(-8, seed=207),
        ),
        CamerasPlan(
            "drift",
            "walking and turning, a clock that drifts by half a percent",
            (Actor(4, section("bvh_iclone__002_10", 2.0), 108),),
            (Eye(0, 8, 0, 62), Eye(75, 8, 0, 62, start=0.9, pace=1.005)),
            seconds=14.0,
            decor=Decor(25, seed=208),
        ),
        CamerasPlan(
            "spin",
            "spinning, 75 degrees apart",
            (Actor(7, spin, 109),),
            (Eye(0, 10, 0, 62), Eye(75, 8, 2, 70, start=0.25)),
            seconds=8.5,
            decor=Decor(10, seed=209),
        ),
        CamerasPlan(
            "two_people",
            "two people, 70 degrees apart",
            (Actor(4, gestures, 110, _RED, _DENIM), Actor(7, passing, 111, _BLUE, _SAND)),
            (Eye(-20, 14, 0, 66), Eye(50, 18, 2, 70, start=0.62)),
            seconds=8.0,
            decor=Decor(14, seed=210),
        ),
        CamerasPlan(
            "two_dancers",
            "two people who change places, 90 degrees apart",
            (
                Actor(1, section("bvh_acrnn__salsa_14", 6.0, place=(0.7, 0.2)), 112, _BLUE, _SAND),
                Actor(8, walk, 113, _RED, _DENIM),
            ),
            (Eye(0, 16, -3, 66), Eye(90, 16, 0, 66, rate=60.0, start=1.45)),
            seconds=8.0,
            decor=Decor(-14, seed=211),
        ),
        CamerasPlan(
            "cut_off",
            "washing a window, one camera sees the back and no legs",
            (Actor(2, section("bvh_iclone__002_05", 5.0), 114),),
            (Eye(-10, 8, 0, 62), Eye(140, 6, 0, 60, start=0.8, stage=_HALF)),
            seconds=8.0,
            decor=Decor(16, seed=212),
        ),
        CamerasPlan(
            "ends_early",
            "dancing, one camera ends while the other goes on",
            (Actor(8, section("bvh_acrnn__salsa_25", 1.0), 115),),
            (Eye(0, 8, 0, 62), Eye(70, 8, 0, 62, start=1.9, seconds=4.0)),
            seconds=8.5,
            decor=Decor(-18, seed=213),
        ),
        CamerasPlan(
            "minute",
            "a minute of dances, a clock that drifts by a thousandth",
            (Actor(9, then(then(indian, section("bvh_acrnn__salsa_09", 0.5), 19.0), indian_again, 39.0), 117),),
            (Eye(10, 8, 0, 66), Eye(-70, 10, 2, 60, start=3.21, pace=1.001)),
            seconds=60.0,
            decor=Decor(6, seed=215),
        ),
        CamerasPlan(
            "room",
            "walking about a room",
            (Actor(0, walk, 118),),
            (Eye(-30, 10, 0, 64, stage=_ROOM), Eye(40, 10, 3, 70, stage=_ROOM, start=0.9)),
            seconds=8.0,
            decor=Decor(12, seed=216),
        ),
        CamerasPlan(
            "room_again",
            "strikes in the same room, its cameras as found there",
            (Actor(2, section("bvh_iclone__002_09", 0.4), 119),),
            (Eye(-30, 10, 0, 64, stage=_ROOM), Eye(40, 10, 3, 70, stage=_ROOM, start=1.4)),
            seconds=8.0,
            decor=Decor(12, seed=216),
            cameras_of="room",
        ),
        phones(),
    )


def phones() -> CamerasPlan:
    """Return the clip that is filmed as the page on two cameras says."""
    about = route((0, 0.0, 0.6), (1.5, -0.9, 0.2), (3.2, 0.2, -0.8), (5.0, 0.9, 0.3), (6.6, 0.0, 0.6), (7.8, 0.0, 0.0))
    return CamerasPlan(
        "phones",
        "as the page on two cameras says",
        (Actor(5, then(about, section("bvh_acrnn__martial_08", 3.0), 8.0), 116),),
        (Eye(-35, 4, 0, 68), Eye(45, 4, 0, 68, start=1.83)),
        seconds=16.0,
        decor=Decor(10, seed=214),
    )


def angles() -> CamerasPlan:
    """Return one performance filmed from the front and from seven other directions, to compare pairs of cameras."""
    eyes = [Eye(around, 7, 0, 64, start=0.04 * around / 20.0) for around in (0, *ANGLES)]
    seen = section("bvh_iclone__002_09", 0.5)
    return CamerasPlan(
        "angles", "strikes, from all around", (Actor(1, seen, 130),), tuple(eyes), 7.0, Decor(15, seed=230)
    )


def unsolvable() -> tuple[CamerasPlan, ...]:
    """Return the clips of which no cameras can be found, or not for all of their length."""
    walk = route((0, -0.7, 0.4), (2.2, 0.8, 0.0), (3.4, 0.2, -0.6), (5.4, -0.7, 0.3), (7.0, 0.4, 0.5))
    salsa = Actor(8, section("bvh_acrnn__salsa_12", 0.5), 121)
    front, side = Eye(0, 8, 0, 62), Eye(70, 8, 0, 62, start=0.7)
    same = Eye(1.5, 8.5, 0, 62, start=0.7)
    other = Actor(8, section("bvh_acrnn__martial_08", 3.0), 121)
    plans = (
        ("same_view", "the same view twice", salsa, (front, same)),
        ("still", "nobody moves", Actor(4, _still, 122), (front, side)),
        ("different", "two different performances", salsa, (front, replace(side, actors=(other,)))),
        ("mirrored", "the second video is a mirror image", salsa, (front, replace(side, mirrored=True))),
        (
            "moved",
            "the second camera is moved in the middle",
            Actor(7, walk, 123),
            (front, replace(side, moved=(3.2, 25.0))),
        ),
        ("nobody", "one video without people", salsa, (front, replace(side, actors=()))),
    )
    return tuple(
        CamerasPlan(UNSOLVABLE + name, kind, (actor,), eyes, decor=Decor(15, seed=220 + number))
        for number, (name, kind, actor, eyes) in enumerate(plans)
    )


def _still(motion: Motion, body: Body, time: NDArray[np.float64]) -> Performance:
    """Return somebody who does not move at all."""
    return captured(motion, Section("bvh_iclone__005_12", 2.0, tempo=0.0), body, time)

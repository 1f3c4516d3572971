# SPDX-License-Identifier: GPL-3.0-or-later
"""The clips: for exchanged sides, for gravity, and for several people."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.curves import smoothstep
from ...body.model import Body
from ..poses.motion_capture import Motion
from . import exercises
from .actions import Performance, Section, captured, on_floor, turning, walked
from .film import Action, Actor, Plan
from .room import Decor

Array = NDArray[np.float64]

_CHANGING: Final = 0.5
"""Seconds over which one action becomes another."""
_ROUNDED: Final = 0.16
"""Seconds before and after its keys over which turning begins and ends."""
_BLACK: Final = (0.015, 0.015, 0.018)


def section(
    name: str,
    first: float = 0.0,
    heading: float = 0.0,
    *,
    place: tuple[float, float] = (0.0, 0.0),
    loop: bool = False,
    lying: bool = False,
) -> Action:
    """Return an action: a section of motion capture, with a heading in degrees first; 0 faces the camera."""
    part = Section(name, first, loop=loop, lying=lying)

    def act(motion: Motion, body: Body, time: Array) -> Performance:
        return captured(motion, part, body, time).turned(heading).moved(*place)

    return act


def route(*stops: tuple[float, float, float]) -> Action:
    """Return an action: a walk by (second, x, y)."""

    def act(motion: Motion, body: Body, time: Array) -> Performance:
        return walked(motion, stops, body, time)

    return act


def turns(*keys: tuple[float, float], base: Section | None = None) -> Action:
    """Return an action: turning on the spot by (second, degrees)."""

    def act(motion: Motion, body: Body, time: Array) -> Performance:
        at = np.array(keys)
        smooth = np.interp(time, *at.T)
        reach = max(1, round(_ROUNDED / float(time[1] - time[0])))
        kernel = np.hanning(2 * reach + 1) / np.hanning(2 * reach + 1).sum()
        smooth = np.convolve(np.pad(smooth, reach, mode="edge"), kernel, mode="valid")
        return turning(motion, body, time, degrees=smooth, base=base)

    return act


def rule(act: Action, heading: float = 0.0, place: tuple[float, float] = (0.0, 0.0)) -> Action:
    """Return another action with a heading in degrees first, at a place."""

    def turned(motion: Motion, body: Body, time: Array) -> Performance:
        return act(motion, body, time).turned(heading).moved(*place)

    return turned


def then(first: Action, second: Action, at: float) -> Action:
    """Return an action: one, and from a second on another, which begins where and towards where the first one ended."""

    def both(motion: Motion, body: Body, time: Array) -> Performance:
        later = time >= at
        asked = int(np.searchsorted(time, at + _CHANGING)) + 1
        own, left = first(motion, body, time[:asked]), max(len(time) - asked, 0)
        rotations = np.concatenate([own.rotations, np.repeat(own.rotations[-1:], left, axis=0)])
        path = np.concatenate([own.path, np.repeat(own.path[-1:], left, axis=0)])
        if not later.any():
            return own
        last = int(np.argmax(later))
        _, heading = rot.swing_twist(own.rotations[last, 0], np.array([0.0, 0.0, 1.0]))
        degrees = np.degrees(2.0 * np.arctan2(heading[3], heading[0]))
        next_ = second(motion, body, time[later]).turned(degrees)
        next_ = next_.moved(*(own.path[last, :2] - next_.path[0, :2]))
        share = smoothstep(time[later], at, at + _CHANGING)[:, None]
        rotations[later] = rot.slerp(rotations[later], next_.rotations, share)
        path[later] += share * (next_.path - path[later])
        return Performance(rotations, path)

    return both


def lying_down(act: Action, heading: float) -> Action:
    """Return another action done lying on the back."""

    def lain(motion: Motion, body: Body, time: Array) -> Performance:
        standing = act(motion, body, time)
        over = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), -0.5 * np.pi)
        rotations = standing.rotations.copy()
        rotations[:, 0] = rot.multiply(over, rotations[:, 0])
        return on_floor(body, Performance(rotations, np.zeros_like(standing.path))).turned(heading)

    return lain


def sides() -> tuple[Plan, ...]:
    """Return the clips in which networks exchange left and right: turns, dances, backs, crossed limbs, darkness."""
    dark = Decor(wall=0.035, seed=3)
    behind = section("bvh_iclone__002_10", 2.0, 180.0)
    round_about = turns((0, 180), (1.2, 180), (2.2, 360), (3.2, 360), (4.0, 540), (5.5, 540), (6, 630), (7, 630))
    away = route((0, 0, 0), (2.6, 0.3, 2.9), (3.1, 0.3, 2.9), (6, -0.2, 0), (6.5, -0.2, 0))
    near = route((0, 0.3, 3.0), (2.7, 0, 0), (3.2, 0, 0), (6, -0.4, 2.6), (6.5, -0.4, 2.6))
    aside = route((0, -1.2, 2), (2, 1.0, 1.6), (2.3, 1.0, 1.6), (4.3, -1, 0.6), (5.2, 0.2, 0.4))
    spin = turns((0, 0), (0.6, 0), (4.2, 1440), (5, 1440))
    slow = turns((0, 0), (6, 540))
    bright = Decor(-12, wall=0.8, seed=16)
    legs = rule(exercises.crossing_legs, 10)
    plain = (
        Plan("turning", "turning on the spot", (Actor(4, slow, 1),), 6.0, 8, 2, decor=Decor(20, seed=1)),
        Plan("back_first", "turning, the back first", (Actor(1, round_about, 2),), 7.0, 5, 0, decor=Decor(-15, seed=2)),
        Plan("spinning", "spinning fast", (Actor(7, spin, 3),), 5.0, 10, -3, decor=Decor(10, seed=4)),
        Plan(
            "salsa_a",
            "dancing",
            (Actor(8, section("bvh_acrnn__salsa_12", 0.5), 4),),
            6.0,
            12,
            0,
            decor=Decor(25, seed=5),
        ),
        Plan(
            "salsa_b",
            "dancing",
            (Actor(2, section("bvh_acrnn__salsa_14", 6.0, 90), 5),),
            6.0,
            6,
            4,
            decor=Decor(5, seed=6),
        ),
        Plan(
            "pirouettes",
            "dancing",
            (Actor(4, section("bvh_iclone__005_13", 0.0), 6),),
            6.0,
            10,
            0,
            decor=Decor(0, seed=7),
        ),
        Plan(
            "away_and_back",
            "walking from and to the camera",
            (Actor(5, away, 7),),
            6.5,
            10,
            0,
            decor=Decor(-20, seed=8),
        ),
        Plan(
            "near_and_away", "walking to and from the camera", (Actor(0, near, 8),), 6.5, 14, 3, decor=Decor(15, seed=9)
        ),
        Plan(
            "crossing_arms",
            "crossing arms",
            (Actor(1, rule(exercises.crossing_arms), 9),),
            4.0,
            8,
            0,
            decor=Decor(12, seed=10),
        ),
        Plan(
            "folding_arms",
            "crossing arms",
            (Actor(7, rule(exercises.folding_arms, 15), 10),),
            5.0,
            0,
            0,
            decor=Decor(-8, seed=11),
        ),
        Plan(
            "crossing_legs",
            "crossing legs",
            (Actor(2, rule(exercises.crossing_legs, 10), 11),),
            5.0,
            6,
            0,
            decor=Decor(22, seed=12),
        ),
        Plan("from_behind", "seen from behind", (Actor(4, behind, 12),), 6.0, 8, 0, decor=Decor(18, seed=13)),
        Plan("behind_dark", "seen from behind, dark", (Actor(8, behind, 13, _BLACK, _BLACK),), 5.0, 8, 0, decor=dark),
        Plan("turning_dark", "turning, dark", (Actor(1, slow, 14, _BLACK, _BLACK),), 5.0, 10, 0, decor=dark),
        Plan("walking_dark", "walking, dark", (Actor(7, aside, 15, _BLACK, _BLACK),), 5.2, 12, 0, decor=dark),
    )
    against_light = (
        ("turning_light", turns((0, 90), (1, 90), (5, 450)), 4),
        ("salsa_light", section("bvh_acrnn__salsa_12", 0.5), 8),
        ("near_and_away_light", near, 7),
        ("walking_light", aside, 1),
        ("behind_light", behind, 2),
        ("legs_light", legs, 5),
        ("indian_light", section("bvh_acrnn__indian_15", 2.0), 8),
        ("salsa_light_b", section("bvh_acrnn__salsa_04", 4.0, 180), 4),
        ("salsa_light_c", section("bvh_acrnn__salsa_25", 1.0, 120), 2),
        ("away_light", away, 1),
        ("pirouettes_light", section("bvh_iclone__005_07", 3.0, 180), 7),
    )
    blurred = (
        ("salsa_blurred", section("bvh_acrnn__salsa_14", 6.0, 90), 2),
        ("behind_blurred", behind, 4),
        ("near_and_away_blurred", near, 8),
        ("indian_blurred", section("bvh_acrnn__indian_14", 4.0), 1),
        ("salsa_blurred_b", section("bvh_acrnn__salsa_03", 0.5, 180), 7),
    )
    coarse = (
        ("walking_coarse", aside, 7),
        ("behind_coarse", behind, 1),
        ("salsa_coarse", section("bvh_acrnn__salsa_06", 0.5, -60), 4),
    )
    hard: list[Plan] = []
    plan = Plan("", "", (), 5.0, 8.0)
    for clips, model in (
        (against_light, replace(plan, kind="against the light", silhouette=True, decor=bright)),
        (blurred, replace(plan, kind="out of focus", blur=4.0)),
        (coarse, replace(plan, kind="far from a cheap camera", detail=0.25)),
    ):
        for name, act, person in clips:
            hard.append(replace(model, name=name, actors=(Actor(person, act, 20 + len(hard)),)))
    return (*plain, *hard)


def gravity() -> tuple[Plan, ...]:
    """Return the clips for the vertical: kinds of movement, seen by cameras that look down or up and stand askew."""
    gestures = section("bvh_iclone__005_12", 2.0)
    kinds: tuple[tuple[str, str, tuple[tuple[Action, float, float], ...]], ...] = (
        (
            "standing",
            "standing",
            (
                (gestures, -10, 0),
                (section("reject", heading=20, loop=True), 20, 10),
                (section("bvh_iclone__002_10", 1.0, -25), 40, -5),
                (section("confused", heading=-15, loop=True), 10, 25),
            ),
        ),
        (
            "walking",
            "walking",
            (
                (route((0, -1.3, 1.6), (1.9, 1.1, 1.4), (4, -0.6, 0)), 25, -12),
                (route((0, 1.3, 1.6), (2.3, -1.0, 0.6), (4, 0.6, 0)), -8, 5),
                (route((0, 0, 2.6), (2.3, 0.2, 0), (4, -1, 1.5)), 35, 20),
            ),
        ),
        (
            "dancing",
            "dancing",
            (
                (section("bvh_acrnn__salsa_03", 0.0), 18, 25),
                (section("bvh_iclone__005_02", 1.0), 30, -8),
                (section("bvh_acrnn__salsa_25", 1.0), 5, -20),
            ),
        ),
        (
            "exercise",
            "exercise",
            (
                (rule(exercises.squats, 40), 25, 15),
                (section("jumping-jacks", heading=-10, loop=True), 40, 8),
                (rule(exercises.squats, -70), -10, -10),
            ),
        ),
        (
            "floor",
            "floor",
            (
                (section("pushup", heading=60, loop=True, lying=True), 25, 8),
                (section("crawl", heading=-50, loop=True, lying=True), 15, -15),
                (section("meditate", heading=30, loop=True), 35, 10),
                (lying_down(gestures, 70), 30, -20),
                (section("tired-kneeling", heading=-40, loop=True), 20, 12),
            ),
        ),
        ("handstand", "handstand", ((rule(exercises.handstand, 25), 20, 10),)),
    )
    folk = (4, 1, 8, 7, 2, 5)
    result: list[Plan] = []
    for name, kind, takes in kinds:
        for act, pitch, roll in takes:
            number = len(result)
            decor = Decor(yaw=(20.0, -15.0, 8.0)[number % 3], wall=(0.5, 0.7, 0.3)[number % 3], seed=30 + number)
            title = f"{name}_{'down' if pitch >= 0 else 'up'}{abs(pitch):.0f}_roll{roll:+.0f}"
            actor = Actor(folk[number % len(folk)], act, 40 + number)
            result.append(Plan(title, kind, (actor,), 4.0, pitch, roll, decor=decor))
    return tuple(result)

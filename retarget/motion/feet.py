# SPDX-License-Identifier: GPL-3.0-or-later
"""Foot locking: hold each planted foot at one footprint and solve the legs with IK.

A correction moves a planted foot to its footprint. It fades in before the plant and out after it, so nothing pops,
and between plants the leg swings as it was captured.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.joints import INDEX
from ...models.body.model import Body
from .contacts import Contacts
from .limits import hinge_axis
from .plants import Plant, about_vertical, find_plants, headings
from .soles import FEET, SIDES, TOES, PosedSoles, Soles
from .spans import blurred, highest
from .two_bone_ik import STRETCH, two_bone_ik

Array = NDArray[np.float64]

FADE_IN, FADE_OUT = 0.25, 0.08
"""Seconds over which a correction fades in before a plant and out after it; a foot that lifts off moves sooner."""

FADE_SPEED: Final = 0.6
"""Metres a second: the most that a fading correction adds to a foot's own speed; a faster one would pop visibly."""

ROLL: Final = 0.1
"""Seconds to either side over which a foot rolls from heel to sole and from sole to ball."""

MAX_LOWERING: Final = 0.1
"""Metres by which the hips are lowered at most so that the feet reach their footprints."""

LOWERING_WINDOW: Final = 0.25
"""Seconds to either side over which the hips are lowered."""

_UP: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class _Corrections:
    """Corrections of both feet (left, right): rotation vectors (n, 2, 3) of foot and toes, ankles (n, 2, 3) in m."""

    foot: Array
    toe: Array
    ankle: Array


def planted(time: Array, rotations: Array, root: Array, body: Body, contacts: Contacts) -> tuple[Array, Array]:
    """Return rotations (n, 52, 4) and root (n, 3) of the motion with its planted feet held at their footprints.

    No foot is left below the floor (z = 0). The hips are lowered where a leg is too short to reach its footprint.

    Args:
        time: (n,) seconds, rising.
        rotations: (n, 52, 4), parent-relative, without NaN.
        root: (n, 3) metres, path of the hips over the floor.
        body: the body it is a motion of.
        contacts: when heels and balls are on the floor.
    """
    soles = PosedSoles.of(body, rotations, root)
    plants = find_plants(time, soles, contacts, body)
    change = _corrections(time, soles, contacts, plants, body)
    foot = rot.multiply(rot.from_vector(change.foot), soles.foot)
    toe = rot.multiply(rot.from_vector(change.toe), soles.toe)
    ankle = _above_floor(soles.ankle + change.ankle, foot, toe, Soles.of(body))
    hips = _upper_joints(body, rotations, root)
    lowered = root - _lowering(time, hips, ankle, body)[:, None] * _UP
    return _legs_to(rotations, lowered, body, _Feet(foot, toe, ankle)), lowered


@dataclass(frozen=True)
class _Feet:
    """Targets of both feet: global rotations (n, 2, 4) of foot and toes, ankles (n, 2, 3) in metres."""

    foot: Array
    toe: Array
    ankle: Array


@dataclass(frozen=True)
class _ObservedFoot:
    """One foot as captured: its number (0 left, 1 right), both soles, their contacts, and its heading (n,)."""

    foot: int
    soles: PosedSoles
    contacts: Contacts
    heading: Array


def _corrections(time: Array, soles: PosedSoles, contacts: Contacts, plants: list[Plant], body: Body) -> _Corrections:
    shape = soles.ankle.shape
    change = _Corrections(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    heading = headings(soles, body)
    for foot in (0, 1):
        own = [plant for plant in plants if plant.foot == foot]
        for plant in own:
            _plant_corrections(
                change, plant, _ObservedFoot(foot, soles, contacts, heading[:, foot]), time=time, rest=Soles.of(body)
            )
        for values, speed in ((change.foot, np.inf), (change.toe, np.inf), (change.ankle, FADE_SPEED)):
            _fade(time, values[:, foot], own, speed=speed)
    return change


def _plant_corrections(change: _Corrections, plant: Plant, seen: _ObservedFoot, *, time: Array, rest: Soles) -> None:
    """Write the corrections of one plant: the foot pivots about its heel, lies flat, then pivots about its ball."""
    span, foot, soles = slice(plant.start, plant.end), seen.foot, seen.soles
    heel, ball = seen.contacts.heel[span, foot], seen.contacts.ball[span, foot]
    flat = blurred(time[span], (heel & ball).astype(float), ROLL)
    on_ball = blurred(time[span], np.where(heel & ball, 0.5, np.where(ball, 1.0, 0.0)), ROLL)[:, None]
    toes_down = blurred(time[span], ball.astype(float), ROLL)

    level = rot.from_axis_angle(_UP, np.asarray(plant.heading))
    tilt = rot.multiply(rot.from_axis_angle(_UP, -seen.heading[span]), soles.foot[span, foot])
    turn = rot.multiply(level, rot.slerp(tilt, rot.identity(), flat))
    ankle = np.zeros((plant.end - plant.start, 3))
    for own, share in ((rest.heel[foot], 1.0 - on_ball), (rest.ball[foot], on_ball)):
        point = np.append(plant.place + about_vertical(plant.heading, own[:2]), 0.0)
        ankle += share * (point - rot.rotate(turn, own))
    toe = rot.slerp(soles.toe[span, foot], level, toes_down)
    change.foot[span, foot] = rot.to_vector(rot.multiply(turn, rot.conjugate(soles.foot[span, foot])))
    change.toe[span, foot] = rot.to_vector(rot.multiply(toe, rot.conjugate(soles.toe[span, foot])))
    change.ankle[span, foot] = ankle - soles.ankle[span, foot]


def _fade(time: Array, values: Array, plants: list[Plant], *, speed: float) -> None:
    """Fade corrections (n, 3) of one foot in and out between its plants in place, no faster than `speed`."""
    for plant, following in zip([None, *plants], [*plants, None], strict=True):
        start = plant.end - 1 if plant is not None else 0
        end = following.start if following is not None else len(time) - 1
        inside = slice(start + (plant is not None), end + (following is None))
        now = time[inside]
        gap = float(time[end] - time[start]) if plant is not None and following is not None else np.inf
        if gap <= 0.0 or not len(now):
            continue
        total = np.zeros((len(now), 3))
        if plant is not None:
            share = (now - time[start]) / min(_fade_seconds(FADE_OUT, values[start], speed), gap)
            total += values[start] * smoothstep(share, 1.0, 0.0)[:, None]
        if following is not None:
            share = (time[end] - now) / min(_fade_seconds(FADE_IN, values[end], speed), gap)
            total += values[end] * smoothstep(share, 1.0, 0.0)[:, None]
        values[inside] = total


def _fade_seconds(seconds: float, value: Array, speed: float) -> float:
    """Return the seconds over which a correction (3,) fades; smoothstep peaks at 1.5 times its mean speed."""
    return max(seconds, 1.5 * float(np.linalg.norm(value)) / speed)


def _above_floor(ankle: Array, foot: Array, toe: Array, rest: Soles) -> Array:
    """Raise ankles (n, 2, 3) until no point of the sole is below the floor."""
    lowest = np.min(
        [
            rot.rotate(foot, rest.heel)[..., 2],
            rot.rotate(foot, rest.ball)[..., 2],
            (rot.rotate(foot, rest.toes) + rot.rotate(toe, rest.tip))[..., 2],
        ],
        axis=0,
    )
    return ankle + np.maximum(-(ankle[..., 2] + lowest), 0.0)[..., None] * _UP


def _upper_joints(body: Body, rotations: Array, root: Array) -> Array:
    """Hip joints (n, 2, 3)."""
    return body.positions(rotations, root)[:, [INDEX[f"{side}UpLeg"] for side in SIDES]]


def _lowering(time: Array, hips: Array, ankle: Array, body: Body) -> Array:
    """Return how far (n,) the hips have to be lowered for both legs to reach their ankles, smoothed over time."""
    need = np.zeros(len(time))
    for foot, side in enumerate(SIDES):
        upper, lower = _bones(body, side)
        longest = STRETCH * float(np.linalg.norm(upper) + np.linalg.norm(lower))
        leg = hips[:, foot] - ankle[:, foot]
        aside = np.sum(leg[:, :2] ** 2, axis=-1)
        need = np.maximum(need, leg[:, 2] - np.sqrt(np.maximum(longest**2 - aside, 0.0)))
    need = np.minimum(need, MAX_LOWERING)
    return blurred(time, highest(time, need, LOWERING_WINDOW), LOWERING_WINDOW)


def _legs_to(rotations: Array, root: Array, body: Body, feet: _Feet) -> Array:
    """Return rotations (n, 52, 4) with both legs bent to reach their feet."""
    turns, joints = body.globals(rotations), body.positions(rotations, root)
    result = np.array(rotations)
    for foot, side in enumerate(SIDES):
        thigh, shank = INDEX[f"{side}UpLeg"], INDEX[f"{side}Leg"]
        upper, lower = two_bone_ik(
            turns[:, thigh],
            turns[:, shank],
            joints[:, thigh],
            feet.ankle[:, foot],
            bones=_bones(body, side),
            hinge=hinge_axis(body, f"{side}UpLeg", f"{side}Leg"),
        )
        chain = [turns[:, INDEX["Hips"]], upper, lower, feet.foot[:, foot], feet.toe[:, foot]]
        for joint, before, after in zip((thigh, shank, FEET[foot], TOES[foot]), chain, chain[1:], strict=False):
            result[:, joint] = rot.multiply(rot.conjugate(before), after)
    return rot.continuous(result)


def _bones(body: Body, side: str) -> tuple[Array, Array]:
    """Return the vectors from hip to knee and from knee to ankle at rest."""
    hip, knee, ankle = (body.rest[INDEX[f"{side}{name}"]] for name in ("UpLeg", "Leg", "Foot"))
    return knee - hip, ankle - knee

# SPDX-License-Identifier: GPL-3.0-or-later
"""Movements by rules that no motion capture at hand shows: crossed arms and legs, squats, a handstand."""

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import Body
from ..poses.motion_capture import Motion
from .actions import Performance, Section, aimed, captured, on_floor

Array = NDArray[np.float64]

_SIDES = (("Left", 1.0), ("Right", -1.0))
_PALM = np.array([0.0, 0.9, -1.0])
"""Direction of the hands in a handstand."""


def crossing_arms(motion: Motion, body: Body, time: Array) -> Performance:
    """Return somebody who stands and swings straight arms from the sides across the chest and back."""
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    rotations = standing.rotations
    swing = np.radians(-12.0 - 60.0 * np.cos(2.0 * np.pi * time / 1.9))
    for side, sign in _SIDES:
        # Angle from the side (90 degrees out) through straight ahead (0) to the other side.
        across = -swing if side == "Left" else -swing + 0.15
        height = -0.25 + 0.1 * sign
        arm = np.stack([sign * np.sin(across), -np.cos(across), np.full(len(time), height)], axis=-1)
        rotations = aimed(body, aimed(body, rotations, f"{side}Arm", arm), f"{side}ForeArm", arm)
    return on_floor(body, Performance(rotations, standing.path), each=True)


def folding_arms(motion: Motion, body: Body, time: Array) -> Performance:
    """Return somebody who stands, folds the arms before the chest and lets them down again."""
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    rotations = standing.rotations
    amount = np.clip(1.5 * np.sin(2.0 * np.pi * (time / 3.2 - 0.2)), 0.0, 1.0)[:, None]
    for side, sign in _SIDES:
        upper = np.array([0.35 * sign, -0.2, -0.95]) * (1 - amount) + np.array([0.2 * sign, -0.55, -0.85]) * amount
        front = -0.45 - 0.16 * sign
        fore = np.array([0.15 * sign, -0.3, -0.95]) * (1 - amount) + np.array([-1.0 * sign, front, 0.15]) * amount
        rotations = aimed(body, aimed(body, rotations, f"{side}Arm", upper), f"{side}ForeArm", fore)
    return on_floor(body, Performance(rotations, standing.path), each=True)


def crossing_legs(motion: Motion, body: Body, time: Array) -> Performance:
    """Return somebody who steps aside to and fro, with one leg crossing before the other, then behind it."""
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    rotations, phase = standing.rotations, 2.0 * np.pi * time / 2.2
    for side, sign in _SIDES:
        # The left leg crosses before the right one in one half of the period, the right one in the other.
        aside = sign * (0.10 - 0.36 * np.maximum(0.0, sign * np.sin(phase)))
        ahead = -0.22 * np.maximum(0.0, sign * np.sin(phase))
        leg = np.stack([aside, ahead, np.full(len(time), -1.0)], axis=-1)
        rotations = aimed(body, aimed(body, rotations, f"{side}UpLeg", leg), f"{side}Leg", leg)
    path = np.column_stack([0.3 * np.cos(phase), np.zeros(len(time)), np.zeros(len(time))])
    return on_floor(body, Performance(rotations, path), each=True)


def squats(motion: Motion, body: Body, time: Array) -> Performance:
    """Return somebody who does squats with the arms stretched ahead."""
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    rotations = standing.rotations.copy()
    depth = 0.5 - 0.5 * np.cos(2.0 * np.pi * time / 2.4)
    lean = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(38.0) * depth)
    rotations[:, 0] = rot.multiply(lean, rotations[:, 0])
    thigh, shank = np.radians(95.0) * depth, np.radians(28.0) * depth
    for side, sign in _SIDES:
        upper = np.stack([0.22 * sign * np.sin(thigh), -np.sin(thigh), -np.cos(thigh)], axis=-1)
        lower = np.stack([np.zeros(len(time)), np.sin(shank), -np.cos(shank)], axis=-1)
        foot = rot.unit(body.ends[INDEX[f"{side}Foot"]] - body.rest[INDEX[f"{side}Foot"]])
        arm = np.stack([0.2 * sign * np.ones(len(time)), -depth, depth - 1.0 - 0.05], axis=-1)
        for joint, direction in (("UpLeg", upper), ("Leg", lower), ("Foot", foot), ("Arm", arm), ("ForeArm", arm)):
            rotations = aimed(body, rotations, f"{side}{joint}", direction)
    return on_floor(body, Performance(rotations, np.zeros((len(time), 3))), each=True)


def handstand(motion: Motion, body: Body, time: Array) -> Performance:
    """Return somebody who stands on the hands, with legs that sway."""
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    rotations = standing.rotations.copy()
    sway = np.radians(6.0) * np.sin(2.0 * np.pi * time / 2.7)
    over = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.pi + 0.5 * sway)
    rotations[:, 0] = rot.multiply(over, rotations[:, 0])
    for side, sign in _SIDES:
        arm = np.array([0.12 * sign, 0.02, -1.0])
        leg = np.stack([0.12 * sign + 0.3 * sway, 0.8 * sway, np.ones(len(time))], axis=-1)
        turned = [("Arm", arm), ("ForeArm", arm), ("Hand", _PALM), ("UpLeg", leg), ("Leg", leg)]
        for joint, direction in turned:
            rotations = aimed(body, rotations, f"{side}{joint}", direction)
    return on_floor(body, Performance(rotations, np.zeros((len(time), 3))), each=True)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What people in clips do: sections of motion capture, walks along a route, and movements made by rules.

All in level axes: Z up, the floor at 0. A heading of 0 faces -Y, which is towards the camera.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import INDEX, JOINTS, PARENTS
from ...body.model import Body, neutral_body
from ..poses import poses
from ..poses.motion_capture import Motion

Array = NDArray[np.float64]

_Z: Final = np.array([0.0, 0.0, 1.0])
_LOWEST: Final = 3.0
"""Percentile of the lowest points of all frames that stands on the floor."""
_SMOOTH: Final = 0.22
"""Standard deviation in seconds by which routes and headings are rounded."""
_WALKING: Final = 0.45
"""Metres per second from which somebody walks, rather than stands."""


@dataclass(frozen=True)
class Performance:
    """A motion in level axes: rotations (n, 52, 4) and the path of the hips joint (n, 3) in metres."""

    rotations: Array
    path: Array

    def turned(self, heading: float | Array) -> "Performance":
        """Return it turned about the vertical through the origin by degrees, also (n,) different ones."""
        turn = rot.from_axis_angle(_Z, np.radians(heading))
        rotations = self.rotations.copy()
        rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
        return replace(self, rotations=rotations, path=rot.rotate(turn, self.path))

    def moved(self, x: float, y: float) -> "Performance":
        """Return it at another place."""
        return replace(self, path=self.path + np.array([x, y, 0.0]))


@dataclass(frozen=True)
class Section:
    """A section of motion capture.

    Attributes:
        name: name of the clip.
        first: its first second.
        tempo: how much faster it is shown.
        loop: begin again at its end; the last poses lead over to the first.
        mirror: exchange left and right.
        lying: the capture's vertical is wrong, as of clips in which nobody stands; see `lain`.
    """

    name: str
    first: float = 0.0
    tempo: float = 1.0
    loop: bool = False
    mirror: bool = False
    lying: bool = False


def captured(motion: Motion, section: Section, body: Body, time: Array) -> Performance:
    """Return a section of motion capture at times (n,), facing -Y first, with its first step at the origin.

    Raises:
        ValueError: there is no such clip, or it is too short.
    """
    if section.name not in motion.names:
        raise ValueError(f"there is no motion capture “{section.name}”")
    clip = motion.names.index(section.name)
    first, last = int(motion.starts[clip]), int(motion.starts[clip + 1]) - 1
    frame = (section.first + section.tempo * (time - time[0])) * motion.rates[clip]
    if section.loop:
        frame = _there_and_back(frame, last - first)
    elif frame[-1] > last - first:
        raise ValueError(f"“{section.name}” ends after {(last - first) / motion.rates[clip]:.1f} s")
    low = np.minimum(frame.astype(int), last - first - 1)
    index, part = first + low, (frame - low)[:, None]
    rotations = rot.slerp(motion.rotations[index], motion.rotations[index + 1], part)
    path = motion.path[index] + part * (motion.path[index + 1] - motion.path[index])
    if section.lying:
        rotations, path = lain(rotations, path)
    if section.mirror:
        rotations, path = poses.mirror(rotations), path * [-1.0, 1.0, 1.0]
    _, heading = rot.swing_twist(rotations[0, 0], _Z)
    back = rot.conjugate(heading)
    rotations[:, 0] = rot.multiply(back, rotations[:, 0])
    path = rot.rotate(back, path - [*path[0, :2], 0.0]) * _size(body)
    return on_floor(body, Performance(rotations, path))


def lain(rotations: Array, path: Array) -> tuple[Array, Array]:
    """Undo the wrong vertical of `motion_capture.read_points` for people who lie along the capture's Z axis."""
    turn = rot.from_matrix(np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    turned = rotations.copy()
    turned[:, 0] = rot.multiply(turn, turned[:, 0])
    return turned, rot.rotate(turn, path)


def walked(motion: Motion, route: Sequence[tuple[float, float, float]], body: Body, time: Array) -> Performance:
    """Return a walk along a route of (second, x, y) in metres: straight between these, standing where they repeat."""
    at = np.array(route)
    step = float(time[1] - time[0])
    place = np.stack([np.interp(time, at[:, 0], at[:, axis]) for axis in (1, 2)], axis=-1)
    place = _smooth(place, _SMOOTH / step)
    velocity = np.gradient(place, step, axis=0)
    speed = np.linalg.norm(velocity, axis=-1)
    heading = _smooth(_headings(velocity, speed)[:, None], _SMOOTH / step)[:, 0]
    cycle, pace = _cycle(motion, body)
    phase = np.concatenate([[0.0], np.cumsum(0.5 * (speed[1:] + speed[:-1]) * step)]) / pace
    frame = (phase % 1.0) * len(cycle.rotations)
    low = frame.astype(int) % len(cycle.rotations)
    high, part = (low + 1) % len(cycle.rotations), (frame % 1.0)[:, None]
    walking = rot.slerp(cycle.rotations[low], cycle.rotations[high], part)
    standing = captured(motion, Section("idle-listening", loop=True), body, time)
    weight = np.clip(speed / _WALKING, 0.0, 1.0)
    rotations = rot.slerp(standing.rotations, walking, weight[:, None])
    shown = Performance(rotations, np.zeros((len(time), 3))).turned(np.degrees(heading))
    grounded = on_floor(body, shown, each=True)
    return replace(grounded, path=grounded.path + np.column_stack([place, np.zeros(len(time))]))


def turning(motion: Motion, body: Body, time: Array, *, degrees: Array, base: Section | None = None) -> Performance:
    """Return somebody who turns on the spot by degrees (n,), with small steps."""
    standing = captured(motion, base or Section("idle-listening", loop=True), body, time)
    rotations = standing.rotations.copy()
    speed = np.abs(np.gradient(degrees, time))
    lift = np.radians(28.0) * np.clip(speed / 120.0, 0.0, 1.0)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        raised = lift * np.maximum(0.0, sign * np.sin(2.0 * np.pi * 1.6 * time))
        for part, factor in (("UpLeg", -1.0), ("Leg", 2.0), ("Foot", -1.0)):
            joint = INDEX[f"{side}{part}"]
            bend = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), factor * raised)
            rotations[:, joint] = rot.multiply(rotations[:, joint], bend)
    return on_floor(body, Performance(rotations, np.zeros((len(time), 3))).turned(degrees), each=True)


def aimed(body: Body, rotations: Array, joint: str, direction: Array) -> Array:
    """Return poses (n, 52, 4) in which a joint's bone points in a direction (n or 1, 3) of the level axes."""
    index = INDEX[joint]
    parent = body.globals(rotations)[:, PARENTS[index]]
    bone = rot.unit(body.ends[index] - body.rest[index])
    turn = rot.multiply(
        rot.between(rot.rotate(parent, bone), rot.unit(np.broadcast_to(direction, (len(parent), 3)))), parent
    )
    result = rotations.copy()
    result[:, index] = rot.multiply(rot.conjugate(parent), turn)
    return result


def on_floor(body: Body, performance: Performance, *, each: bool = False) -> Performance:
    """Return a performance whose lowest points are on the floor: of all frames, or of each frame."""
    points = body.landmark_positions(performance.rotations, performance.path)
    lowest = points[..., 2].min(axis=1)
    drop = lowest if each else np.full(len(lowest), np.percentile(lowest, _LOWEST))
    return replace(performance, path=performance.path - drop[:, None] * _Z)


def _size(body: Body) -> float:
    return float(body.rest[0, 2] / neutral_body().rest[0, 2])


def _there_and_back(frame: Array, last: int) -> Array:
    """Return frames (n,) that run to the last one and back again."""
    turned = frame % (2.0 * last)
    return np.minimum(turned, 2.0 * last - turned)


def _headings(velocity: Array, speed: Array) -> Array:
    """Return the headings (n,) in radians of velocities (n, 2), 0 along -Y; those who stand keep theirs."""
    known = np.flatnonzero(speed > 0.15)
    if not len(known):
        return np.zeros(len(speed))
    angle = np.unwrap(np.arctan2(velocity[known, 0], -velocity[known, 1]))
    return np.asarray(angle[np.clip(np.searchsorted(known, np.arange(len(speed)), side="right") - 1, 0, None)])


def _smooth(values: Array, deviation: float) -> Array:
    """Return values (n, k) smoothed by a Gaussian of a standard deviation in frames."""
    reach = int(np.ceil(3.0 * deviation))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / max(deviation, 1e-6)) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    columns = [np.convolve(column, weights / weights.sum(), mode="valid") for column in padded.T]
    return np.stack(columns, axis=-1)


def _cycle(motion: Motion, body: Body) -> tuple[Performance, float]:
    """Return one cycle of walking in place, and the metres that it covers."""
    clip = motion.names.index("bvh_iclone__007_02")
    chosen = slice(int(motion.starts[clip]) + 5, int(motion.starts[clip + 1]) - 5)
    rotations, path = motion.rotations[chosen], motion.path[chosen]
    legs = [i for i, name in enumerate(JOINTS) if name.endswith("Leg")]
    length = range(24, 44)
    apart = [
        float(rot.angle(rot.multiply(rot.conjugate(rotations[0, legs]), rotations[n, legs])).sum()) for n in length
    ]
    count = length[int(np.argmin(apart))]
    covered = float(np.linalg.norm(path[count, :2] - path[0, :2])) * _size(body)
    _, heading = rot.swing_twist(rotations[:count, 0], _Z)
    mean = rot.unit(heading.mean(axis=0) * np.sign(heading[0] @ heading.mean(axis=0)))
    facing = rotations[:count].copy()
    facing[:, 0] = rot.multiply(rot.conjugate(mean), facing[:, 0])
    return Performance(facing, np.zeros((count, 3))), covered

# SPDX-License-Identifier: GPL-3.0-or-later
"""What a body does, as signals in which cameras that stand anywhere see the same.

Directions of limbs, trunk and gaze in the camera's axes are the same for all cameras but for one rotation. Limbs seen
from the trunk, how far elbows and knees are bent, and how the trunk turns about its own axes are the same without.
What one camera gets wrong of a pose it gets wrong for long, so signals are band-passed: slower motion is left out, and
noise of the detection. Quick large motion counts less than in proportion, as some of it is mistakes.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.correlation import bell, blurred
from .....models.body.joints import INDEX, mirrored
from .....models.body.model import neutral_body
from .....models.body.motion import SEEN, BodyMotion
from ....takes.geometry import Clock

Array = NDArray[np.float64]

RATE: Final = 50.0
"""Samples per second at which motions are compared."""

_LIMBS: Final = tuple(
    (f"{side}{part}", trunk)
    for part, trunk in (("Arm", "Spine2"), ("ForeArm", "Spine2"), ("UpLeg", "Hips"), ("Leg", "Hips"))
    for side in ("Left", "Right")
)
"""Bones, and from which joint's axes they are seen."""
_LIMB_WEIGHTS: Final = ((0.8, 0.65, 1.3), (0.63, 0.63, 0.95), (0.95, 0.85, 2.1), (1.05, 0.95, 2.2))
"""By part, for X, Y and Z of the trunk: by the errors of 53 takes of rendered people against their truth."""
_BENDS: Final = tuple(
    (f"{side}{upper}", f"{side}{lower}")
    for upper, lower in (("Arm", "ForeArm"), ("UpLeg", "Leg"))
    for side in ("Left", "Right")
)
"""Bones at both sides of elbows and knees."""
_BEND_WEIGHTS: Final = (0.4, 0.6)
_NOD_WEIGHT: Final = 0.8
_TURNING: Final = ("Hips", "Spine2")
_TURNING_WEIGHTS: Final = (1.5, 1.5, 1.1, 1.7, 1.8, 1.1)
"""Likewise, for 0.15 s of turning."""
_TURN: Final = 0.15

_AXES: Final = (("Hips", (1.0, 0.0, 0.0)), ("Spine2", (1.0, 0.0, 0.0)), ("Head", (0.0, -1.0, 0.0)))
"""Directions beside those of bones: from right to left through hips and chest, and where the head looks."""
_BONES: Final = (*(bone for bone, _ in _LIMBS), "Spine1")

_QUICK: Final = 0.05
"""Seconds, standard deviation: what is quicker is noise of the detection."""
_SLOW: Final = 0.3
"""Likewise, of directions: what is slower differs by as much as the cameras' errors."""
_SLOW_WITHIN: Final = 0.4
"""Likewise, of what is seen from the trunk."""
_LARGE: Final = 0.07
"""Radians by which a direction moves, in that band, from which more counts less."""
_LARGE_WITHIN: Final = 0.1
_FASTEST: Final = np.radians(500.0)
"""Radians per second above which a turn is a mistake of the detection."""
_GAP: Final = 0.25
"""Seconds between two frames between which nothing is known."""


@dataclass(frozen=True)
class Signals:
    """What a body does, sampled at `RATE`.

    Attributes:
        start: seconds of the first sample, by the camera's clock.
        directions: (m, s, 3) how directions move, in the camera's axes; 0 where unseen.
        seen: (m, s) 1 where seen, 0 where not.
        within: (m, c) how the body moves in itself; 0 where unseen.
        known: (m, c) 1 where that is seen, 0 where not.
        place: (m, 3) m, the hips in the camera's axes; NaN where unknown.
    """

    start: float
    directions: Array
    seen: Array
    within: Array
    known: Array
    place: Array

    @property
    def end(self) -> float:
        """Seconds of the last sample, by the camera's clock."""
        return self.start + (len(self.seen) - 1) / RATE

    @property
    def seconds(self) -> float:
        """How long the body is seen."""
        return float(self.seen.mean(axis=1).sum() / RATE)

    @property
    def movement(self) -> float:
        """Root mean square of how directions move, where they are seen, in radians; at most `_LARGE`."""
        return float(np.sqrt((self.directions**2).sum() / max(self.seen.sum(), 1.0)))

    def between(self, start: float, count: int) -> "Signals":
        """Return `count` samples from a time on, to the nearest sample; nothing is seen beyond the ends."""
        first = round((start - self.start) * RATE)
        at = np.arange(first, first + count)
        inside = (at >= 0) & (at < len(self.seen))
        nearest = np.clip(at, 0, len(self.seen) - 1)
        beyond = {"directions": 0.0, "seen": 0.0, "within": 0.0, "known": 0.0, "place": np.nan}
        parts = {name: np.array(getattr(self, name)[nearest]) for name in beyond}
        for name, value in beyond.items():
            parts[name][~inside] = value
        return Signals(start=self.start + first / RATE, **parts)

    def turned(self, rotation: Array) -> "Signals":
        """Return the signals in other axes, into which a rotation (3, 3) turns those of the camera."""
        return replace(self, directions=self.directions @ rotation.T, place=self.place @ rotation.T)


def signals_of(motion: BodyMotion, *, clock: Clock | None = None, mirror: bool = False) -> Signals:
    """Return the signals of a motion.

    Args:
        motion: n frames at any times.
        clock: from the camera's times to those of the signals, the same unless given.
        mirror: of the motion seen in a mirror.
    """
    missing = np.isnan(motion.rotations).any(axis=-1)
    rotations = np.where(missing[..., None], rot.identity(), motion.rotations)
    sure = ((motion.confidence >= SEEN) & ~missing).astype(np.float64)
    if mirror:
        twins = [INDEX[mirrored(name)] for name in INDEX]
        rotations, sure = rotations[:, twins] * np.array([1.0, 1.0, -1.0, -1.0]), sure[:, twins]
    time = motion.time if clock is None else clock.offset + clock.rate * motion.time
    place = motion.root
    if len(time) < 2:
        time = np.array([0.0, 1.0 / RATE]) + (time[0] if len(time) else 0.0)
        rotations, sure, place = rot.identity(2, len(INDEX)), np.zeros((2, len(INDEX))), np.full((2, 3), np.nan)
    turns = neutral_body().globals(rotations)
    sampler = _Sampler(time)
    directions, seen = sampler.sampled(time, *_directions(turns, sure))
    moved = _compressed(_band(directions, np.repeat(seen, 3, axis=1), _SLOW).reshape(len(seen), -1, 3), _LARGE)
    poses, known = sampler.sampled(time, *_poses(turns, sure))
    middle = 0.5 * (time[1:] + time[:-1])
    turning, steady = sampler.sampled(middle, *_turning(turns, sure, np.maximum(np.diff(time), 1e-6)))
    within, known = np.concatenate([poses, turning], axis=1), np.concatenate([known, steady], axis=1)
    bent = _compressed(_band(within, known, _SLOW_WITHIN)[..., None], _LARGE_WITHIN)[..., 0]
    located = np.isfinite(place).all(axis=1)
    places, there = sampler.sampled(time, np.where(located[:, None], place, 0.0), located[:, None].astype(np.float64))
    places = np.where(there > 0.0, places, np.nan)
    return Signals(float(time[0]), moved * seen[..., None], seen, bent * known, known, places)


class _Sampler:
    """Samples at `RATE`, over the length of a motion, those between two frames far apart left out."""

    def __init__(self, time: Array) -> None:
        self._at = time[0] + np.arange(int((time[-1] - time[0]) * RATE) + 1) / RATE
        after = np.clip(np.searchsorted(time, self._at, side="right"), 1, len(time) - 1)
        self._near = (time[after] - time[after - 1] <= _GAP)[:, None]

    def sampled(self, time: Array, values: Array, known: Array) -> tuple[Array, Array]:
        """Return values (m, c) between those (n, c) of the nearest times, and whether both are known, 0 or 1."""
        after = np.clip(np.searchsorted(time, self._at, side="right"), min(1, len(time) - 1), len(time) - 1)
        before = np.maximum(after - 1, 0)
        span = time[after] - time[before]
        part = np.clip((self._at - time[before]) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)[:, None]
        whole = known[before] * (1.0 - part) + known[after] * part
        return values[before] * (1.0 - part) + values[after] * part, ((whole > 0.99) & self._near).astype(np.float64)


def _band(values: Array, known: Array, slow: float) -> Array:
    """Return values (m, c) without what is slower than some seconds, and without noise."""
    return blurred(values, known, bell(_QUICK * RATE)) - blurred(values, known, bell(slow * RATE))


def _compressed(values: Array, large: float) -> Array:
    """Return vectors (m, c, k), no longer than `large`."""
    size = np.linalg.norm(values, axis=-1, keepdims=True)
    return np.asarray(values / np.sqrt(1.0 + (size / large) ** 2))


def _directions(turns: Array, sure: Array) -> tuple[Array, Array]:
    """Return directions (n, 3 s) in the camera's axes, and whether each is known (n, s), 0 or 1."""
    body = neutral_body()
    along = rot.unit(body.ends - body.rest)
    joints = [INDEX[name] for name in (*_BONES, *(name for name, _ in _AXES))]
    axes = np.array([*(along[INDEX[name]] for name in _BONES), *(axis for _, axis in _AXES)])
    return rot.rotate(turns[:, joints], axes).reshape(len(turns), -1), sure[:, joints]


def _poses(turns: Array, sure: Array) -> tuple[Array, Array]:
    """Return what is seen from the trunk, and bends (n, c), by weight, and whether each is known, 0 or 1."""
    body = neutral_body()
    axes = rot.unit(body.ends - body.rest)
    channels, known = [], []
    for number, (bone, trunk) in enumerate(_LIMBS):
        seen_from = rot.multiply(rot.conjugate(turns[:, INDEX[trunk]]), turns[:, INDEX[bone]])
        channels.append(rot.rotate(seen_from, axes[INDEX[bone]]) * _LIMB_WEIGHTS[number // 2])
        known.append(np.repeat(sure[:, [INDEX[bone]]], 3, axis=1))
    for number, (upper, lower) in enumerate(_BENDS):
        first, second = (rot.rotate(turns[:, INDEX[bone]], axes[INDEX[bone]]) for bone in (upper, lower))
        bend = np.arccos(np.clip((first * second).sum(axis=1), -1.0, 1.0))
        channels.append(_BEND_WEIGHTS[number // 2] * bend[:, None])
        known.append(sure[:, [INDEX[upper]]] * sure[:, [INDEX[lower]]])
    nod = rot.multiply(rot.conjugate(turns[:, INDEX["Spine2"]]), turns[:, INDEX["Head"]])
    channels.append(_NOD_WEIGHT * rot.to_vector(nod))
    known.append(np.repeat(sure[:, [INDEX["Head"]]], 3, axis=1))
    return np.concatenate(channels, axis=1), np.concatenate(known, axis=1)


def _turning(turns: Array, sure: Array, steps: Array) -> tuple[Array, Array]:
    """Return how the trunk turns about its own axes (n - 1, c), by weight, and whether each is known, 0 or 1."""
    channels, known = [], []
    for joint in (INDEX[name] for name in _TURNING):
        speed = rot.to_vector(rot.multiply(rot.conjugate(turns[:-1, joint]), turns[1:, joint])) / steps[:, None]
        steady = sure[1:, joint] * sure[:-1, joint] * (np.linalg.norm(speed, axis=1) < _FASTEST)
        channels.append(speed * steady[:, None])
        known.append(np.repeat(steady[:, None], 3, axis=1))
    return _TURN * np.array(_TURNING_WEIGHTS) * np.concatenate(channels, axis=1), np.concatenate(known, axis=1)

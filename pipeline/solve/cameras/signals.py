# SPDX-License-Identifier: GPL-3.0-or-later
"""What a body does, as signals that are the same wherever the camera stood.

Limbs are seen from the trunk they hang on, elbows and knees by how far they are bent, the head from the chest, and
the turning of hips and chest about their own axes. What one camera gets wrong of a pose it gets wrong for long, so
signals are band-passed: slower motion is left out, and noise of the detection.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.correlation import bell, blurred
from ....models.body.joints import INDEX, mirrored
from ....models.body.model import neutral_body
from ....models.body.motion import SEEN, BodyMotion

Array = NDArray[np.float64]

RATE: Final = 50.0
"""Samples per second at which motions are compared."""

_LIMBS: Final = tuple(
    (f"{side}{part}", trunk)
    for part, trunk in (("Arm", "Spine2"), ("ForeArm", "Spine2"), ("UpLeg", "Hips"), ("Leg", "Hips"))
    for side in ("Left", "Right")
)
"""Bones, and from which joint's axes they are seen."""
_BENDS: Final = tuple(
    (f"{side}{upper}", f"{side}{lower}")
    for upper, lower in (("Arm", "ForeArm"), ("UpLeg", "Leg"))
    for side in ("Left", "Right")
)
"""Bones at both sides of elbows and knees."""
_TURNING: Final = ("Hips", "Spine2")

_QUICK: Final = 0.05
"""Seconds, standard deviation: what is quicker is noise of the detection."""
_SLOW: Final = 0.6
"""Likewise: what is slower differs by as much as the cameras' errors."""
_TURN: Final = 0.15
"""Seconds of turning that count like as large a change of a direction."""
_FASTEST: Final = np.radians(500.0)
"""Radians per second above which a turn is a mistake of the detection."""
_GAP: Final = 0.25
"""Seconds between two frames between which nothing is known."""


@dataclass(frozen=True)
class Signals:
    """What a body does, sampled at `RATE`.

    Attributes:
        start: seconds of the first sample, by the camera's clock.
        values: (m, c) band-passed directions and angles in radians; 0 where unseen.
        seen: (m, c) 1 where seen, 0 where not.
    """

    start: float
    values: Array
    seen: Array

    @property
    def end(self) -> float:
        """Seconds of the last sample, by the camera's clock."""
        return self.start + (len(self.values) - 1) / RATE

    @property
    def seconds(self) -> float:
        """How long the body is seen."""
        return float(self.seen.mean(axis=1).sum() / RATE) if len(self.seen) else 0.0

    @property
    def movement(self) -> float:
        """Root mean square of the channels where they are seen, in radians."""
        return float(np.sqrt((self.values**2).sum() / max(self.seen.sum(), 1.0)))

    def between(self, start: float, count: int) -> tuple[Array, Array]:
        """Return values and what is seen of `count` samples from a time on, to the nearest sample; 0 beyond."""
        first = round((start - self.start) * RATE)
        low, high = np.clip([first, first + count], 0, len(self.values))
        beyond = ((low - first if low < high else count, first + count - high if low < high else 0), (0, 0))
        return np.pad(self.values[low:high], beyond), np.pad(self.seen[low:high], beyond)


def signals_of(motion: BodyMotion, *, rate: float = 1.0, mirror: bool = False) -> Signals:
    """Return the signals of a motion.

    Args:
        motion: n frames at any times.
        rate: seconds of the other camera's clock in a second of this one's; `start` is multiplied by it, too.
        mirror: of the motion seen in a mirror.
    """
    time = rate * motion.time
    if len(time) < 2:
        count = 3 * len(_LIMBS) + len(_BENDS) + 3 + 3 * len(_TURNING)
        return Signals(float(time[0]) if len(time) else 0.0, np.zeros((1, count)), np.zeros((1, count)))
    poses, known = _poses(motion, mirror=mirror)
    turning, steady = _turning(motion, np.maximum(np.diff(time), 1e-6), mirror=mirror)
    at = time[0] + np.arange(int((time[-1] - time[0]) * RATE) + 1) / RATE
    after = np.clip(np.searchsorted(time, at, side="right"), 1, len(time) - 1)
    near = (time[after] - time[after - 1] <= _GAP)[:, None]
    middle = 0.5 * (time[1:] + time[:-1])
    values = np.concatenate([_sampled(at, time, poses), _TURN * _sampled(at, middle, turning)], axis=1)
    seen = np.concatenate([_sampled(at, time, known), _sampled(at, middle, steady)], axis=1)
    whole = ((seen > 0.99) & near).astype(np.float64)
    band = blurred(values, whole, bell(_QUICK * RATE)) - blurred(values, whole, bell(_SLOW * RATE))
    return Signals(float(at[0]), band * whole, whole)


def _sampled(at: Array, time: Array, values: Array) -> Array:
    """Return values (n, c) at times (n,) as they are at other times (m,), between the nearest two."""
    after = np.clip(np.searchsorted(time, at, side="right"), 1, max(len(time) - 1, 1))
    before, after = np.maximum(after - 1, 0), np.minimum(after, len(time) - 1)
    span = time[after] - time[before]
    part = np.clip((at - time[before]) / np.where(span > 0.0, span, 1.0), 0.0, 1.0)[:, None]
    return np.asarray(values[before] * (1.0 - part) + values[after] * part)


def _poses(motion: BodyMotion, *, mirror: bool) -> tuple[Array, Array]:
    """Return directions and angles (n, c) that are the same from everywhere, and whether each is known, 0 or 1."""
    body = neutral_body()
    rotations, sure = _rotations(motion, mirror=mirror)
    turns = body.globals(rotations)
    axes = rot.unit(body.ends - body.rest)
    channels, known = [], []
    for bone, trunk in _LIMBS:
        seen_from = rot.multiply(rot.conjugate(turns[:, INDEX[trunk]]), turns[:, INDEX[bone]])
        channels.append(rot.rotate(seen_from, axes[INDEX[bone]]))
        known.append(np.repeat(sure[:, [INDEX[bone]]], 3, axis=1))
    for upper, lower in _BENDS:
        along = (rot.rotate(turns[:, INDEX[bone]], axes[INDEX[bone]]) for bone in (upper, lower))
        cosine = np.clip((next(along) * next(along)).sum(axis=1), -1.0, 1.0)
        channels.append(np.arccos(cosine)[:, None])
        known.append(sure[:, [INDEX[upper]]] & sure[:, [INDEX[lower]]])
    nod = rot.multiply(rot.conjugate(turns[:, INDEX["Spine2"]]), turns[:, INDEX["Head"]])
    channels.append(rot.to_vector(nod))
    known.append(np.repeat(sure[:, [INDEX["Head"]]], 3, axis=1))
    return np.concatenate(channels, axis=1), np.concatenate(known, axis=1).astype(np.float64)


def _turning(motion: BodyMotion, steps: Array, *, mirror: bool) -> tuple[Array, Array]:
    """Return angular velocities (n - 1, c) of the trunk about its own axes, and whether each is known, 0 or 1."""
    rotations, sure = _rotations(motion, mirror=mirror)
    turns = neutral_body().globals(rotations)
    channels, known = [], []
    for joint in (INDEX[name] for name in _TURNING):
        speed = rot.to_vector(rot.multiply(rot.conjugate(turns[:-1, joint]), turns[1:, joint])) / steps[:, None]
        steady = sure[1:, joint] & sure[:-1, joint] & (np.linalg.norm(speed, axis=1) < _FASTEST)
        channels.append(np.where(steady[:, None], speed, 0.0))
        known.append(np.repeat(steady[:, None], 3, axis=1))
    return np.concatenate(channels, axis=1), np.concatenate(known, axis=1).astype(np.float64)


def _rotations(motion: BodyMotion, *, mirror: bool) -> tuple[Array, NDArray[np.bool_]]:
    """Return the rotations (n, 52, 4), identity where missing, and whether each is seen (n, 52)."""
    missing = np.isnan(motion.rotations).any(axis=-1)
    rotations = np.where(missing[..., None], rot.identity(), motion.rotations)
    sure = (motion.confidence >= SEEN) & ~missing
    if not mirror:
        return rotations, sure
    twins = [INDEX[mirrored(name)] for name in INDEX]
    return rotations[:, twins] * np.array([1.0, 1.0, -1.0, -1.0]), sure[:, twins]

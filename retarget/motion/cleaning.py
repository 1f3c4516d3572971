# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill short gaps in the tracking and cut out spikes of a frame or two, by interpolation."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.motion import SEEN, BodyMotion
from .spans import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

BRIDGE: Final = 1.0
"""Seconds: shorter losses are bridged. In a longer one the limb may have done anything, so the solver's own filling
(hold, then relax) is kept."""

REJOIN: Final = 0.2
"""Seconds after a loss in which a solver that ran live still lags behind the landmarks."""

SPIKE: Final = 0.14
"""Seconds: a joint that turns away by more than `SPIKE_ANGLE` and back within this time, and is calm before and
after, was tracked wrongly."""

SPIKE_ANGLE: Final = np.radians(25.0)

SPIKE_RETURN: Final = 0.4
"""Fraction of a spike's height that its two ends may lie apart, or move in one frame: a punch is already fast before
its peak, so it is not a spike."""

_BRIDGED_WEIGHT: Final = 0.1
"""Weight of interpolated frames."""

_LEAST_WEIGHT: Final = 0.3
"""Weight of frames of low confidence that are not interpolated."""


@dataclass(frozen=True)
class Cleaned:
    """Rotations (n, k, 4) without gaps, and the weight (n, k) of each."""

    rotations: Array
    weights: Array


def cleaned(motion: BodyMotion) -> Cleaned:
    """Bridge short losses and cut out spikes of rotations (n, 52, 4), joint by joint, by their confidence (n, 52)."""
    rotations = rot.continuous(motion.rotations)
    confidence = np.nan_to_num(motion.confidence)
    weights = np.clip(confidence, _LEAST_WEIGHT, 1.0)
    losses: dict[tuple[int, int], list[int]] = {}
    for joint in range(rotations.shape[1]):
        for loss in short_losses(motion.time, confidence[:, joint] >= SEEN):
            losses.setdefault(loss, []).append(joint)
    # A hand is lost together with all its fingers, so joints that share a loss are bridged in one call.
    for (start, end), joints in losses.items():
        _bridge(motion.time, rotations, joints, (start, end))
        weights[start + 1 : end, joints] = _BRIDGED_WEIGHT
    spikes = _spikes(motion.time, rotations)
    for joint in np.flatnonzero(spikes.any(axis=0)):
        for start, end in runs(spikes[:, joint]):
            if start > 0 and end < len(spikes):
                _bridge(motion.time, rotations, [int(joint)], (start - 1, end))
                weights[start:end, joint] = _BRIDGED_WEIGHT
    return Cleaned(rot.continuous(rotations), weights)


def short_losses(time: Array, seen: Mask) -> list[tuple[int, int]]:
    """Return the last good frame before and the first good frame after each loss shorter than `BRIDGE`."""
    found = []
    for start, end in runs(~seen):
        if start == 0 or end == len(seen) or time[end] - time[start - 1] > BRIDGE:
            continue
        after = int(np.searchsorted(time, time[end] + REJOIN))
        again = np.flatnonzero(~seen[end : after + 1])
        after = min(after, len(seen) - 1, end + int(again[0]) - 1 if len(again) else len(seen))
        found.append((start - 1, max(after, end)))
    return found


def _bridge(time: Array, rotations: Array, joints: list[int], ends: tuple[int, int]) -> None:
    """Interpolate some joints of rotations (n, k, 4) between two frames in place, easing in and out."""
    start, end = ends
    part = ((time[start + 1 : end] - time[start]) / (time[end] - time[start]))[:, None]
    bridge = rot.slerp(rotations[start, joints], rotations[end, joints], smoothstep(part))
    rotations[start + 1 : end, joints] = bridge


def _spikes(time: Array, rotations: Array) -> Mask:
    """Mark frames (n, k) that are far from the frames before and after, which are close to each other."""
    n = len(time)
    spikes = np.zeros(rotations.shape[:2], dtype=bool)
    steps = rot.angle(rot.multiply(rot.conjugate(rotations[:-1]), rotations[1:]))
    still = np.zeros((1, *steps.shape[1:]))
    arriving, leaving = np.concatenate([still, steps]), np.concatenate([steps, still])
    for length in (1, 2, 3):
        span = length + 1
        if n <= span:
            break
        first, last = rotations[:-span], rotations[span:]
        middle = rot.slerp(first, last, 0.5)
        inner = [rotations[k : n - span + k] for k in range(1, span)]
        height = np.min([rot.angle(rot.multiply(rot.conjugate(middle), q)) for q in inner], axis=0)
        apart = rot.angle(rot.multiply(rot.conjugate(first), last))
        around = np.max([apart, arriving[:-span], leaving[span:]], axis=0)
        brief = (time[span:] - time[:-span] <= SPIKE)[:, None]
        found = brief & (height > SPIKE_ANGLE) & (around < SPIKE_RETURN * height)
        for k in range(1, span):
            spikes[k : n - span + k] |= found
    return spikes

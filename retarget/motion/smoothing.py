# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth a whole take without lag: strongly where the body is at rest, hardly where it moves fast.

Rotations are smoothed as points on the sphere of unit quaternions: over the fraction of a second that matters, the
chord approximates the arc, nothing wraps, and rotating the whole motion rotates the result. The cutoff rises with
speed, as in the One-Euro filter (Casiez et al., CHI 2012), but with the speed before and after each frame, so that the
peak of a gesture, where the limb turns back and has no speed, is kept as well.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion
from .cleaning import Cleaned, cleaned
from .face_smoothing import smoothed_face
from .gaps import bridged
from .options import DEFAULT_SMOOTHNESS, JOINT_REGIONS, MotionOptions, Region, joint_smoothness, region_smoothness
from .penalised import penalised
from .spans import blurred, highest, rising

Array = NDArray[np.float64]


@dataclass(frozen=True)
class CutoffCurve:
    """Cutoff of a region at the default smoothness: ``rest + gain * max(speed - free, 0) ** rise`` hertz.

    Attributes:
        rest: hertz, at rest.
        gain: hertz for radians (or metres) a second beyond `free`, to the power of `rise`.
        free: speed up to which the cutoff stays at `rest`, because noise has speed too.
        rise: exponent; above 1, moderate speeds are smoothed more and fast ones less.
    """

    rest: float
    gain: float
    free: float
    rise: float = 1.5


CUTOFF_CURVES: Final[dict[Region, CutoffCurve]] = {
    "torso": CutoffCurve(rest=1.6, gain=0.35, free=1.5),
    "head": CutoffCurve(rest=1.8, gain=0.35, free=1.5),
    "arms": CutoffCurve(rest=1.4, gain=0.39, free=1.8),
    "hands": CutoffCurve(rest=1.4, gain=0.39, free=1.8),
    "legs": CutoffCurve(rest=1.6, gain=0.35, free=1.5),
    "root": CutoffCurve(rest=1.4, gain=1.0, free=0.6, rise=1.0),
}

DEPTH_CUTOFF_CURVE: Final = CutoffCurve(rest=0.7, gain=0.6, free=0.8, rise=1.0)
"""For the distance from the camera, the least accurate coordinate with one camera."""

_SPEED_CUTOFF: Final = 3.0
"""Cutoff in hertz for smoothing rotations before measuring their speed."""

_SPEED_WINDOW: Final = 0.1
"""Seconds before and after a fast moment that count as fast."""

_FASTEST: Final = 1e3
"""Hertz above which nothing is smoothed."""


def smoothed(motion: BodyMotion, options: MotionOptions) -> BodyMotion:
    """Clean and smooth a motion by region. Regions of smoothness 0 stay as they are; the face goes with the head.

    Args:
        motion: rotations (n, 52, 4) without NaN, root (n, 3) metres in the camera's space, NaN where it is unknown.
        options: smoothness of each region.
    """
    if len(motion.time) < 3:
        return motion
    smoothness = region_smoothness(options)
    return smoothed_face(
        replace(
            motion,
            rotations=_smoothed_rotations(motion, joint_smoothness(options)),
            root=_smoothed_root(motion, smoothness["root"]),
        ),
        smoothness["head"],
    )


def _smoothed_rotations(motion: BodyMotion, smoothness: Array) -> Array:
    chosen = np.flatnonzero(smoothness > 0.0)
    if not len(chosen):
        return motion.rotations
    part = replace(motion, rotations=motion.rotations[:, chosen], confidence=motion.confidence[:, chosen])
    clean = cleaned(part)
    speeds = _speeds(motion.time, clean)
    cutoff = np.stack(
        [
            _cutoff(CUTOFF_CURVES[JOINT_REGIONS[joint]], speeds[:, i], float(smoothness[joint]))
            for i, joint in enumerate(chosen)
        ],
        axis=1,
    )
    curve = rot.unit(penalised(motion.time, clean.rotations, weights=clean.weights, cutoff=cutoff))
    result = np.array(motion.rotations)
    result[:, chosen] = curve
    return result


def _smoothed_root(motion: BodyMotion, smoothness: float) -> Array:
    """Smooth the root (n, 3); the distance from the camera, along Y, more than the other coordinates."""
    known = np.isfinite(motion.root).all(axis=-1)
    if smoothness <= 0.0 or not known.any():
        return motion.root
    time, path = motion.time, bridged(motion.time, motion.root)
    weights = np.broadcast_to(np.where(known, 1.0, 0.02)[:, None], (len(time), 3))
    slow = penalised(time, path[..., None], weights=weights, cutoff=np.full((len(time), 3), 0.5 * _SPEED_CUTOFF))[
        ..., 0
    ]
    speed = highest(time, np.abs(np.gradient(slow, rising(time), axis=0)), _SPEED_WINDOW)
    calms = (CUTOFF_CURVES["root"], DEPTH_CUTOFF_CURVE, CUTOFF_CURVES["root"])
    cutoff = np.stack([_cutoff(curve, speed[:, i], smoothness) for i, curve in enumerate(calms)], axis=1)
    result = penalised(time, path[..., None], weights=weights, cutoff=cutoff)[..., 0]
    # Before the first and after the last known place nothing can be interpolated: leave NaN, and the caller holds.
    first, last = np.flatnonzero(known)[[0, -1]]
    result[:first] = result[last + 1 :] = np.nan
    return result


def _speeds(time: Array, clean: Cleaned) -> Array:
    """Return angular speeds (n, k) in radians a second, each the highest within `_SPEED_WINDOW`."""
    shape = clean.weights.shape
    slow = rot.unit(penalised(time, clean.rotations, weights=clean.weights, cutoff=np.full(shape, _SPEED_CUTOFF)))
    steps = rot.angle(rot.multiply(rot.conjugate(slow[:-1]), slow[1:])) / np.diff(rising(time))[:, None]
    speed = np.maximum(np.concatenate([steps[:1], steps]), np.concatenate([steps, steps[-1:]]))
    return blurred(time, highest(time, speed, _SPEED_WINDOW), 0.5 * _SPEED_WINDOW)


def _cutoff(curve: CutoffCurve, speed: Array, smoothness: float) -> Array:
    """Return cutoffs (n,) in hertz. Half the smoothness doubles the cutoff."""
    cutoff = curve.rest + curve.gain * np.maximum(speed - curve.free, 0.0) ** curve.rise
    return np.minimum(cutoff * min(DEFAULT_SMOOTHNESS / smoothness, _FASTEST), _FASTEST)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth the face of a whole take without lag: a resting face does not tremble, and blinks and speech stay.

As for the body, the cutoff rises with speed. Lids are the fastest, brows and cheeks the slowest. The face has no
smoothness of its own: it is smoothed as the head is.
"""

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.expressions import EXPRESSIONS
from ...models.body.motion import BodyMotion
from .options import DEFAULT_SMOOTHNESS
from .penalised import penalised
from .spans import blurred, highest, rising

Array = NDArray[np.float64]
Motion = TypeVar("Motion", bound=BodyMotion)

_CURVES: Final = {
    "brow": (1.2, 3.0),
    "cheek": (1.2, 3.0),
    "eyeBlink": (2.5, 8.0),
    "eyeLook": (1.4, 5.0),
    "eyeSquint": (1.2, 3.0),
    "eyeWide": (1.6, 4.0),
    "jaw": (1.8, 7.0),
    "mouth": (1.6, 7.0),
    "nose": (1.2, 3.0),
    "tongue": (1.6, 7.0),
}
"""Cutoff in hertz at rest and its rise for each unit a second beyond `_FREE`, by how the names of expressions begin."""

_FREE: Final = 1.0
"""Speed, in each second, up to which an expression counts as resting, because noise has speed too."""

_FREE_NOISE: Final = 20.0
"""How much more speed counts as resting, for each unit of noise: a grainy picture of a still face is no movement."""

_NOISE_REACH: Final = 30
"""Frames to either side of a moment in which its noise is measured."""

_EYES: Final = (1.4, 10.0)
_EYES_FREE: Final = 0.8
"""The same for the rotations of the eyes, in radians."""

_SPEED_CUTOFF: Final = 6.0
"""Cutoff in hertz for smoothing before the speed is measured."""

_SPEED_WINDOW: Final = 0.1
"""Seconds before and after a fast moment that count as fast."""


def smoothed_face(motion: Motion, smoothness: float) -> Motion:
    """Smooth the expressions and the eyes of a motion; frames without a face stay so.

    Args:
        motion: the motion.
        smoothness: 0 (as captured) to 1.
    """
    if smoothness <= 0.0 or len(motion.time) < 3:
        return motion
    factor = DEFAULT_SMOOTHNESS / smoothness
    return replace(
        motion,
        expressions=_smoothed_expressions(motion.time, motion.expressions, factor),
        eyes=_smoothed_eyes(motion.time, motion.eyes, factor),
    )


def _smoothed_expressions(time: Array, values: Array, factor: float) -> Array:
    known = np.isfinite(values).all(axis=1)
    if not known.any():
        return values
    weights = np.broadcast_to(known.astype(float)[:, None], values.shape)
    filled = np.where(known[:, None], values, 0.0)[..., None]
    slow = penalised(time, filled, weights=weights, cutoff=np.full(values.shape, _SPEED_CUTOFF))[..., 0]
    speed = _lasting(time, np.abs(np.gradient(slow, rising(time), axis=0)))
    rest, gain = (np.array([_curve(name)[which] for name in EXPRESSIONS]) for which in (0, 1))
    free = _FREE + _FREE_NOISE * _noise(filled[..., 0])
    cutoff = (rest + gain * np.maximum(speed - free, 0.0)) * factor
    result = np.clip(penalised(time, filled, weights=weights, cutoff=cutoff)[..., 0], 0.0, 1.0)
    return np.where(known[:, None], result, values)


def _smoothed_eyes(time: Array, eyes: Array, factor: float) -> Array:
    known = np.isfinite(eyes).all(axis=(1, 2))
    if not known.any():
        return eyes
    filled = rot.continuous(np.where(known[:, None, None], eyes, rot.identity()))
    weights = np.broadcast_to(known.astype(float)[:, None], (len(time), 2))
    slow = rot.unit(penalised(time, filled, weights=weights, cutoff=np.full(weights.shape, _SPEED_CUTOFF)))
    steps = rot.apart(slow[:-1], slow[1:]) / np.diff(rising(time))[:, None]
    speed = _lasting(time, np.maximum(np.concatenate([steps[:1], steps]), np.concatenate([steps, steps[-1:]])))
    rest, gain = _EYES
    cutoff = (rest + gain * np.maximum(speed - _EYES_FREE, 0.0)) * factor
    result = rot.unit(penalised(time, filled, weights=weights, cutoff=cutoff))
    return np.where(known[:, None, None], result, eyes)


def _lasting(time: Array, speed: Array) -> Array:
    """Return speeds (n, k), each the highest within `_SPEED_WINDOW`, so that the height of a gesture is fast too."""
    return blurred(time, highest(time, speed, _SPEED_WINDOW), 0.5 * _SPEED_WINDOW)


def _noise(values: Array) -> Array:
    """Return the deviation of the noise around each frame of values (n, k).

    Fourth differences hardly see speech, which takes several frames for a sound, and the median does not see blinks.
    """
    if len(values) < _NOISE_REACH:
        return np.zeros(values.shape)
    bends = np.abs(np.diff(values, 4, axis=0)) / np.sqrt(70.0) / 0.6745
    centres = np.arange(0, len(bends) + _NOISE_REACH, _NOISE_REACH)
    reach = [bends[max(centre - _NOISE_REACH, 0) : centre + _NOISE_REACH + 1] for centre in centres]
    typical = np.stack([np.median(window, axis=0) for window in reach], axis=1)
    frames = np.arange(len(values)) - 2
    return np.stack([np.interp(frames, centres, each) for each in typical], axis=1)


def _curve(name: str) -> tuple[float, float]:
    return next(curve for start, curve in _CURVES.items() if name.startswith(start))

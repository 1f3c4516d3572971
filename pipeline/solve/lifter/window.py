# SPDX-License-Identifier: GPL-3.0-or-later
"""Joints over a window of time: what one frame got wrong, its neighbours on both sides may have seen."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot

Array = NDArray[np.float64]

_REACH: Final = 3.0
"""Standard deviations to either side that count."""
_FARTHEST: Final = 60
"""Frames to either side at most, however fast they come."""


def averaged(time: Array, frames: Array, error: Array, seen: NDArray[np.bool_], *, seconds: float) -> Array:
    """Frames (n, k, 3, 3) of k joints, each the mean of those about it in time.

    The weights fall off as a normal distribution with a standard deviation of `seconds`, and as the expected error.
    Rotations are averaged by their Y and Z; frames that are not seen are left as they are, and count for nothing.

    Args:
        time: (n,) seconds, in order.
        frames: columns as in `rotations.frame`.
        error: (n, k) how far each is expected to be off.
        seen: (n, k) which are there.
        seconds: how long a moment is.
    """
    n = len(time)
    if n < 2 or not seconds > 0.0:
        return frames
    own = np.where(seen, 1.0 / np.maximum(error, 1e-3), 0.0)
    total = np.zeros((*frames.shape[:-1], 2))
    for step in range(-_span(time, seconds), _span(time, seconds) + 1):
        to, by = slice(max(0, -step), min(n, n - step)), slice(max(0, step), min(n, n + step))
        near = np.exp(-0.5 * ((time[by] - time[to]) / seconds) ** 2)[:, None] * own[by]
        total[to] += near[..., None, None] * frames[by][..., 1:]
    mean = rot.frame(total[..., 0], total[..., 1])
    usable = seen & np.isfinite(mean).all(axis=(-1, -2))
    return np.where(usable[..., None, None], mean, frames)


def _span(time: Array, seconds: float) -> int:
    """Frames to either side that are within reach of most."""
    steps = np.diff(time)
    typical = float(np.median(steps[steps > 0.0])) if (steps > 0.0).any() else np.inf
    return int(min(np.ceil(_REACH * seconds / typical), len(time) - 1, _FARTHEST))

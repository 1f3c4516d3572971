# SPDX-License-Identifier: GPL-3.0-or-later
"""Continuity over time: unseen joints hold and then relax, straight limbs keep their bend plane, signs do not flip.

The classes keep their state between calls, so that a track can be given whole or frame by frame.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from .geometry import Array, wrapped

_DEVIATIONS: Final = 3.0
"""Standard deviations to either side over which is averaged."""
_MAX_FRAMES: Final = 60
"""Largest number of frames to either side, at any frame rate."""
_BLOCK: Final = 2048
"""Frames of which the average is made orthogonal at once."""


@dataclass(frozen=True)
class HoldSettings:
    """Durations in seconds for joints that are not seen.

    Attributes:
        hold: time for which a joint keeps its last rotation.
        relax: time in which it then moves to the rest pose.
        rejoin: time in which it catches up when it is seen again.
    """

    hold: float = 0.5
    relax: float = 1.5
    rejoin: float = 0.2


class Hold:
    """Fills gaps in the rotations of k joints: unseen joints hold their last rotation, then relax to the rest pose.

    A joint that is seen again, or from other landmarks than before, starts from its last rotation and catches up.
    After a pause in the frames that is longer than holding and relaxing, the state is reset.
    """

    def __init__(self, settings: HoldSettings) -> None:
        self._hold, self._relax, self._rejoin = settings.hold, settings.relax, settings.rejoin
        self._last: Array | None = None
        self._time = np.nan
        self._source = self._missing = self._lag = np.empty(0)
        self._held = self._offset = np.empty((0, 4))
        self._steady = False

    def run(self, time: Array, rotations: Array, source: Array, rest: Array) -> Array:
        """Return rotations (n, k, 4) without gaps.

        Args:
            time: (n,) seconds.
            rotations: (n, k, 4).
            source: (n, k) 0 where a joint is not seen, otherwise a number for the kind of landmarks that show it.
            rest: (n, k, 4) the rotations to which joints relax.
        """
        result = np.where((source > 0)[..., None], rotations, rest)
        for i, now in enumerate(time):
            result[i] = self._step(float(now), result[i], source[i], rest[i])
        return result

    def _begin(self, now: float, target: Array, source: Array, rest: Array) -> None:
        self._time, self._last, self._source, self._steady = now, target, source, False
        # Seconds for which each joint has been missing; a joint that was never seen has nothing to hold.
        self._missing = np.where(source > 0, 0.0, np.inf)
        self._held = rest
        # The fraction of its initial offset by which a joint that is seen again still lags behind.
        self._lag, self._offset = np.zeros(len(source)), rot.identity(len(source))

    def _step(self, now: float, target: Array, source: Array, rest: Array) -> Array:
        if self._last is None or now - self._time > self._hold + self._relax:
            self._begin(now, target, source, rest)
            return target
        changed = (source != self._source).any()
        if changed or not self._steady:
            step = max(now - self._time, 0.0)
            target = self._blend(step, target, self._last if changed else None, source, rest)
        self._time, self._last, self._source = now, target, source
        return target

    def _blend(self, step: float, target: Array, last: Array | None, source: Array, rest: Array) -> Array:
        """Return the rotations after `step` seconds, with missing joints held or relaxed and returning ones blended.

        `last` are the last rotations, or None if the sources of all joints are unchanged.
        """
        seen = source > 0
        self._missing = np.where(seen, 0.0, self._missing + step)
        self._lag = np.maximum(self._lag - step / self._rejoin, 0.0)
        if last is not None:
            lost, joined = ~seen & (self._source > 0), seen & (self._source != source)
            self._missing[lost], self._lag[joined] = step, 1.0
            self._held = np.where(lost[:, None], last, self._held)
            offset = rot.multiply(rot.conjugate(target), last)
            self._offset = np.where(joined[:, None], offset, self._offset)
        result = np.where(seen[:, None], target, rest)
        catching_up = seen & (self._lag > 0.0)
        if catching_up.any():
            remaining = rot.slerp(
                rot.identity(), self._offset[catching_up], smoothstep(self._lag[catching_up], 0.0, 1.0)
            )
            result[catching_up] = rot.multiply(target[catching_up], remaining)
        holding = ~seen & (self._missing < self._hold + self._relax)
        if holding.any():
            relaxed = smoothstep(self._missing[holding] - self._hold, 0.0, self._relax)
            result[holding] = rot.slerp(self._held[holding], rest[holding], relaxed)
        # Until a source changes, there is nothing to do: seen joints pass through, unseen ones are at rest.
        self._steady = not (catching_up.any() or holding.any())
        return result


class PlaneMemory:
    """Twist angles of k limbs over time: the angle that a bent limb showed is kept while it is straight."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._time = np.nan
        self._angle: Array | None = None

    def run(self, time: Array, observed: Array, weight: Array, hint: Array) -> Array:
        """Return the angles (n, k) in radians.

        `observed` (n, k) has the weight `weight` (n, k) 0..1; the rest is the last angle, which drifts to `hint`
        (n, k). NaN in `observed` has no weight, NaN in `hint` is 0.
        """
        hint = np.nan_to_num(hint)
        weight = np.where(np.isfinite(observed), np.nan_to_num(weight), 0.0)
        observed = np.nan_to_num(observed)
        result = np.empty_like(observed)
        for i, now in enumerate(time):
            if self._angle is None:
                kept = hint[i]
            else:
                drift = -np.expm1(-max(float(now) - self._time, 0.0) / self._seconds)
                kept = self._angle + wrapped(hint[i] - self._angle) * drift
            result[i] = self._angle = kept + wrapped(observed[i] - kept) * weight[i]
            self._time = float(now)
        return result


class SignContinuity:
    """Keeps the signs of quaternions continuous over time: q and -q are the same rotation."""

    def __init__(self) -> None:
        self._last: Array | None = None

    def run(self, rotations: Array) -> Array:
        """Return the same rotations (n, k, 4), with signs that make each nearest to the one before."""
        if not len(rotations):
            return rotations
        before = rotations[:1] if self._last is None else self._last[None]
        rotations = rot.continuous(np.concatenate([before, rotations]))[1:]
        self._last = rotations[-1]
        return rotations


def averaged(time: Array, frames: Array, error: Array, seen: NDArray[np.bool_], *, seconds: float) -> Array:
    """Average the frames (n, k, 3, 3) of k joints over time.

    The weights are a normal distribution over time, with a standard deviation of `seconds`, divided by the expected
    error. The Y and Z axes of the frames are averaged; unseen frames are unchanged and have no weight.

    Args:
        time: (n,) seconds, in order.
        frames: columns as in `rotations.frame`.
        error: (n, k) expected error of each frame.
        seen: (n, k) which frames are seen.
        seconds: standard deviation of the weights.
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
    result = np.empty_like(frames)
    for start in range(0, n, _BLOCK):
        rows = slice(start, start + _BLOCK)
        mean = rot.frame(total[rows, ..., 0], total[rows, ..., 1])
        usable = seen[rows] & np.isfinite(mean).all(axis=(-1, -2))
        result[rows] = np.where(usable[..., None, None], mean, frames[rows])
    return result


def _span(time: Array, seconds: float) -> int:
    """Return the number of frames to either side over which to average, from the median frame rate."""
    steps = np.diff(time)
    typical = float(np.median(steps[steps > 0.0])) if (steps > 0.0).any() else np.inf
    return int(min(np.ceil(_DEVIATIONS * seconds / typical), len(time) - 1, _MAX_FRAMES))

# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs over time: joints that are not seen hold, then relax; planes of straight limbs are remembered; signs go on.

All carry their state from one call to the next, so that a track may come whole or frame by frame.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from .geometry import Array, wrapped

_DEVIATIONS: Final = 3.0
"""Standard deviations to either side that count."""
_MAX_FRAMES: Final = 60
"""Frames to either side at most, however fast they come."""


@dataclass(frozen=True)
class HoldSettings:
    """What becomes of joints that are not seen, in seconds.

    Attributes:
        hold: how long a joint keeps its last rotation.
        relax: how long it then takes to come to rest.
        rejoin: how long it takes to catch up when it is seen again.
    """

    hold: float = 0.5
    relax: float = 1.5
    rejoin: float = 0.2


class Hold:
    """Rotations of k joints over time: seen ones pass, others hold their last rotation, then relax to rest.

    A joint that is seen again, or by other landmarks than before, starts from where it was and catches up. When no
    frame has come for longer than it takes to relax, all begins anew.
    """

    def __init__(self, settings: HoldSettings) -> None:
        self._hold, self._relax, self._rejoin = settings.hold, settings.relax, settings.rejoin
        self._last: Array | None = None
        self._time = np.nan
        self._source = self._missing = self._lag = np.empty(0)
        self._held = self._offset = np.empty((0, 4))
        self._steady = False

    def run(self, time: Array, rotations: Array, source: Array, rest: Array) -> Array:
        """Rotations (n, k, 4) without gaps.

        `time` is (n,) seconds, `rotations` (n, k, 4). `source` (n, k) is 0 where a joint is not seen, otherwise a
        number for the landmarks that it was seen by. `rest` (n, k, 4) is what joints relax to.
        """
        result = np.where((source > 0)[..., None], rotations, rest)
        for i, now in enumerate(time):
            result[i] = self._step(float(now), result[i], source[i], rest[i])
        return result

    def _begin(self, now: float, target: Array, source: Array, rest: Array) -> None:
        self._time, self._last, self._source, self._steady = now, target, source, False
        # How long each joint has been missing: who was never there has nothing to hold.
        self._missing = np.where(source > 0, 0.0, np.inf)
        self._held = rest
        # How far a joint that came back still lags behind, of the offset that it came back with.
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
        """Where joints are `step` seconds later that are missing, or have only just come back.

        `last` is where they were, or None if all of them are seen by what they were seen by then.
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
        # Until something changes all stays as it is: what is seen passes, what is not is at rest.
        self._steady = not (catching_up.any() or holding.any())
        return result


class PlaneMemory:
    """Angles of k limbs about themselves over time: what a bent limb showed is kept while it is straight."""

    def __init__(self, *, seconds: float) -> None:
        self._seconds = seconds
        self._time = np.nan
        self._angle: Array | None = None

    def run(self, time: Array, observed: Array, weight: Array, hint: Array) -> Array:
        """Angles (n, k) in radians.

        `observed` (n, k) counts with `weight` (n, k) 0..1; where it does not, the last angle counts, drifting to
        `hint` (n, k). NaN in `observed` has no weight, NaN in `hint` is 0.
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
    """Quaternions over time, whose signs go on from those before: q and -q are the same rotation."""

    def __init__(self) -> None:
        self._last: Array | None = None

    def run(self, rotations: Array) -> Array:
        """The same rotations (n, k, 4), each no farther than half a turn from the one before it."""
        if not len(rotations):
            return rotations
        before = rotations[:1] if self._last is None else self._last[None]
        rotations = rot.continuous(np.concatenate([before, rotations]))[1:]
        self._last = rotations[-1]
        return rotations


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
    return int(min(np.ceil(_DEVIATIONS * seconds / typical), len(time) - 1, _MAX_FRAMES))

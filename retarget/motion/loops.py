# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion that can be repeated: the stretch of a take that ends most nearly as it began, and ends that meet.

What the end lacks to the beginning, in pose and in speed, is shared between both and spread over a moment on either
side, as a cubic that leaves the middle of the motion alone. Who walks through the loop goes on from where it ended.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FINGERS, JOINTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..errors import NothingLeft
from .spans import SHORTEST_STEP, blurred, rising

Array = NDArray[np.float64]
Motion = TypeVar("Motion", bound=BodyMotion)

SHORTEST_LOOP: Final = 0.5
"""Seconds: a step of a fast walk, both feet."""

LEAST_PART: Final = 0.25
"""Part of the take that a loop has to be, so that a moment of standing still is not taken for the best of it."""

AS_GOOD: Final = 1.25, 0.01
"""A longer loop is as good as the best one if its ends are at most this many times, and metres, farther apart."""

TRAVELS: Final = 0.4
"""Metres over the floor from beginning to end, above which the performer goes somewhere rather than comes back."""

CONTEXT: Final = 2.0
"""Seconds of the loop before and after itself that its feet see, so that steps across the seam are steps."""

_PACE: Final = 0.15
"""Seconds: how far two poses lie apart for each metre a second of difference in speed."""

_MOST_POSES: Final = 1500
"""Poses that are compared with one another."""

_SPEED_BLUR: Final = 0.05
"""Seconds over which speeds are averaged."""

_BODY: Final = [i for i, name in enumerate(JOINTS) if not any(finger in name for finger in FINGERS)]


def best_loop(motion: BodyMotion, body: Body) -> tuple[int, int]:
    """First and last frame of the stretch whose ends are most alike in pose, heading and speed.

    Of stretches that are about as good, it is the longest. Where the body is over the floor does not count.

    Raises:
        NothingLeft: the motion is shorter than any loop.
    """
    time = motion.time
    least = max(SHORTEST_LOOP, LEAST_PART * float(time[-1] - time[0]))
    if len(time) < 3 or time[-1] - time[0] < SHORTEST_LOOP:
        raise NothingLeft(f"No loop can be found in {time[-1] - time[0]:.2f} s of motion; give it at least a step.")
    features = _features(motion, body)
    chosen = np.unique(np.linspace(0, len(time) - 1, min(len(time), _MOST_POSES)).round().astype(int))
    squares = np.sum(features[chosen] ** 2, axis=1)
    apart = squares[:, None] + squares[None] - 2.0 * features[chosen] @ features[chosen].T
    length = time[chosen][None] - time[chosen][:, None]
    apart = np.where(length >= least - SHORTEST_STEP, np.sqrt(np.maximum(apart, 0.0)), np.inf)
    factor, slack = AS_GOOD
    good = apart <= max(factor * float(apart.min()), float(apart.min()) + slack)
    first, last = np.unravel_index(np.argmax(np.where(good, length, -np.inf)), good.shape)
    return int(chosen[first]), int(chosen[last])


def looped(motion: Motion, *, blend: float) -> Motion:
    """The motion with ends that meet: the last frame is the first one, but for the way that the performer made.

    Args:
        motion: on the floor, of three frames at least; otherwise it stays as it is.
        blend: seconds to either side of the seam over which it is bent; half the motion at most.
    """
    time = motion.time
    if len(time) < 3 or blend <= 0.0:
        return motion
    blend = min(blend, 0.5 * float(time[-1] - time[0]))
    turns, step = rot.continuous(motion.rotations), loop_travel(motion)
    gap = rot.to_vector(rot.multiply(rot.conjugate(turns[-1]), turns[0]))
    spin = _change(time, lambda i: rot.to_vector(rot.multiply(rot.conjugate(turns[i]), turns[i + 1])))
    rotations = rot.multiply(turns, rot.from_vector(_bent(time, gap, spin, blend)))
    rotations[-1] = rotations[0]
    pace = _change(time, lambda i: motion.root[i + 1] - motion.root[i])
    root = motion.root + _bent(time, motion.root[0] + step - motion.root[-1], pace, blend)
    root[-1] = root[0] + step
    return replace(motion, rotations=rot.continuous(rotations), root=root)


def loop_travel(motion: BodyMotion) -> Array:
    """How far (3,) over the floor the performer gets in the loop; nothing for who comes back, and never up or down."""
    step = (motion.root[-1] - motion.root[0]) * [1.0, 1.0, 0.0]
    return step if np.linalg.norm(step) > TRAVELS else np.zeros(3)


def repeated(motion: Motion) -> tuple[Motion, slice]:
    """A loop that `looped` made with so many of itself before and after that each is `CONTEXT` long, and its frames."""
    time, n = motion.time, len(motion.time)
    length = float(time[-1] - time[0])
    if n < 3 or length <= 0.0:
        return motion, slice(0, n)
    count = int(np.ceil(CONTEXT / length))
    turns = range(-count, count + 1)
    step = loop_travel(motion)

    def joined(values: Array, shift: Array) -> Array:
        parts = [values[: -1 if turn < count else None] + turn * shift for turn in turns]
        return np.concatenate(parts)

    still = np.zeros(1)
    long = replace(
        motion,
        time=joined(time, np.asarray(length)),
        rotations=rot.continuous(joined(motion.rotations, still)),
        root=joined(motion.root, step),
        confidence=joined(motion.confidence, still),
    )
    return long, slice(count * (n - 1), count * (n - 1) + n)


def _features(motion: BodyMotion, body: Body) -> Array:
    """Places and speeds (n, k) of the joints, as metres, divided so that distances are those of a mean joint."""
    places = body.positions(motion.rotations, motion.root * [0.0, 0.0, 1.0])[:, _BODY]
    moved = body.positions(motion.rotations, motion.root)[:, _BODY]
    time = motion.time
    speed = blurred(time, np.gradient(moved, rising(time), axis=0), _SPEED_BLUR)
    features = np.concatenate([places, _PACE * speed], axis=1).reshape(len(time), -1)
    return np.asarray(features / np.sqrt(len(_BODY)))


def _bent(time: Array, gap: Array, change: Array, blend: float) -> Array:
    """What is to be added (n, ..., 3) so that the end gets over half of a gap (..., 3), and the beginning the rest.

    So does the speed, by half of a `change` (..., 3) each; both fade within `blend` seconds of the seam.
    """
    column = (-1, *[1] * gap.ndim)
    early = np.clip(1.0 - (time - time[0]) / blend, 0.0, 1.0).reshape(column)
    late = np.clip(1.0 - (time[-1] - time) / blend, 0.0, 1.0).reshape(column)
    # Cubics that are 1 at the seam and level at both ends of the blend, and level there but of slope 1 at the seam.
    height = [part * part * (3.0 - 2.0 * part) for part in (early, late)]
    slope = [blend * part * part * (1.0 - part) for part in (early, late)]
    return 0.5 * (gap * (height[1] - height[0]) - change * (slope[1] + slope[0]))


def _change(time: Array, step_from: Callable[[int], Array]) -> Array:
    """How much faster the motion is at its beginning than at its end, given its step from each frame to the next."""

    def pace(frame: int) -> tuple[Array, float]:
        length = max(float(time[frame + 1] - time[frame]), SHORTEST_STEP)
        return step_from(frame) / length, length

    def at_seam(near: tuple[Array, float], next_one: tuple[Array, float]) -> Array:
        # Steps say what the speed is half a step away from the seam; the next one says how it goes on.
        return near[0] + (near[0] - next_one[0]) * (near[1] / (near[1] + next_one[1]))

    return at_seam(pace(0), pace(1)) - at_seam(pace(-2), pace(-3))

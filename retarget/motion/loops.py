# SPDX-License-Identifier: GPL-3.0-or-later
"""Make motion loop: find the section whose ends match best, and blend its ends until they meet.

The differences in pose and speed between the end and the beginning are shared between both, and spread over the blend
time as cubics that leave the middle of the motion unchanged. A performer who travels through the loop continues from
where it ended.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.joints import FINGERS, JOINTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..errors import NothingLeft
from .spans import SHORTEST_STEP, blurred, rising

Array = NDArray[np.float64]
Motion = TypeVar("Motion", bound=BodyMotion)

SHORTEST_LOOP: Final = 0.5
"""Seconds: one gait cycle (both steps) of a fast walk."""

LEAST_PART: Final = 0.25
"""Least fraction of the take that a loop covers, so that a moment of standing still does not win."""

ALMOST_BEST: Final = 1.25, 0.01
"""A longer loop is as good as the best one if its ends are at most this factor, or this many metres, farther apart."""

LEAST_TRAVEL: Final = 0.4
"""Metres over the floor from beginning to end above which the performer travels rather than returns."""

CONTEXT: Final = 2.0
"""Seconds of repeated loop before and after it that foot locking takes into account, so that plants continue across
the seam."""

_SPEED_WEIGHT: Final = 0.15
"""Seconds: metres of distance between two poses for each metre a second of difference in speed."""

_MOST_POSES: Final = 1500
"""Largest number of poses compared with each other."""

_SPEED_BLUR: Final = 0.05
"""Seconds over which speeds are averaged."""

_BODY: Final = [i for i, name in enumerate(JOINTS) if not any(finger in name for finger in FINGERS)]


def best_loop(*people: tuple[BodyMotion, Body]) -> tuple[int, int]:
    """Return the first and last frame of the section whose ends are most alike in pose, heading and speed.

    Of sections about equally good, it is the longest. The position over the floor is ignored.

    Args:
        people: motions of the same moments, and the bodies they are motions of.

    Raises:
        NothingLeft: the motion is too short for a loop.
    """
    time = people[0][0].time
    least = max(SHORTEST_LOOP, LEAST_PART * float(time[-1] - time[0]))
    if len(time) < 3 or time[-1] - time[0] < SHORTEST_LOOP:
        raise NothingLeft(
            f"No loop can be found in {time[-1] - time[0]:.2f} s of motion. Choose a range of at least "
            f"{SHORTEST_LOOP:g} s."
        )
    features = np.concatenate([_features(*each) for each in people], axis=1) / np.sqrt(len(people))
    chosen = np.unique(np.linspace(0, len(time) - 1, min(len(time), _MOST_POSES)).round().astype(int))
    squares = np.sum(features[chosen] ** 2, axis=1)
    apart = squares[:, None] + squares[None] - 2.0 * features[chosen] @ features[chosen].T
    length = time[chosen][None] - time[chosen][:, None]
    apart = np.where(length >= least - SHORTEST_STEP, np.sqrt(np.maximum(apart, 0.0)), np.inf)
    factor, slack = ALMOST_BEST
    good = apart <= max(factor * float(apart.min()), float(apart.min()) + slack)
    first, last = np.unravel_index(np.argmax(np.where(good, length, -np.inf)), good.shape)
    return int(chosen[first]), int(chosen[last])


def looped(motion: Motion, *, blend: float) -> Motion:
    """Blend both ends of a motion so that its last frame equals its first one, except for the distance travelled.

    The face's ends are blended too.

    Args:
        motion: on the floor; one of fewer than three frames is returned unchanged.
        blend: seconds to either side of the seam that are changed; at most half the motion.
    """
    time = motion.time
    if len(time) < 3 or blend <= 0.0:
        return motion
    blend = min(blend, 0.5 * float(time[-1] - time[0]))
    step = loop_travel(motion)
    pace = _change(time, lambda i: motion.root[i + 1] - motion.root[i])
    root = motion.root + _blend_offsets(time, motion.root[0] + step - motion.root[-1], pace, blend)
    root[-1] = root[0] + step
    face = motion.expressions
    face = np.clip(face + _blend_offsets(time, face[0] - face[-1], np.zeros(face.shape[1]), blend), 0.0, 1.0)
    face[-1] = face[0]
    return replace(
        motion,
        rotations=_joined_turns(time, motion.rotations, blend),
        root=root,
        expressions=face,
        eyes=_joined_turns(time, motion.eyes, blend),
    )


def _joined_turns(time: Array, turns: Array, blend: float) -> Array:
    """Return rotations (n, k, 4) whose last frame equals the first one."""
    turns = rot.continuous(turns)
    gap = rot.to_vector(rot.multiply(rot.conjugate(turns[-1]), turns[0]))
    spin = _change(time, lambda i: rot.to_vector(rot.multiply(rot.conjugate(turns[i]), turns[i + 1])))
    result = rot.multiply(turns, rot.from_vector(_blend_offsets(time, gap, spin, blend)))
    result[-1] = result[0]
    return rot.continuous(result)


def loop_travel(motion: BodyMotion) -> Array:
    """Return how far (3,) the performer travels over the floor in one loop: zero if they return, and zero along Z."""
    step = (motion.root[-1] - motion.root[0]) * [1.0, 1.0, 0.0]
    return step if np.linalg.norm(step) > LEAST_TRAVEL else np.zeros(3)


def repeated(motion: Motion) -> tuple[Motion, slice]:
    """Repeat a loop that `looped` made, by at least `CONTEXT` seconds before and after it.

    Returns:
        The repeated motion, and the slice of its frames that is the loop itself.
    """
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
        expressions=joined(motion.expressions, still),
        eyes=joined(motion.eyes, still),
    )
    return long, slice(count * (n - 1), count * (n - 1) + n)


def _features(motion: BodyMotion, body: Body) -> Array:
    """Return positions and speeds (n, k) of the joints in metres, scaled so that a distance is that of a mean joint."""
    places = body.positions(motion.rotations, motion.root * [0.0, 0.0, 1.0])[:, _BODY]
    moved = body.positions(motion.rotations, motion.root)[:, _BODY]
    time = motion.time
    speed = blurred(time, np.gradient(moved, rising(time), axis=0), _SPEED_BLUR)
    features = np.concatenate([places, _SPEED_WEIGHT * speed], axis=1).reshape(len(time), -1)
    return np.asarray(features / np.sqrt(len(_BODY)))


def _blend_offsets(time: Array, gap: Array, change: Array, blend: float) -> Array:
    """Return the offsets (n, ..., 3) that close half of a gap (..., 3) at the end and the other half at the beginning.

    Likewise each end takes half of the `change` (..., 3) in speed; both fade out within `blend` seconds of the seam.
    """
    column = (-1, *[1] * gap.ndim)
    early = np.clip(1.0 - (time - time[0]) / blend, 0.0, 1.0).reshape(column)
    late = np.clip(1.0 - (time[-1] - time) / blend, 0.0, 1.0).reshape(column)
    # Two cubics for each end. `height` is 1 at the seam and flat at both ends of the blend; `slope` is 0 at both ends,
    # flat where the blend ends and of slope 1 at the seam.
    height = [smoothstep(part) for part in (early, late)]
    slope = [blend * part * part * (1.0 - part) for part in (early, late)]
    return 0.5 * (gap * (height[1] - height[0]) - change * (slope[1] + slope[0]))


def _change(time: Array, step_from: Callable[[int], Array]) -> Array:
    """Return the speed at the beginning minus the speed at the end, given a function of the step after each frame."""

    def pace(frame: int) -> tuple[Array, float]:
        length = max(float(time[frame + 1] - time[frame]), SHORTEST_STEP)
        return step_from(frame) / length, length

    def at_seam(near: tuple[Array, float], next_one: tuple[Array, float]) -> Array:
        # A step gives the speed half a step away from the seam; the next one serves to extrapolate to the seam.
        return near[0] + (near[0] - next_one[0]) * (near[1] / (near[1] + next_one[1]))

    return at_seam(pace(0), pace(1)) - at_seam(pace(-2), pace(-3))

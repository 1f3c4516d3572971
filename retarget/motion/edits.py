# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting a motion, exchanging its sides, and taking from it what is its own beginning."""

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ...models.body.joints import mirrored as other_side
from ...models.body.motion import BodyMotion
from ..errors import NothingLeft
from ..rig.rig import RigMotion

Array = NDArray[np.float64]

Motion = TypeVar("Motion", bound=BodyMotion)

_MIRROR: Final = [INDEX[other_side(name)] for name in JOINTS]

_SLACK: Final = 1e-6
"""Seconds by which a frame may miss an end that was typed in decimals."""


def trimmed(motion: Motion, start: float | None, end: float | None) -> Motion:
    """The frames from `start` to `end`, in seconds from the first frame; times stay as they are.

    Raises:
        NothingLeft: there is no such frame.
    """
    if (start is None and end is None) or not len(motion.time):
        return motion
    since = motion.time - motion.time[0]
    kept = (since >= (start or 0.0) - _SLACK) & (since <= (np.inf if end is None else end) + _SLACK)
    if not kept.any():
        raise NothingLeft(
            f"Nothing is left of the motion between {start or 0.0:g} s and {since[-1] if end is None else end:g} s: "
            f"it is {since[-1]:.2f} s long."
        )
    first, last = np.flatnonzero(kept)[[0, -1]]
    return cut_frames(motion, int(first), int(last))


def cut_frames(motion: Motion, first: int, last: int) -> Motion:
    """The frames from `first` to `last`, both included."""
    kept = slice(first, last + 1)
    return replace(
        motion,
        time=motion.time[kept],
        rotations=motion.rotations[kept],
        root=motion.root[kept],
        confidence=motion.confidence[kept],
    )


def differences(motion: RigMotion) -> RigMotion:
    """What every frame changes of the first one, bone by bone: to be put on top of any other motion."""
    if not len(motion.rotations):
        return motion
    location = None if motion.location is None else motion.location - motion.location[0]
    turns = rot.multiply(rot.conjugate(motion.rotations[0]), motion.rotations)
    return replace(motion, rotations=rot.continuous(turns), location=location)


def swap_sides(motion: Motion) -> Motion:
    """The motion as a mirror beside the performer shows it: left is right, and the way goes to the other side."""
    rotations, root = swap_pose_sides(motion.rotations, motion.root)
    return replace(motion, rotations=rot.continuous(rotations), root=root, confidence=motion.confidence[:, _MIRROR])


def swap_pose_sides(rotations: Array, root: Array) -> tuple[Array, Array]:
    """Rotations (..., 52, 4) and root (..., 3) of poses as a mirror beside the performer shows them."""
    return rotations[..., _MIRROR, :] * np.array([1.0, 1.0, -1.0, -1.0]), root * np.array([-1.0, 1.0, 1.0])

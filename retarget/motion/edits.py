# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit a motion: trim it, mirror it, or make it relative to its first frame."""

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.expressions import MIRROR
from ...models.body.joints import INDEX, JOINTS
from ...models.body.joints import mirrored as other_side
from ...models.body.motion import BodyMotion
from ..errors import NothingLeft
from ..rig.rig import RigMotion

Array = NDArray[np.float64]

Motion = TypeVar("Motion", bound=BodyMotion)

_MIRROR: Final = [INDEX[other_side(name)] for name in JOINTS]

_ACROSS: Final = np.array([1.0, 1.0, -1.0, -1.0])
"""Signs that mirror a quaternion across the median plane."""

_SLACK: Final = 1e-6
"""Seconds of tolerance, as the ends are typed as decimals."""


def trimmed(motion: Motion, start: float | None, end: float | None) -> Motion:
    """Return the frames from `start` to `end`, in seconds from the first frame, without changing their times.

    Raises:
        NothingLeft: no frame lies in that range.
    """
    if (start is None and end is None) or not len(motion.time):
        return motion
    since = motion.time - motion.time[0]
    kept = (since >= (start or 0.0) - _SLACK) & (since <= (np.inf if end is None else end) + _SLACK)
    if not kept.any():
        raise NothingLeft(
            f"The motion has no frames between {start or 0.0:g} s and {since[-1] if end is None else end:g} s: "
            f"it is {since[-1]:.2f} s long. Choose a range within it."
        )
    first, last = np.flatnonzero(kept)[[0, -1]]
    return cut_frames(motion, int(first), int(last))


def cut_frames(motion: Motion, first: int, last: int) -> Motion:
    """Return the frames from `first` to `last`, both included, counted from 0."""
    kept = slice(first, last + 1)
    return replace(
        motion,
        time=motion.time[kept],
        rotations=motion.rotations[kept],
        root=motion.root[kept],
        confidence=motion.confidence[kept],
        expressions=motion.expressions[kept],
        eyes=motion.eyes[kept],
    )


def differences(motion: RigMotion) -> RigMotion:
    """Return the motion relative to its first frame, bone by bone and key by key, to be added to any other motion."""
    if not len(motion.rotations):
        return motion
    location = None if motion.location is None else motion.location - motion.location[0]
    turns = rot.multiply(rot.conjugate(motion.rotations[0]), motion.rotations)
    return replace(
        motion,
        rotations=rot.continuous(turns),
        location=location,
        places={bone: place - place[0] for bone, place in motion.places.items()},
        keys={key: values - values[0] for key, values in motion.keys.items()},
    )


def swap_sides(motion: Motion) -> Motion:
    """Mirror a motion across the performer's median plane: exchange left and right, and negate the root's X."""
    rotations, root = swap_pose_sides(motion.rotations, motion.root)
    return replace(
        motion,
        rotations=rot.continuous(rotations),
        root=root,
        confidence=motion.confidence[:, _MIRROR],
        expressions=motion.expressions[:, MIRROR],
        eyes=motion.eyes[:, ::-1] * _ACROSS,
    )


def swap_pose_sides(rotations: Array, root: Array) -> tuple[Array, Array]:
    """Mirror rotations (..., 52, 4) and root (..., 3) in metres of poses: exchange left and right."""
    return rotations[..., _MIRROR, :] * _ACROSS, root * np.array([-1.0, 1.0, 1.0])

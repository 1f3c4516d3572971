# SPDX-License-Identifier: GPL-3.0-or-later
"""Cutting a motion and exchanging its sides."""

from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ...models.body.joints import mirrored as other_side
from ...models.body.pose import BodyMotion
from ..errors import NothingLeft

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
    return replace(
        motion,
        time=motion.time[kept],
        rotations=motion.rotations[kept],
        root=motion.root[kept],
        confidence=motion.confidence[kept],
    )


def mirrored(motion: Motion) -> Motion:
    """The motion as a mirror beside the performer shows it: left is right, and the way goes to the other side."""
    return replace(
        motion,
        rotations=rot.continuous(motion.rotations[:, _MIRROR] * np.array([1.0, 1.0, -1.0, -1.0])),
        root=motion.root * np.array([-1.0, 1.0, 1.0]),
        confidence=motion.confidence[:, _MIRROR],
    )

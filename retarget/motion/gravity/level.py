# SPDX-License-Identifier: GPL-3.0-or-later
"""The tilt of a camera from someone who stands upright for that purpose."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from ....models.body.camera_tilt import angles_of
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from .standing import standing_of

LEAST_SECONDS: Final = 0.4
"""Least seconds of standing that show how a camera is tilted."""


def level_from(motion: BodyMotion, body: Body, *, seconds: float = float("inf")) -> tuple[float, float] | None:
    """Return the pitch and roll in degrees of the camera that filmed someone who stands; None if nobody stands.

    Unlike `gravity_of` it does not ask how common such cameras are: whoever stands for this purpose is to be upright.

    Args:
        motion: in the camera's space.
        body: the body it is a motion of.
        seconds: how much of the standing to use, from its beginning.
    """
    standing = standing_of(motion, body)
    if standing.seconds < LEAST_SECONDS:
        return None
    share = min(1.0, seconds / standing.seconds)
    used = slice(max(1, round(share * len(standing.balance))))
    # At rest the balance of the body leans back by a few degrees and its trunk to the front by as many.
    both = [np.median(angles_of(each[used]), axis=0) for each in (standing.balance, standing.trunk)]
    pitch, roll = np.degrees(np.mean(both, axis=0))
    return float(pitch), float(roll)


def level_from_all(found: Iterable[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Return the pitch and roll in the middle of what several people show by `level_from`; None if nobody stands."""
    known = [tilt for tilt in found if tilt is not None]
    if not known:
        return None
    pitch, roll = np.median(known, axis=0)
    return float(pitch), float(roll)

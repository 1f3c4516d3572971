# SPDX-License-Identifier: GPL-3.0-or-later
"""From a take to the motion in it. Touches nothing of Blender's, so it may run on any thread."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from ..models.body.model import Body, neutral_body
from ..models.body.pose import BodyMotion
from ..pipeline import lifter
from ..pipeline.analytic import solver as analytic
from ..pipeline.landmarks import LandmarkTrack
from ..pipeline.take import CALIBRATION, Take
from ..retarget.calibration import turned

SOLVERS: Final[dict[str, Callable[[LandmarkTrack, Body], BodyMotion]]] = {
    "analytic": analytic.solve,
    "lifter": lifter.solve,
}
"""What turns landmarks into rotations, by the name that users know it by."""


def seen(take: Take, *, solver: str = "analytic") -> BodyMotion:
    """The motion that a take holds, as the camera saw it. Raises TakeCorrupt."""
    return SOLVERS[solver](take.track(), neutral_body())


def solved(take: Take, *, solver: str = "analytic") -> BodyMotion:
    """The same, turned as the performer was calibrated: what a character is to do. Raises TakeCorrupt."""
    motion = seen(take, solver=solver)
    turn = take.info.settings.get(CALIBRATION)
    if turn is None:
        return motion
    rotations, root = turned(motion.rotations, motion.root, np.array(turn, dtype=float))
    return replace(motion, rotations=rotations, root=root)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to a rig's pose, frame by frame. Numbers only: it runs beside Blender, not in it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.model import neutral_body
from ...pipeline.analytic.solver import AnalyticSolver
from ...pipeline.landmarks import Landmarks, LandmarkTrack
from ...retarget.calibration import turned, upright_turn
from ...retarget.live import LiveTransfer, RigPose
from ...retarget.rig import Rig, RigMap
from ...retarget.upper_body import upper_body

CALIBRATION_SECONDS: Final = 1.0
"""How long the performer stands still for a calibration."""

CALIBRATION_FRAMES: Final = 3
"""With fewer frames than this nobody was seen."""


@dataclass(frozen=True)
class Follow:
    """What of the performer the character follows.

    Attributes:
        upper_body: only from the waist up; hips and legs keep their rest pose.
        travel: the hips move about, and not only turn.
        turn: quaternion that turns the performer as a calibration found it necessary.
    """

    upper_body: bool = False
    travel: bool = True
    turn: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)


class Puppet:
    """A character that follows one performer.

    Attributes:
        turn: (4,) turns the performer before anything else.
    """

    def __init__(self, rig: Rig, rig_map: RigMap, follow: Follow) -> None:
        self._follow = follow
        self.turn = np.array(follow.turn, dtype=float)
        # Exchanged whole, as it is read from another thread.
        self._lately: tuple[tuple[float, NDArray[np.float64]], ...] = ()
        self._solver = AnalyticSolver(neutral_body())
        self._rebind(rig, rig_map)

    def rebound(self, rig: Rig, rig_map: RigMap) -> "Puppet":
        """The same performer on a rig that was edited."""
        puppet = Puppet(rig, rig_map, self._follow)
        puppet._solver, puppet.turn = self._solver, self.turn
        return puppet

    def pose(self, landmarks: Landmarks) -> RigPose:
        """The rig when the performer looks like this; frames come in the order of time."""
        motion = self._solver.update(LandmarkTrack.of([landmarks]))
        if landmarks.pose is not None:
            since = landmarks.time - CALIBRATION_SECONDS
            self._lately = (*(seen for seen in self._lately if seen[0] > since), (landmarks.time, motion.rotations[0]))
        rotations, root = turned(motion.rotations[0], motion.root[0], self.turn)
        if self._follow.upper_body:
            rotations = upper_body(rotations)
        return self._transfer.pose(landmarks.time, rotations, root)

    def calibrate(self) -> bool:
        """Take the performer's stance of the last second for upright and facing ahead. False if nobody was seen."""
        seen = [rotations for _, rotations in self._lately]
        if len(seen) < CALIBRATION_FRAMES:
            return False
        turn = upright_turn(np.array(seen), neutral_body())
        if not np.isfinite(turn).all():
            return False
        self.turn = turn
        return True

    def _rebind(self, rig: Rig, rig_map: RigMap) -> None:
        travels = self._follow.travel and not self._follow.upper_body
        self._transfer = LiveTransfer(neutral_body(), rig, rig_map, travels=travels)

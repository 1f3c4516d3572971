# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to a rig's pose, frame by frame. Numbers only: it runs beside Blender, not in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.calibration import rotate_pose, upright_turn
from ...models.body.model import neutral_body
from ...pipeline.landmarks.data import Landmarks, LandmarkTrack
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...pipeline.solve.solver import Solver
from ...pipeline.solve.solving import create_solver
from ...retarget.motion.limits import limited
from ...retarget.motion.live_smoothing import LiveSmoothing
from ...retarget.motion.options import DEFAULT_SMOOTHNESS, Region
from ...retarget.motion.upper_body import upper_body
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.transfer.fingers import finger_bones, without_bones
from ...retarget.transfer.live import LiveTransfer
from ...retarget.transfer.plan import RetargetPlan
from ...retarget.transfer.pose import RigPose

CALIBRATION_SECONDS: Final = 1.0
"""How long the performer stands still for a calibration."""

CALIBRATION_FRAMES: Final = 3
"""With fewer frames than this nobody was seen."""

CALIBRATION_PATIENCE: Final = 3.0
"""Seconds that so few frames may take where they come slowly."""


Stance = tuple[tuple[float, NDArray[np.float64]], ...]
"""Seconds and rotations (52, 4) of frames that follow on each other."""


@dataclass(frozen=True)
class LiveSettings:
    """What of the performer the character follows.

    Attributes:
        upper_body: only from the waist up; hips and legs keep their rest pose.
        travel: the hips move about, and not only turn.
        fingers: the fingers too; if not, they stay as they are posed.
        reach: hands and feet come where the performer's are beside the body, instead of turning limbs alike.
        ik: controls of IK lead arms and legs, on rigs that let them.
        limits: knees and elbows do not bend backwards.
        turn: quaternion that turns the performer as a calibration found it necessary.
        smooth: how calm single regions of the body are: 0 as solved, 1 very calm.
        solver: what turns landmarks into rotations.
        field_of_view: degrees that the camera sees along the longer side of its picture; None if nobody knows.
    """

    upper_body: bool = False
    travel: bool = True
    fingers: bool = True
    reach: bool = False
    ik: bool = False
    limits: bool = True
    turn: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    smooth: Mapping[Region, float] = field(default_factory=dict)
    solver: SolverName = DEFAULT_SOLVER
    field_of_view: float | None = None


class LivePipeline:
    """A character that follows one performer.

    Attributes:
        turn: (4,) turns the performer before anything else.
    """

    def __init__(self, rig: Rig, rig_map: RigMap, settings: LiveSettings) -> None:
        self._settings = settings
        self.turn = np.array(settings.turn, dtype=float)
        # Exchanged whole, as it is read from another thread.
        self._lately: Stance = ()
        self._now = 0.0
        self._solver: Solver | None = None
        self._smoothing = LiveSmoothing(DEFAULT_SMOOTHNESS, settings.smooth)
        self._rebind(rig, rig_map)

    def for_rig(self, rig: Rig, rig_map: RigMap) -> "LivePipeline":
        """The same performer on a rig that was edited."""
        pipeline = LivePipeline(rig, rig_map, self._settings)
        pipeline._solver, pipeline._smoothing, pipeline.turn = self._solver, self._smoothing, self.turn
        return pipeline

    def pose(self, landmarks: Landmarks) -> RigPose:
        """The rig when the performer looks like this; frames come in the order of time.

        Raises:
            LifterMissing: see `solving.create_solver`.
        """
        if self._solver is None:  # Made here, as it may have a network to load, for which Blender's thread has no time.
            self._solver = create_solver(self._settings.solver, field_of_view=self._settings.field_of_view)
        self._now = landmarks.time
        motion = self._solver.update(LandmarkTrack.of([landmarks]))
        if landmarks.pose is not None:
            self._lately = _of_late((*self._lately, (landmarks.time, motion.rotations[0])))
        smooth = self._smoothing.pose(landmarks.time, motion.rotations[0], motion.root[0], motion.confidence[0])
        rotations, root = rotate_pose(*smooth, self.turn)
        if self._settings.limits:
            rotations = limited(rotations[None], neutral_body())[0]
        if self._settings.upper_body:
            rotations = upper_body(rotations)
        return without_bones(self._transfer.pose(landmarks.time, rotations, root), self._left_out)

    def smooth(self, regions: Mapping[Region, float]) -> None:
        """Change how calm single regions are; they go on from where they are."""
        self._smoothing.set(DEFAULT_SMOOTHNESS, regions)

    def calibrate(self) -> bool:
        """Take the performer's stance of the last second for upright, facing ahead, in its place and on the floor.

        False if nobody was seen.
        """
        seen = [rotations for time, rotations in self._lately if time > self._now - CALIBRATION_PATIENCE]
        if len(seen) < CALIBRATION_FRAMES:
            return False
        turn = upright_turn(np.array(seen), neutral_body())
        if not np.isfinite(turn).all():
            return False
        self.turn = turn
        self._rebind(*self._bound)  # which knows neither place nor floor yet, and so takes them from what comes next
        return True

    def _rebind(self, rig: Rig, rig_map: RigMap) -> None:
        self._bound = rig, rig_map
        self._left_out = frozenset() if self._settings.fingers else finger_bones(rig_map)
        how = self._settings
        travels = how.travel and not how.upper_body
        plan = RetargetPlan(neutral_body(), rig, rig_map, travels=travels, reach=how.reach, ik=how.ik)
        self._transfer = LiveTransfer(plan)


def _of_late(seen: Stance) -> Stance:
    """Of these frames those that a calibration looks at."""
    now = seen[-1][0]
    lately = tuple(each for each in seen if each[0] > now - CALIBRATION_SECONDS)
    fewest = tuple(each for each in seen[-CALIBRATION_FRAMES:] if each[0] > now - CALIBRATION_PATIENCE)
    return max(lately, fewest, key=len)

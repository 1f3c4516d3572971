# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to a rig's pose, frame by frame. Runs in a thread beside Blender and does not use bpy."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.calibration import rotate_pose, upright_turn
from ...models.body.camera_tilt import up_of
from ...models.body.model import neutral_body
from ...models.body.motion import BodyMotion
from ...pipeline.landmarks.data import Landmarks
from ...pipeline.live.cameras import LiveCameras
from ...pipeline.live.pair_pose import PairPose
from ...pipeline.live.view import LiveView
from ...pipeline.solve.face.neutral import Neutral
from ...pipeline.solve.face.solver import FaceSolver
from ...pipeline.solve.settings import DEFAULT_SOLVER, SolverName
from ...pipeline.solve.sides.settings import DEFAULT_SIDES, SidesMode
from ...retarget.face.face_plan import FacePlan
from ...retarget.face.face_rig import FaceMap, FaceRig
from ...retarget.face.options import FaceOptions
from ...retarget.motion.gravity.level import level_from
from ...retarget.motion.gravity.live import LiveGravity
from ...retarget.motion.limits import limited
from ...retarget.motion.live_smoothing import LiveSmoothing
from ...retarget.motion.options import DEFAULT_SMOOTHNESS, Region
from ...retarget.motion.root import LiveOrigin
from ...retarget.motion.upper_body import upper_body
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.transfer.faces import moves_anything, with_face
from ...retarget.transfer.fingers import finger_bones, without_bones
from ...retarget.transfer.live import LiveTransfer
from ...retarget.transfer.plan import RetargetPlan
from ...retarget.transfer.pose import RigPose

CALIBRATION_SECONDS: Final = 1.0
"""Seconds of the performer's stance that a calibration uses."""

CALIBRATION_FRAMES: Final = 3
"""Least number of frames for a calibration."""

CALIBRATION_PATIENCE: Final = 3.0
"""Seconds within which that number is accepted at low frame rates."""


Stance = tuple[tuple[float, NDArray[np.float64], NDArray[np.float64]], ...]
"""Times in seconds, rotations (52, 4) and their confidence (52,) of consecutive frames."""


@dataclass(frozen=True)
class LiveSettings:
    """How the character follows the performer.

    Attributes:
        upper_body: follow from the waist up only; hips and legs keep their rest pose.
        travel: move the hips through space, instead of only rotating them.
        fingers: follow the fingers too; if not, they keep their pose.
        reach: keep hands and feet where they are relative to the performer's body, instead of copying rotations.
        ik: drive arms and legs by IK controls, on rigs that have them.
        limits: keep knees and elbows from bending backwards.
        turn: quaternion (w, x, y, z) of the calibration, which rotates the performer.
        tilt: degrees by which the camera looks down, and by which upright people lean to the right in its picture; None
            to learn it slowly from how the performer stands and walks.
        smooth: smoothness of single regions of the body: 0 as solved, 1 strongest.
        solver: solver of landmarks to rotations.
        field_of_view: of the camera, in degrees along the longer side of its picture; None if unknown.
        second_field_of_view: likewise of a second camera.
        face: how strongly expressions move the face; without `expressions` it keeps its pose.
        neutral: the performer's calibrated face at rest (`Neutral.numbers`); empty to learn it slowly.
        smooth_landmarks: smooth the landmarks over time, before they are solved.
        sides: whether exchanges of left and right are undone.
    """

    upper_body: bool = False
    travel: bool = True
    fingers: bool = True
    reach: bool = False
    ik: bool = False
    limits: bool = True
    turn: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0)
    tilt: tuple[float, float] | None = None
    smooth: Mapping[Region, float] = field(default_factory=dict)
    solver: SolverName = DEFAULT_SOLVER
    field_of_view: float | None = None
    second_field_of_view: float | None = None
    face: FaceOptions = field(default_factory=FaceOptions)
    neutral: tuple[float, ...] = ()
    smooth_landmarks: bool = True
    sides: SidesMode = DEFAULT_SIDES


@dataclass(frozen=True)
class CharacterFace:
    """A character's face, and which expressions move what of it."""

    rig: FaceRig
    face_map: FaceMap


class LivePipeline:
    """Makes poses of one character from the landmarks of one performer.

    Args:
        rig: the character's bones.
        rig_map: which bone follows which joint.
        settings: how the character follows.
        face: the character's face; None to leave it alone.
        beside: makes the poses of another one in the same picture, with whom origin and vertical are shared.
        cameras: how two cameras stand to each other; None if there is one.

    Attributes:
        turn: (4,) rotation of the performer found by calibration.
        neutral: the performer's face at rest (`Neutral.numbers`) found by calibration; empty without one.
    """

    def __init__(
        self,
        rig: Rig,
        rig_map: RigMap,
        settings: LiveSettings,
        *,
        face: CharacterFace | None = None,
        beside: "LivePipeline | None" = None,
        cameras: LiveCameras | None = None,
    ) -> None:
        self._settings = settings
        self.turn = np.array(settings.turn, dtype=float)
        self.neutral = settings.neutral
        self._origin: LiveOrigin = LiveOrigin() if beside is None else beside.origin
        self._gravity: LiveGravity = (
            LiveGravity(neutral_body(), calibrated=self._is_turned) if beside is None else beside._gravity
        )
        self._upright, self._learns = _upright(settings.tilt), settings.tilt is None
        self._face_solver = FaceSolver(Neutral.of_numbers(self.neutral) if self.neutral else None)
        self._face_lock = threading.Lock()  # One thread calibrates what another one solves with.
        self._face, self._face_options = face, settings.face
        # Replaced as a whole, never changed, because another thread reads it.
        self._recent: Stance = ()
        self._newest_time = 0.0
        self._view = self._new_view(settings.field_of_view)
        self._pair = (
            None
            if cameras is None
            else PairPose(cameras, self._new_view(settings.second_field_of_view), leads=beside is None)
        )
        self._smoothing = LiveSmoothing(DEFAULT_SMOOTHNESS, settings.smooth)
        self._rebind(rig, rig_map)
        self._plan_face()

    def for_rig(self, rig: Rig, rig_map: RigMap, *, face: CharacterFace | None = None) -> "LivePipeline":
        """Return a pipeline for an edited rig that keeps solvers, smoothing and calibration."""
        settings = replace(self._settings, face=self._face_options)
        pipeline = LivePipeline(rig, rig_map, settings, face=face, beside=self)
        pipeline._view, pipeline._smoothing, pipeline.turn = self._view, self._smoothing, self.turn
        pipeline._pair = self._pair
        pipeline._face_solver, pipeline._face_lock = self._face_solver, self._face_lock
        pipeline.neutral, pipeline._upright, pipeline._learns = self.neutral, self._upright, self._learns
        return pipeline

    def _new_view(self, field_of_view: float | None) -> LiveView:
        settings = self._settings
        return LiveView(
            solver=settings.solver,
            field_of_view=field_of_view,
            sides=settings.sides,
            smooth=settings.smooth_landmarks,
        )

    def pose(self, landmarks: Landmarks, /, *, beside: Landmarks | None = None) -> RigPose:
        """Return the rig's pose for the landmarks of a frame, as found; frames are in order of time.

        Args:
            landmarks: what the camera sees of the performer.
            beside: what a second one does at the same moment, with the time by the first one's clock.

        Raises:
            LifterMissing: see `solve.creation.create_solver`.
        """
        seen = self._view.frame(landmarks)
        motion = seen.motion if self._pair is None else self._pair.frame(seen, beside)
        landmarks = seen.landmarks
        self._newest_time = landmarks.time
        if landmarks.pose is not None or (beside is not None and beside.pose is not None):
            self._recent = _calibration_frames(
                (*self._recent, (landmarks.time, motion.rotations[0], motion.confidence[0]))
            )
        rotations, root = self._smoothing.pose(
            landmarks.time, motion.rotations[0], motion.root[0], motion.confidence[0]
        )
        turn = rot.multiply(self._upright, self.turn)
        rotations, root = rotate_pose(rotations, self._origin.relative(root), turn)
        if self._learns:
            learnt = self._gravity.update(landmarks.time, rotations, motion.confidence[0])
            rotations, root = rotate_pose(rotations, root, learnt)
        if self._settings.limits:
            rotations = limited(rotations[None], neutral_body())[0]
        if self._settings.upper_body:
            rotations = upper_body(rotations)
        pose = without_bones(self._transfer.pose(landmarks.time, rotations, root), self._left_out)
        with self._face_lock:
            face = self._face_solver.update(landmarks)
        plan = self._face_plan
        if plan is None or np.isnan(face.expressions).any():  # No face was seen yet: it keeps its pose.
            return pose
        return with_face(pose, plan, plan.values(face.expressions, face.eyes))

    def forget(self) -> None:
        """Forget the performer, except for calibration: the next landmarks are somebody else's."""
        self._view.reset()
        if self._pair is not None:
            self._pair.reset()
        self._smoothing.reset()
        self._recent = ()
        with self._face_lock:
            self._face_solver.reset()

    def start_over(self) -> None:
        """Forget the performer, and the origin of all who perform together: other people are followed from now on."""
        self.forget()
        self._origin.place = None
        self._rebind(*self._bound)

    @property
    def moves_face(self) -> bool:
        """Whether expressions move anything of the character."""
        return self._face_plan is not None

    def change_face(self, face: CharacterFace | None) -> None:
        """Take a face that was edited, or whose map was; the body goes on as before."""
        self._face = face
        self._plan_face()

    def change_face_options(self, options: FaceOptions) -> None:
        """Change how strongly expressions move the face, from the next pose on."""
        self._face_options = options
        self._plan_face()

    def smooth(self, regions: Mapping[Region, float]) -> None:
        """Change the smoothness of single regions without resetting the filters."""
        self._smoothing.set(DEFAULT_SMOOTHNESS, regions)

    def calibrate(self) -> bool:
        """Take the performer's stance of the last second as upright, facing ahead, at the origin and on the floor.

        The face, if it was seen, becomes the neutral one.

        Returns:
            False if nobody was seen.
        """
        seen = [rotations for _, rotations, _ in self._seen_lately()]
        if len(seen) < CALIBRATION_FRAMES:
            return False
        turn = upright_turn(np.array(seen), neutral_body())
        if not np.isfinite(turn).all():
            return False
        self.join(turn, LiveOrigin())
        return True

    def level(self) -> tuple[float, float] | None:
        """Return the camera's tilt by the performer's stance of the last second; None if nobody stood in view."""
        seen = self._seen_lately()
        if len(seen) < CALIBRATION_FRAMES:
            return None
        time, rotations, confidence = (np.array(each) for each in zip(*seen, strict=True))
        motion = BodyMotion(time, rotations, np.full((len(seen), 3), np.nan), np.empty(0), confidence)
        return level_from(motion, neutral_body())

    def change_tilt(self, tilt: tuple[float, float] | None) -> None:
        """Change the camera's tilt, see `LiveSettings.tilt`, from the next pose on."""
        if tilt is None and not self._learns:
            self._gravity.reset(calibrated=self._is_turned)
        self._upright, self._learns = _upright(tilt), tilt is None

    @property
    def _is_turned(self) -> bool:
        """Whether a calibration has turned the performer."""
        return not np.array_equal(self.turn, rot.identity())

    def _seen_lately(self) -> Stance:
        return tuple(each for each in self._recent if each[0] > self._newest_time - CALIBRATION_PATIENCE)

    def clear_turn(self) -> None:
        """Follow the performer as filmed, but for the camera's tilt."""
        self.turn = rot.identity()
        self._gravity.reset()

    def join(self, turn: NDArray[np.float64], origin: LiveOrigin) -> None:
        """Take part in a calibration: turn as its performer does, stand on the floor from the next frame on.

        The face, if it was seen, becomes the neutral one.

        Args:
            turn: (4,) rotation of the performer who calibrates.
            origin: the new origin of all who perform together.
        """
        self.turn, self._origin = turn, origin
        self._gravity.reset(calibrated=self._is_turned)
        self._rebind(*self._bound)  # A new transfer takes origin and floor from the next frames.
        with self._face_lock:
            numbers = self._face_solver.neutral.numbers if self._face_solver.calibrate() else self.neutral
        self.neutral = numbers if np.isfinite(numbers).all() else ()

    @property
    def origin(self) -> LiveOrigin:
        """The origin of all who perform together."""
        return self._origin

    def clear_calibration(self) -> None:
        """Follow the performer as filmed, and learn the face at rest slowly."""
        self.clear_turn()
        self.neutral = ()
        with self._face_lock:
            self._face_solver = FaceSolver()

    def _rebind(self, rig: Rig, rig_map: RigMap) -> None:
        self._bound = rig, rig_map
        self._left_out = frozenset() if self._settings.fingers else finger_bones(rig_map)
        settings = self._settings
        travels = settings.travel and not settings.upper_body
        plan = RetargetPlan(neutral_body(), rig, rig_map, travels=travels, reach=settings.reach, ik=settings.ik)
        self._transfer = LiveTransfer(plan, origin=np.zeros(3))

    def _plan_face(self) -> None:
        # Replaced as a whole, because the worker's thread reads it.
        face, options = self._face, self._face_options
        plan = None if face is None else FacePlan(face.rig, face.face_map, options)
        self._face_plan = plan if plan is not None and moves_anything(plan) else None


def _upright(tilt: tuple[float, float] | None) -> NDArray[np.float64]:
    """Return the rotation (4,) that undoes a camera's tilt, see `LiveSettings.tilt`."""
    return rot.between(up_of(np.radians(tilt or (0.0, 0.0))), [0.0, 0.0, 1.0])


def _calibration_frames(seen: Stance) -> Stance:
    """Return the last of these frames, as many as a calibration needs."""
    now = seen[-1][0]
    recent = tuple(each for each in seen if each[0] > now - CALIBRATION_SECONDS)
    fewest = tuple(each for each in seen[-CALIBRATION_FRAMES:] if each[0] > now - CALIBRATION_PATIENCE)
    return max(recent, fewest, key=len)

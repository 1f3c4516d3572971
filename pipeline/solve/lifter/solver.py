# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to joint rotations by the lifter, a small network trained to correct errors of the landmark networks.

The lifter solves all 52 joints. It estimates hidden ones from what it has learnt, with a lower confidence. However,
limbs outside the picture, fingers of hands that were not found, and all joints while no person is found hold their
last rotation and then relax, as in the analytic solver.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.filter import RotationFilter
from ....models.body.joints import INDEX, JOINTS, PARENTS
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ...landmarks.data import LandmarkTrack
from ...landmarks.settings import OneEuro
from .. import axes
from ..camera import CameraSettings, focal_length
from ..continuity import Hold, HoldSettings, SignContinuity, averaged
from ..points import MAX_COORDINATE
from ..relaxed import relaxed_pose
from ..root import RootTracker
from ..solver import Solver
from .frames import FINGER_JOINTS, HAND_PLACES, SOLVED, SOLVED_MIRROR, corrected, mirrored_corrections
from .head import HeadByFace
from .network import BODY_COUNT, FINGER_COUNT, LifterNetwork, LifterOutput, load
from .tokens import LifterInput, Points, mirrored_input, tokenize, without_hands

Array = NDArray[np.float64]

_ERROR_SCALE: Final = math.radians(30.0)
"""Error in radians at which the confidence is 1/e: twice as much is a guess, half as much is certain."""
_MIN_CONFIDENCE: Final = 0.3
"""Least confidence of a joint that is seen: above `body.motion.SEEN`, so that it never counts as lost."""
_BATCH: Final = 256
"""Frames per run of the network: as many as fit into the processor's cache."""
_THREADS: Final = 2
"""Runs at a time, each on one core; their results do not depend on it."""
_BLOCK: Final = 2048
"""Frames of which other things are computed at once."""
_MIRROR: Final = np.array(SOLVED_MIRROR)
_HAND_SHARE: Final = 0.5 * np.eye(BODY_COUNT)[HAND_PLACES]
_OUTPUT_ORDER: Final = np.argsort([*SOLVED, *FINGER_JOINTS[0], *FINGER_JOINTS[1]])
"""Index of each joint in the network's outputs: the body's joints, then the left and the right fingers."""
_OUTPUT_PART: Final = np.repeat([0, 1, 2], [BODY_COUNT, FINGER_COUNT, FINGER_COUNT])[_OUTPUT_ORDER]
"""The landmarks that show each joint: 0 the body's, 1 the left hand's, 2 the right hand's."""
_HANDS: Final = np.array([INDEX[f"{side}Hand"] for side in ("Left", "Right")])
_PALMS: Final = [*_HANDS, -1]
_PARENTS: Final = np.array(PARENTS)
_ROOTS: Final = np.flatnonzero([parent in _PALMS for parent in PARENTS])
"""The hips, and the first joints of fingers, whose frames are relative to the palm."""
_MIRRORED: Final = np.ones((len(JOINTS), 4))
_MIRRORED[-FINGER_COUNT:, 2:] = -1.0
"""Signs that mirror back the right hand's fingers, which the network sees mirrored."""
_MIN_PRESENCE: Final = 0.5
"""Presence from which a landmark of BlazePose counts as in the picture, whatever its coordinates."""

# A bone is in the picture if any of these landmarks (left, right) is. Nothing is known of a forearm outside the
# picture, but with the knee in the picture the lifter estimates the shank better than the rest pose would: by 3 degrees
# on rendered people.
_ARM_LANDMARKS: Final = ((13, 15), (14, 16))
_WRIST_LANDMARKS: Final = ((15,), (16,))
_LEG_LANDMARKS: Final = ((25, 27), (26, 28))
_LANDMARKS_OF: Final = {
    **dict.fromkeys(("Shoulder", "Arm"), _ARM_LANDMARKS),
    **dict.fromkeys(("ForeArm", "Hand"), _WRIST_LANDMARKS),
    **dict.fromkeys(("UpLeg", "Leg", "Foot", "ToeBase"), _LEG_LANDMARKS),
}
_HAND_CHAIN: Final = ("Shoulder", "Arm", "ForeArm", "Hand")


@dataclass(frozen=True)
class LifterSettings:
    """Settings of the lifter.

    Attributes:
        second_look: run the network twice, the second time mirrored and without the hands, and average.
        smoothing: One-Euro filter of the joints' rotations in a stream (beta per radian per second), or None.
        window: standard deviation in seconds of the average over the frames of a whole track; 0 is off. On clips of
            rendered motion it reduces the limbs' error by 0.5 to 0.8 degrees and their jitter by two thirds, without
            lag.
        unseen: how joints that are not seen hold and relax.
        camera: the camera's properties, for the position of the root; rotations do not depend on it.
    """

    second_look: bool = True
    smoothing: OneEuro | None = field(default_factory=lambda: OneEuro(1.5, 3.0, scaled=False))
    window: float = 0.07
    unseen: HoldSettings = field(default_factory=HoldSettings)
    camera: CameraSettings = field(default_factory=CameraSettings)


class LifterSolver(Solver):
    """A solver that corrects the result of geometry with a network: the lifter that comes with Mimic, or `network`.

    Raises:
        LifterMissing: no network is given, and the one that comes with Mimic is missing.
    """

    def __init__(
        self, body: Body, *, settings: LifterSettings | None = None, network: LifterNetwork | None = None
    ) -> None:
        self._settings = settings or LifterSettings()
        self._body, self._network = body, network or load()
        self._relaxed = relaxed_pose(body.landmarks)
        rest = self._network.rest
        frames = np.concatenate([rest.frames, rest.fingers, rest.fingers])
        self._rest_inverse = rot.conjugate(rot.from_matrix(frames)), rest.frames[0].T
        self.reset()

    def reset(self) -> None:
        """See `Solver.reset`."""
        s = self._settings
        landmarks = self._body.landmarks[:33] + self._network.offsets
        self._hold, self._head, self._signs = Hold(s.unseen), HeadByFace(), SignContinuity()
        self._filter = None if s.smoothing is None else _rotation_filter(s.smoothing)
        self._root = RootTracker(self._body, landmarks, depth_smoothing=s.camera.depth_smoothing)

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """See `Solver.update`. Rotations are smoothed according to the settings."""
        return self._motion(track, window=0.0, smooth=self._filter)

    def solve(self, track: LandmarkTrack) -> BodyMotion:
        """See `Solver.solve`. Rotations are averaged over the settings' window."""
        self.reset()
        return self._motion(track, window=self._settings.window, smooth=None)

    def _motion(self, track: LandmarkTrack, *, window: float, smooth: RotationFilter | None) -> BodyMotion:
        time = np.asarray(track.time, dtype=float)
        if not len(time):
            nothing = np.empty((0, len(JOINTS), 4)), np.empty((0, 3)), np.empty(0), np.empty((0, len(JOINTS)))
            return BodyMotion(time, *nothing)
        points = points_of(track)
        inputs = self._tokens(points)
        output = self.lift(inputs)
        hips, pose = self._pose(track, points, inputs, output, window=window)
        source = _sources(inputs) * _in_picture(points, inputs.hand_found)
        pose = self._hold.run(time, pose, source, self._rest_pose(hips))
        if smooth is not None:
            pose = smooth.run(time, pose)
        return BodyMotion(
            time=time,
            rotations=self._signs.run(pose),
            root=self._root_of(track, points, inputs, hips),
            shape=_median_shape(output.shape, inputs.found),
            confidence=_confidence(output) * (source > 0.0),
        )

    def _tokens(self, points: Points) -> LifterInput:
        parts = [tokenize(points.part(rows), self._network.rest) for rows in _parts(len(points.focal), _BLOCK)]
        return parts[0] if len(parts) == 1 else LifterInput.joined(parts)

    def lift(self, inputs: LifterInput) -> LifterOutput:
        """Run the network on each frame by itself, once or, with `second_look`, twice."""
        look, size = (self._look_twice, _BATCH // 2) if self._settings.second_look else (self._network, _BATCH)
        if len(inputs.found) <= size:
            return look(inputs)
        with ThreadPoolExecutor(_THREADS, "mimic-lifter") as pool:
            parts = list(pool.map(lambda rows: look(inputs.part(rows)), _parts(len(inputs.found), size)))
        return LifterOutput(
            *(np.concatenate([getattr(p, name) for p in parts]) for name in LifterOutput.__dataclass_fields__)
        )

    def _look_twice(self, inputs: LifterInput) -> LifterOutput:
        # The second look is without the hands, so that a hand mistaken for the other one cannot pull the arm with it.
        rest, n = self._network.rest, len(inputs.found)
        both = self._network(inputs.concat(mirrored_input(without_hands(inputs, rest), rest)))
        mirrored = mirrored_corrections(both.correction[n:], rest)
        return LifterOutput(
            correction=both.correction[:n] + (mirrored - both.correction[:n]) * _second_share(inputs.hand_found),
            fingers=both.fingers[:n],
            error=0.5 * (both.error[:n] + both.error[n:].take(_MIRROR, axis=1)),
            finger_error=both.finger_error[:n],
            shape=0.5 * (both.shape[:n] + both.shape[n:]),
        )

    def _pose(
        self, track: LandmarkTrack, points: Points, inputs: LifterInput, output: LifterOutput, *, window: float
    ) -> tuple[Array, Array]:
        """Return global rotations (n, 3, 3) of the hips, and parent-relative rotations (n, 52, 4) of all joints."""
        time = np.asarray(track.time, dtype=float)
        n, (rest_inverse, hips_back) = len(time), self._rest_inverse
        fingers, by = inputs.fingers.reshape(n, 2 * FINGER_COUNT, 3, 3), output.fingers.reshape(n, 2 * FINGER_COUNT, 6)
        frames = np.empty((n, len(JOINTS), 3, 3))
        for rows in _parts(n, _BLOCK):
            base = np.concatenate([inputs.base[rows], fingers[rows]], axis=1)
            frames[rows] = corrected(base, np.concatenate([output.correction[rows], by[rows]], axis=1))
        if window > 0.0:
            error = np.concatenate([output.error, output.finger_error.reshape(n, 2 * FINGER_COUNT)], axis=1)
            present = np.repeat(
                np.column_stack([inputs.found, inputs.hand_found]), [BODY_COUNT, FINGER_COUNT, FINGER_COUNT], axis=1
            )
            frames = averaged(time, frames, error, present, seconds=window)
        turns = np.empty((n, len(JOINTS), 4))
        for rows in _parts(n, _BLOCK):
            own = rot.multiply(rot.from_matrix(frames[rows]), rest_inverse) * _MIRRORED
            turns[rows] = own.take(_OUTPUT_ORDER, axis=1)
        turns = self._head.run(time, track.face_image, turns, centre=points.centre, focal=points.focal)
        pose = np.empty_like(turns)
        for rows in _parts(n, _BLOCK):
            parents = rot.conjugate(turns[rows].take(_PARENTS, axis=1))
            parents[:, _ROOTS] = rot.identity()
            own = rot.multiply(parents, turns[rows])
            pose[rows] = own * np.copysign(1.0, own[..., :1])
        return frames[:, 0] @ hips_back, pose

    def _rest_pose(self, hips: Array) -> Array:
        """Return the pose (n, 52, 4) to which joints relax: standing, and facing as the person does."""
        pose = np.empty((len(hips), *self._relaxed.shape))
        half = 0.5 * np.arctan2(hips[:, 1, 0], hips[:, 0, 0])
        pose[:], pose[:, 0, 1:3] = self._relaxed, 0.0
        pose[:, 0, 0], pose[:, 0, 3] = np.cos(half), np.sin(half)
        return pose

    def _root_of(self, track: LandmarkTrack, points: Points, inputs: LifterInput, hips: Array) -> Array:
        """Return the positions (n, 3) of the hips joint, with the person scaled to the body's size."""
        confidence = np.minimum(points.certainty[..., 0], points.certainty[..., 1])
        world = np.where(np.abs(points.world) < MAX_COORDINATE, points.world, np.nan)
        # With a longer focal length than the assumed one, people of the same size in the picture are farther away.
        place = inputs.place.copy()
        place[:, 1] *= focal_length(track.size, self._settings.camera) / points.focal
        time, to_joint = np.asarray(track.time, dtype=float), hips @ self._root.to_joint
        return self._root.run(time, place, to_joint, points=world, confidence=confidence)


def _parts(count: int, size: int) -> list[slice]:
    """Return slices of so many frames, so that what is computed on the way does not grow with a take."""
    return [slice(start, start + size) for start in range(0, count, size)]


def points_of(track: LandmarkTrack) -> Points:
    """Return a track's landmarks for the focal length of the training. With the true one the network does worse."""
    return Points(
        image=track.pose_image,
        world=axes.to_blender(track.pose_world),
        certainty=np.stack([track.visibility, track.presence], axis=-1),
        hand_image=track.hand_image,
        hand_world=axes.to_blender(track.hand_world),
        hand_presence=track.hand_presence,
        centre=0.5 * track.size,
        focal=focal_length(track.size, CameraSettings()),
    )


def _rotation_filter(smoothing: OneEuro) -> RotationFilter:
    return RotationFilter(smoothing.min_cutoff, smoothing.beta, speed_cutoff=smoothing.derivative_cutoff)


def _second_share(hand_found: NDArray[np.bool_]) -> Array:
    """Return the weight (n, 22, 1) of the second look: a half, but 0 for hands that have landmarks of their own."""
    return (0.5 - hand_found @ _HAND_SHARE)[..., None]


def _sources(inputs: LifterInput) -> Array:
    """Return the source (n, 52) of each joint: 0 not seen, 1 seen, 2 a palm seen from the hand's own landmarks."""
    present = np.concatenate([inputs.found[:, None], inputs.hand_found], axis=1)
    source = present.take(_OUTPUT_PART, axis=1).astype(float)
    # A new source makes the hand catch up instead of jumping when its own landmarks take over.
    source[:, _HANDS] *= 1.0 + inputs.hand_found
    return source


def _confidence(output: LifterOutput) -> Array:
    """Return the confidence (n, 52) from the expected errors, `_MIN_CONFIDENCE` to 1."""
    fingers = output.finger_error.reshape(len(output.error), 2 * FINGER_COUNT)
    relative_error = np.concatenate([output.error, fingers], axis=1).take(_OUTPUT_ORDER, axis=1) / _ERROR_SCALE
    return _MIN_CONFIDENCE + (1.0 - _MIN_CONFIDENCE) * np.exp(-relative_error * np.sqrt(relative_error))


def _median_shape(shape: Array, found: NDArray[np.bool_]) -> Array:
    """Return the median (6,) of the shapes (n, 6) of frames with a person; empty if there are none."""
    if len(shape) == 1 and found[0]:
        return shape[0]
    return np.median(shape[found], axis=0) if found.any() else np.empty(0)


def _in_picture(points: Points, hand_found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each joint (n, 52) is in the picture. Fingers and the trunk always count as in the picture.

    Args:
        points: landmarks of n frames.
        hand_found: (n, 2) whether the left and right hand were found, which means that their arms are in the picture.
    """
    present = np.concatenate([points.certainty[..., 1] >= _MIN_PRESENCE, hand_found], axis=1)
    return (present @ _SHOWN_BY_LANDMARKS > 0.0) | _ALWAYS_SHOWN


def _visibility_tables() -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Return which landmarks and hands show each joint (35, 52), and which joints always count as shown (52,)."""
    table = np.zeros((35, len(JOINTS)), np.float32)
    for joint, sides in _LANDMARKS_OF.items():
        for side, name in enumerate(("Left", "Right")):
            by = [*sides[side], 33 + side] if joint in _HAND_CHAIN else list(sides[side])
            table[by, INDEX[f"{name}{joint}"]] = 1.0
    return table, ~table.any(axis=0)


_SHOWN_BY_LANDMARKS, _ALWAYS_SHOWN = _visibility_tables()

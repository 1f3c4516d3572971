# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody before a camera: landmarks as a perfect network would find them, and as one finds them that is mistaken."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import FACE_POINTS, FaceLandmarks, HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.axes import from_blender

NOWHERE = Region(0.0, 0.0, 1.0, 1.0, 0.0)
FOCAL = 900.0
FPS = 30.0
SURE = 0.95


class Actor:
    """Makes the landmarks of a body."""

    def __init__(self) -> None:
        self.body = neutral_body()

    def frames(
        self,
        yaw: Sequence[float] | NDArray[np.float64],
        *,
        swing: float = 0.0,
        noise: float = 0.0,
        face: bool = False,
        hands: bool = False,
        fps: float = FPS,
        place: float = 0.0,
    ) -> list[Landmarks]:
        """Landmarks of a body turned by `yaw` degrees, which swings its arms and legs by `swing` radians as in walking.

        At 0 degrees it faces the camera. `noise` is in metres; `place` is how far to the right it stands, in metres.
        The face is seen from the front only.
        """
        n, rng = len(yaw), np.random.default_rng(5)
        turns = rot.identity(n, len(JOINTS))
        phase = np.sin(2.0 * np.pi * 1.1 * np.arange(n) / fps) * swing
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            turns[:, INDEX[f"{side}Arm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.full(n, sign * 0.4))
            turns[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], sign * phase)
            turns[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.abs(phase))
        turns[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(np.asarray(yaw, dtype=float)))
        points = self.body.landmark_positions(turns, np.tile([place, 5.0, 0.0], (n, 1)))
        points += rng.normal(0.0, noise, points.shape) if noise else 0.0
        world = from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
        depth = points[..., 1]
        image = np.stack(
            [
                640.0 + FOCAL * points[..., 0] / depth,
                360.0 - FOCAL * points[..., 2] / depth,
                FOCAL / 5.0 * world[..., 2],
            ],
            axis=-1,
        )
        result = []
        for i in range(n):
            pose = PoseLandmarks(image[i, :33], world[i, :33], np.ones(33), np.ones(33), 1.0, NOWHERE, 420.0, i > 0)
            left, right = (
                HandLandmarks(image[i, rows], world[i, rows], 1.0, belief, NOWHERE) if hands else None
                for rows, belief in ((slice(33, 54), 1.0 - SURE), (slice(54, 75), SURE))
            )
            seen = face and np.cos(np.radians(yaw[i])) > 0.3
            result.append(
                Landmarks(i / fps, i, (1280, 720), pose, left, right, self.face_of(image[i]) if seen else None)
            )
        return result

    @staticmethod
    def face_of(image: NDArray[np.float64]) -> FaceLandmarks:
        """A face whose sides are at the ears."""
        points = np.zeros((478, 3))
        points[FACE_POINTS[2]], points[FACE_POINTS[3]] = image[8], image[7]
        return FaceLandmarks(points, 1.0, NOWHERE)

    @staticmethod
    def mistaken(landmarks: Landmarks, points: Sequence[int] = range(33)) -> Landmarks:
        """What a network finds that takes front for back: some points exchanged, their depths mirrored."""
        pose = landmarks.pose
        assert pose is not None
        order, front = np.arange(33), np.ones((33, 3))
        rows = list(points)
        order[rows], front[rows, 2] = np.array(POSE_MIRROR)[rows], -1.0
        image, world = pose.image[order] * front, pose.world[order] * front
        hands = (landmarks.left_hand, landmarks.right_hand)
        left, right = hands[::-1] if 15 in rows else hands
        return replace(landmarks, pose=replace(pose, image=image, world=world), left_hand=left, right_hand=right)


@pytest.fixture(scope="session")
def actor() -> Actor:
    return Actor()


def xy(landmarks: Landmarks) -> NDArray[np.float64]:
    """Points (33, 2) of the pose in pixels."""
    assert landmarks.pose is not None
    return landmarks.pose.image[:, :2]

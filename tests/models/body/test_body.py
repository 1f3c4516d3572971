# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported body is a person: symmetric, of human proportions, upright, facing -Y."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS, PARENTS, mirrored
from mimic.models.body.model import neutral_body

NOSE, LEFT_EAR, RIGHT_EAR = 0, 7, 8
LEFT_HEEL, LEFT_TOE = 29, 31
MIRROR = np.array([INDEX[mirrored(name)] for name in JOINTS])
POSE_MIRROR = np.array([0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33))])
LANDMARK_MIRROR = np.concatenate([POSE_MIRROR, np.arange(54, 75), np.arange(33, 54)])
FLIP = [-1.0, 1.0, 1.0]


def bone(start: str, end: str) -> float:
    body = neutral_body()
    return float(np.linalg.norm(body.rest[INDEX[end]] - body.rest[INDEX[start]]))


def test_body_sides_are_mirror_images() -> None:
    body = neutral_body()
    assert np.abs(body.rest - body.rest[MIRROR] * FLIP).max() < 0.001
    assert np.abs(body.landmarks - body.landmarks[LANDMARK_MIRROR] * FLIP).max() < 0.002
    assert np.array_equal(MIRROR[body.landmark_joints], body.landmark_joints[LANDMARK_MIRROR])
    assert np.abs(body.ends - body.ends[MIRROR] * FLIP).max() < 0.001


@pytest.mark.parametrize("side", ["Left", "Right"])
def test_body_limbs_have_the_lengths_of_an_adult(side: str) -> None:
    assert 0.23 < bone(f"{side}Arm", f"{side}ForeArm") < 0.33
    assert 0.20 < bone(f"{side}ForeArm", f"{side}Hand") < 0.30
    assert 0.36 < bone(f"{side}UpLeg", f"{side}Leg") < 0.50
    assert 0.36 < bone(f"{side}Leg", f"{side}Foot") < 0.50
    assert 0.07 < bone(f"{side}Hand", f"{side}HandMiddle1") < 0.13


def test_body_at_rest_stands_on_the_floor_facing_minus_y_with_left_at_plus_x() -> None:
    body = neutral_body()
    height = body.ends[INDEX["Head"], 2]
    assert 1.5 < height < 1.9
    assert body.rest[INDEX["Head"], 2] > body.rest[INDEX["Neck"], 2] > body.rest[INDEX["Hips"], 2]
    assert 0.0 < body.landmarks[[29, 30, 31, 32], 2].max() < 0.06
    assert body.landmarks[NOSE, 1] < body.landmarks[[LEFT_EAR, RIGHT_EAR], 1].min() - 0.05
    assert body.landmarks[LEFT_TOE, 1] < body.landmarks[LEFT_HEEL, 1] - 0.2
    assert body.rest[INDEX["LeftArm"], 0] > 0.1
    assert body.rest[INDEX["RightArm"], 0] < -0.1


def test_body_at_identity_has_joints_and_landmarks_at_rest() -> None:
    body = neutral_body()
    pose = rot.identity(len(JOINTS))
    hips = body.rest[INDEX["Hips"]]
    assert np.allclose(body.positions(pose, hips), body.rest)
    assert np.allclose(body.landmark_positions(pose, hips), body.landmarks)


def test_body_with_a_bent_elbow_moves_only_the_hands_landmarks() -> None:
    body = neutral_body()
    pose = rot.identity(len(JOINTS))
    pose[INDEX["LeftForeArm"]] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(30.0))
    moved = np.linalg.norm(body.landmark_positions(pose, body.rest[0]) - body.landmarks, axis=1) > 1e-6
    expected = np.zeros(75, dtype=bool)
    expected[[15, 17, 19, 21, *range(33, 54)]] = True
    assert np.array_equal(moved, expected)


def test_body_landmarks_of_joints_lie_on_the_joints() -> None:
    body = neutral_body()
    names = ["Arm", "ForeArm", "Hand"]
    expected = [INDEX[side + name] for name in names for side in ("Left", "Right")]
    assert np.allclose(body.landmarks[11:17], body.rest[expected])
    expected = [INDEX[side + name] for name in ("UpLeg", "Leg", "Foot") for side in ("Left", "Right")]
    assert np.allclose(body.landmarks[23:29], body.rest[expected])
    assert set(body.landmark_joints[:11]) == {INDEX["Head"]}


@pytest.mark.parametrize("side", [0, 1])
def test_finger_landmarks_lie_farther_from_the_wrist_joint_by_joint(side: int) -> None:
    body = neutral_body()
    hand = body.landmarks[33 + 21 * side :][:21]
    for finger in range(5):
        away = np.linalg.norm(hand[1 + 4 * finger : 5 + 4 * finger] - hand[0], axis=1)
        assert np.all(np.diff(away) > 0.005), FINGERS[finger]
    assert np.linalg.norm(hand[12] - hand[0]) == pytest.approx(0.18, abs=0.03)


def test_body_bones_end_away_from_their_start_and_at_an_only_child() -> None:
    body = neutral_body()
    assert np.linalg.norm(body.ends - body.rest, axis=1).min() > 0.01
    for joint, parent in enumerate(PARENTS):
        if PARENTS.count(parent) == 1 and parent >= 0:
            assert np.linalg.norm(body.ends[parent] - body.rest[joint]) < 0.03, JOINTS[joint]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The distribution of poses."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation.metrics import degrees_apart
from mimic.models.training.poses import fingers, motion_capture, poses
from mimic.models.training.poses.limbs import ARMS, LEGS, draw_limbs

BODY = neutral_body()


@pytest.fixture
def drawn():
    bank = poses.draw(np.random.default_rng(9), 20, captured=rot.identity(1, 52), mixture=(0, 0, 1)).rotations
    return poses.draw(np.random.default_rng(1), 300, captured=bank, mixture=(1, 1, 1))


def test_drawn_poses_are_unit_and_of_all_kinds(drawn):
    assert np.isfinite(drawn.rotations).all()
    assert np.allclose(np.linalg.norm(drawn.rotations, axis=-1), 1.0)
    assert np.bincount(drawn.kinds, minlength=3).min() > 60


def test_drawn_poses_of_one_seed_are_the_same():
    one, other = (
        poses.draw(np.random.default_rng(4), 30, captured=rot.identity(1, 52), mixture=(1, 1, 1)) for _ in range(2)
    )
    np.testing.assert_allclose(other.rotations, one.rotations, atol=1e-9)


def test_pose_mirrored_twice_is_the_same(drawn):
    twice = poses.mirror(poses.mirror(drawn.rotations))
    assert np.array_equal(twice, drawn.rotations)


def test_pose_mirrored_has_mirrored_joint_positions():
    pose = poses.draw(np.random.default_rng(2), 20, captured=rot.identity(1, 52), mixture=(1, 0, 1)).rotations
    left = BODY.positions(pose, np.zeros(3))[:, INDEX["LeftHand"]]
    right = BODY.positions(poses.mirror(pose), np.zeros(3))[:, INDEX["RightHand"]]
    assert np.allclose(left * [-1, 1, 1], right, atol=1e-6)


def test_drawn_ordinary_poses_bend_knees_backwards_only():
    pose = poses.draw(np.random.default_rng(3), 200, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations
    axes = rot.to_matrix(pose[:, INDEX["LeftLeg"]])
    shank = axes @ (BODY.rest[INDEX["LeftFoot"]] - BODY.rest[INDEX["LeftLeg"]])
    assert (shank[:, 1] > -0.12).all()


@pytest.mark.parametrize(("ways", "name"), [(ARMS, "hanging"), (LEGS, "standing")])
def test_drawn_hanging_arms_and_standing_legs_point_down(ways, name):
    upper, _ = draw_limbs(np.random.default_rng(0), ways, np.full((200, 2), name))
    assert (upper[..., 2] < -0.8).all()
    assert upper[:, 0, 0].mean() > 0 > upper[:, 1, 0].mean()


def test_drawn_fingers_reach_from_open_hand_to_fist():
    rng = np.random.default_rng(0)
    pose = rot.identity(400, 52)
    turns = fingers.draw_fingers(rng, 400, BODY)
    for side, name in enumerate(("Left", "Right")):
        first = INDEX[f"{name}Hand"] + 1
        pose[:, first : first + 15] = turns[:, side]
    points = BODY.landmark_positions(pose, np.zeros(3))
    for start in (33, 54):
        reach = np.linalg.norm(points[:, start + 12] - points[:, start], axis=-1)
        at_rest = np.linalg.norm(BODY.landmarks[start + 12] - BODY.landmarks[start])
        assert reach.min() < 0.62 * at_rest
        assert reach.max() < 1.15 * at_rest


def test_motion_capture_solved_has_limbs_pointing_as_captured(shared_data):
    file = shared_data / "mocap" / "cmu_npz30" / "bvh_acrnn__salsa_01.npz"
    time, points = motion_capture.read_points(file)
    some = slice(0, 90)
    solved = motion_capture.AnalyticSolver(BODY).solve(motion_capture.track_of(points[some], time[some])).rotations
    posed = BODY.landmark_positions(solved, np.zeros(3))[:, :33]
    for start, end, most in ((13, 15, 8), (11, 13, 12), (25, 27, 8), (23, 25, 12)):
        a, b = (rot.unit(p[:, end] - p[:, start]) for p in (points[some], posed))
        assert np.degrees(np.arccos(np.clip((a * b).sum(-1), -1, 1))).mean() < most
    assert (points[:, 11, 2] > points[:, 27, 2]).mean() > 0.99


def test_motion_capture_of_each_skeleton_is_read_upright(shared_data):
    files = ["cmu_npz30/bvh_iclone__001_01.npz", "cmu_npz30/misc__12_01_walk.npz", "mesh2motion_CC0/bow.npz"]
    for name in files:
        _, points = motion_capture.read_points(shared_data / "mocap" / name)
        rise = points[:, 11, 2] - points[:, 27, 2]
        assert np.median(rise) > 0
        assert np.isfinite(points[:, [11, 15, 23, 27, 29, 31]]).all()


def test_held_out_clips_exist_and_are_split_from_the_others(shared_data):
    names = tuple(p.stem for p in (shared_data / "mocap").glob("*/*.npz"))
    assert all(any(name.startswith(start) for name in names) for start in motion_capture.HELD_OUT)
    bank = motion_capture.PoseBank(rot.identity(2, 52), np.array([0, 1]), ("bvh_iclone__002_03", "other"))
    bank.rotations[0, 0] = [0, 1, 0, 0]
    assert degrees_apart(bank.split(held_out=True)[0, 0], [0, 1, 0, 0]) < 1e-6
    assert len(bank.split(held_out=False)) == 1

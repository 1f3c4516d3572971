# SPDX-License-Identifier: GPL-3.0-or-later
"""Movement to take clips of."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.training.poses import motion_capture, movement
from mimic.models.training.poses.motion_capture import Motion

TIME = np.arange(13) / 20.0
HIPS, ARM = INDEX["Hips"], INDEX["LeftArm"]


@pytest.fixture(scope="module")
def motion():
    """Two clips at 30 poses a second: a walker who turns left while an arm swings, and a short one who stands."""
    time = np.arange(90) / 30.0
    walk = rot.identity(90, 52)
    walk[:, HIPS] = rot.from_axis_angle([0.0, 0.0, 1.0], 0.5 * time)
    walk[:, ARM] = rot.from_axis_angle([1.0, 0.0, 0.0], np.sin(2.0 * time))
    path = np.concatenate([np.stack([np.zeros(90), -1.2 * time, np.full(90, 0.9)], axis=1), np.zeros((10, 3))])
    return Motion(
        rotations=np.concatenate([walk, rot.identity(10, 52)]),
        path=path,
        starts=np.array([0, 90, 100]),
        rates=np.array([30.0, 30.0]),
        names=("bvh_walk", "throw-ball"),
    )


def test_motion_clips_are_chosen_by_held_out_and_keyframed(motion):
    assert list(motion.chosen(held_out=True)) == [1]
    assert list(motion.chosen(held_out=False)) == [0]
    assert list(motion.chosen(keyframed=True)) == [1]
    assert list(motion.chosen()) == [0, 1]


def test_captured_movement_keeps_the_speed_of_the_clip(motion):
    rng = np.random.default_rng(0)
    for _ in range(10):
        moved = movement.draw_captured(rng, TIME, motion, motion.chosen())
        assert np.allclose(np.linalg.norm(moved.rotations, axis=-1), 1.0)
        gone = np.linalg.norm(moved.path[-1] - moved.path[0])
        assert 0.8 * 1.2 * TIME[-1] - 0.01 < gone < 1.25 * 1.2 * TIME[-1] + 0.01
        assert np.allclose(moved.path[len(TIME) // 2], 0.0)


def test_captured_movement_faces_ahead_in_the_middle(motion):
    moved = movement.draw_captured(np.random.default_rng(1), TIME, motion, motion.chosen())
    ahead = rot.rotate(moved.rotations[len(TIME) // 2, HIPS], np.array([0.0, -1.0, 0.0]))
    assert ahead[1] < -0.97


def test_captured_movement_longer_than_every_clip_is_refused(motion):
    with pytest.raises(ValueError, match="long enough"):
        movement.draw_captured(np.random.default_rng(0), TIME, motion, np.array([1]))


def test_ordinary_movement_is_smooth_and_stays_near():
    rng = np.random.default_rng(2)
    time = np.arange(60) / 30.0
    moved = [movement.draw_ordinary(rng, time) for _ in range(12)]
    steps = np.array(
        [np.degrees(rot.angle(rot.multiply(rot.conjugate(m.rotations[:-1]), m.rotations[1:]))) for m in moved]
    )
    assert steps.max() < 45.0
    assert steps[:, :, ARM].sum(axis=1).max() > 30.0
    assert max(np.ptp(m.path, axis=0).max() for m in moved) < 0.3


def test_handheld_camera_is_mostly_still():
    turns = [movement.draw_camera_shake(np.random.default_rng(seed), TIME) for seed in range(60)]
    still = [np.allclose(turn, rot.identity(len(TIME))) for turn in turns]
    assert 0.5 < np.mean(still) < 0.9
    assert max(np.degrees(rot.angle(turn)).max() for turn in turns) < 15.0


def test_motion_made_of_a_walk_keeps_every_frame_and_the_path(tmp_path, shared_data):
    source = tmp_path / "mocap" / "cmu_npz30"
    source.mkdir(parents=True)
    name = "misc__12_01_walk"
    (source / f"{name}.npz").symlink_to(shared_data / "mocap" / "cmu_npz30" / f"{name}.npz")
    motion_capture.make_motion(tmp_path / "mocap", tmp_path / "motion.npz")
    walk = motion_capture.read_motion(tmp_path / "motion.npz")
    assert walk.names == (name,)
    assert walk.rates[0] == pytest.approx(30.0, rel=0.01)
    assert list(walk.starts) == [0, len(walk.rotations)]
    seconds = len(walk.path) / walk.rates[0]
    assert 0.5 < np.linalg.norm(walk.path[-1] - walk.path[0]) / seconds < 2.0
    assert 0.8 < walk.path[:, 2].mean() < 1.1

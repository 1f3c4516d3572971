# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor of a take, its starting place, and its gaps."""

from dataclasses import replace

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FOOT_JOINTS, INDEX, JOINTS
from mimic.retarget.motion.gaps import bridged, held
from mimic.retarget.motion.root import ground


def test_ground_of_a_standing_body_is_the_floor(body, still):
    motion = replace(still(), root=np.tile([0.7, 4.0, -0.3], (2, 1)))
    np.testing.assert_allclose(ground(motion, body), np.tile(body.rest[0], (2, 1)), atol=1e-12)


def test_ground_of_a_walk_starts_at_the_rest_place_and_keeps_the_steps(body, rigs):
    motion = rigs.motion(1, frames=20, size=0.0)
    path = ground(motion, body)
    np.testing.assert_allclose(path[0, :2], body.rest[0, :2], atol=1e-12)
    np.testing.assert_allclose(np.diff(path[:, :2], axis=0), np.diff(motion.root[:, :2], axis=0), atol=1e-12)


def test_ground_with_one_bad_frame_keeps_the_floor(body, still):
    motion = still(100)
    root = motion.root + np.array([0.0, 3.0, 0.0])
    root[50, 2] -= 0.8
    path = ground(replace(motion, root=root), body)
    np.testing.assert_allclose(path[0, 2], body.rest[0, 2], atol=1e-9)


def test_ground_of_a_jump_leaves_the_floor(body, still):
    motion = still(60)
    rise = np.where(np.arange(60) > 45, 0.4, 0.0)
    path = ground(replace(motion, root=motion.root + rise[:, None] * [0.0, 0.0, 1.0]), body)
    np.testing.assert_allclose(path[:, 2] - body.rest[0, 2], rise, atol=1e-9)


def test_ground_of_a_drifting_camera_keeps_the_feet_down(body, still):
    motion = still(300)
    drift = 0.2 * np.sin(0.4 * motion.time)
    path = ground(replace(motion, root=motion.root + drift[:, None] * np.array([0.0, 0.0, 1.0])), body)
    assert np.ptp(drift) > 0.3
    np.testing.assert_allclose(path[:, 2], body.rest[0, 2], atol=0.01)


def test_ground_of_a_handstand_puts_the_hands_on_the_floor(body, still):
    motion = still(60)
    turned = motion.rotations.copy()
    turned[:, 0] = rot.from_axis_angle([1.0, 0.0, 0.0], np.pi)
    for side in ("Left", "Right"):
        turned[:, INDEX[f"{side}Arm"]] = rot.between(
            body.rest[INDEX[f"{side}ForeArm"]] - body.rest[INDEX[f"{side}Arm"]], [0.0, 0.0, 1.0]
        )
    motion = replace(motion, rotations=turned)
    joints = body.positions(turned, ground(motion, body))
    lowest = np.argmin(joints[0, :, 2])
    assert JOINTS[lowest].startswith(("LeftHand", "RightHand"))
    np.testing.assert_allclose(joints[:, lowest, 2], 0.05, atol=1e-9)


def test_ground_bridges_gaps_and_holds_the_ends(body, still):
    motion = still(6)
    root = np.full((6, 3), np.nan)
    root[1], root[4] = [1.0, 5.0, 1.0], [1.6, 5.0, 1.0]
    path = ground(replace(motion, root=root), body)
    np.testing.assert_allclose(path[:, 0], [0.0, 0.0, 0.2, 0.4, 0.6, 0.6], atol=1e-12)


def test_ground_without_any_place_keeps_the_lower_foot_on_the_floor(body, still):
    motion = still(3)
    turns = motion.rotations.copy()
    for side in ("Left", "Right"):
        turns[1, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-80.0))
        turns[1, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(80.0))
    squat = replace(motion, rotations=turns, root=np.full((3, 3), np.nan))
    path = ground(squat, body)
    heights = body.positions(turns, path)[:, list(FOOT_JOINTS), 2] - body.rest[list(FOOT_JOINTS), 2]
    assert path[1, 2] < path[0, 2] - 0.2
    np.testing.assert_allclose(heights.min(axis=1), 0.0, atol=1e-12)
    np.testing.assert_allclose(path[:, :2], np.tile(body.rest[0, :2], (3, 1)), atol=1e-12)


def test_held_rows_with_nan_repeat_the_row_before():
    values = np.array([[np.nan, 0.0], [1.0, 2.0], [np.nan, 5.0], [3.0, 4.0]])
    expected = [[9.0, 9.0], [1.0, 2.0], [1.0, 2.0], [3.0, 4.0]]
    np.testing.assert_array_equal(held(values, np.array([9.0, 9.0])), expected)


def test_bridged_gaps_are_filled_by_time():
    values = np.array([[0.0], [np.nan], [10.0]])
    np.testing.assert_allclose(bridged(np.array([0.0, 0.9, 1.0]), values)[:, 0], [0.0, 9.0, 10.0], atol=1e-9)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertical of a live session: learnt slowly, without jumps, from those who are on their feet."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.camera_tilt import angles_of, up_of
from mimic.models.body.joints import INDEX
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.gravity.live import SPEED, LiveGravity
from mimic.retarget.motion.upright import rotate_motion


def tilted(motion: BodyMotion, pitch: float, roll: float) -> BodyMotion:
    return rotate_motion(motion, rot.between([0.0, 0.0, 1.0], up_of(np.radians([pitch, roll]))))


def swaying(still, seconds: float) -> BodyMotion:
    motion = still(round(30 * seconds))
    turns = motion.rotations.copy()
    turns[:, 0] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(4.0 + 3.0 * np.sin(2.0 * motion.time)))
    return replace(motion, rotations=turns)


def follow(gravity: LiveGravity, motion: BodyMotion, *, start: float = 0.0) -> np.ndarray:
    """The verticals (n, 3) of the camera that it takes for true, frame by frame."""
    turns = [
        gravity.update(start + time, rotations, confidence)
        for time, rotations, confidence in zip(motion.time, motion.rotations, motion.confidence, strict=True)
    ]
    return rot.rotate(rot.conjugate(np.array(turns)), [0.0, 0.0, 1.0])


def off(up: np.ndarray, pitch: float, roll: float) -> float:
    return float(np.degrees(np.arccos(np.clip(up @ up_of(np.radians([pitch, roll])), -1.0, 1.0))))


@pytest.mark.parametrize(("pitch", "roll"), [(20.0, 0.0), (30.0, -12.0), (-10.0, 18.0)])
def test_live_gravity_of_someone_who_stands_comes_upright_by_itself(body, still, pitch, roll):
    found = follow(LiveGravity(body), tilted(swaying(still, 25.0), pitch, roll))
    assert off(found[-1], pitch, roll) < 4.0


def test_live_gravity_never_jumps(body, still):
    found = follow(LiveGravity(body), tilted(swaying(still, 20.0), 35.0, 20.0))
    steps = np.arccos(np.clip((found[1:] * found[:-1]).sum(axis=1), -1.0, 1.0))
    assert steps.max() <= 1.01 * SPEED / 30.0
    np.testing.assert_array_equal(found[0], [0.0, 0.0, 1.0])


def test_live_gravity_of_a_level_camera_stays_level(body, still):
    found = follow(LiveGravity(body), swaying(still, 30.0))
    assert max(off(up, 0.0, 0.0) for up in found) < 2.0


def test_live_gravity_ignores_who_lies_sits_or_is_not_seen(body, still):
    lying = rotate_motion(still(300), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0)))
    sitting = still(300).rotations.copy()
    for side in ("Left", "Right"):
        sitting[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-85.0))
        sitting[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(85.0))
    unseen = tilted(still(300), 20.0, 0.0)
    for motion in (
        lying,
        tilted(replace(still(300), rotations=sitting), 20.0, 10.0),
        replace(unseen, confidence=np.zeros_like(unseen.confidence)),
        replace(unseen, rotations=np.full_like(unseen.rotations, np.nan)),
    ):
        found = follow(LiveGravity(body), motion)
        np.testing.assert_array_equal(found[-1], [0.0, 0.0, 1.0])


def test_live_gravity_keeps_what_it_learnt_while_someone_lies_down(body, still):
    gravity = LiveGravity(body)
    standing = follow(gravity, tilted(swaying(still, 20.0), 25.0, 5.0))
    lying = rotate_motion(still(300), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0)))
    after = follow(gravity, tilted(lying, 25.0, 5.0), start=20.0)
    assert off(after[-1], 25.0, 5.0) < off(standing[-1], 25.0, 5.0) + 1.0


def test_live_gravity_after_a_calibration_changes_little(body, still):
    stance = tilted(swaying(still, 30.0), 8.0, 4.0)
    plain, calibrated = (follow(LiveGravity(body, calibrated=each), stance)[-1] for each in (False, True))
    assert off(calibrated, 0.0, 0.0) < 0.7 * off(plain, 0.0, 0.0)


def test_live_gravity_after_a_reset_or_a_long_pause_goes_on_without_a_jump(body, still):
    gravity = LiveGravity(body)
    motion = tilted(swaying(still, 10.0), 20.0, 0.0)
    before = follow(gravity, motion)[-1]
    after = follow(gravity, motion, start=500.0)[0]
    assert np.degrees(np.arccos(np.clip(before @ after, -1.0, 1.0))) <= np.degrees(SPEED) * 0.51
    gravity.reset()
    np.testing.assert_array_equal(rot.rotate(gravity.turn, [0.0, 0.0, 1.0]), [0.0, 0.0, 1.0])


def test_turn_of_live_gravity_keeps_the_heading(body, still):
    gravity = LiveGravity(body)
    follow(gravity, tilted(swaying(still, 20.0), 30.0, 10.0))
    ahead = rot.rotate(gravity.turn, [0.0, 1.0, 0.0])
    assert abs(np.degrees(np.arctan2(ahead[0], ahead[1]))) < 5.0


def test_live_gravity_of_several_people_is_one_learnt_from_all(body, still):
    standing = tilted(swaying(still, 20.0), 24.0, -8.0)
    lying = rotate_motion(still(600), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0)))
    gravity = LiveGravity(body)
    for i, time in enumerate(standing.time):
        turns = [gravity.update(time, each.rotations[i], each.confidence[i]) for each in (lying, standing, lying)]
        np.testing.assert_array_equal(turns[0], turns[1])
        np.testing.assert_array_equal(turns[0], turns[2])
    assert off(rot.rotate(rot.conjugate(turns[0]), [0.0, 0.0, 1.0]), 24.0, -8.0) < 4.0
    alone = follow(LiveGravity(body), standing)[-1]
    assert off(rot.rotate(rot.conjugate(turns[0]), [0.0, 0.0, 1.0]), *np.degrees(angles_of(alone))) < 1.0

# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing pose by pose: calm at rest, quick when it is fast, slow where nothing is sure, and never stuck."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.retarget.motion.live_smoothing import LiveSmoothing

ARM = INDEX["LeftArm"]
SURE, NOWHERE = np.ones(len(JOINTS)), np.full(3, np.nan)


def pose(angle: float) -> np.ndarray:
    turns = rot.identity(len(JOINTS))
    turns[ARM] = rot.from_axis_angle([0.0, 0.0, 1.0], np.asarray(angle))
    return turns


def run(smoothing, angles, *, step=1 / 30, confidence=SURE, start=0.0):
    return np.array(
        [
            rot.angle(smoothing.pose(start + i * step, pose(a), NOWHERE, confidence)[0][ARM])
            for i, a in enumerate(angles)
        ]
    )


def test_live_smoothing_leaves_the_first_pose_and_smoothness_0_unchanged():
    angles = np.random.default_rng(0).uniform(0.0, 1.0, 30)
    assert run(LiveSmoothing(), angles[:1])[0] == pytest.approx(angles[0])
    np.testing.assert_allclose(run(LiveSmoothing(0.0), angles), angles, atol=1e-9)


def test_live_smoothing_of_noise_at_rest_is_calmer_with_more_smoothness():
    angles = 0.5 + np.random.default_rng(1).normal(scale=0.01, size=200)
    spread = [run(LiveSmoothing(s), angles)[50:].std() for s in (0.0, 0.3, 0.6, 1.0)]
    assert spread == sorted(spread, reverse=True)
    assert spread[2] < 0.5 * spread[0]


def test_live_smoothing_of_a_fast_turn_follows_at_once():
    angles = np.clip((np.arange(60) - 20) * 0.2, 0.0, 1.6)
    found = run(LiveSmoothing(), angles)
    # A tenth of a second after it stopped, nearly all of it is there.
    assert found[32] > 0.95 * 1.6


def test_live_smoothing_at_another_frame_rate_gives_nearly_the_same_motion():
    coarse = run(LiveSmoothing(), np.minimum(np.arange(16) * 0.05, 0.5), step=1 / 15)
    fine = run(LiveSmoothing(), np.minimum(np.arange(31) * 0.025, 0.5), step=1 / 30)[::2]
    np.testing.assert_allclose(coarse, fine, atol=0.05)


def test_live_smoothing_of_an_unsure_joint_follows_slowly_without_a_jump():
    smoothing, unsure = LiveSmoothing(), np.where(np.arange(len(JOINTS)) == ARM, 0.0, 1.0)
    run(smoothing, np.full(30, 0.2))
    lost = run(smoothing, np.full(15, 1.4), confidence=unsure, start=1.0)
    assert lost[-1] < 0.9
    assert (np.diff(lost) >= 0.0).all()
    back = run(smoothing, np.full(30, 1.4), start=1.5)
    assert abs(back[0] - lost[-1]) < 0.6
    assert back[-1] == pytest.approx(1.4, abs=0.02)


def test_live_smoothing_of_flipped_quaternions_stays_unit_and_continuous():
    smoothing = LiveSmoothing()
    rng, before = np.random.default_rng(3), None
    for i in range(50):
        turns = rot.unit(pose(0.1 * i) * rng.choice([-1.0, 1.0], size=(len(JOINTS), 1)))
        found, _ = smoothing.pose(i / 30, turns, NOWHERE, SURE)
        np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-9)
        if before is not None:
            assert np.sum(found * before, axis=-1).min() > 0.0
        before = found


def test_live_smoothing_of_the_root_holds_in_gaps_and_restarts_after_long_ones():
    smoothing = LiveSmoothing()
    _, place = smoothing.pose(0.0, pose(0.0), NOWHERE, SURE)
    assert np.isnan(place).all()
    _, place = smoothing.pose(0.03, pose(0.0), np.array([1.0, 2.0, 3.0]), SURE)
    np.testing.assert_array_equal(place, [1.0, 2.0, 3.0])
    _, place = smoothing.pose(0.06, pose(0.0), np.array([1.1, 2.0, 3.0]), SURE)
    assert 1.0 < place[0] < 1.1
    _, held = smoothing.pose(0.09, pose(0.0), NOWHERE, SURE)
    np.testing.assert_array_equal(held, place)
    found, place = smoothing.pose(3.0, pose(1.0), np.array([5.0, 5.0, 5.0]), SURE)
    np.testing.assert_array_equal(place, [5.0, 5.0, 5.0])
    assert rot.angle(found[ARM]) == pytest.approx(1.0)


def test_live_smoothing_of_a_pose_from_the_past_changes_nothing():
    smoothing = LiveSmoothing()
    first, _ = smoothing.pose(1.0, pose(0.3), NOWHERE, SURE)
    again, _ = smoothing.pose(0.5, pose(2.0), NOWHERE, SURE)
    np.testing.assert_array_equal(again, first)

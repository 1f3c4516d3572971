# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of whole takes: no lag, no lost accents, calm where nothing moves, and the same whenever it happens."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.cleaning import short_losses
from mimic.retarget.motion.options import MotionOptions
from mimic.retarget.motion.penalised import penalised
from mimic.retarget.motion.smoothing import smoothed

CALM = MotionOptions()
ARM, HAND = INDEX["LeftForeArm"], INDEX["LeftHand"]


def bend(angles: np.ndarray, joint: int = ARM, *, step: float = 1 / 30) -> BodyMotion:
    """One joint turning by `angles` (n,) radians about a slanted axis; all the others at rest."""
    n = len(angles)
    rotations = rot.identity(n, len(JOINTS))
    rotations[:, joint] = rot.from_axis_angle(rot.unit([1.0, 2.0, 3.0]), angles)
    return BodyMotion(np.arange(n) * step, rotations, np.zeros((n, 3)), np.empty(0), np.ones((n, len(JOINTS))))


def angles_of(motion: BodyMotion, joint: int = ARM) -> np.ndarray:
    return rot.angle(motion.rotations[:, joint])


def shaken(motion: BodyMotion, degrees: float, seed: int = 0) -> BodyMotion:
    rng = np.random.default_rng(seed)
    shake = rng.normal(scale=np.radians(degrees) / 2.0, size=motion.rotations.shape)
    return replace(motion, rotations=rot.unit(motion.rotations + shake))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.floats(0.05, 1.0), st.floats(0.0, 1.0))
def test_smoothed_rotations_stay_unit_quaternions(rigs, seed, frames, size, smooth):
    motion = rigs.motion(seed, frames=frames, size=size)
    rng = np.random.default_rng(seed)
    motion = replace(motion, confidence=rng.uniform(size=motion.confidence.shape))
    result = smoothed(motion, MotionOptions(smoothing=smooth))
    np.testing.assert_allclose(np.linalg.norm(result.rotations, axis=-1), 1.0, atol=1e-9)
    assert np.isfinite(result.root).all()
    assert result.rotations.shape == motion.rotations.shape


@given(st.integers(0, 1000), st.floats(0.01, 1.0))
@settings(max_examples=10, deadline=None)
def test_smoothed_still_pose_is_unchanged(rigs, seed, smooth):
    pose = rigs.motion(seed, frames=1, size=1.0)
    still = replace(
        pose,
        time=np.cumsum(np.random.default_rng(seed).uniform(0.01, 0.1, size=30)),
        rotations=np.repeat(pose.rotations, 30, axis=0),
        root=np.repeat(pose.root, 30, axis=0),
        confidence=np.ones((30, len(JOINTS))),
    )
    result = smoothed(still, MotionOptions(smoothing=smooth))
    np.testing.assert_allclose(np.abs(np.sum(result.rotations * still.rotations, axis=-1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(result.root, still.root, atol=1e-7)


def test_smoothed_motion_is_the_same_at_a_later_start_time(rigs):
    motion = rigs.motion(3, frames=40, size=0.3)
    later = smoothed(replace(motion, time=motion.time + 1234.5), CALM)
    np.testing.assert_allclose(later.rotations, smoothed(motion, CALM).rotations, atol=1e-7)


def test_smoothed_motion_of_a_turned_performer_is_turned_alike(rigs):
    motion = rigs.motion(4, frames=40, size=0.2)
    turn = rot.unit([0.3, -0.5, 0.2, 0.9])
    turned = replace(motion, rotations=rot.multiply(turn, motion.rotations))
    expected = rot.multiply(turn, smoothed(motion, CALM).rotations)
    apart = rot.angle(rot.multiply(rot.conjugate(expected), smoothed(turned, CALM).rotations))
    assert apart.max() < 1e-6


def test_smoothed_swing_does_not_lag():
    time = np.arange(240) / 30
    motion = shaken(bend(0.6 + 0.5 * np.sin(2 * np.pi * 0.8 * time)), 1.5)
    result = angles_of(smoothed(motion, CALM))
    true = 0.6 + 0.5 * np.sin(2 * np.pi * 0.8 * time)
    fine = np.arange(0.5, 7.0, 0.001)
    shifts = np.arange(-0.05, 0.0501, 0.001)
    likeness = [
        np.corrcoef(np.interp(fine + shift, time, result), np.interp(fine, time, true))[0, 1] for shift in shifts
    ]
    assert abs(shifts[np.argmax(likeness)]) <= 0.004


@pytest.mark.parametrize("width", [0.15, 0.2, 0.3])
@pytest.mark.parametrize("joint", ["LeftForeArm", "RightArm", "LeftUpLeg", "Head", "LeftHand"])
def test_smoothed_fast_accent_keeps_height_and_frame(width, joint):
    time = np.arange(120) / 30
    pulse = np.radians(80.0) * np.exp(-4.0 * np.log(2.0) * ((time - 2.0) / width) ** 2)
    result = angles_of(smoothed(bend(pulse, INDEX[joint]), CALM), INDEX[joint])
    assert result.max() >= 0.95 * pulse.max()
    assert abs(int(np.argmax(result)) - 60) == 0


def test_smoothed_trembling_pose_accelerates_a_tenth_at_most(body):
    trembling = shaken(bend(np.full(150, 0.4)), 1.0)

    def acceleration(motion: BodyMotion) -> float:
        points = body.positions(motion.rotations, np.zeros((len(motion.time), 3)))
        return float(np.linalg.norm(np.diff(points, 2, axis=0), axis=-1).mean())

    assert acceleration(smoothed(trembling, CALM)) < 0.1 * acceleration(trembling)


def test_smoothed_trembling_is_calmer_with_more_smoothness():
    trembling = shaken(bend(np.full(90, 0.4)), 1.0)
    left = [
        np.abs(np.diff(angles_of(smoothed(trembling, MotionOptions(smoothing=s))), 2)).mean() for s in (0, 0.25, 0.5, 1)
    ]
    assert left == sorted(left, reverse=True)
    assert left[-1] < 0.2 * left[0]


def test_smoothed_region_uses_its_own_setting():
    trembling = shaken(bend(np.full(60, 0.4)), 2.0)
    result = smoothed(trembling, MotionOptions(by_region=True, smoothing_arms=0.0))
    np.testing.assert_array_equal(result.rotations[:, ARM], trembling.rotations[:, ARM])
    assert (result.rotations[:, HAND] != trembling.rotations[:, HAND]).any()


def test_smoothed_motion_drops_a_single_bad_frame():
    motion = bend(np.full(60, 0.3))
    motion.rotations[30, ARM] = rot.from_axis_angle([0.0, 1.0, 0.0], np.asarray(2.0))
    result = angles_of(smoothed(motion, CALM))
    np.testing.assert_allclose(result, 0.3, atol=np.radians(1.0))


def test_smoothed_motion_bridges_a_short_loss_of_a_hand_but_no_long_one():
    angles = np.where(np.arange(120) < 60, 0.2, 0.8)
    motion = bend(angles, HAND)
    # Lost where it changes: the solver holds, then jumps to what is seen again.
    motion.confidence[50:65, HAND] = 0.0
    result = angles_of(smoothed(motion, CALM), HAND)
    assert np.abs(np.diff(result)).max() < 0.08
    np.testing.assert_allclose(result[[20, 100]], [0.2, 0.8], atol=0.01)

    seen = np.ones(120, dtype=bool)
    seen[20:90] = False
    assert short_losses(motion.time, seen) == []


def test_short_losses_at_the_ends_of_a_take_are_not_reported():
    time = np.arange(30) / 30
    seen = np.ones(30, dtype=bool)
    seen[:5] = seen[25:] = False
    assert short_losses(time, seen) == []


@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_penalised_smoother_equals_the_dense_solution(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 30))
    time, values = np.cumsum(rng.uniform(0.02, 0.08, n)), rng.normal(size=(n, 2, 3))
    weights, cutoff = rng.uniform(0.2, 1.0, (n, 2)), rng.uniform(1.0, 6.0, (n, 2))
    found = penalised(time, values, weights=weights, cutoff=cutoff)
    step = np.diff(time)
    share = np.concatenate([step[:1], 0.5 * (step[:-1] + step[1:]), step[-1:]])
    for k in range(2):
        curvature = np.zeros((n - 2, n))
        for i, (a, b) in enumerate(pairwise(step)):
            curvature[i, i : i + 3] = 2 / (a * (a + b)), -2 / (a * b), 2 / (b * (a + b))
        stiff = np.diag(share[1:-1] * (2 * np.pi * cutoff[1:-1, k]) ** -4.0)
        near = np.diag(share * weights[:, k])
        expected = np.linalg.solve(near + curvature.T @ stiff @ curvature, near @ values[:, k])
        np.testing.assert_allclose(found[:, k], expected, atol=1e-9)


def test_penalised_smoother_halves_a_wave_at_the_cutoff_frequency():
    time = np.arange(600) / 60
    wave = np.sin(2 * np.pi * 2.0 * time)[:, None, None]
    left = penalised(time, wave, weights=np.ones((600, 1)), cutoff=np.full((600, 1), 2.0))
    assert np.abs(left[200:400]).max() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4])
def test_smoothed_motion_of_very_few_frames_keeps_its_shape(rigs, frames):
    motion = rigs.motion(1, frames=max(frames, 1))
    motion = replace(
        motion,
        time=motion.time[:frames],
        rotations=motion.rotations[:frames],
        root=motion.root[:frames],
        confidence=motion.confidence[:frames],
    )
    assert smoothed(motion, CALM).rotations.shape == (frames, len(JOINTS), 4)

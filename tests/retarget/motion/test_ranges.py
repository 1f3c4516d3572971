# SPDX-License-Identifier: GPL-3.0-or-later
"""Soft limits of joints: no effect on what people do, none beyond what they can, and nothing pops on the way."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.models.body.joints import mirrored as other_side
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.ranges import JOINT_RANGES, joint_axes, within_range

SWEEP = np.radians(np.arange(-140.0, 140.5, 0.5))


def swept(body, name, axis):
    """A joint that turns from -140 to 140 degrees about one of its axes."""
    turns = rot.identity(len(SWEEP), len(JOINTS))
    turns[:, INDEX[name]] = rot.from_axis_angle(joint_axes(body, name)[axis], SWEEP)
    return turns


def apart(a, b):
    return rot.angle(rot.multiply(rot.conjugate(a), b))


@pytest.mark.parametrize("name", ["Neck", "LeftArm", "LeftHand", "LeftUpLeg", "LeftHandIndex2", "LeftHandThumb3"])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_joint_range_slows_a_joint_near_the_end_and_is_not_passed(body, name, axis):
    limits = JOINT_RANGES[name]
    low, high = np.radians((limits.bend, limits.side, limits.twist)[axis])
    found = within_range(swept(body, name, axis), body)[:, INDEX[name]]
    angles = rot.to_vector(found) @ joint_axes(body, name)[axis]
    near = np.abs(SWEEP) < np.radians(110.0)
    assert angles[near].min() > low
    assert angles[near].max() < high
    free = (0.79 * low < SWEEP) & (0.79 * high > SWEEP)
    np.testing.assert_allclose(angles[free], SWEEP[free], atol=1e-9)
    # It never turns back while the input goes on, and never moves faster than it.
    steps = np.diff(angles[near])
    assert steps.min() > -1e-6
    assert steps.max() < np.radians(0.5) + 1e-6


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.0, 3.1))
def test_joint_range_of_a_small_change_gives_a_small_change(body, seed, size):
    rng = np.random.default_rng(seed)
    turns = rot.from_axis_angle(rot.unit(rng.normal(size=(1, len(JOINTS), 3))), np.full((1, len(JOINTS)), size))
    nudge = rot.from_axis_angle(rot.unit(rng.normal(size=(1, len(JOINTS), 3))), np.full((1, len(JOINTS)), 1e-4))
    before, after = (within_range(q, body) for q in (turns, rot.multiply(turns, nudge)))
    np.testing.assert_allclose(np.linalg.norm(before, axis=-1), 1.0, atol=1e-9)
    assert apart(before, after).max() < 40e-4


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_joint_range_of_left_and_right_is_alike(body, seed):
    rng = np.random.default_rng(seed)
    turns = rot.from_axis_angle(rot.unit(rng.normal(size=(5, len(JOINTS), 3))), rng.uniform(0, 2.0, (5, len(JOINTS))))
    swap = [INDEX[other_side(name)] for name in JOINTS]
    mirror = np.array([1.0, 1.0, -1.0, -1.0])
    other = within_range(turns[:, swap] * mirror, body)[:, swap] * mirror
    assert apart(within_range(turns, body), other).max() < 1e-6


def test_joint_range_leaves_fists_and_flat_hands_unchanged(body):
    for bends in ((20.0, 30.0, 45.0), (-18.0, -13.0, -9.0), (65.0, 95.0, 55.0)):
        turns = rot.identity(1, len(JOINTS))
        for finger in FINGERS[1:]:
            for k, bend in enumerate(bends):
                name = f"LeftHand{finger}{k + 1}"
                turns[:, INDEX[name]] = rot.from_axis_angle(joint_axes(body, name)[0], np.radians([bend]))
        assert np.degrees(apart(within_range(turns, body), turns).max()) < 1.0


def test_joint_range_axes_bend_fingers_to_the_palm(body):
    turns = rot.identity(1, len(JOINTS))
    for finger in FINGERS[1:]:
        turns[:, INDEX[f"LeftHand{finger}1"]] = rot.from_axis_angle(
            joint_axes(body, f"LeftHand{finger}1")[0], np.radians([60.0])
        )
    rest, bent = body.rest, body.positions(turns, body.rest[:1])[0]
    for finger in FINGERS[1:]:
        tip = INDEX[f"LeftHand{finger}3"]
        thumb = INDEX["LeftHandThumb3"]
        palm = rest[INDEX["LeftHandMiddle1"]] + 0.5 * (rest[thumb] - rest[INDEX["LeftHandMiddle1"]])
        assert np.linalg.norm(bent[tip] - palm) < np.linalg.norm(rest[tip] - palm)


def test_limits_option_off_leaves_rotations_unchanged(body, still):
    motion = still(4)
    turns = motion.rotations.copy()
    turns[:, INDEX["Head"]] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(120.0))
    motion = replace(motion, rotations=turns)
    free = polish(motion, body, AS_SOLVED)
    np.testing.assert_array_equal(free.rotations[:, INDEX["Head"]], turns[:, INDEX["Head"]])
    kept = polish(motion, body, replace(AS_SOLVED, limits=True))
    assert np.degrees(rot.angle(kept.rotations[:, INDEX["Head"]])).max() < 53.0
    assert MotionOptions().limits

# SPDX-License-Identifier: GPL-3.0-or-later
"""Loops: found where the motion repeats itself, closed without a jolt, on feet that stand across the seam."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.retarget.errors import InvalidOption, NothingLeft
from mimic.retarget.motion.edits import differences
from mimic.retarget.motion.loops import SHORTEST_LOOP, best_loop, loop_travel, looped, repeated
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.rig.rig import RigMotion


def waving(still, *, frames=100, period=1.2, walk=0.0):
    """Someone who swings both arms, after a lurch to one side, and may walk."""
    motion = still(frames)
    phase = 2.0 * np.pi * motion.time / period
    turns = motion.rotations.copy()
    turns[:, INDEX["LeftArm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], 0.6 * np.sin(phase))
    turns[:, INDEX["RightArm"]] = rot.from_axis_angle([1.0, 0.0, 0.0], 0.5 * np.cos(phase))
    lurch = np.radians(40.0) * np.clip(1.0 - motion.time / 0.4, 0.0, 1.0)
    turns[:, INDEX["Spine"]] = rot.from_axis_angle([0.0, 1.0, 0.0], lurch)
    root = motion.root + motion.time[:, None] * [0.0, -walk, 0.0]
    return replace(motion, rotations=turns, root=root)


def turned_by(a, b):
    return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))


def test_best_loop_of_a_repeating_motion_spans_whole_periods(body, still):
    motion = waving(still)
    first, last = best_loop((motion, body))
    assert motion.time[first] > 0.25
    periods = (motion.time[last] - motion.time[first]) / 1.2
    assert periods == pytest.approx(round(periods), abs=0.03)
    assert round(periods) == 2  # as long as it can be after the lurch


def test_best_loop_of_a_short_motion_is_refused_with_a_sentence(body, still):
    with pytest.raises(NothingLeft, match=r"^No loop can be found in 0\.30 s of motion"):
        best_loop((still(10), body))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(3, 80), st.floats(0.05, 2.0), st.sampled_from(["auto", "off"]))
def test_loop_of_any_motion_ends_where_the_motion_begins(body, rigs, seed, frames, blend, feet):  # noqa: PLR0917
    motion = rigs.motion(seed, frames=frames, size=0.05)
    result = polish(motion, body, MotionOptions(loop="ends", loop_blend=blend, feet=feet))
    assert turned_by(result.rotations[0], result.rotations[-1]).max() < 1e-6
    step = result.root[-1] - result.root[0]
    np.testing.assert_allclose(step, loop_travel(result), atol=1e-9)
    assert np.isfinite(result.root).all()


def test_loop_keeps_the_middle_and_has_a_smooth_seam(body, still):
    motion = waving(still, frames=61, walk=1.2)
    result = looped(motion, blend=0.4)
    middle = slice(13, 48)
    assert turned_by(result.rotations[middle], motion.rotations[middle]).max() < 1e-6
    np.testing.assert_allclose(result.root[middle], motion.root[middle], atol=1e-12)
    np.testing.assert_allclose(loop_travel(result), [0.0, -2.4, 0.0], atol=1e-9)

    def jolts(loop):
        twice, _ = repeated(loop)
        joints = body.positions(twice.rotations, twice.root)
        return np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).max(axis=1)

    assert jolts(result).max() < 0.35 * jolts(motion).max()


def test_loop_of_a_motion_that_loops_already_changes_nothing(still):
    motion = waving(still, frames=73)
    motion = replace(motion, rotations=np.concatenate([motion.rotations[36:72], motion.rotations[36:73]]))
    result = looped(motion, blend=0.4)
    assert turned_by(result.rotations, motion.rotations).max() < 0.1


def test_loop_of_a_motion_that_returns_ends_in_the_same_place(still):
    motion = waving(still, frames=61, walk=0.1)
    result = looped(motion, blend=0.4)
    np.testing.assert_allclose(result.root[-1], result.root[0], atol=1e-12)


def test_loop_search_of_a_trimmed_motion_stays_inside_the_trim(body, still):
    motion = waving(still)
    result = polish(motion, body, replace(AS_SOLVED, trim_start=1.0, loop="find"))
    assert result.time[0] >= 1.0
    assert result.time[-1] - result.time[0] >= SHORTEST_LOOP


def test_loop_options_with_unknown_values_are_refused():
    with pytest.raises(InvalidOption, match='loop is "round": give one of off, ends, find'):
        MotionOptions(loop="round")
    with pytest.raises(InvalidOption, match=r"loop_blend is -1\.0: give a number of seconds from 0 to 10"):
        MotionOptions(loop_blend=-1.0)


def test_differences_of_a_rig_motion_count_from_the_first_frame():
    rng = np.random.default_rng(0)
    turns, places = rot.unit(rng.normal(size=(6, 2, 4))), rng.normal(size=(6, 3))
    found = differences(RigMotion(("A", "B"), turns, "A", places))
    again = rot.multiply(turns[0], found.rotations)
    assert turned_by(again, turns).max() < 1e-6
    np.testing.assert_allclose(places[0] + found.location, places, atol=1e-12)
    np.testing.assert_allclose(np.abs(found.rotations[0]), rot.identity(2), atol=1e-12)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fewer keys with Bezier handles show the same motion, and the options of a bake do what they say in Blender."""

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.models.body import rotations as rot
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.rig.rig import RigMotion

BONES = ("mixamorig:Hips", "mixamorig:LeftArm", "mixamorig:RightHandIndex2")
FRAMES = np.arange(1.0, 121.0)


def swings():
    """Slow turns of three bones and a way of the first, at 120 frames."""
    rng = np.random.default_rng(2)
    axes = rot.unit(rng.normal(size=(len(BONES), 3)))
    angles = np.sin(FRAMES[:, None] / np.array([9.0, 14.0, 21.0])) * np.array([0.4, 1.2, 0.8])
    place = np.column_stack([np.sin(FRAMES / 20.0), FRAMES / 60.0, np.zeros(120)])
    return RigMotion(BONES, rot.continuous(rot.from_axis_angle(axes, angles)), BONES[0], place)


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "AXIS_ANGLE"])
def test_reduced_keys_show_the_same_motion_within_the_tolerance(bpy, make, mode):
    from mimic.addon.bake.keys import Tolerance, assign, curves_of, motion_action

    motion, armature = swings(), make.armature(bpy)
    for name in BONES:
        armature.pose.bones[name].rotation_mode = mode
    assign(
        armature,
        motion_action(armature, motion, FRAMES, name="Few", tolerance=Tolerance(turn=np.radians(1.0), place=0.005)),
    )
    keys = sum(len(curve.keyframe_points) for curve in curves_of(armature))
    assert keys < 0.4 * len(FRAMES) * len(curves_of(armature))
    for curve in curves_of(armature):
        assert {point.interpolation for point in curve.keyframe_points} == {"BEZIER"}
        assert curve.keyframe_points[0].co[0] == FRAMES[0]
        assert curve.keyframe_points[-1].co[0] == FRAMES[-1]
    for i, frame in enumerate(FRAMES):
        posed = make.posed(bpy, armature, frame)
        for k, name in enumerate(BONES):
            shown = rot.from_matrix(np.array(posed[name].matrix_basis)[:3, :3])
            apart = np.degrees(rot.angle(rot.multiply(rot.conjugate(motion.rotations[i, k]), shown)))
            assert apart < 1.05
        np.testing.assert_allclose(posed[BONES[0]].location, motion.location[i], atol=0.006)


def test_reduced_curve_in_blender_equals_the_computed_one_between_keys(bpy, make):
    from mimic.addon.bake.keys import Tolerance, assign, curves_of, motion_action
    from mimic.retarget.motion.keys_reduction import reduce_keys

    motion, armature = swings(), make.armature(bpy)
    assign(
        armature,
        motion_action(armature, motion, FRAMES, name="Few", tolerance=Tolerance(turn=np.radians(2.0), place=0.01)),
    )
    expected = reduce_keys(FRAMES, motion.location, tolerance=0.01)
    between = np.linspace(FRAMES[0], FRAMES[-1], 300)
    for curve in curves_of(armature):
        if curve.data_path.endswith("location"):
            seen = [curve.evaluate(frame) for frame in between]
            np.testing.assert_allclose(seen, expected.at(between)[:, curve.array_index], atol=1e-4)


@pytest.mark.slow
def test_bake_reduced_trimmed_and_offset_writes_fewer_keys_in_those_frames(bpy, make, tmp_path):

    from mimic.addon.bake.to_file import bake

    motion = make.walk(61)
    every = bake(motion, tmp_path / "every.blend", options=AS_SOLVED)
    fewer = bake(motion, tmp_path / "fewer.blend", options=MotionOptions(), bake_options=BakeOptions(simplify=3.0))
    assert every.keys == 61 * (52 * 4 + 3)
    assert fewer.keys < 0.6 * every.keys

    part = bake(
        motion,
        tmp_path / "part.blend",
        options=MotionOptions(trim_start=0.5, trim_end=1.5),
        bake_options=BakeOptions(offset=2.0),
    )
    assert part.frames == 31
    armature = make.reopened(bpy, tmp_path / "part.blend")
    first, last = armature.animation_data.action.frame_range
    assert (first, last) == (61.0, 91.0)


@pytest.mark.slow
def test_bake_of_a_swaying_squat_keeps_the_foot_in_place(bpy, make, tmp_path):
    from dataclasses import replace

    from mimic.addon.bake.to_file import bake
    from mimic.models.body.joints import INDEX
    from mimic.models.body.model import neutral_body
    from mimic.retarget.motion.root import resting_height

    walk = make.walk(60)
    turns = rot.identity(60, 52)
    dip = np.radians(25.0) * (1.0 - np.cos(4.0 * walk.time))
    for side in ("Left", "Right"):
        for name, share in (("UpLeg", -1.0), ("Leg", 2.0), ("Foot", -1.0)):
            turns[:, INDEX[side + name]] = rot.from_axis_angle([1.0, 0.0, 0.0], share * dip)
    sway = neutral_body().rest[0] + 0.1 * np.sin(5.0 * walk.time)[:, None] * [1.0, 0.0, 0.0]
    squat = replace(walk, rotations=turns, root=sway)
    squat.root[:, 2] = resting_height(squat, neutral_body())
    wander = []
    for options in (AS_SOLVED, MotionOptions()):
        bake(squat, tmp_path / "squat.blend", options=options, force=True)
        armature = make.reopened(bpy, tmp_path / "squat.blend")
        feet = [np.array(make.posed(bpy, armature, frame)["mixamorig:LeftFoot"].head) for frame in range(1, 61)]
        wander.append(np.ptp(feet, axis=0).max())
    assert wander[0] > 0.1
    assert wander[1] < 0.002

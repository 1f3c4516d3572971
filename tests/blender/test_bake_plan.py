# SPDX-License-Identifier: GPL-3.0-or-later
"""A bake is planned first, without a trace; what cannot be written is found out before anything is."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.addon.errors import ActionMissing, ArmatureLocked, NothingToBake
from mimic.retarget.errors import NothingLeft
from mimic.retarget.motion.options import AS_SOLVED


def traces(bpy):
    """What a bake may change, of every object in the file."""
    scene = bpy.context.scene
    things = {}
    for thing in bpy.data.objects:
        data = thing.animation_data
        things[thing.name] = (
            None if data is None else (data.action and data.action.name, len(data.nla_tracks)),
            [np.array(bone.matrix_basis).tolist() for bone in thing.pose.bones] if thing.pose else [],
        )
    return sorted(bpy.data.actions.keys()), things, (scene.frame_current, scene.frame_subframe)


@pytest.mark.parametrize("layer", ["action", "stash", "additive"])
def test_plan_bake_changes_nothing_and_agrees_with_the_written_bake(bpy, make, layer):
    from mimic.addon.bake.apply import write
    from mimic.addon.bake.plan import plan_bake

    armature = make.ik_armature(bpy)
    before = traces(bpy)
    options = BakeOptions(layer=layer, ik=True, simplify=0.5)
    plan = plan_bake(armature, make.walk(20), name="Walk", options=AS_SOLVED, bake_options=options)
    assert traces(bpy) == before
    applied = write(armature, plan)
    assert applied.warnings == plan.warnings
    assert applied.keys == sum(
        len(channel.curve.frames) * channel.values.shape[1] for channel in plan.channels if channel.curve is not None
    )
    np.testing.assert_array_equal(applied.frames, plan.frames)
    assert traces(bpy) != before


@pytest.mark.parametrize(
    ("fault", "options", "bake_options"),
    [
        (NothingToBake, AS_SOLVED, BakeOptions()),
        (NothingLeft, replace(AS_SOLVED, trim_start=50.0), BakeOptions()),
        (ActionMissing, AS_SOLVED, BakeOptions(layer="additive", onto="Nobody")),
    ],
)
def test_bake_that_cannot_be_planned_leaves_the_scene_unchanged(bpy, make, fault, options, bake_options):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    before = traces(bpy)
    motion = make.walk(0 if fault is NothingToBake else 20)
    with pytest.raises(fault):
        apply_motion(armature, motion, name="Walk", options=options, bake_options=bake_options)
    assert traces(bpy) == before


def test_bake_by_ik_with_a_locked_target_object_is_refused_and_writes_nothing(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    armature = make.ik_armature(bpy)
    goal = bpy.data.objects.new("Goal", None)
    bpy.context.scene.collection.objects.link(goal)
    goal.matrix_world = armature.matrix_world @ armature.pose.bones["IK LeftHand"].matrix
    armature.pose.bones["mixamorig:LeftForeArm"].constraints["IK"].target = goal
    track = goal.animation_data_create().nla_tracks.new()
    track.strips.new("Wait", 1, bpy.data.actions.new("Wait"))
    bpy.context.view_layer.update()
    goal.animation_data.use_tweak_mode = True
    assert goal.animation_data.use_tweak_mode
    before = traces(bpy)
    with pytest.raises(ArmatureLocked, match="Goal"):
        apply_motion(armature, make.walk(20), name="Walk", options=AS_SOLVED, bake_options=BakeOptions(ik=True))
    assert traces(bpy) == before


def test_bake_warnings_are_each_given_once(bpy, make):
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.bake.plan import collected

    assert collected(["a", "b"], ["b", "c", "a"]) == ("a", "b", "c")
    armature = make.ik_armature(bpy)
    armature.data.pose_position = "REST"
    warnings = apply_motion(armature, make.walk(20), name="Walk", options=AS_SOLVED).warnings
    assert len(warnings) == len(set(warnings)) >= 2

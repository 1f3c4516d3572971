# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions: written whole, equal to keys set one by one, never in place of what was there."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot

BONES = ("mixamorig:Hips", "mixamorig:LeftArm", "mixamorig:RightHandIndex2")


def motion_of(frames=20, seed=0):
    from mimic.retarget.rig.rig import RigMotion

    rng = np.random.default_rng(seed)
    axes = rot.unit(rng.normal(size=(len(BONES), 3)))
    angles = np.cumsum(rng.normal(scale=0.4, size=(frames, len(BONES))), axis=0)
    return RigMotion(
        bones=BONES,
        rotations=rot.continuous(rot.from_axis_angle(axes, angles)),
        root=BONES[0],
        location=rng.normal(size=(frames, 3)),
    )


def keys_of(armature):
    """(path, index) -> keys (n, 2)."""
    from mimic.addon.bake.keys import curves_of

    return {
        (curve.data_path, curve.array_index): np.array([point.co for point in curve.keyframe_points])
        for curve in curves_of(armature)
    }


def test_motion_action_has_the_same_keys_as_keyframe_insert(bpy, make):
    from mimic.addon.bake.keys import assign, motion_action

    motion, frames = motion_of(), np.arange(1.0, 21.0)
    slow = make.armature(bpy, name="Slow")
    for i, frame in enumerate(frames):
        for k, name in enumerate(BONES):
            bone = slow.pose.bones[name]
            bone.rotation_quaternion = motion.rotations[i, k]
            bone.keyframe_insert("rotation_quaternion", frame=frame)
        slow.pose.bones[motion.root].location = motion.location[i]
        slow.pose.bones[motion.root].keyframe_insert("location", frame=frame)
    fast = make.armature(bpy, name="Fast")
    assign(fast, motion_action(fast, motion, frames, name="Fast"))
    expected, found = keys_of(slow), keys_of(fast)
    assert set(found) == set(expected)
    assert len(found) == 3 + 4 * len(BONES)
    for curve, keys in expected.items():
        np.testing.assert_allclose(found[curve], keys, atol=1e-6)


def test_motion_action_curves_are_grouped_by_bone(bpy, make):
    from mimic.addon.bake.keys import assign, curves_of, motion_action

    armature = make.armature(bpy)
    assign(armature, motion_action(armature, motion_of(), np.arange(20.0), name="Take"))
    for curve in curves_of(armature):
        assert curve.group.name in curve.data_path
    assert {curve.group.name for curve in curves_of(armature)} == set(BONES)


def test_motion_action_of_a_used_name_keeps_the_action_before(bpy, make, tmp_path):
    from mimic.addon.bake.keys import assign, motion_action

    armature = make.armature(bpy)
    written = motion_action(armature, motion_of(seed=1), np.arange(20.0), name="Take")
    assign(armature, written)
    first = written.action
    before = keys_of(armature)
    written = motion_action(armature, motion_of(seed=2), np.arange(20.0), name="Take")
    assign(armature, written)
    second = written.action
    assert (first.name, second.name) == ("Take", "Take.001")
    assert armature.animation_data.action == second
    assert any(not np.array_equal(keys, before[curve]) for curve, keys in keys_of(armature).items())
    path = str(tmp_path / "both.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.open_mainfile(filepath=path)
    assert {"Take", "Take.001"} <= set(bpy.data.actions.keys())


@pytest.mark.parametrize("mode", ["QUATERNION", "XYZ", "ZYX", "YXZ", "AXIS_ANGLE"])
def test_motion_action_in_every_rotation_mode_shows_the_same_rotations(bpy, make, mode):
    from mimic.addon.bake.keys import assign, motion_action

    motion, frames = motion_of(60), np.arange(60.0)
    armature = make.armature(bpy)
    for name in BONES:
        armature.pose.bones[name].rotation_mode = mode
    assign(armature, motion_action(armature, motion, frames, name="Take"))
    for frame in frames[::7]:
        posed = make.posed(bpy, armature, frame)
        for k, name in enumerate(BONES):
            basis = np.array(posed[name].matrix_basis)[:3, :3]
            np.testing.assert_allclose(basis, rot.to_matrix(motion.rotations[int(frame), k]), atol=2e-5)


def test_axis_angle_channels_of_a_turn_through_zero_do_not_jump(bpy):
    from mimic.addon.bake.rotation_modes import channels

    angles = np.linspace(-3.0, 3.0, 121)
    quaternions = rot.from_axis_angle(rot.unit([1.0, 2.0, 3.0]), angles)
    name, values = channels("AXIS_ANGLE", quaternions)
    assert name == "rotation_axis_angle"
    assert np.abs(np.diff(values, axis=0)).max() < 0.06
    np.testing.assert_allclose(np.abs(values[:, 0]), np.abs(angles), atol=1e-9)


def test_euler_channels_of_nearly_two_turns_do_not_jump(bpy):
    from mimic.addon.bake.rotation_modes import channels

    quaternions = rot.from_axis_angle([0.0, 0.0, 1.0], np.linspace(0.0, 12.0, 241))
    _, values = channels("XYZ", quaternions)
    np.testing.assert_allclose(np.diff(values[:, 2]), 0.05, atol=1e-5)


def test_motion_action_with_keys_between_frames_shows_the_rotation_there(bpy, make):
    from mimic.addon.bake.keys import assign, motion_action

    armature = make.armature(bpy)
    motion = motion_of(4)
    assign(armature, motion_action(armature, motion, np.array([1.0, 1.8, 2.6, 3.4]), name="Take"))
    basis = np.array(make.posed(bpy, armature, 1.8)[BONES[1]].matrix_basis)[:3, :3]
    np.testing.assert_allclose(basis, rot.to_matrix(motion.rotations[1, 1]), atol=1e-5)


def test_motion_action_of_a_bone_name_with_quotes_and_brackets_moves_the_bone(bpy, make):
    from dataclasses import replace

    from mimic.addon.bake.keys import assign, motion_action

    armature = make.armature(bpy)
    odd = 'Hips "the [middle]" \\ 1'
    armature.data.bones[BONES[0]].name = odd
    motion = replace(motion_of(), bones=(odd, *BONES[1:]), root=odd)
    assign(armature, motion_action(armature, motion, np.arange(20.0), name="Take"))
    np.testing.assert_allclose(make.posed(bpy, armature, 5.0)[odd].location, motion.location[5], atol=1e-5)


def test_motion_action_in_tweak_mode_is_refused_and_adds_nothing(bpy, make):
    from mimic.addon.bake.keys import assign, motion_action
    from mimic.addon.errors import ArmatureLocked

    armature = make.armature(bpy)
    written = motion_action(armature, motion_of(), np.arange(20.0), name="Take")
    assign(armature, written)
    data = armature.animation_data
    data.nla_tracks.new().strips.new("Strip", 1, written.action)
    data.action = None
    data.nla_tracks[0].select = True
    data.nla_tracks.active = data.nla_tracks[0]
    data.nla_tracks[0].strips[0].select = True
    data.use_tweak_mode = True
    assert data.use_tweak_mode
    count = len(bpy.data.actions)
    with pytest.raises(ArmatureLocked, match="leave tweak mode"):
        assign(armature, motion_action(armature, motion_of(), np.arange(20.0), name="Take"))
    assert len(bpy.data.actions) == count


def test_motion_action_for_a_linked_armature_is_refused(bpy, make, tmp_path):
    from mimic.addon.bake.keys import assign, motion_action
    from mimic.addon.errors import ArmatureLocked

    make.armature(bpy, name="Library Rig")
    path = str(tmp_path / "library.blend")
    bpy.ops.wm.save_as_mainfile(filepath=path)
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(path, link=True) as (_, wanted):
        wanted.objects = ["Library Rig"]
    linked = bpy.data.objects["Library Rig"]
    with pytest.raises(ArmatureLocked, match="library override"):
        assign(linked, motion_action(linked, motion_of(), np.arange(20.0), name="Take"))

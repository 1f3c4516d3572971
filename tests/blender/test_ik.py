# SPDX-License-Identifier: GPL-3.0-or-later
"""Limbs that IK leads stand, in Blender, as they do when every bone is keyed."""

from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.models.body import rotations as rot
from mimic.retarget.motion.options import AS_SOLVED

_spec = spec_from_file_location("rig_gallery", Path(__file__).with_name("rig_gallery.py"))
rig_gallery = module_from_spec(_spec)
_spec.loader.exec_module(rig_gallery)

BY_IK = BakeOptions(ik=True)


@pytest.mark.parametrize(("seed", "angle"), [(0, 0.0), (1, -1.5708), (2, 2.0)])
def test_bake_onto_constrained_bones_warns_and_by_ik_moves_as_the_body(bpy, make, seed, angle):
    from mimic.addon.bake.apply import apply_motion

    armature = make.ik_armature(bpy, seed=seed, angle=angle)
    motion = make.walk(seed=seed)
    wanted = make.body_directions(motion)
    applied = apply_motion(armature, motion, name="FK", options=AS_SOLVED)
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), wanted) > 10.0
    assert any("Constraints act on" in warning for warning in applied.warnings)
    assert any(
        "choose IK Controls (--ik) to move IK LeftHand, IK RightHand," in warning for warning in applied.warnings
    )
    for name in ("First", "Again"):
        applied = apply_motion(armature, motion, name=name, options=AS_SOLVED, bake_options=BY_IK)
        assert len(applied.warnings) == 1
        assert applied.warnings[0].startswith("Arms and legs are led by IK, on IK LeftHand, IK RightHand,")
        assert make.degrees_apart(make.directions(bpy, armature, applied.frames), wanted) < 0.05


def test_hand_after_a_bake_by_ik_follows_its_control(bpy, make):
    """The hand goes back towards its rest when the keys of its target are muted and the target is put back."""
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.bake.keys import curves_of

    armature = make.ik_armature(bpy, angle=-1.5708)
    bpy.context.scene.frame_set(1)
    applied = apply_motion(armature, make.walk(), name="Led", options=AS_SOLVED, bake_options=BY_IK)
    before = np.array(make.posed(bpy, armature, applied.frames[3])["mixamorig:LeftHand"].head)
    path = 'pose.bones["IK LeftHand"].location'
    curves = [curve for curve in curves_of(armature) if curve.data_path == path]
    assert len(curves) == 3
    for curve in curves:
        curve.mute = True
    armature.pose.bones["IK LeftHand"].location = (0.0, 0.0, 0.0)
    after = np.array(make.posed(bpy, armature, applied.frames[3])["mixamorig:LeftHand"].head)
    rest = np.array(armature.data.bones["IK LeftHand"].head_local)
    assert np.linalg.norm(before - rest) > 0.02
    assert np.linalg.norm(after - rest) < np.linalg.norm(before - rest)


def test_bake_by_ik_of_a_rig_without_ik_warns_and_keys_the_bones(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    motion = make.walk()
    applied = apply_motion(armature, motion, name="Led", options=AS_SOLVED, bake_options=BY_IK)
    assert applied.warnings == ('Armature "Rig" has no IK controls that Mimic can key; its bones are keyed instead.',)
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), make.body_directions(motion)) < 0.05


@pytest.mark.parametrize("parented", [False, True])
@pytest.mark.parametrize("layer", ["action", "stash"])
def test_bake_by_ik_with_objects_as_targets_keys_the_objects(bpy, make, parented, layer):
    """Empties in place of target bones, as many rigs have them: the limbs come where the bones alone would be."""
    from mimic.addon.bake.apply import apply_motion

    armature = make.ik_armature(bpy, seed=3, angle=0.4)
    armature.location, armature.scale, armature.rotation_euler = (1.0, 2.0, 0.5), (0.5,) * 3, (0.1, 0.2, 0.7)
    bpy.context.view_layer.update()
    things = reaching_for_objects(bpy, armature, parented=parented)
    before = bpy.data.actions.new("Before")
    things["IK LeftHand"].animation_data_create().action = before
    motion = make.walk(seed=3)
    applied = apply_motion(armature, motion, name="FK", options=AS_SOLVED)
    assert any("choose IK Controls (--ik) to move IK LeftHand, IK RightHand," in said for said in applied.warnings)
    applied = apply_motion(armature, motion, name="Led", options=AS_SOLVED, bake_options=replace(BY_IK, layer=layer))
    assert applied.warnings[0].startswith("Arms and legs are led by IK, on IK LeftHand, IK RightHand,")
    assert before.name in bpy.data.actions
    data = things["IK LeftHand"].animation_data
    if layer == "stash":
        assert data.action == before
        assert data.nla_tracks[0].mute
        assert data.nla_tracks[0].strips[0].action.name == "Led IK LeftHand"
        return
    assert data.action.name == "Led IK LeftHand"
    seen = make.directions(bpy, armature, applied.frames)
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.05


def reaching_for_objects(bpy, armature, *, parented):
    """Put an empty where every control of an armature is, and let its IK reach for that."""
    things = {}
    for bone in armature.pose.bones:
        for constraint in list(bone.constraints):
            if constraint.type == "COPY_ROTATION":
                bone.constraints.remove(constraint)
                continue
            for kind in ("target", "pole_target"):
                control = getattr(constraint, kind.replace("target", "subtarget"))
                thing = things[control] = bpy.data.objects.new(control, None)
                bpy.context.scene.collection.objects.link(thing)
                if parented:
                    thing.parent = armature
                    thing.matrix_parent_inverse = armature.matrix_world.inverted()
                thing.matrix_world = armature.matrix_world @ armature.pose.bones[control].matrix
                setattr(constraint, kind, thing)
    bpy.context.view_layer.update()
    return things


def test_ik_target_object_parented_to_a_bone_is_left_out(bpy, make):
    from mimic.addon.bake.ik_objects import with_objects
    from mimic.addon.character.armature import rig_of

    armature = make.ik_armature(bpy)
    thing = bpy.data.objects.new("Goal", None)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent, thing.parent_type, thing.parent_bone = armature, "BONE", "mixamorig:Head"
    armature.pose.bones["mixamorig:LeftForeArm"].constraints["IK"].target = thing
    rig = rig_of(armature)
    assert with_objects(armature, rig) is rig
    thing.parent = None
    assert with_objects(armature, rig).names[-1] == "object:Goal"


@pytest.mark.slow
def test_bake_by_ik_of_a_generated_rigify_rig_equals_the_bake_by_fk(bpy, make, tmp_path):
    """Arms and legs point the same way by IK and by FK, hands and feet turn the same, the switches follow."""
    from mimic.addon.bake.apply import apply_motion

    try:
        armature = rig_gallery.gallery(tmp_path)["rigify/basic_human"](bpy)
    except LookupError as fault:
        pytest.skip(str(fault))
    motion = rig_gallery.poses()
    parts = ("upper_arm", "forearm", "hand", "thigh", "shin", "foot", "toe")
    names = [f"ORG-{part}.{side}" for part in parts for side in "LR"]

    def seen(bake_options):
        applied = apply_motion(armature, motion, name="Pose", options=AS_SOLVED, bake_options=bake_options)
        posed = [make.posed(bpy, armature, frame) for frame in applied.frames]
        return np.array([[np.array(bones[name].matrix) for name in names] for bones in posed]), applied.warnings

    by_bones, said = seen(BakeOptions())
    assert '"IK_FK" of upper_arm_parent.L' in said[0]
    actions = len(bpy.data.actions)
    by_ik, said = seen(BY_IK)
    assert len(said) == 1
    assert said[0].startswith("Arms and legs are led by IK, on hand_ik.L, hand_ik.R, foot_ik.L, foot_ik.R;")
    assert len(bpy.data.actions) == actions + 1
    assert armature.pose.bones["upper_arm_parent.L"]["IK_FK"] == 0.0
    apart = np.degrees(rot.angle(rot.between(by_bones[..., :3, 1], by_ik[..., :3, 1])))
    assert apart.max() < 1.0
    np.testing.assert_allclose(by_ik[..., :3, 3], by_bones[..., :3, 3], atol=0.003)
    hands = [i for i, name in enumerate(names) if name.startswith(("ORG-hand", "ORG-foot"))]
    np.testing.assert_allclose(by_ik[:, hands, :3, :3], by_bones[:, hands, :3, :3], atol=0.01)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs that are disturbed at random stand as the body does, and what cannot be right is said in a sentence."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS

MODES = ("QUATERNION", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX", "AXIS_ANGLE")


def nothing_but_numbers(armature):
    for i, bone in enumerate(list(armature.data.bones)):
        bone.name = f"骨_{i:02}"


@pytest.mark.parametrize("seed", range(8))
def test_any_rest_any_roll_any_place_any_rotation_mode(bpy, make, seed):
    """Odd seeds carry names that say nothing."""
    from mimic.addon.bake import apply_motion

    rng = np.random.default_rng(seed)
    points = make.t_pose() if rng.random() < 0.5 else None
    armature = make.armature(bpy, points, seed=seed, root=bool(seed % 3))
    names = {joint: f"mixamorig:{joint}" for joint in JOINTS}
    for bone in armature.pose.bones:
        bone.rotation_mode = MODES[rng.integers(len(MODES))]
    if seed % 2:
        nothing_but_numbers(armature)
    world = np.eye(4)
    turn = rot.to_matrix(rot.unit(rng.normal(size=4)))
    world[:3, :3] = turn * 10.0 ** rng.uniform(-2.0, 2.0)
    world[:3, 3] = rng.normal(size=3) * 10.0
    armature.matrix_world = [list(row) for row in world]
    motion = make.walk(seed=seed)
    applied = apply_motion(armature, motion, name="Walk")
    assert not applied.warnings
    if seed % 2:
        for joint, bone in applied.rig_map.bones.items():
            armature.data.bones[bone].name = names[joint]
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), make.body_directions(motion)) < 0.05


@pytest.mark.parametrize(
    ("scale", "words"),
    [((-1.0, 1.0, 1.0), "mirrored by a negative scale"), ((1.0, 2.0, 1.0), "scaled unevenly")],
)
def test_a_scale_that_cannot_be_right_is_reported(bpy, make, scale, words):
    from mimic.addon.bake import apply_motion

    armature = make.armature(bpy)
    armature.scale = scale
    bpy.context.view_layer.update()
    applied = apply_motion(armature, make.walk(), name="Walk")
    assert len(applied.warnings) == 1
    assert words in applied.warnings[0]


def test_a_rig_that_moves_by_ik_says_so_until_it_is_switched(bpy, make):
    from mimic.addon.armature import map_notices, rig_of, set_switches
    from mimic.retarget.families import families
    from mimic.retarget.mapping import map_rig
    from mimic.retarget.rig import RigMap

    armature = make.armature(bpy)
    family = next(family for family in families() if family.name == "Rigify")
    found = map_rig(rig_of(armature))
    armature.pose.bones["mixamorig:LeftArm"]["IK_FK"] = 0.0
    switch = type(family.switches[0])("mixamorig:LeftArm", "IK_FK", 1.0)
    rig_map = RigMap("Rigify", found.bones, (), (), switches=(switch, type(switch)("Nowhere", "IK_FK", 1.0)))
    (notice,) = map_notices(armature, rig_map)
    assert notice == ('Rigify moves its limbs by IK: set "IK_FK" of mixamorig:LeftArm to 1 (FK) to see the keys act.')
    set_switches(armature, rig_map)
    assert map_notices(armature, rig_map) == []


def test_connected_bones_move_as_others_do(bpy, make):
    from mimic.addon.bake import apply_motion

    armature = make.armature(bpy)
    bpy.ops.object.mode_set(mode="EDIT")
    for joint, end in (("LeftArm", "LeftForeArm"), ("LeftForeArm", "LeftHand"), ("RightUpLeg", "RightLeg")):
        upper, lower = (armature.data.edit_bones[f"mixamorig:{name}"] for name in (joint, end))
        upper.tail = lower.head
        lower.use_connect = True
    bpy.ops.object.mode_set(mode="OBJECT")
    motion = make.walk(seed=3)
    applied = apply_motion(armature, motion, name="Walk")
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), make.body_directions(motion)) < 0.05

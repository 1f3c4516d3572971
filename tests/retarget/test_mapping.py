# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixamo skeletons are known by their names, whatever stands before them, and others are refused in words."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.joints import FINGERS, JOINTS
from mimic.retarget.errors import RigUnmapped
from mimic.retarget.mapping import families, map_rig

ENDS = {
    "HeadTop_End": "Head",
    "LeftEye": "Head",
    "RightEye": "Head",
    **{f"{side}Toe_End": f"{side}ToeBase" for side in ("Left", "Right")},
    **{f"{side}Hand{finger}4": f"{side}Hand{finger}3" for side in ("Left", "Right") for finger in FINGERS},
}


@pytest.mark.parametrize("prefix", ["mixamorig:", "mixamorig7:", "mixamorig_", "mixamorig12_", "mixamorig", "", "Ann:"])
def test_any_prefix(rigs, t_pose, prefix):
    found = map_rig(rigs.build(t_pose, prefix=prefix))
    assert found.family == "Mixamo"
    assert dict(found.bones) == {joint: prefix + joint for joint in JOINTS}
    assert found.missing == ()
    assert found.unmapped == ()


def test_end_bones_follow_no_joint(rigs, t_pose):
    rig = rigs.build(t_pose, extra=ENDS)
    found = map_rig(rig)
    assert len(rig.names) == 67
    assert len(found.bones) == 52
    assert set(found.unmapped) == {f"mixamorig:{name}" for name in ENDS}


def test_fewer_fingers(rigs, t_pose):
    without = tuple(name for name in JOINTS if "Pinky" in name or "Ring" in name)
    found = map_rig(rigs.build(t_pose, without=without))
    assert set(found.missing) == set(without)
    assert len(found.bones) == 40


def test_a_bone_between_two_joints_does_not_break_the_chain(rigs, t_pose):
    rig = rigs.build(t_pose, root_bone=True)
    assert "Root" in map_rig(rig).unmapped


def test_several_prefixes_in_one_armature(rigs, t_pose):
    """A second, partial skeleton (a prop's hips, say) does not draw bones away from the whole one."""
    rig = rigs.build(t_pose, prefix="b:")
    stray = replace(
        rig,
        names=("a:Hips", *rig.names),
        parents=np.concatenate([[-1], np.where(rig.parents < 0, -1, rig.parents + 1)]),
        rest=np.concatenate([rig.rest[:1], rig.rest]),
    )
    assert map_rig(stray).bones["Hips"] == "b:Hips"


def test_not_a_humanoid(rigs, t_pose):
    rig = rigs.build(t_pose, prefix="")
    animal = replace(rig, names=tuple(f"dog_{i}" for i in range(len(rig.names))))
    with pytest.raises(RigUnmapped, match=r'^Armature "Rex" has no bones named like Mixamo\'s Hips, .* more; .*\.$'):
        map_rig(animal, name='Armature "Rex"')


def test_a_missing_limb_is_named(rigs, t_pose):
    rig = rigs.build(t_pose)
    maimed = replace(rig, names=tuple(name.replace("LeftForeArm", "Hook") for name in rig.names))
    with pytest.raises(RigUnmapped, match="LeftForeArm;"):
        map_rig(maimed)


def test_names_alone_do_not_make_a_humanoid(rigs, t_pose):
    rig = rigs.build(t_pose)
    parents = rig.parents.copy()
    parents[rig.names.index("mixamorig:LeftForeArm")] = rig.names.index("mixamorig:Head")
    with pytest.raises(RigUnmapped, match=r'"mixamorig:LeftForeArm" that does not hang on mixamorig:LeftArm'):
        map_rig(replace(rig, parents=parents))


def test_every_family_names_only_joints():
    for family in families():
        assert set(family.names) <= set(JOINTS)
        assert set(family.required) <= set(family.names)

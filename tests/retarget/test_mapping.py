# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixamo skeletons are known by their names, whatever stands before them, and others are refused in words."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.joints import FINGERS, JOINTS
from mimic.retarget.errors import RigUnmapped
from mimic.retarget.mapping import map_bones, map_rig
from mimic.retarget.rig import Rig
from mimic.retarget.transfer import transfer

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


def test_a_rig_that_is_no_humanoid_is_refused_in_words(rigs):
    rig = rigs.build(np.cumsum(np.full((52, 3), 0.1), axis=0), prefix="")
    vine = replace(rig, names=tuple(f"vine_{i}" for i in range(len(rig.names))))
    with pytest.raises(RigUnmapped, match=r'^Armature "Rex" has bone names that Mimic does not know and no .*\.$'):
        map_rig(vine, name='Armature "Rex"')


def test_what_is_missing_is_named(rigs, t_pose):
    rig = rigs.build(t_pose)
    names = tuple(n.replace("LeftForeArm", "Hook").replace("RightLeg", "Stilt") for n in rig.names)
    parents = np.where([name.endswith(("Hook", "Stilt")) for name in names], -1, rig.parents)
    with pytest.raises(RigUnmapped, match=r"has no bones named like Mixamo's LeftForeArm;"):
        map_rig(replace(rig, names=names, parents=parents))


@pytest.mark.parametrize(
    ("parts", "word"), [(("UpLeg", "Leg", "Foot", "ToeBase"), "legs"), (("Arm", "ForeArm", "Hand"), "arms")]
)
def test_a_rig_without_legs_or_arms_moves_as_far_as_it_goes(rigs, t_pose, body, parts, word):
    without = tuple(n for n in JOINTS if n.startswith(tuple(s + p for s in ("Left", "Right") for p in parts)))
    rig = rigs.build(t_pose, without=without)
    rig_map = map_rig(rig, name="Half")
    assert any(f"not all bones of two {word}" in warning for warning in rig_map.warnings)
    moved = transfer(rigs.motion(1), body, rig, rig_map)
    assert np.isfinite(moved.rotations).all()
    assert np.isfinite(moved.location).all()


def test_a_second_character_in_the_armature_is_reported(rigs, t_pose):
    rig = rigs.build(t_pose)
    count = len(rig.names)
    two = Rig(
        names=(*rig.names, *(f"{name}.001" for name in rig.names)),
        parents=np.concatenate([rig.parents, np.where(rig.parents < 0, -1, rig.parents + count)]),
        rest=np.concatenate([rig.rest, rig.rest]),
        lengths=np.ones(2 * count),
        inherit_rotation=np.ones(2 * count, dtype=bool),
        local_location=np.ones(2 * count, dtype=bool),
    )
    found = map_rig(two, name="Both")
    assert found.bones["Hips"] == "mixamorig:Hips"
    assert found.warnings == (
        'Both holds a second character, on "mixamorig:Hips.001", which is not moved; separate the two to move it.',
    )


def test_hundreds_of_other_bones_do_not_matter(rigs, t_pose):
    hair = {f"Hair_{'LR'[i % 2]}_{i}": "Head" for i in range(250)}
    skirt = {f"Skirt{i}": "Hips" for i in range(250)}
    found = map_rig(rigs.build(t_pose, extra={**hair, **skirt}))
    assert dict(found.bones) == {joint: f"mixamorig:{joint}" for joint in JOINTS}
    assert len(found.unmapped) == 500


def test_a_hand_alone_is_called_one(rigs, t_pose):
    rig = rigs.build(t_pose, prefix="")
    hand = [i for i, name in enumerate(rig.names) if name.startswith("LeftHand")]
    alone = replace(
        rig,
        names=tuple(rig.names[i].replace("LeftHand", "Digit_") for i in hand),
        parents=np.array([hand.index(p) if (p := int(rig.parents[i])) in hand else -1 for i in hand]),
        rest=rig.rest[hand],
    )
    with pytest.raises(RigUnmapped, match="is a hand alone"):
        map_rig(alone)


def test_bones_chosen_by_hand(rigs, t_pose):
    rig = rigs.build(t_pose, extra={"Stick": "LeftForeArm"})
    base = map_rig(rig)
    edited = map_bones(rig, {**base.bones, "LeftHand": "mixamorig:Stick"}, base=base)
    assert edited.bones["LeftHand"] == "mixamorig:Stick"
    assert "mixamorig:LeftHand" in edited.unmapped
    assert edited.family == "Mixamo"


def test_unknown_bones_in_a_map_are_left_out_with_a_word(rigs, t_pose):
    rig = rigs.build(t_pose)
    edited = map_bones(rig, {**map_rig(rig).bones, "Neck": "Nowhere"}, name="Rig")
    assert "Neck" in edited.missing
    assert edited.warnings == ("Rig has no bones Nowhere, which the map names; they are left out.",)
    with pytest.raises(RigUnmapped, match="has no bone for Hips"):
        map_bones(rig, {"Head": "mixamorig:Head"})


def test_names_alone_do_not_make_a_humanoid(rigs, t_pose):
    rig = rigs.build(t_pose)
    parents = rig.parents.copy()
    parents[rig.names.index("mixamorig:LeftForeArm")] = rig.names.index("mixamorig:Head")
    with pytest.raises(RigUnmapped, match=r'"mixamorig:LeftForeArm" that does not hang on mixamorig:LeftArm'):
        map_rig(replace(rig, parents=parents))

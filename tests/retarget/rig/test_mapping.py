# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixamo skeletons are known by their names, whatever stands before them, and others are refused in words."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.retarget.errors import RigUnmapped
from mimic.retarget.rig.mapping import map_bones, map_rig
from mimic.retarget.rig.rig import Rig
from mimic.retarget.transfer.plan import RetargetPlan

ENDS = {
    "HeadTop_End": "Head",
    "LeftEye": "Head",
    "RightEye": "Head",
    **{f"{side}Toe_End": f"{side}ToeBase" for side in ("Left", "Right")},
    **{f"{side}Hand{finger}4": f"{side}Hand{finger}3" for side in ("Left", "Right") for finger in FINGERS},
}


@pytest.mark.parametrize("prefix", ["mixamorig:", "mixamorig7:", "mixamorig_", "mixamorig12_", "mixamorig", "", "Ann:"])
def test_mixamo_rig_with_any_prefix_is_mapped(rigs, t_pose, prefix):
    found = map_rig(rigs.build(t_pose, prefix=prefix))
    assert found.family == "Mixamo"
    assert dict(found.bones) == {joint: prefix + joint for joint in JOINTS}
    assert found.missing == ()
    assert found.unmapped == ()


def test_end_bones_are_left_unmapped(rigs, t_pose):
    rig = rigs.build(t_pose, extra=ENDS)
    found = map_rig(rig)
    assert len(rig.names) == 67
    assert len(found.bones) == 52
    assert set(found.unmapped) == {f"mixamorig:{name}" for name in ENDS}


def test_rig_with_fewer_fingers_is_mapped_without_the_missing_joints(rigs, t_pose):
    without = tuple(name for name in JOINTS if "Pinky" in name or "Ring" in name)
    found = map_rig(rigs.build(t_pose, without=without))
    assert set(found.missing) == set(without)
    assert len(found.bones) == 40


def test_root_bone_above_the_hips_is_left_unmapped(rigs, t_pose):
    rig = rigs.build(t_pose, root_bone=True)
    assert "Root" in map_rig(rig).unmapped


def test_partial_second_skeleton_with_another_prefix_is_ignored(rigs, t_pose):
    """A second, partial skeleton (a prop's hips, say) does not draw bones away from the whole one."""
    rig = rigs.build(t_pose, prefix="b:")
    stray = replace(
        rig,
        names=("a:Hips", *rig.names),
        parents=np.concatenate([[-1], np.where(rig.parents < 0, -1, rig.parents + 1)]),
        rest=np.concatenate([rig.rest[:1], rig.rest]),
    )
    assert map_rig(stray).bones["Hips"] == "b:Hips"


def test_rig_that_is_no_humanoid_is_refused_with_a_sentence(rigs):
    rig = rigs.build(np.cumsum(np.full((52, 3), 0.1), axis=0), prefix="")
    vine = replace(rig, names=tuple(f"vine_{i}" for i in range(len(rig.names))))
    with pytest.raises(RigUnmapped, match=r'^Armature "Rex" has bone names that Mimic does not know, and no .*\.$'):
        map_rig(vine, name='Armature "Rex"')


def test_rig_without_a_required_bone_is_refused_by_the_bones_name(rigs, t_pose):
    rig = rigs.build(t_pose)
    names = tuple(n.replace("LeftForeArm", "Hook").replace("RightLeg", "Stilt") for n in rig.names)
    parents = np.where([name.endswith(("Hook", "Stilt")) for name in names], -1, rig.parents)
    with pytest.raises(RigUnmapped, match=r"has no bones named like Mixamo's LeftForeArm;"):
        map_rig(replace(rig, names=names, parents=parents))


@pytest.mark.parametrize(
    ("parts", "word"), [(("UpLeg", "Leg", "Foot", "ToeBase"), "legs"), (("Arm", "ForeArm", "Hand"), "arms")]
)
def test_rig_without_legs_or_arms_is_moved_with_a_warning(rigs, t_pose, body, parts, word):
    without = tuple(n for n in JOINTS if n.startswith(tuple(s + p for s in ("Left", "Right") for p in parts)))
    rig = rigs.build(t_pose, without=without)
    rig_map = map_rig(rig, name="Half")
    assert any(f"lacks bones of its {word}" in warning for warning in rig_map.warnings)
    moved = RetargetPlan(body, rig, rig_map).motion(rigs.motion(1))
    assert np.isfinite(moved.rotations).all()
    assert np.isfinite(moved.location).all()


def joined(one: Rig, other: Rig) -> Rig:
    """Both in one armature, the other a step aside."""
    first, count = len(one.names), len(one.names) + len(other.names)
    aside = other.rest.copy()
    aside[:, 0, 3] += 1.5
    return Rig(
        names=(*one.names, *other.names),
        parents=np.concatenate([one.parents, np.where(other.parents < 0, -1, other.parents + first)]),
        rest=np.concatenate([one.rest, aside]),
        lengths=np.ones(count),
        inherit_rotation=np.ones(count, dtype=bool),
        local_location=np.ones(count, dtype=bool),
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mixamorig:{}", "mixamorig:{}.001"),
        ("mixamorig:{}", "other_{}"),
        ("mixamorig:{}", "骨 {i}"),
        ("a{i}", "b{i}"),
    ],
)
def test_second_character_in_an_armature_is_reported(rigs, t_pose, one, other):
    rig = rigs.build(t_pose, prefix="")
    both = [replace(rig, names=tuple(p.format(n, i=i) for i, n in enumerate(rig.names))) for p in (one, other)]
    found = map_rig(joined(*both), name="Both")
    assert set(found.bones.values()) == set(both[0].names)
    assert found.warnings == (
        f'Both contains a second character, at "{both[1].names[0]}", which is not animated; '
        "separate its bones to animate it.",
    )


def test_separate_chain_of_hair_is_not_reported_as_a_second_character(rigs, t_pose):
    rig = rigs.build(t_pose)
    wig = replace(rig, names=tuple(f"Wig {i}" for i in range(52)), parents=np.arange(52) - 1)
    assert map_rig(joined(rig, wig)).warnings == ()


def test_bones_without_length_are_named_in_a_warning(rigs, body, t_pose):
    flat = t_pose.copy()
    flat[INDEX["LeftForeArm"]] = flat[INDEX["LeftArm"]]
    rig = rigs.build(flat)
    found = map_rig(rig, name="Rig")
    (said,) = found.warnings
    assert said.startswith('Rig has a bone of no length: "mixamorig:LeftArm" and "mixamorig:LeftForeArm" begin')
    assert np.isfinite(RetargetPlan(body, rig, found).motion(rigs.motion(1)).rotations).all()


@pytest.mark.parametrize("arms", [True, False])
def test_quadruped_with_humanoid_names_is_refused(rigs, t_pose, arms):
    """As Rigify's own quadrupeds are: trunk level, front legs down."""
    points = t_pose.copy()
    legs = [i for i, name in enumerate(JOINTS) if "Leg" in name or "Foot" in name or "Toe" in name]
    trunk = [i for i in range(len(JOINTS)) if i not in legs]
    hips = points[INDEX["Hips"]]
    points[trunk] = hips + (points[trunk] - hips) @ np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    for side in ("Left", "Right"):
        arm = INDEX[f"{side}Arm"]
        chain = [i for i, name in enumerate(JOINTS) if name.startswith((f"{side}Arm", f"{side}Fore", f"{side}Hand"))]
        points[chain] = points[arm] - np.linalg.norm(points[chain] - points[arm], axis=1)[:, None] * [0.0, 0.0, 1.0]
    without = () if arms else tuple(name for name in JOINTS if "Arm" in name or "Hand" in name)
    rig = rigs.build(points, without=without)
    with pytest.raises(RigUnmapped, match=r"^Rex stands on four legs; "):
        map_rig(rig, name="Rex")
    chosen = {joint: f"mixamorig:{joint}" for joint in JOINTS if joint not in without}
    assert dict(map_bones(rig, chosen, name="Rex").bones) == chosen


def test_rig_with_hundreds_of_other_bones_is_mapped(rigs, t_pose):
    hair = {f"Hair_{'LR'[i % 2]}_{i}": "Head" for i in range(250)}
    skirt = {f"Skirt{i}": "Hips" for i in range(250)}
    found = map_rig(rigs.build(t_pose, extra={**hair, **skirt}))
    assert dict(found.bones) == {joint: f"mixamorig:{joint}" for joint in JOINTS}
    assert len(found.unmapped) == 500


def test_rig_of_a_hand_alone_is_refused_as_a_hand(rigs, t_pose):
    rig = rigs.build(t_pose, prefix="")
    hand = [i for i, name in enumerate(rig.names) if name.startswith("LeftHand")]
    alone = replace(
        rig,
        names=tuple(rig.names[i].replace("LeftHand", "Digit_") for i in hand),
        parents=np.array([hand.index(p) if (p := int(rig.parents[i])) in hand else -1 for i in hand]),
        rest=rig.rest[hand],
    )
    with pytest.raises(RigUnmapped, match="is a hand without a body"):
        map_rig(alone)


def test_map_with_a_bone_chosen_by_hand_keeps_the_choice(rigs, t_pose):
    rig = rigs.build(t_pose, extra={"Stick": "LeftForeArm"})
    base = map_rig(rig)
    edited = map_bones(rig, {**base.bones, "LeftHand": "mixamorig:Stick"}, base=base)
    assert edited.bones["LeftHand"] == "mixamorig:Stick"
    assert "mixamorig:LeftHand" in edited.unmapped
    assert edited.family == "Mixamo"


def test_map_with_an_unknown_bone_leaves_the_bone_out_with_a_warning(rigs, t_pose):
    rig = rigs.build(t_pose)
    edited = map_bones(rig, {**map_rig(rig).bones, "Neck": "Nowhere"}, name="Rig")
    assert "Neck" in edited.missing
    assert edited.warnings == ("Rig has no bone Nowhere, which the bone map asks for; it is left out.",)
    with pytest.raises(RigUnmapped, match="has no bone for Hips"):
        map_bones(rig, {"Head": "mixamorig:Head"})


def test_rig_with_known_names_but_a_broken_hierarchy_is_refused(rigs, t_pose):
    rig = rigs.build(t_pose)
    parents = rig.parents.copy()
    parents[rig.names.index("mixamorig:LeftForeArm")] = rig.names.index("mixamorig:Head")
    with pytest.raises(RigUnmapped, match=r'"mixamorig:LeftForeArm" that is not below mixamorig:LeftArm'):
        map_rig(replace(rig, parents=parents))


@pytest.mark.parametrize("space", [rot.identity(), rot.from_axis_angle([1.0, 0.0, 0.0], np.pi / 2)])
def test_rig_mirrored_without_renaming_is_mapped_by_side_with_a_warning(rigs, body, t_pose, space):
    """An applied negative scale leaves bones on the left that are named right."""
    rig = rigs.build(t_pose * np.array([-1.0, 1.0, 1.0]), space=space)
    found = map_rig(rig, name="Rig")
    assert found.bones["LeftArm"] == "mixamorig:RightArm"
    assert found.bones["RightHandIndex2"] == "mixamorig:LeftHandIndex2"
    assert found.warnings == (
        "Rig has its left and right bones swapped, as its toes point backwards; Mimic swaps them back.",
    )
    motion = rigs.motion(2)
    posed = rigs.evaluate(rig, RetargetPlan(body, rig, found).motion(motion))
    points = rot.rotate(space, body.positions(motion.rotations, motion.root))
    for joint, end in (("LeftArm", "LeftForeArm"), ("RightUpLeg", "RightLeg"), ("RightLeg", "RightFoot")):
        ours = [posed[:, rig.names.index(found.bones[name]), :3, 3] for name in (joint, end)]
        theirs = points[:, INDEX[end]] - points[:, INDEX[joint]]
        assert np.degrees(rot.angle(rot.between(theirs, ours[1] - ours[0]))).max() < 1e-4


def test_bone_mapped_to_two_joints_is_named_in_a_warning(rigs, t_pose):
    rig = rigs.build(t_pose)
    bones = dict(map_rig(rig).bones)
    edited = map_bones(rig, {**bones, "Head": bones["Neck"]}, name="Rig")
    assert edited.warnings == (
        "Rig has mixamorig:Neck mapped to several joints, but a bone follows only one; choose other bones.",
    )

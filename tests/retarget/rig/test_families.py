# SPDX-License-Identifier: GPL-3.0-or-later
"""Each family's rigs are known for what they are, in whatever way their makers write names."""

from dataclasses import replace

import pytest

from mimic.models.body.joints import FINGERS, JOINTS, mirrored
from mimic.retarget.rig.families import SPINE, families, match_family
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.names import opposite, plain, words


def other_side(label: str) -> str:
    """The same name for the right."""
    for left, right in (("左", "右"), ("Left", "Right"), ("left", "right")):
        if left in label:
            return label.replace(left, right)
    for mark in ("_{}_", ".{}", "_{}", "{}_", "{} "):
        left = mark.format("l"), mark.format("L")
        for old, new in zip(left, (mark.format("r"), mark.format("R")), strict=True):
            if old in label and (not mark.startswith((".", "_{}")) or mark == "_{}_" or label.endswith(old)):
                return label.replace(old, new)
    return {"l": "r", "L": "R"}.get(label[0], label[0]) + label[1:]


def labels(family) -> dict[str, str]:
    """Joint -> bone name, as a rig of the family has them."""
    found = dict(zip(SPINE if len(family.spine) > 2 else ("Spine", "Spine2"), family.spine, strict=False))
    if len(family.spine) == 1:
        found = {"Spine2": family.spine[0]}
    for joint, names in family.names.items():
        found[joint] = names[0]
        if mirrored(joint) != joint:
            found[mirrored(joint)] = other_side(names[0])
    for finger, knuckles in family.fingers.items():
        for k, names in enumerate(knuckles[:3], 1):
            found[f"{finger}{k}"] = names[0]
            found[mirrored(f"{finger}{k}")] = other_side(names[0])
    return found


def rig_of(rigs, points, family, prefix=""):
    names = labels(family)
    rig = rigs.build(points, prefix="", without=tuple(joint for joint in JOINTS if joint not in names))
    return replace(rig, names=tuple(prefix + names[name] for name in rig.names)), names


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
@pytest.mark.parametrize("prefix", ["", "Anna:", "rig_"])
def test_rig_of_each_family_is_mapped_completely(rigs, t_pose, family, prefix):
    rig, names = rig_of(rigs, t_pose, family, prefix)
    found = map_rig(rig)
    assert len(set(rig.names)) == len(rig.names)
    assert dict(found.bones) == {joint: prefix + names[joint] for joint in JOINTS if joint in names}
    if not family.switches:
        assert found.family == family.name


@pytest.mark.parametrize("family", families(), ids=lambda family: family.name)
def test_family_map_names_the_main_joints_and_no_bone_twice(family):
    names = labels(family)
    assert {"Hips", "Spine2", "Head", "LeftArm", "LeftForeArm", "LeftUpLeg", "LeftLeg", "LeftFoot"} <= set(names)
    assert set(names) <= set(JOINTS)
    assert len({plain(name) for name in names.values()}) == len(names)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("upper_arm.L", "LeftUpperArm"),
        ("UPPERARM_L", "l_upperArm"),
        ("Bip01 L UpperArm", "bip01_upperarm_left"),
        ("CC_Base_L_Upperarm", "CC_Base_Upperarm.l"),
        ("左腕", "腕.L"),
        ("LHand", "hand_l"),
    ],
)
def test_plain_names_in_another_spelling_are_equal(one, other):
    assert plain(one) == plain(other)


def test_plain_names_of_different_bones_stay_different():
    assert plain("Finger01") != plain("Finger1")
    assert plain("hand_l") != plain("hand_r")
    assert plain("lowerarm") != plain("lower_arm_l")
    assert words("CC_Base_L_UpperarmTwist01") == ["cc", "base", "l", "upperarm", "twist", "01"]


def test_opposite_names_pair_bones_of_both_sides():
    assert opposite(["hand_l", "hand_r", "spine", "foot_l"]) == {"hand_l": "hand_r", "hand_r": "hand_l"}


def test_rig_with_a_number_after_every_name_is_mapped(rigs, t_pose):
    rig = rigs.build(t_pose)
    renamed = replace(rig, names=tuple(f"{name}.001" for name in rig.names))
    assert len(map_rig(renamed).bones) == 52


def test_finger_bones_numbered_from_two_are_mapped(rigs, t_pose):
    family = next(family for family in families() if family.name == "Quaternius")
    rig, _ = rig_of(rigs, t_pose, family)
    shifted = {f"{finger}{k}": f"{finger}{k + 1}" for finger in FINGERS for k in (1, 2, 3)}
    later = tuple(
        next((name.replace(old, new) for old, new in shifted.items() if name.startswith(old)), name)
        for name in rig.names
    )
    bones = match_family(family, later).bones
    assert bones["LeftHandIndex1"] == "Index2.L"
    assert bones["RightHandThumb3"] == "Thumb4.R"

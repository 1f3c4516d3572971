# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs whose names say nothing are told by their shape, in any rest pose, space, size and roll."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.errors import RigUnmapped
from mimic.retarget.rig.mapping import BY_STRUCTURE, map_rig

Y_UP = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))
ABOUT = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(180.0))
ENDS = {f"{side}Hand{finger}4": f"{side}Hand{finger}3" for side in ("Left", "Right") for finger in FINGERS}


def nameless(rig):
    """The rig with numbers for names, and the name that each joint's bone has now."""
    names = tuple(f"bone_{i:03}" for i in range(len(rig.names)))
    return replace(rig, names=names), dict(zip((n.split(":")[-1] for n in rig.names), names, strict=True))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(
    droop=st.floats(0.0, 80.0),
    kind=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**32 - 1),
            "space": st.sampled_from([rot.identity(), Y_UP, ABOUT, rot.multiply(Y_UP, ABOUT)]),
            "scale": st.sampled_from([0.01, 1.0, 100.0]),
            "root_bone": st.booleans(),
            "extra": st.sampled_from([{}, {"HeadTop_End": "Head"}]),
        }
    ),
)
def test_rig_with_numbers_as_names_is_mapped_by_structure(rigs, droop, kind):
    rig, names = nameless(rigs.build(rigs.rest_pose(neutral_body(), np.radians(droop)), **kind))
    found = map_rig(rig)
    assert found.family == BY_STRUCTURE
    assert dict(found.bones) == {joint: names[joint] for joint in JOINTS}


@pytest.mark.parametrize(
    "without",
    [
        ("LeftShoulder", "RightShoulder"),
        ("Spine1",),
        ("LeftToeBase", "RightToeBase"),
        ("Neck",),
        tuple(name for name in JOINTS if "Ring" in name or "Pinky" in name),
        tuple(name for name in JOINTS if any(finger in name for finger in FINGERS)),
    ],
    ids=["shoulders", "spine", "toes", "neck", "two fingers", "all fingers"],
)
def test_rig_mapped_by_structure_without_some_joints_keeps_the_others(rigs, t_pose, without):
    rig, names = nameless(rigs.build(t_pose, without=without))
    found = map_rig(rig).bones
    limbs = [j for j in JOINTS if j not in without and j.startswith(("Left", "Right")) and "Hand" not in j]
    assert {joint: found.get(joint) for joint in limbs} == {joint: names[joint] for joint in limbs}
    assert found["Hips"] == names["Hips"]
    assert found["Spine2"] == names["Spine2"]
    assert found["Head"] == names["Head"]


def test_rig_with_names_in_an_unknown_language_is_mapped_by_structure(rigs, t_pose):
    rig = rigs.build(t_pose)
    chinese = replace(rig, names=tuple(f"骨骼{i}" for i in range(len(rig.names))))
    assert map_rig(chinese).family == BY_STRUCTURE


def test_rig_with_finger_tips_and_hair_is_mapped_by_structure(rigs, t_pose):
    rig, names = nameless(rigs.build(t_pose, extra={**ENDS, **{f"Hair{i}": "Head" for i in range(60)}}))
    found = map_rig(rig).bones
    assert {joint: found.get(joint) for joint in JOINTS} == {joint: names[joint] for joint in JOINTS}


def quadruped() -> np.ndarray:
    """The body's joints bent to a dog's: trunk level, arms straight down like legs."""
    points = neutral_body().rest.copy()
    legs = [INDEX[name] for name in JOINTS if "Leg" in name or "Foot" in name or "Toe" in name]
    trunk = [i for i in range(len(JOINTS)) if i not in legs]
    hips = points[INDEX["Hips"]]
    points[trunk] = hips + (points[trunk] - hips) @ np.array([[1.0, 0, 0], [0, 0, 1.0], [0, -1.0, 0]])
    for side in ("Left", "Right"):
        arm = INDEX[f"{side}Arm"]
        chain = [i for i, name in enumerate(JOINTS) if name.startswith((f"{side}Arm", f"{side}Fore", f"{side}Hand"))]
        reach = np.linalg.norm(points[chain] - points[arm], axis=1)
        points[chain] = points[arm] + reach[:, None] * [0.0, 0.0, -1.0] + np.arange(len(chain))[:, None] * [0, 1e-4, 0]
    return points


def test_quadruped_without_names_is_refused_with_a_sentence(rigs):
    rig, _ = nameless(rigs.build(quadruped()))
    with pytest.raises(RigUnmapped, match=r'^Armature "Rex" stands on four legs; .*\.$'):
        map_rig(rig, name='Armature "Rex"')


def test_rig_with_all_bones_in_one_place_is_refused(rigs):
    rig, _ = nameless(rigs.build(np.zeros((52, 3))))
    with pytest.raises(RigUnmapped, match="no pair of limbs"):
        map_rig(rig)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig that is moved must point where the body points, whatever its rest pose, axes, size and space."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.motion.root import ground
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.transfer.plan import RetargetPlan

LIMBS = [
    (f"{side}{joint}", f"{side}{end}")
    for side in ("Left", "Right")
    for joint, end in [
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
        ("Hand", "HandMiddle1"),
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
        *((f"Hand{finger}{k}", f"Hand{finger}{k + 1}") for finger in FINGERS for k in (1, 2)),
    ]
]
Y_UP = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))


def moved(rigs, rig, motion):
    """RigMotion, and joint -> matrices (n, 4, 4) of its bone as evaluated."""
    rig_map = map_rig(rig)
    result = RetargetPlan(neutral_body(), rig, rig_map).motion(motion)
    matrices = rigs.evaluate(rig, result)
    return result, {joint: matrices[:, rig.names.index(bone)] for joint, bone in rig_map.bones.items()}


def worst_angle(bones, motion, space=None):
    """Largest angle in degrees between segments of the rig and of the body that have joints at both ends."""
    body = neutral_body()
    points = body.positions(motion.rotations, motion.root)
    space = rot.identity() if space is None else space
    worst = 0.0
    for joint, end in LIMBS:
        if joint in bones and end in bones:
            ours = rot.unit(bones[end][:, :3, 3] - bones[joint][:, :3, 3])
            theirs = rot.rotate(space, rot.unit(points[:, INDEX[end]] - points[:, INDEX[joint]]))
            worst = max(worst, np.degrees(rot.angle(rot.between(theirs, ours))).max())
    return worst


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    droop=st.floats(0.0, 85.0),
    motion_seed=st.integers(0, 2**32 - 1),
    kind=st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**32 - 1),
            "space": st.sampled_from([rot.identity(), Y_UP, rot.conjugate(Y_UP)]),
            "scale": st.sampled_from([0.01, 1.0, 100.0]),
            "root_bone": st.booleans(),
            "rigid": st.sets(st.sampled_from(JOINTS), max_size=4),
        }
    ),
)
def test_transferred_limbs_point_where_the_body_points(rigs, droop, motion_seed, kind):
    rig = rigs.build(rigs.rest_pose(neutral_body(), np.radians(droop)), **kind)
    motion = rigs.motion(motion_seed)
    _, bones = moved(rigs, rig, motion)
    assert worst_angle(bones, motion, kind["space"]) < 1e-5


def test_transfer_of_the_rest_pose_puts_a_t_pose_rig_into_the_bodys_rest(rigs, body, t_pose, still):
    rig = rigs.build(t_pose)
    _, bones = moved(rigs, rig, still())
    for joint in JOINTS:
        np.testing.assert_allclose(bones[joint][:, :3, 3], np.tile(body.rest[INDEX[joint]], (2, 1)), atol=1e-6)


def test_transfer_to_a_rig_in_the_bodys_rest_pose_equals_the_body(rigs, body):
    rig = rigs.build(body.rest, seed=3)
    motion = rigs.motion(3)
    _, bones = moved(rigs, rig, motion)
    expected = body.positions(motion.rotations, ground(motion, body))
    for joint in JOINTS:
        np.testing.assert_allclose(bones[joint][:, :3, 3], expected[:, INDEX[joint]], atol=1e-9)


def test_transferred_trunk_and_feet_turn_as_the_body_from_the_rigs_rest(rigs, body, hanging):
    rig = rigs.build(hanging, space=Y_UP)
    motion = rigs.motion(4)
    _, bones = moved(rigs, rig, motion)
    turns = body.globals(motion.rotations)
    for joint in ("Hips", "Spine", "Spine2", "Neck", "Head", "LeftShoulder", "LeftFoot", "RightToeBase"):
        rest = rig.rest[rig.names.index(f"mixamorig:{joint}"), :3, :3]
        in_space = rot.multiply(rot.multiply(Y_UP, turns[:, INDEX[joint]]), rot.conjugate(Y_UP))
        np.testing.assert_allclose(bones[joint][:, :3, :3] @ rest.T, rot.to_matrix(in_space), atol=1e-9)


@pytest.mark.parametrize(
    "without",
    [("Spine1",), ("Neck",), ("LeftShoulder", "RightShoulder"), ("LeftToeBase",), ("LeftHandMiddle1",)],
    ids=lambda names: names[0],
)
def test_transfer_to_a_rig_without_a_bone_keeps_the_bones_after_it_right(rigs, t_pose, without):
    if without == ("LeftHandMiddle1",):
        without = tuple(name for name in JOINTS if name.startswith("LeftHandMiddle"))
    rig = rigs.build(t_pose, without=without)
    motion = rigs.motion(5)
    result, bones = moved(rigs, rig, motion)
    assert len(result.bones) == 52 - len(without)
    assert worst_angle(bones, motion) < 1e-5


def test_transfer_to_a_rig_with_a_twist_bone_keeps_the_limb_right(rigs, t_pose, still):
    """A bone half way down the upper arm turns on with it; the forearm arrives all the same."""
    rig = rigs.build(t_pose)
    arm, forearm = (rig.names.index(f"mixamorig:{name}") for name in ("LeftArm", "LeftForeArm"))
    parents = np.where(rig.parents >= forearm, rig.parents + 1, rig.parents)
    parents[forearm] = forearm
    middle = rig.rest[arm].copy()
    middle[:3, 3] = 0.5 * (rig.rest[arm, :3, 3] + rig.rest[forearm, :3, 3])
    longer = replace(
        rig,
        names=(*rig.names[:forearm], "LeftArmTwist", *rig.names[forearm:]),
        parents=np.insert(parents, forearm, arm),
        rest=np.insert(rig.rest, forearm, middle, axis=0),
        lengths=np.ones(53),
        inherit_rotation=np.ones(53, dtype=bool),
        local_location=np.ones(53, dtype=bool),
    )
    motion = rigs.motion(6)
    result, bones = moved(rigs, longer, motion)
    assert "LeftArmTwist" in result.bones
    assert worst_angle(bones, motion) < 1e-5


@pytest.mark.parametrize("scale", [0.5, 100.0])
def test_transferred_hips_travel_in_proportion_to_the_rigs_height(rigs, body, t_pose, scale):
    motion = rigs.motion(7)
    rig = rigs.build(t_pose, scale=scale, space=Y_UP, root_bone=True)
    _, bones = moved(rigs, rig, motion)
    expected = rot.rotate(Y_UP, ground(motion, body)) * scale
    np.testing.assert_allclose(bones["Hips"][:, :3, 3], expected, atol=1e-9 * scale)


def test_transferred_location_without_local_location_is_in_armature_axes(rigs, body, t_pose):
    motion = rigs.motion(8)
    rig = rigs.build(t_pose, space=Y_UP)
    rig = replace(rig, local_location=np.zeros(len(rig.names), dtype=bool))
    result = RetargetPlan(body, rig, map_rig(rig)).motion(motion)
    np.testing.assert_allclose(result.location, rot.rotate(Y_UP, ground(motion, body) - body.rest[0]), atol=1e-9)


def test_transferred_rotations_of_flipped_quaternions_are_continuous(rigs, body, t_pose):
    rig = rigs.build(t_pose)
    motion = rigs.motion(9, frames=200, size=0.2)
    flipped = replace(motion, rotations=motion.rotations * np.random.default_rng(0).choice([-1.0, 1.0], (200, 52, 1)))
    result = RetargetPlan(body, rig, map_rig(rig)).motion(flipped)
    assert (np.sum(result.rotations[1:] * result.rotations[:-1], axis=-1) > 0.0).all()
    np.testing.assert_allclose(np.linalg.norm(result.rotations, axis=-1), 1.0, atol=1e-9)


def test_transfer_of_unknown_rotations_holds_the_last_known_ones(rigs, body, t_pose):
    rig = rigs.build(t_pose)
    motion = rigs.motion(10)
    holes = motion.rotations.copy()
    holes[2:4, INDEX["LeftArm"]] = np.nan
    holes[0, INDEX["RightArm"]] = np.nan
    result = RetargetPlan(body, rig, map_rig(rig)).motion(replace(motion, rotations=holes))
    arm = result.bones.index("mixamorig:LeftArm")
    assert np.isfinite(result.rotations).all()
    np.testing.assert_allclose(result.rotations[3, arm], result.rotations[1, arm], atol=0.6)
    alone = replace(motion, rotations=np.where(np.isnan(holes), rot.identity(), holes))
    first = RetargetPlan(body, rig, map_rig(rig)).motion(alone).rotations[0]
    np.testing.assert_allclose(np.abs(np.sum(first * result.rotations[0], axis=-1)), 1.0, atol=1e-9)

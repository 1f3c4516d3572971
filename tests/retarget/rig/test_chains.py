# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains of another number of bones than the body's share its bend and twist, and end where it ends."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.motion.root import ground
from mimic.retarget.rig.chains import complete_map
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import rest_as_posed
from mimic.retarget.rig.rig import Rig
from mimic.retarget.transfer.plan import RetargetPlan


def degrees(turn):
    return np.degrees(rot.angle(turn))


def inserted(rig: Rig, above: str, below: str, names: dict[str, float]) -> Rig:
    """The rig with more bones in line between two, each part of the way along."""
    upper, lower = rig.names.index(above), rig.names.index(below)
    for name, part in names.items():
        rest = rig.rest[upper].copy()
        start = rig.rest[rig.names.index(above), :3, 3]
        rest[:3, 3] = start + part * (rig.rest[lower, :3, 3] - start)
        parents = np.where(rig.parents >= lower, rig.parents + 1, rig.parents)
        parents[lower] = lower
        rig = Rig(
            names=(*rig.names[:lower], name, *rig.names[lower:]),
            parents=np.insert(parents, lower, rig.parents[lower]),
            rest=np.insert(rig.rest, lower, rest, axis=0),
            lengths=np.ones(len(rig.names) + 1),
            inherit_rotation=np.ones(len(rig.names) + 1, dtype=bool),
            local_location=np.ones(len(rig.names) + 1, dtype=bool),
        )
        upper, lower = lower, lower + 1
    return rig


def turns_of(rigs, rig, motion):
    """Bone -> its turns (n, 4) away from rest, and the motion of the rig."""
    rig_map = map_rig(rig)
    moved = RetargetPlan(neutral_body(), rig, rig_map).motion(motion)
    matrices = rigs.evaluate(rig, moved)
    rest = rot.from_matrix(rig.rest[:, :3, :3])
    return {
        name: rot.multiply(rot.from_matrix(matrices[:, i, :3, :3]), rot.conjugate(rest[i]))
        for i, name in enumerate(rig.names)
    }, rig_map


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    spine=st.sampled_from([("Spine", "Spine1"), ("Spine1",), ()]),
    droop=st.floats(0.0, 80.0),
)
def test_spine_chain_with_fewer_bones_turns_chest_and_head_as_the_body(rigs, seed, spine, droop):
    rig = rigs.build(rigs.rest_pose(neutral_body(), np.radians(droop)), without=spine, seed=seed)
    motion = rigs.motion(seed)
    turns, _ = turns_of(rigs, rig, motion)
    wanted = neutral_body().globals(motion.rotations)
    for joint in ("Spine2", "Neck", "Head", "LeftShoulder", "LeftFoot"):
        assert degrees(rot.multiply(rot.conjugate(turns[f"mixamorig:{joint}"]), wanted[:, INDEX[joint]])).max() < 1e-5


def test_spine_chain_with_more_bones_bends_evenly(rigs, body, t_pose):
    rig = rigs.build(t_pose)
    rig = inserted(rig, "mixamorig:Spine1", "mixamorig:Spine2", {"Extra1": 0.3, "Extra2": 0.6})
    motion = rigs.motion(1, size=0.2)
    still = np.array(motion.rotations)
    still[:, :] = rot.identity()
    for joint in ("Spine", "Spine1", "Spine2"):
        still[:, INDEX[joint]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(20.0))
    turns, rig_map = turns_of(rigs, rig, replace(motion, rotations=still))
    chain = ["mixamorig:Spine", "mixamorig:Spine1", "Extra1", "Extra2", "mixamorig:Spine2"]
    assert set(chain) <= set(rig_map.shares)
    bends = [float(degrees(turns[bone])[0]) for bone in chain]
    assert bends == sorted(bends)
    assert bends[0] > 5.0
    assert bends[-1] == pytest.approx(60.0)
    assert max(np.diff(bends)) < 25.0


def test_neck_chain_with_more_bones_bends_evenly(rigs, t_pose):
    rig = inserted(rigs.build(t_pose), "mixamorig:Neck", "mixamorig:Head", {"Neck2": 0.5})
    motion = rigs.motion(2)
    turns, _ = turns_of(rigs, rig, motion)
    wanted = neutral_body().globals(motion.rotations)
    assert degrees(rot.multiply(rot.conjugate(turns["Neck2"]), wanted[:, INDEX["Neck"]])).max() < 1e-5
    whole = degrees(rot.multiply(rot.conjugate(wanted[:, INDEX["Spine2"]]), wanted[:, INDEX["Neck"]]))
    first = degrees(rot.multiply(rot.conjugate(wanted[:, INDEX["Spine2"]]), turns["mixamorig:Neck"]))
    np.testing.assert_allclose(first, 0.5 * whole, atol=1e-5)


@pytest.mark.parametrize(
    ("joint", "end", "grows"),
    [("LeftArm", "LeftForeArm", True), ("RightForeArm", "RightHand", False), ("LeftUpLeg", "LeftLeg", True)],
)
def test_twist_share_along_a_limb_twists_without_bending(rigs, t_pose, joint, end, grows):
    rig = inserted(rigs.build(t_pose), f"mixamorig:{joint}", f"mixamorig:{end}", {"Middle": 0.5})
    motion = rigs.motion(3)
    turns, rig_map = turns_of(rigs, rig, motion)
    assert rig_map.shares["Middle"].twist
    assert rig_map.shares["Middle"].part == pytest.approx(0.25 if grows else 0.75)
    along = rig.rest[rig.names.index(f"mixamorig:{end}"), :3, 3] - rig.rest[rig.names.index("Middle"), :3, 3]
    ours = rot.rotate(turns["Middle"], along)
    theirs = rot.rotate(turns[f"mixamorig:{joint}"], along)
    assert degrees(rot.between(ours, theirs)).max() < 1e-5
    assert degrees(rot.multiply(rot.conjugate(turns["Middle"]), turns[f"mixamorig:{joint}"])).max() > 1.0


def test_twist_bones_beside_the_chain_are_mapped_by_name(rigs, t_pose):
    rig = rigs.build(t_pose, extra={"LeftArm_twist_01": "LeftArm", "LeftForeArmRoll": "LeftForeArm", "Prop": "LeftArm"})
    shares = map_rig(rig).shares
    assert set(shares) == {"mixamorig:LeftArm_twist_01", "mixamorig:LeftForeArmRoll"}
    assert all(share.twist for share in shares.values())


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(bend=st.floats(0.0, 80.0), bones=st.sampled_from([1, 2]))
def test_finger_chain_with_fewer_bones_ends_near_the_bodys_bend(rigs, t_pose, bend, bones):
    joints = [f"LeftHandIndex{k}" for k in (1, 2, 3)]
    rig = rigs.build(t_pose, without=tuple(joints[bones:]))
    motion = rigs.motion(4, frames=2)
    turned = rot.identity(2, len(JOINTS))
    for joint in joints:
        turned[:, INDEX[joint]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(bend))
    turns, _ = turns_of(rigs, rig, replace(motion, rotations=turned))
    hand = turns["mixamorig:LeftHand"]
    found = [float(degrees(rot.multiply(rot.conjugate(hand), turns[f"mixamorig:{j}"]))[0]) for j in joints[:bones]]
    assert all(a <= b + 1e-6 for a, b in zip([bend - 1e-6, *found], found, strict=False)) or bend == 0.0
    # Short of half a turn, the last bone points between the body's second and third.
    if bend * 3.0 < 150.0:
        assert bend - 1e-6 <= found[-1] <= 3.0 * bend + 1e-6


def chained(rig, hand, names, lengths):
    """The rig with a chain of bones, one behind the other along X, on one of its bones."""
    at = rig.names.index(hand)
    steps = np.cumsum([0.02, *lengths[:-1]])
    rest = np.tile(rig.rest[at], (len(names), 1, 1))
    rest[:, 0, 3] += steps
    more = len(names)
    return replace(
        rig,
        names=(*rig.names, *names),
        parents=np.concatenate([rig.parents, [at], len(rig.names) + np.arange(more - 1)]),
        rest=np.concatenate([rig.rest, rest]),
        lengths=np.concatenate([rig.lengths, np.ones(more)]),
        inherit_rotation=np.concatenate([rig.inherit_rotation, np.ones(more, dtype=bool)]),
        local_location=np.concatenate([rig.local_location, np.ones(more, dtype=bool)]),
    )


def bent_finger(rigs, rig, names, bend):
    """Angles in degrees to the hand of a finger's bones, when each joint of the body's bends so far."""
    joints = [f"LeftHandIndex{k}" for k in (1, 2, 3)]
    motion = rigs.motion(4, frames=2)
    turned = rot.identity(2, len(JOINTS))
    for joint in joints:
        turned[:, INDEX[joint]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(bend))
    turns, _ = turns_of(rigs, rig, replace(motion, rotations=turned))
    hand = turns["mixamorig:LeftHand"]
    return [float(degrees(rot.multiply(rot.conjugate(hand), turns[name]))[0]) for name in names]


@pytest.mark.parametrize(("tip", "bends"), [("claw", True), ("Index4_end", False), ("", False)])
def test_finger_chain_of_four_bones_shares_the_bend_up_to_the_end_mark(rigs, t_pose, tip, bends):
    """The fourth bone bends only if it has a child bone that is more than an end marker."""
    names = [f"mixamorig:LeftHandIndex{k}" for k in (1, 2, 3, 4)]
    further = [names[3], *([tip] if tip else [])]
    rig = chained(rigs.build(t_pose), names[2], further, [0.02] * len(further))
    found = bent_finger(rigs, rig, names, 20.0)
    if bends:
        assert found == sorted(found)
        assert found[-1] == pytest.approx(60.0, abs=1.0)
        assert 20.0 <= found[1] < found[2] < 60.0
    else:
        assert found == pytest.approx([20.0, 40.0, 60.0, 60.0])


def test_weights_of_the_map_override_bone_lengths_in_a_chain(rigs, t_pose):
    rig = inserted(rigs.build(t_pose), "mixamorig:Spine1", "mixamorig:Spine2", {"Extra": 0.5})
    rig = inserted(rig, "mixamorig:LeftArm", "mixamorig:LeftForeArm", {"Middle": 0.5})
    own = map_rig(rig)
    chain = ["mixamorig:Spine", "mixamorig:Spine1", "Extra", "mixamorig:Spine2"]
    weights = dict(zip(chain, (0.0, 1.0, 0.0, 1.0), strict=True)) | {"Middle": 0.9}
    weighed = complete_map(rig, replace(own, shares={}, weights=weights))
    motion = rigs.motion(1, size=0.2)
    still = rot.identity(len(motion.time), len(JOINTS))
    for joint in ("Spine", "Spine1", "Spine2"):
        still[:, INDEX[joint]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(20.0))
    moved = RetargetPlan(neutral_body(), rig, weighed).motion(replace(motion, rotations=still))
    bends = [float(degrees(moved.rotations[0, moved.bones.index(bone)])) for bone in chain]
    assert bends[0] == pytest.approx(0.0, abs=1e-6)
    assert bends[2] == pytest.approx(0.0, abs=1e-6)
    assert bends[1] + bends[3] == pytest.approx(60.0)
    assert min(bends[1], bends[3]) > 20.0
    assert weighed.shares["Middle"].part == pytest.approx(0.1)
    assert own.shares["Middle"].part == pytest.approx(0.25)


def test_root_that_carries_hips_and_legs_moves_with_the_pelvis(rigs, body, t_pose):
    """Legs that hang on a root on the floor still follow the pelvis."""
    rig = rigs.build(t_pose, root_bone=True, seed=2)
    parents = rig.parents.copy()
    for side in ("Left", "Right"):
        parents[rig.names.index(f"mixamorig:{side}UpLeg")] = 0
    rig = replace(rig, parents=parents)
    rig_map = map_rig(rig)
    assert rig_map.root_bone == "Root"
    motion = rigs.motion(5)
    matrices = rigs.evaluate(rig, RetargetPlan(body, rig, rig_map).motion(motion))
    hips = matrices[:, rig.names.index("mixamorig:Hips")]
    np.testing.assert_allclose(hips[:, :3, 3], ground(motion, body), atol=1e-9)
    leg = matrices[:, rig.names.index("mixamorig:LeftUpLeg"), :3, 3]
    np.testing.assert_allclose(
        np.linalg.norm(leg - hips[:, :3, 3], axis=1),
        np.linalg.norm(t_pose[INDEX["LeftUpLeg"]] - t_pose[0]),
        atol=1e-9,
    )


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), angle=st.floats(-180.0, 180.0))
def test_root_bone_turned_by_hand_stays_turned(rigs, seed, angle):
    """The character faces where its posed root makes it face, and moves from there as ever."""
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(90.0 * round(angle / 90.0)))
    rig = rigs.build(neutral_body().rest, root_bone=True, seed=seed)
    axes = rig.rest[0, :3, :3]
    basis = np.tile(np.eye(4), (len(rig.names), 1, 1))
    basis[0, :3, :3] = axes.T @ rot.to_matrix(turn) @ axes
    posed = replace(rig, basis=basis)
    rig_map = map_rig(posed)
    standing = rest_as_posed(posed, rig_map)
    motion = rigs.motion(seed)
    moved = RetargetPlan(neutral_body(), standing, rig_map).motion(motion)
    plain = RetargetPlan(neutral_body(), rig, rig_map).motion(motion)
    np.testing.assert_allclose(np.abs(np.sum(moved.rotations * plain.rotations, axis=-1)), 1.0, atol=1e-9)
    np.testing.assert_allclose(moved.location, plain.location, atol=1e-6)


def test_unmapped_bone_turned_by_hand_is_compensated_in_the_leg(rigs, t_pose):
    """A bone between hips and leg was turned by hand; the leg still points where the performer's does."""
    rig = inserted(rigs.build(t_pose), "mixamorig:Hips", "mixamorig:LeftUpLeg", {"Side": 0.5})
    basis = np.tile(np.eye(4), (len(rig.names), 1, 1))
    basis[rig.names.index("Side"), :3, :3] = rot.to_matrix(rot.from_axis_angle(rot.unit([1.0, 2.0, 3.0]), 0.6))
    posed = replace(rig, basis=basis)
    rig_map = map_rig(posed)
    motion, body = rigs.motion(7), neutral_body()
    points = body.positions(motion.rotations, motion.root)
    wanted = points[:, INDEX["LeftLeg"]] - points[:, INDEX["LeftUpLeg"]]

    def leg(standing):
        heads = rigs.evaluate(posed, RetargetPlan(body, standing, rig_map).motion(motion))[:, :, :3, 3]
        row = [rig.names.index(f"mixamorig:Left{part}") for part in ("UpLeg", "Leg")]
        return degrees(rot.between(heads[:, row[1]] - heads[:, row[0]], wanted)).max()

    assert leg(rig) > 10.0
    assert leg(rest_as_posed(posed, rig_map)) < 1e-4


def test_chain_of_bones_in_one_place_gives_finite_rotations(rigs, body, t_pose):
    rig = inserted(rigs.build(t_pose), "mixamorig:LeftArm", "mixamorig:LeftForeArm", {"Zero1": 0.0, "Zero2": 0.0})
    squeezed = rig.rest.copy()
    squeezed[rig.names.index("mixamorig:Spine1"), :3, 3] = squeezed[rig.names.index("mixamorig:Spine"), :3, 3]
    moved = RetargetPlan(body, replace(rig, rest=squeezed), map_rig(replace(rig, rest=squeezed))).motion(rigs.motion(6))
    assert np.isfinite(moved.rotations).all()

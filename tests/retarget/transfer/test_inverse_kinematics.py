# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls of IK lie where the pose wants them: targets at the ends of chains, poles on the side that looks at them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.rig.families import families, match_family
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import rest_as_posed
from mimic.retarget.rig.rig import InverseKinematics, Rig, Share
from mimic.retarget.transfer.ik import IKControls, ik_limbs, live_ik_limbs
from mimic.retarget.transfer.live import LiveTransfer
from mimic.retarget.transfer.plan import RetargetPlan
from mimic.retarget.transfer.skeleton import PosedBones, Skeleton

ANGLE = 0.7
CHAINS = {"LeftHand": ("LeftArm", "LeftForeArm"), "RightFoot": ("RightUpLeg", "RightLeg")}


def led(rig: Rig, *, on: str = "") -> Rig:
    """The rig with a target and a pole for an arm and a leg, hanging on a bone or on none; constraints on the limbs."""
    names, parents, rest = list(rig.names), list(rig.parents), list(rig.rest)
    for end, (upper, lower) in CHAINS.items():
        for name, like in ((f"IK {end}", end), (f"Pole {end}", lower)):
            frame = np.array(rig.rest[rig.names.index(f"mixamorig:{like}")])
            frame[:3, :3] = rig.rest[rig.names.index(f"mixamorig:{upper}"), :3, :3]
            names.append(name)
            parents.append(rig.names.index(on) if on else -1)
            rest.append(frame)
    more = len(names) - len(rig.names)
    lengths = np.array(rig.lengths)
    for _, lower in CHAINS.values():
        lengths[rig.names.index(f"mixamorig:{lower}")] = 0.2
    return Rig(
        names=tuple(names),
        parents=np.array(parents),
        rest=np.array(rest),
        lengths=np.concatenate([lengths, np.ones(more)]),
        inherit_rotation=np.concatenate([rig.inherit_rotation, np.ones(more, dtype=bool)]),
        local_location=np.concatenate([rig.local_location, np.arange(more) % 2 == 0]),
        ik=tuple(
            InverseKinematics(tuple(f"mixamorig:{bone}" for bone in chain), f"IK {end}", f"Pole {end}", ANGLE)
            for end, chain in CHAINS.items()
        ),
    )


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rigid=st.sets(st.sampled_from(JOINTS), max_size=4),
    root_bone=st.booleans(),
    scale=st.sampled_from([0.01, 1.0, 100.0]),
)
def test_posed_bones_stand_where_blender_puts_them(rigs, seed, rigid, root_bone, scale):
    rig = rigs.build(neutral_body().rest, seed=seed, rigid=tuple(rigid), root_bone=root_bone, scale=scale)
    moved = RetargetPlan(neutral_body(), rig, map_rig(rig)).motion(rigs.motion(seed))
    posed = Skeleton(rig).pose(moved)
    expected = rigs.evaluate(rig, moved)
    for bone, name in enumerate(rig.names):
        np.testing.assert_allclose(rot.to_matrix(posed.turns[name]), expected[:, bone, :3, :3], atol=1e-9)
        np.testing.assert_allclose(posed.heads[name], expected[:, bone, :3, 3], atol=1e-9 * scale)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), on=st.sampled_from(["", "mixamorig:Hips", "mixamorig:Spine2"]))
def test_ik_targets_and_poles_lie_where_the_pose_puts_the_limbs(rigs, seed, on):
    rig = led(rigs.build(neutral_body().rest, seed=seed), on=on)
    rig_map = map_rig(rig)
    moved = RetargetPlan(neutral_body(), rig, rig_map).motion(rigs.motion(seed))
    limbs = ik_limbs(rig, rig_map)
    assert [limb.control.joint for limb in limbs] == list(CHAINS)
    result = IKControls(rig, rig_map, limbs).add_keys(moved)
    posed = Skeleton(rig).pose(result)
    for end, (upper, lower) in CHAINS.items():
        tip = posed.heads[f"mixamorig:{lower}"] + rot.rotate(posed.turns[f"mixamorig:{lower}"], [0.0, 0.2, 0.0])
        np.testing.assert_allclose(posed.heads[f"IK {end}"], tip, atol=1e-9)
        row = rig.names.index(f"mixamorig:{end}"), rig.names.index(f"IK {end}")
        offset = rot.from_matrix(rig.rest[row[0], :3, :3].T @ rig.rest[row[1], :3, :3])
        turned = rot.multiply(posed.turns[f"mixamorig:{end}"], offset)
        np.testing.assert_allclose(np.abs(np.sum(turned * posed.turns[f"IK {end}"], axis=-1)), 1.0, atol=1e-9)
        start, wrist = posed.heads[f"mixamorig:{upper}"], posed.heads[f"mixamorig:{end}"]
        way = rot.unit(wrist - start)
        side = rot.rotate(posed.turns[f"mixamorig:{upper}"], [np.cos(ANGLE), 0.0, np.sin(ANGLE)])
        flat = [v - np.sum(v * way, axis=-1, keepdims=True) * way for v in (side, posed.heads[f"Pole {end}"] - start)]
        assert np.degrees(rot.angle(rot.between(*flat))).max() < 1e-4
    both = result.bones.index("IK LeftHand"), result.bones.index("IK RightFoot")
    assert set(result.bones) - set(moved.bones) == {"IK LeftHand", "IK RightFoot"}
    assert set(result.places) == {f"{kind} {end}" for kind in ("IK", "Pole") for end in CHAINS}
    steps = np.sum(result.rotations[1:, both] * result.rotations[:-1, both], axis=-1)
    assert (steps > 0.0).all()


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), on=st.sampled_from(["", "mixamorig:Hips", "mixamorig:Spine2"]))
def test_ik_controls_in_live_transfer_equal_those_of_the_whole_motion(rigs, seed, on):
    rig = led(rigs.build(neutral_body().rest, seed=seed), on=on)
    rig_map, motion = map_rig(rig), rigs.motion(seed)
    moved = RetargetPlan(neutral_body(), rig, rig_map).motion(motion)
    whole = IKControls(rig, rig_map, ik_limbs(rig, rig_map)).add_keys(moved)
    live = LiveTransfer(RetargetPlan(neutral_body(), rig, rig_map, ik=True))
    for i, (time, rotations, root) in enumerate(zip(motion.time, motion.rotations, motion.root, strict=True)):
        pose = live.pose(float(time), rotations, root)
        if on:
            for bone, place in pose.places.items():
                np.testing.assert_allclose(place, whole.places[bone][i], atol=1e-9)
        both = [found.bones.index("IK LeftHand") for found in (whole, pose)]
        assert abs(float(whole.rotations[i, both[0]] @ pose.rotations[both[1]])) > 1.0 - 1e-9
        assert set(pose.places) == set(whole.places)


def test_ik_of_limbs_carried_by_constraints_is_not_driven_live(rigs, body):
    rig = led(rigs.build(body.rest))
    rig_map = map_rig(rig)
    assert len(live_ik_limbs(rig, rig_map)) == 2
    assert live_ik_limbs(rig, replace(rig_map, constrained={"mixamorig:Hips": Share("Hips", "Hips", 0.0)})) == ()


def test_ik_controls_need_only_the_bones_listed_as_needed(rigs, body):
    rig = led(rigs.build(body.rest), on="mixamorig:Hips")
    rig_map = map_rig(rig)
    moved = RetargetPlan(body, rig, rig_map).motion(rigs.motion(1))
    controls, posed = IKControls(rig, rig_map, ik_limbs(rig, rig_map)), Skeleton(rig).pose(moved)
    few = PosedBones(
        {name: posed.turns[name] for name in controls.bones}, {name: posed.heads[name] for name in controls.bones}
    )
    assert len(controls.bones) < 12
    assert controls.add_keys(moved, few).places.keys() == controls.add_keys(moved, posed).places.keys()


def test_ik_constraints_that_are_muted_or_on_other_bones_are_ignored(rigs, body):
    rig = led(rigs.build(body.rest))
    muted = replace(rig, ik=tuple(replace(ik, muted=True) for ik in rig.ik))
    assert ik_limbs(muted, map_rig(muted)) == ()
    tail = replace(rig, ik=(InverseKinematics(("mixamorig:Spine", "mixamorig:Spine1"), "IK LeftHand"),))
    assert ik_limbs(tail, map_rig(tail)) == ()


def test_ik_controls_moved_by_hand_are_posed_from_rest(rigs, body):
    rig = led(rigs.build(body.rest))
    basis = np.tile(np.eye(4), (len(rig.names), 1, 1))
    basis[rig.names.index("IK LeftHand"), :3, 3] = [1.0, 2.0, 3.0]
    moved = rest_as_posed(replace(rig, basis=basis), map_rig(rig))
    np.testing.assert_allclose(moved.rest, rig.rest, atol=1e-12)


@pytest.mark.parametrize("side", ["L", "R"])
def test_ik_controls_of_rigify_are_found_by_name(side):
    family = next(family for family in families() if family.name == "Rigify")
    names = (
        "hand_ik.L",
        "hand_ik.R",
        "upper_arm_ik_target.L",
        "upper_arm_ik_target.R",
        "upper_arm_parent.R",
        "foot_ik.R",
    )
    names += ("torso", "ORG-spine", "toe_ik.R")
    found = {control.joint: control for control in match_family(family, names).controls}
    assert set(found) == {"LeftHand", "RightHand", "RightFoot"}
    own = found[{"L": "LeftHand", "R": "RightHand"}[side]]
    assert (own.target, own.pole) == (f"hand_ik.{side}", f"upper_arm_ik_target.{side}")
    assert [switch.bone for switch in own.switches] == (["upper_arm_parent.R"] * 2 if side == "R" else [])
    assert found["RightFoot"].followers == {"RightToeBase": "toe_ik.R"}

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
from mimic.retarget.rig.families import families, find
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import settled
from mimic.retarget.rig.rig import InverseKinematics, Rig, Share
from mimic.retarget.transfer.ik import Posed, limbs_alone, limbs_of, needed, steered
from mimic.retarget.transfer.live import LiveTransfer
from mimic.retarget.transfer.posing import posed_bones
from mimic.retarget.transfer.transfer import transfer

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


def posed_by(rig, motion) -> Posed:
    turns, heads = posed_bones(rig, motion)
    return Posed(
        {name: turns[:, i] for i, name in enumerate(rig.names)}, {name: heads[:, i] for i, name in enumerate(rig.names)}
    )


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rigid=st.sets(st.sampled_from(JOINTS), max_size=4),
    root_bone=st.booleans(),
    scale=st.sampled_from([0.01, 1.0, 100.0]),
)
def test_bones_stand_where_blender_would_put_them(rigs, seed, rigid, root_bone, scale):
    rig = rigs.build(neutral_body().rest, seed=seed, rigid=tuple(rigid), root_bone=root_bone, scale=scale)
    moved = transfer(rigs.motion(seed), neutral_body(), rig, map_rig(rig))
    turns, heads = posed_bones(rig, moved)
    expected = rigs.evaluate(rig, moved)
    np.testing.assert_allclose(rot.to_matrix(turns), expected[..., :3, :3], atol=1e-9)
    np.testing.assert_allclose(heads, expected[..., :3, 3], atol=1e-9 * scale)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), on=st.sampled_from(["", "mixamorig:Hips", "mixamorig:Spine2"]))
def test_targets_and_poles(rigs, seed, on):
    rig = led(rigs.build(neutral_body().rest, seed=seed), on=on)
    rig_map = map_rig(rig)
    moved = transfer(rigs.motion(seed), neutral_body(), rig, rig_map)
    limbs = limbs_of(rig, rig_map)
    assert [limb.control.joint for limb in limbs] == list(CHAINS)
    result = steered(moved, posed_by(rig, moved), rig, rig_map, limbs)
    posed = posed_by(rig, result)
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
def test_controls_that_are_placed_live_are_those_of_the_whole_motion(rigs, seed, on):
    rig = led(rigs.build(neutral_body().rest, seed=seed), on=on)
    rig_map, motion = map_rig(rig), rigs.motion(seed)
    moved = transfer(motion, neutral_body(), rig, rig_map)
    whole = steered(moved, posed_by(rig, moved), rig, rig_map, limbs_of(rig, rig_map))
    live = LiveTransfer(neutral_body(), rig, rig_map, ik=True)
    for i, (time, rotations, root) in enumerate(zip(motion.time, motion.rotations, motion.root, strict=True)):
        pose = live.pose(float(time), rotations, root)
        if on:
            for bone, place in pose.places.items():
                np.testing.assert_allclose(place, whole.places[bone][i], atol=1e-9)
        both = [found.bones.index("IK LeftHand") for found in (whole, pose)]
        assert abs(float(whole.rotations[i, both[0]] @ pose.rotations[both[1]])) > 1.0 - 1e-9
        assert set(pose.places) == set(whole.places)


def test_a_rig_that_constraints_carry_about_is_not_led_live(rigs, body):
    rig = led(rigs.build(body.rest))
    rig_map = map_rig(rig)
    assert len(limbs_alone(rig, rig_map)) == 2
    assert limbs_alone(rig, replace(rig_map, carried={"mixamorig:Hips": Share("Hips", "Hips", 0.0)})) == ()


def test_what_is_asked_for_is_enough(rigs, body):
    rig = led(rigs.build(body.rest), on="mixamorig:Hips")
    rig_map = map_rig(rig)
    moved = transfer(rigs.motion(1), body, rig, rig_map)
    limbs, posed = limbs_of(rig, rig_map), posed_by(rig, moved)
    bones = needed(rig, rig_map, limbs)
    few = Posed({name: posed.turns[name] for name in bones}, {name: posed.heads[name] for name in bones})
    assert len(bones) < 12
    assert (
        steered(moved, few, rig, rig_map, limbs).places.keys()
        == steered(moved, posed, rig, rig_map, limbs).places.keys()
    )


def test_constraints_that_are_muted_or_bend_other_bones_lead_nothing(rigs, body):
    rig = led(rigs.build(body.rest))
    muted = replace(rig, ik=tuple(replace(ik, muted=True) for ik in rig.ik))
    assert limbs_of(muted, map_rig(muted)) == ()
    tail = replace(rig, ik=(InverseKinematics(("mixamorig:Spine", "mixamorig:Spine1"), "IK LeftHand"),))
    assert limbs_of(tail, map_rig(tail)) == ()


def test_controls_are_posed_from_their_rest_however_they_stand_now(rigs, body):
    rig = led(rigs.build(body.rest))
    basis = np.tile(np.eye(4), (len(rig.names), 1, 1))
    basis[rig.names.index("IK LeftHand"), :3, 3] = [1.0, 2.0, 3.0]
    moved = settled(replace(rig, basis=basis), map_rig(rig))
    np.testing.assert_allclose(moved.rest, rig.rest, atol=1e-12)


@pytest.mark.parametrize("side", ["L", "R"])
def test_rigifys_controls_are_known_by_name(side):
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
    found = {control.joint: control for control in find(family, names).controls}
    assert set(found) == {"LeftHand", "RightHand", "RightFoot"}
    own = found[{"L": "LeftHand", "R": "RightHand"}[side]]
    assert (own.target, own.pole) == (f"hand_ik.{side}", f"upper_arm_ik_target.{side}")
    assert [switch.bone for switch in own.switches] == (["upper_arm_parent.R"] * 2 if side == "R" else [])
    assert found["RightFoot"].followers == {"RightToeBase": "toe_ik.R"}

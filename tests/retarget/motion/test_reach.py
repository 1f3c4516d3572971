# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands and feet of characters of other proportions come where the performer's are, if they are asked to."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.limits import hinge_axis
from mimic.retarget.motion.options import AS_SOLVED
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.reach import reach_motion
from mimic.retarget.motion.two_bone_ik import two_bone_ik
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import body_axes, joint_positions, size_ratio
from mimic.retarget.transfer.live import LiveTransfer
from mimic.retarget.transfer.plan import RetargetPlan
from mimic.retarget.transfer.proportions import with_proportions

ARMS = {"Left": ("LeftArm", "LeftForeArm", "LeftHand"), "Right": ("RightArm", "RightForeArm", "RightHand")}
REACH = replace(AS_SOLVED, reach=True)

RIGS = {
    "long arms": {"Arm": 1.4, "ForeArm": 1.4},
    "short arms": {"Arm": 0.75, "ForeArm": 0.75},
    "broad": {"Shoulder": 1.5, "UpLeg": 1.7},
    "slight": {"Shoulder": 0.6, "UpLeg": 0.7},
    "long shins": {"Leg": 1.0, "Foot": 1.5, "ForeArm": 0.8, "Hand": 1.3},
}
"""What is longer or shorter: the way from the joint before to this one. `broad` moves shoulders and legs outwards."""


def shaped(body: Body, factors: dict[str, float]) -> np.ndarray:
    """Joints (52, 3) of a body whose ways from joint to joint are longer or shorter, on the same floor."""
    points = np.zeros((len(JOINTS), 3))
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            continue
        part = JOINTS[joint].removeprefix("Left").removeprefix("Right")
        way = body.rest[joint] - body.rest[parent]
        factor = factors.get(part, 1.0)
        points[joint] = points[parent] + way * (
            np.array([factor, 1.0, 1.0]) if part in ("Shoulder", "UpLeg") else factor
        )
    points[:, 2] += body.rest[INDEX["LeftFoot"], 2] - points[INDEX["LeftFoot"], 2]
    return points


def posed(goals: dict[str, np.ndarray], turns: dict[str, np.ndarray] | None = None) -> BodyMotion:
    """A motion of ten frames from rest to a pose in which wrists are at places relative to the hips."""
    body = neutral_body()
    local = rot.identity(1, len(JOINTS))
    for joint, turn in (turns or {}).items():
        local[:, INDEX[joint]] = turn
    for side, goal in goals.items():
        upper, lower, hand = (INDEX[joint] for joint in ARMS[side])
        every = body.globals(local)
        joints = body.positions(local, np.zeros((1, 3)))
        found = two_bone_ik(
            every[:, upper],
            every[:, lower],
            joints[:, upper],
            goal[None],
            bones=(body.rest[lower] - body.rest[upper], body.rest[hand] - body.rest[lower]),
            hinge=hinge_axis(body, *ARMS[side][:2]),
        )
        for joint, above, turn in ((upper, every[:, PARENTS[upper]], found[0]), (lower, found[0], found[1])):
            local[:, joint] = rot.multiply(rot.conjugate(above), turn)
    way = np.linspace(0.0, 1.0, 10)
    rotations = rot.slerp(rot.identity(10, len(JOINTS)), np.repeat(local, 10, axis=0), way[:, None])
    return BodyMotion(
        np.arange(10) / 30.0, rotations, np.full((10, 3), np.nan), np.empty(0), np.ones((10, len(JOINTS)))
    )


def shown(rigs, name, motion, options):
    """Joints (52, 3) of a rig in the last pose, as Blender would have them, in metres of the performer."""
    body = neutral_body()
    rig = rigs.build(shaped(body, RIGS[name]), seed=1, scale=10.0)
    rig_map = map_rig(rig)
    character = with_proportions(body, rig, rig_map)
    moved = RetargetPlan(body, rig, rig_map).motion(polish(motion, character, options))
    positions = joint_positions(rig, rig_map)
    size = size_ratio(positions, body.rest, body_axes(positions))
    heads = rigs.evaluate(rig, moved)[-1, :, :3, 3] / size
    return np.array([heads[rig.names.index(f"mixamorig:{joint}")] for joint in JOINTS])


def theirs(motion):
    return neutral_body().positions(motion.rotations[-1:], np.zeros((1, 3)))[0]


def between(points, one, other):
    return points[INDEX[other]] - points[INDEX[one]]


TOGETHER = {"Left": np.array([0.04, -0.35, 0.25]), "Right": np.array([-0.04, -0.35, 0.25])}


@pytest.mark.parametrize("name", RIGS)
def test_reach_of_touching_hands_keeps_the_hands_together(rigs, name):
    motion = posed(TOGETHER)
    wanted = between(theirs(motion), "LeftHandMiddle1", "RightHandMiddle1")
    copied, reached = (
        between(shown(rigs, name, motion, options), "LeftHandMiddle1", "RightHandMiddle1")
        for options in (AS_SOLVED, REACH)
    )
    if name != "long shins":
        assert np.linalg.norm(copied - wanted) > 0.05
    assert np.linalg.norm(reached - wanted) < 0.02


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("side", ["Left", "Right"])
def test_reach_of_a_hand_on_the_hip_keeps_the_hand_there(rigs, name, side):
    """Compared is the vector from the hip joint to the hand, in units of the width of the hips."""
    out = 1.0 if side == "Left" else -1.0
    motion = posed({side: np.array([out * 0.2, -0.02, 0.02])})
    joints = f"{side}UpLeg", f"{side}HandMiddle1"

    def beside(points):
        width = np.linalg.norm(between(points, "LeftUpLeg", "RightUpLeg"))
        return between(points, *joints) / width

    wanted = beside(theirs(motion))
    copied, reached = (beside(shown(rigs, name, motion, options)) for options in (AS_SOLVED, REACH))
    assert np.linalg.norm(reached - wanted) < 0.25
    assert np.linalg.norm(reached - wanted) < 0.5 * np.linalg.norm(copied - wanted) + 0.1


@pytest.mark.parametrize("name", ["long arms", "slight", "long shins"])
def test_reach_of_a_hand_on_the_head_keeps_the_hand_there(rigs, name):
    motion = posed({"Right": np.array([-0.07, -0.12, 0.68])})
    wanted = between(theirs(motion), "Head", "RightHandMiddle1")
    reached = between(shown(rigs, name, motion, REACH), "Head", "RightHandMiddle1")
    assert np.linalg.norm(reached - wanted) < 0.05


def test_reach_of_hands_in_the_open_copies_the_arms(rigs):
    """Arms stretched out and up point where the performer's do, to a hair."""
    up = {"LeftArm": rot.from_axis_angle([0.0, 1.0, 0.0], -1.9), "RightArm": rot.from_axis_angle([0.0, 1.0, 0.0], 1.2)}
    motion = posed({}, up)
    for name in ("long arms", "short arms"):
        for arm in ARMS.values():
            copied, reached = (between(shown(rigs, name, motion, o), arm[0], arm[1]) for o in (AS_SOLVED, REACH))
            assert np.degrees(rot.angle(rot.between(copied, reached))) < 0.01


@pytest.mark.parametrize("name", ["long arms", "slight"])
def test_reach_in_live_transfer_equals_the_whole_motions(rigs, name):
    body, motion = neutral_body(), posed(TOGETHER)
    rig = rigs.build(shaped(body, RIGS[name]), seed=1, scale=10.0)
    rig_map = map_rig(rig)
    whole = RetargetPlan(body, rig, rig_map).motion(polish(motion, with_proportions(body, rig, rig_map), REACH))
    live = LiveTransfer(RetargetPlan(body, rig, rig_map, reach=True))
    for i, (time, rotations, root) in enumerate(zip(motion.time, motion.rotations, motion.root, strict=True)):
        pose = live.pose(float(time), rotations, root)
        assert pose.bones == whole.bones
        apart = rot.angle(rot.multiply(rot.conjugate(pose.rotations), whole.rotations[i]))
        assert np.degrees(apart.max()) < 1e-4


def test_reach_of_a_squat_keeps_depth_and_feet_in_proportion(rigs):
    """Below its own hip, each foot lies where the performer's does, in lengths of the leg."""
    bend = {"UpLeg": -1.3, "Leg": 1.9, "Foot": -0.6}
    squat = {f"{s}{j}": rot.from_axis_angle([1.0, 0.0, 0.0], a) for s in ARMS for j, a in bend.items()}
    motion = posed({}, squat)

    def below(points, rest):
        length = sum(
            np.linalg.norm(rest[INDEX[b]] - rest[INDEX[a]])
            for a, b in (("LeftUpLeg", "LeftLeg"), ("LeftLeg", "LeftFoot"))
        )
        return between(points, "LeftUpLeg", "LeftFoot") / length

    wanted = below(theirs(motion), neutral_body().rest)
    own = shown(rigs, "long shins", posed({}), AS_SOLVED)
    copied, reached = (below(shown(rigs, "long shins", motion, options), own) for options in (AS_SOLVED, REACH))
    assert np.linalg.norm(copied - wanted) > 0.05
    assert np.linalg.norm(reached - wanted) < 0.002


def test_reach_keeps_the_global_turn_of_hands_and_feet(rigs):
    motion = posed(TOGETHER)
    body = neutral_body()
    character = replace(body, rest=shaped(body, RIGS["short arms"]))
    turned = reach_motion(motion, body, character)
    before, after = body.globals(motion.rotations), body.globals(turned.rotations)
    for joint in ("LeftHand", "RightHand", "LeftFoot", "RightFoot", "LeftHandMiddle1", "Head"):
        turn = rot.multiply(rot.conjugate(before[:, INDEX[joint]]), after[:, INDEX[joint]])
        assert np.degrees(rot.angle(turn)).max() < 1e-4
    arm = INDEX["LeftArm"]
    assert np.degrees(rot.angle(rot.multiply(rot.conjugate(before[:, arm]), after[:, arm]))).max() > 3.0


def test_reach_on_the_way_to_a_contact_does_not_jump(rigs):
    motion = posed(TOGETHER)
    fine = np.linspace(0.0, 1.0, 120)
    rotations = rot.slerp(rot.identity(120, len(JOINTS)), np.repeat(motion.rotations[-1:], 120, axis=0), fine[:, None])
    slow = BodyMotion(fine * 4.0, rotations, np.zeros((120, 3)), np.empty(0), np.ones((120, len(JOINTS))))
    body = neutral_body()
    for factors in RIGS.values():
        character = replace(body, rest=shaped(body, factors))
        found = reach_motion(slow, body, character).rotations
        steps = np.degrees(rot.angle(rot.multiply(rot.conjugate(found[:-1]), found[1:])))
        assert steps.max() < 6.0


def test_reach_on_a_body_like_the_performers_changes_nothing(body, rigs):
    motion = rigs.motion(5, frames=8, size=0.2)
    found = reach_motion(motion, body, body)
    np.testing.assert_allclose(np.abs(np.sum(found.rotations * motion.rotations, axis=-1)), 1.0, atol=1e-9)


def test_with_proportions_of_a_rig_without_legs_takes_the_rigs_arms(body, rigs):
    points = shaped(body, RIGS["long arms"])
    legs = tuple(name for name in JOINTS if "Leg" in name or "Foot" in name or "Toe" in name)
    rig = rigs.build(points, without=legs)
    character = with_proportions(body, rig, map_rig(rig))

    def arm(joints):
        back = 0.5 * (between(joints, "Hips", "LeftArm") + between(joints, "Hips", "RightArm"))
        return np.linalg.norm(between(joints, "LeftArm", "LeftForeArm")) / np.linalg.norm(back)

    assert arm(character.rest) == pytest.approx(arm(points))
    assert arm(character.rest) > 1.2 * arm(body.rest)


@pytest.mark.parametrize("without", [("Spine", "Spine1"), ("LeftShoulder", "RightShoulder"), ("Neck",)])
def test_with_proportions_of_a_rig_without_some_joints_displaces_nothing(body, rigs, without):
    """The body with the rig's proportions stands where the rig does, up to the hands."""
    rig = rigs.build(shaped(body, RIGS["broad"]), without=without)
    rig_map = map_rig(rig)
    motion = rigs.motion(3, size=0.2)
    character = with_proportions(body, rig, rig_map)
    positions = joint_positions(rig, rig_map)
    size = size_ratio(positions, body.rest, body_axes(positions))
    posed_rig = rigs.evaluate(rig, RetargetPlan(body, rig, rig_map).motion(motion))[..., :3, 3] / size
    ours = character.positions(motion.rotations, np.zeros((5, 3)))
    for joint in ("LeftHand", "RightHand", "Head") if "Spine" not in without else ("LeftFoot",):
        there = posed_rig[:, rig.names.index(f"mixamorig:{joint}")] - posed_rig[:, rig.names.index("mixamorig:Hips")]
        np.testing.assert_allclose(ours[:, INDEX[joint]], there, atol=1e-6)

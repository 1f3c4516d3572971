# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses one by one must come out as whole motions do."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.edits import swap_sides
from mimic.retarget.motion.upper_body import upper_body, upper_body_motion
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rig import Rig, RigMotion, Share
from mimic.retarget.transfer.live import LiveTransfer
from mimic.retarget.transfer.plan import RetargetPlan
from mimic.retarget.transfer.skeleton import Skeleton

FRAMES = 20


def rig(seed: int, *, root_bone: bool = False, flags: bool = False) -> Rig:
    """A rig on the body's joints whose bones roll anywhere, at half its size, perhaps on a bone of its own."""
    random = np.random.default_rng(seed)
    names = [*(["Ground"] if root_bone else []), *(f"mixamorig:{name}" for name in JOINTS)]
    shift = int(root_bone)
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, :3] = rot.to_matrix(rot.unit(random.normal(size=(len(names), 4))))
    rest[shift:, :3, 3] = 0.5 * neutral_body().rest
    inherit, local = np.ones(len(names), bool), np.ones(len(names), bool)
    if flags:
        inherit[random.integers(shift + 1, len(names), 4)] = False
        local[shift] = False
    return Rig(
        names=tuple(names),
        parents=np.array([*([-1] if root_bone else []), *(p + shift if p >= 0 else shift - 1 for p in PARENTS)]),
        rest=rest,
        lengths=np.full(len(names), 0.1),
        inherit_rotation=inherit,
        local_location=local,
    )


def motion(seed: int) -> BodyMotion:
    random = np.random.default_rng(seed)
    axes = rot.unit(random.normal(size=(len(JOINTS), 3)))
    return BodyMotion(
        time=np.arange(FRAMES) / 30.0,
        rotations=rot.from_axis_angle(axes, np.cumsum(random.normal(scale=0.1, size=(FRAMES, len(JOINTS))), axis=0)),
        root=np.cumsum(random.normal(scale=0.02, size=(FRAMES, 3)), axis=0) + np.array([0.2, 3.0, 0.1]),
        shape=np.empty(0),
        confidence=np.ones((FRAMES, len(JOINTS))),
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("root_bone", [False, True])
@pytest.mark.parametrize("flags", [False, True])
def test_live_transfer_pose_by_pose_equals_the_whole_motion(seed: int, *, root_bone: bool, flags: bool) -> None:
    target, moves = rig(seed, root_bone=root_bone, flags=flags), motion(seed)
    # Where the place is not known, the height does not depend on what is yet to come.
    moves = replace(moves, root=np.full_like(moves.root, np.nan))
    rig_map = map_rig(target)
    whole = RetargetPlan(neutral_body(), target, rig_map).motion(moves)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, rig_map))
    for i, time in enumerate(moves.time):
        pose = live.pose(float(time), moves.rotations[i], moves.root[i])
        assert pose.bones == whole.bones
        assert pose.root == whole.root
        apart = rot.angle(rot.multiply(rot.conjugate(pose.rotations), whole.rotations[i]))
        assert np.degrees(apart.max()) < 1e-4
        np.testing.assert_allclose(pose.location, whole.location[i], atol=1e-9)


def test_transfer_to_a_mirrored_rig_equals_that_of_a_mirrored_motion() -> None:
    target, moves = replace(rig(3), mirrored=True), motion(3)
    moves = replace(moves, root=np.full_like(moves.root, np.nan))
    rig_map = map_rig(target)
    whole = RetargetPlan(neutral_body(), target, rig_map).motion(moves)
    plain = RetargetPlan(neutral_body(), replace(target, mirrored=False), rig_map).motion(swap_sides(moves))
    np.testing.assert_allclose(np.abs(np.sum(whole.rotations * plain.rotations, axis=-1)), 1.0, atol=1e-9)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, rig_map))
    for i, time in enumerate(moves.time):
        pose = live.pose(float(time), moves.rotations[i], moves.root[i])
        apart = rot.angle(rot.multiply(rot.conjugate(pose.rotations), whole.rotations[i]))
        assert np.degrees(apart.max()) < 1e-4


@pytest.mark.parametrize("seed", range(2))
def test_live_transfer_with_shared_turns_equals_the_whole_motion(seed: int) -> None:
    target, moves = rig(seed, root_bone=True), motion(seed)
    moves = replace(moves, root=np.full_like(moves.root, np.nan))
    names = map_rig(target).bones
    rig_map = replace(
        map_rig(target),
        root="Ground",
        shares={
            "Ground": Share("Hips", "Hips", 0.0),
            names["Spine1"]: Share("Spine", "Spine2", 0.3),
            names["LeftForeArm"]: Share("LeftForeArm", "LeftHand", 0.5, twist=True),
        },
        constrained={names["RightHand"]: Share("RightForeArm", "RightHand", 0.5)},
    )
    whole = RetargetPlan(neutral_body(), target, rig_map).motion(moves)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, rig_map))
    for i, time in enumerate(moves.time):
        pose = live.pose(float(time), moves.rotations[i], moves.root[i])
        assert pose.bones == whole.bones
        assert pose.root == whole.root == "Ground"
        apart = rot.angle(rot.multiply(rot.conjugate(pose.rotations), whole.rotations[i]))
        assert np.degrees(apart.max()) < 1e-4
        np.testing.assert_allclose(pose.location, whole.location[i], atol=1e-9)


def test_live_transfer_travel_over_the_floor_equals_the_whole_motion() -> None:
    target, moves = rig(1), motion(1)
    rig_map = map_rig(target)
    whole = RetargetPlan(neutral_body(), target, rig_map).motion(moves).location
    live = LiveTransfer(RetargetPlan(neutral_body(), target, rig_map))
    poses = [live.pose(float(t), r, p) for t, r, p in zip(moves.time, moves.rotations, moves.root, strict=True)]
    hips = rot.from_matrix(target.rest[0, :3, :3])
    ways = [rot.rotate(hips, way)[..., :2] for way in (whole, np.array([pose.location for pose in poses]))]
    np.testing.assert_allclose(ways[1], ways[0], atol=1e-9)


def test_live_transfer_of_a_still_pose_with_drifting_height_stays_on_the_floor() -> None:
    target = rig(2)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, map_rig(target)))
    random = np.random.default_rng(0)
    for i in range(90):
        place = np.array([0.0, 3.0, 0.002 * i + random.normal(scale=0.005)])
        pose = live.pose(i / 30.0, rot.identity(len(JOINTS)), place)
    assert np.abs(pose.location).max() < 0.05


def test_live_transfer_of_a_squat_to_other_proportions_keeps_feet_on_the_floor() -> None:
    """Short thighs and long shanks: feet stay on the floor, and so they do with hips that lie high."""
    points = neutral_body().rest.copy()
    for side in ("Left", "Right"):
        hip, knee, ankle = (INDEX[side + part] for part in ("UpLeg", "Leg", "Foot"))
        points[knee, 2] = points[hip, 2] - 0.8 * (points[hip, 2] - points[knee, 2])
        assert points[knee, 2] > points[ankle, 2]
    points[0, 2] += 0.1
    target = replace(rig(2), rest=rig(2).rest.copy())
    target.rest[:, :3, 3] = 0.5 * points
    rig_map = map_rig(target)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, rig_map))
    foot = "mixamorig:LeftFoot"
    for i in range(20):
        turns, bend = rot.identity(len(JOINTS)), np.radians(3.0 * i)
        for side in ("Left", "Right"):
            for part, share in (("UpLeg", -1.0), ("Leg", 2.0), ("Foot", -1.0)):
                turns[INDEX[side + part]] = rot.from_axis_angle([1.0, 0.0, 0.0], share * bend)
        pose = live.pose(i / 30.0, turns, np.full(3, np.nan))
        moved = RigMotion(pose.bones, pose.rotations[None], pose.root, pose.location[None])
        height = Skeleton(target).pose(moved).heads[foot][0, 2]
        assert height == pytest.approx(0.5 * points[INDEX["LeftFoot"], 2], abs=5e-4)


@pytest.mark.parametrize(
    "parts", [("Leg", "Foot", "Toe"), ("Foot", "Toe"), ("Shoulder", "Arm", "Hand"), ("Neck",), ("LeftUpLeg", "LeftLeg")]
)
def test_live_transfer_to_a_rig_without_some_parts_is_finite(rigs, t_pose, parts) -> None:
    without = tuple(name for name in JOINTS if any(part in name for part in parts))
    target, moves = rigs.build(t_pose, without=without), motion(0)
    for live in (
        LiveTransfer(RetargetPlan(neutral_body(), target, map_rig(target), reach=reach, ik=reach))
        for reach in (False, True)
    ):
        for time, rotations, root in zip(moves.time, moves.rotations, moves.root, strict=True):
            pose = live.pose(float(time), rotations, root)
            assert np.isfinite(pose.rotations).all()
            assert np.isfinite(pose.location).all()


def test_live_transfer_of_a_jump_leaves_the_floor() -> None:
    target = rig(2)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, map_rig(target)))
    up = rot.rotate(rot.conjugate(rot.from_matrix(target.rest[0, :3, :3])), [0.0, 0.0, 1.0])
    heights = []
    for i in range(60):
        jump = 0.4 * max(0.0, np.sin((i - 40) / 12.0 * np.pi)) if i >= 40 else 0.0
        pose = live.pose(i / 30.0, rot.identity(len(JOINTS)), np.array([0.0, 3.0, jump]))
        heights.append(float(pose.location @ up))
    assert max(heights[:40]) < 1e-6
    assert 0.08 < max(heights[40:53]) < 0.21


@pytest.mark.parametrize("mirrored_rig", [False, True])
@pytest.mark.parametrize("reach", [False, True])
def test_plan_with_reach_gives_a_motion_and_its_poses_the_same_turns(mirrored_rig: bool, reach: bool) -> None:
    target, moves = replace(rig(5), mirrored=mirrored_rig), motion(5)
    target.rest[[target.names.index(f"mixamorig:{side}Hand") for side in ("Left", "Right")], 2, 3] += 0.05
    plan = RetargetPlan(neutral_body(), target, map_rig(target), reach=reach, travels=False)
    whole, live = plan.motion(moves), LiveTransfer(plan)
    assert whole.location is None
    for i, time in enumerate(moves.time):
        pose = live.pose(float(time), moves.rotations[i], moves.root[i])
        alike = np.abs(np.sum(pose.rotations * whole.rotations[i], axis=-1))
        np.testing.assert_allclose(alike, 1.0, atol=1e-9)


def test_live_transfers_of_one_plan_do_not_share_their_past() -> None:
    target, moves = rig(6), motion(6)
    plan = RetargetPlan(neutral_body(), target, map_rig(target))
    first, second, alone = LiveTransfer(plan), LiveTransfer(plan), LiveTransfer(plan)
    for i, time in enumerate(moves.time):
        second.pose(float(time), moves.rotations[-1 - i], moves.root[-1 - i] + [0.0, 0.0, 0.3])
        place = first.pose(float(time), moves.rotations[i], moves.root[i]).location
    for i, time in enumerate(moves.time):
        expected = alone.pose(float(time), moves.rotations[i], moves.root[i]).location
    np.testing.assert_allclose(place, expected, atol=1e-12)


def test_live_transfer_without_travel_has_no_location() -> None:
    target = rig(0)
    live = LiveTransfer(RetargetPlan(neutral_body(), target, map_rig(target), travels=False))
    assert live.pose(0.0, rot.identity(len(JOINTS)), np.zeros(3)).location is None


def test_upper_body_motion_keeps_the_chest_and_rests_the_legs() -> None:
    moves = motion(4)
    alone = upper_body_motion(moves)
    chest = INDEX["Spine2"]
    body = neutral_body()
    apart = rot.angle(
        rot.multiply(rot.conjugate(body.globals(moves.rotations)[:, chest]), body.globals(alone.rotations)[:, chest])
    )
    assert np.degrees(apart.max()) < 1e-4
    legs = [i for i, name in enumerate(JOINTS) if name.endswith(("UpLeg", "Leg", "Foot", "ToeBase"))]
    assert len(legs) == 8
    np.testing.assert_array_equal(alone.rotations[:, [INDEX["Hips"], *legs]], rot.identity(FRAMES, 9))
    np.testing.assert_allclose(upper_body(moves.rotations[0]), alone.rotations[0], atol=1e-12)
    assert np.isnan(alone.root).all()

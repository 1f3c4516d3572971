# SPDX-License-Identifier: GPL-3.0-or-later
"""Skeletons as their makers publish them, every bone of them: mapped as a person would, and moved.

Only names and hierarchies are real; the bones lie where the body's do, what lies between two of them in between.
"""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS, mirrored
from mimic.models.body.model import neutral_body
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rig import Rig
from mimic.retarget.transfer.plan import RetargetPlan

SKELETONS = {path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
             for path in sorted(Path(__file__).with_name("skeletons").glob("*.toml"))}  # fmt: skip

TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
LEG = ("UpLeg", "Leg", "Foot", "ToeBase")


def hierarchy(skeleton) -> dict[str, str]:
    """Bone -> parent, parents first."""
    found: dict[str, str] = {}
    for line in skeleton["bones"].strip().splitlines():
        parent, _, children = line.partition(": ")
        found |= dict.fromkeys(children.split(", "), "" if parent == "-" else parent)
    order: dict[str, str] = {}

    def add(bone: str) -> None:
        if bone not in order:
            if found[bone]:
                add(found[bone])
            order[bone] = found[bone]

    for bone in found:
        add(bone)
    return order


def expected(skeleton) -> dict[str, str]:
    """Joint -> bone."""
    left = dict(zip([f"Left{part}" for part in (*ARM, *LEG)], [*skeleton["arm"], *skeleton["leg"]], strict=True))
    for finger, chain in zip(FINGERS, skeleton["fingers"], strict=True):
        left |= {f"LeftHand{finger}{k}": bone for k, bone in enumerate(chain, 1)}
    right = {mirrored(joint): on_the_right(bone, skeleton["sides"]) for joint, bone in left.items()}
    bones = dict(zip(TRUNK, skeleton["trunk"], strict=True)) | left | right
    return {joint: bones[joint] for joint in JOINTS if bones.get(joint)}


def on_the_right(bone: str, sides: list[str]) -> str:
    """The same bone of the other side; `sides` has pairs of what marks left and right, the first that fits counts."""
    own, other = next(pair for pair in batched(sides) if pair[0] in bone)
    return bone.replace(own, other, 1)


def batched(sides: list[str]) -> list[tuple[str, str]]:
    return list(zip(sides[::2], sides[1::2], strict=True))


def build(skeleton, points) -> Rig:
    """The skeleton with its bones at `points` (52, 3), any bone axes."""
    parents, joints = hierarchy(skeleton), {bone: joint for joint, bone in expected(skeleton).items()}
    names = list(parents)
    heads: dict[str, np.ndarray] = {}
    for bone in names:
        after = next_joints(bone, parents, joints)
        start = heads.get(parents[bone], np.zeros(3))
        if bone in joints:
            heads[bone] = points[INDEX[joints[bone]]]
        elif not after or not parents[bone]:
            heads[bone] = start + np.array([0.0, 0.02, 0.0]) if parents[bone] else np.zeros(3)
        else:
            heads[bone] = 0.5 * start + 0.5 * np.mean([points[INDEX[joint]] for joint in after], axis=0)
    rng = np.random.default_rng(0)
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, :3] = rot.to_matrix(rot.unit(rng.normal(size=(len(names), 4))))
    rest[:, :3, 3] = [heads[bone] for bone in names]
    every = np.ones(len(names), dtype=bool)
    numbers = np.array([names.index(parents[bone]) if parents[bone] else -1 for bone in names])
    return Rig(tuple(names), numbers, rest, np.full(len(names), 0.05), every, every)


def next_joints(bone, parents, joints) -> list[str]:
    """The joints of the first mapped bones below one that is not mapped."""
    found = []
    for other in parents:
        above = parents[other]
        while above and above != bone and above not in joints:
            above = parents[above]
        if above == bone and other in joints:
            found.append(joints[other])
    return found


@pytest.mark.parametrize("name", SKELETONS)
def test_published_skeleton_is_mapped_bone_by_bone(t_pose, name):
    skeleton = SKELETONS[name]
    found = map_rig(build(skeleton, t_pose), name="Rig")
    assert found.family == skeleton["family"]
    assert dict(found.bones) == expected(skeleton)
    assert found.warnings == ()


@pytest.mark.parametrize("name", SKELETONS)
def test_published_skeleton_in_motion_points_where_the_body_points(rigs, t_pose, name):
    """Limbs in their direction; hips, feet, chest and head in their whole turn."""
    rig = build(SKELETONS[name], t_pose)
    rig_map = map_rig(rig)
    motion, body = rigs.motion(1), neutral_body()
    posed = rigs.evaluate(rig, RetargetPlan(body, rig, rig_map).motion(motion))
    place = {joint: posed[:, rig.names.index(bone), :3, 3] for joint, bone in rig_map.bones.items()}
    points, turns = body.positions(motion.rotations, motion.root), body.globals(motion.rotations)
    parts = [(side, *pair) for side in ("Left", "Right") for part in (ARM[1:], LEG[:3]) for pair in pairwise(part)]
    for side, start, stop in parts:
        joint, end = side + start, side + stop
        ours, theirs = (p[end] - p[joint] for p in (place, {j: points[:, INDEX[j]] for j in (joint, end)}))
        assert np.degrees(rot.angle(rot.between(theirs, ours))).max() < 1e-4, (joint, end)
    for joint in ("Hips", "Spine2", "Head", "LeftFoot", "RightFoot"):
        row = rig.names.index(rig_map.bones[joint])
        found = rot.from_matrix(posed[:, row, :3, :3] @ rig.rest[row, :3, :3].T)
        assert np.degrees(rot.angle(rot.multiply(rot.conjugate(found), turns[:, INDEX[joint]]))).max() < 1e-4, joint

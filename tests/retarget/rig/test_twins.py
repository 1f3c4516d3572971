# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones that lie opposite to each other are found by name, or by place where names say nothing."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS, mirrored
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.presets import mirrored_bones
from mimic.retarget.rig.twins import twins


@pytest.fixture
def numbered(rigs, t_pose):
    """A rig whose names say nothing, and joint -> bone of it."""
    rig = rigs.build(t_pose, scale=37.0)
    names = tuple(f"骨{i:02}" for i in range(len(rig.names)))
    return replace(rig, names=names), dict(zip(JOINTS, names, strict=True))


def test_twins_of_named_bones_are_found_by_name(rigs, t_pose):
    found = twins(rigs.build(t_pose))
    assert found == {f"mixamorig:{j}": f"mixamorig:{mirrored(j)}" for j in JOINTS if j != mirrored(j)}


def test_twins_of_numbered_bones_are_found_by_place(numbered):
    rig, bones = numbered
    assert twins(rig) == {bones[j]: bones[mirrored(j)] for j in JOINTS if j != mirrored(j)}


@pytest.mark.parametrize("axis", [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
def test_twins_of_a_turned_and_moved_rig_are_found_by_place(numbered, axis):
    rig, _ = numbered
    rest = np.array(rig.rest)
    rest[:, :3, 3] = rot.rotate(rot.from_axis_angle(axis, 0.5 * np.pi), rest[:, :3, 3])
    rest[:, :3, 3] += np.array([5.0, -20.0, 11.0])
    assert len(twins(replace(rig, rest=rest))) == sum(j != mirrored(j) for j in JOINTS)


def test_twin_of_a_bone_that_shares_its_place_is_left_out(numbered):
    rig, bones = numbered
    rest = np.array(rig.rest)
    hand, forearm = (JOINTS.index(joint) for joint in ("LeftHand", "LeftForeArm"))
    rest[hand] = rest[forearm]
    found = twins(replace(rig, rest=rest))
    assert bones["RightForeArm"] not in found
    assert found[bones["LeftArm"]] == bones["RightArm"]


def test_twins_of_bones_in_one_place_are_none(rigs, t_pose):
    rig = rigs.build(t_pose)
    rest = np.tile(np.eye(4), (len(rig.names), 1, 1))
    plain = tuple(f"b{i}" for i in range(len(rig.names)))
    assert twins(replace(rig, rest=rest, names=plain)) == {}


@pytest.mark.parametrize("source", ["Left", "Right"])
def test_mirrored_bones_without_names_complete_either_side(numbered, source):
    rig, bones = numbered
    one_sided = {joint: bone for joint, bone in bones.items() if joint.startswith(source) or joint == mirrored(joint)}
    assert mirrored_bones(one_sided, rig, source=source) == bones


def test_mirrored_bones_of_a_map_found_by_structure_are_the_same_map(numbered):
    rig, _ = numbered
    found = dict(map_rig(rig).bones)
    assert mirrored_bones(found, rig) == found

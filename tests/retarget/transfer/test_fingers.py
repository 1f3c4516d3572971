# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers that are left out of a pose and of a motion, with all the bones that share in them."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.transfer.fingers import finger_bones, without_bones
from mimic.retarget.transfer.live import LiveTransfer
from mimic.retarget.transfer.plan import RetargetPlan


def test_finger_bones_of_a_whole_rig_are_thirty(rigs, t_pose):
    found = finger_bones(map_rig(rigs.build(t_pose)))
    assert found == {f"mixamorig:{joint}" for joint in JOINTS if joint[-1].isdigit() and "Hand" in joint}
    assert len(found) == 30


def test_finger_bones_of_a_rig_with_short_fingers_are_fewer(rigs, t_pose):
    short = tuple(f"{side}HandRing3" for side in ("Left", "Right"))
    assert len(finger_bones(map_rig(rigs.build(t_pose, without=short)))) == 28


@pytest.mark.parametrize("bones", [set(), {"mixamorig:LeftHandThumb1", "mixamorig:RightHandPinky3", "elsewhere"}])
def test_pose_without_some_bones_keeps_the_other_rotations(rigs, t_pose, bones):
    rig = rigs.build(t_pose)
    whole = LiveTransfer(RetargetPlan(neutral_body(), rig, map_rig(rig))).pose(
        0.0, rot.identity(len(JOINTS)), np.zeros(3)
    )
    part = without_bones(whole, bones)
    assert set(part.bones) == set(whole.bones) - bones
    assert len(part.rotations) == len(part.bones)
    for bone, turn in zip(part.bones, part.rotations, strict=True):
        np.testing.assert_array_equal(turn, whole.rotations[whole.bones.index(bone)])

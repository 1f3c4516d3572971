# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map is changed while the performer moves the character."""

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def test_session_follows_changes_of_the_bone_map(add_on, avatar, started, arm):
    assert np.ptp(arm.poses(avatar, started), axis=0).max() > 0.01
    fields = add_on.context.scene.mimic_bones
    fields.LeftArm, fields.LeftShoulder = "", ""
    arm.poses(avatar, started, 3)
    assert np.ptp(arm.poses(avatar, started, 6), axis=0).max() == 0.0
    add_on.ops.mimic.bones_detect()
    assert np.ptp(arm.poses(avatar, started, 24), axis=0).max() > 0.01


def test_session_ends_with_a_sentence_when_the_bone_map_is_cleared(add_on, started, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.bones_clear()
    until(lambda: runtime().session is None)
    assert "choose one for each in the bone map" in runtime().notices.error("live")


def test_session_on_a_rig_moved_by_ik_switches_to_fk_and_says_so(add_on, avatar, film, until, monkeypatch):
    from dataclasses import replace

    from mimic.addon.bone_map import store
    from mimic.addon.runtime import runtime
    from mimic.retarget.rig.rig import Switch

    avatar.pose.bones["mixamorig:LeftArm"]["IK_FK"] = 0.0
    switches = (Switch("mixamorig:LeftArm", "IK_FK", 1.0),)
    real = store.map_rig
    monkeypatch.setattr(store, "map_rig", lambda rig, **more: replace(real(rig, **more), switches=switches))
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().sessions.required().count > 0)
    assert avatar.pose.bones["mixamorig:LeftArm"]["IK_FK"] == 1.0
    assert "is now 1 (FK)" in runtime().notices.info("live")


def test_session_without_fingers_keeps_the_pose_of_the_fingers(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    thumb, hand = (avatar.pose.bones[f"mixamorig:{name}"] for name in ("LeftHandThumb1", "LeftHand"))
    thumb.rotation_quaternion = hand.rotation_quaternion = held = (0.8, 0.6, 0.0, 0.0)
    add_on.context.scene.mimic.fingers = False
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().sessions.required().count > 3)
    assert tuple(thumb.rotation_quaternion) == pytest.approx(held)
    assert tuple(hand.rotation_quaternion) != pytest.approx(held, abs=0.01)

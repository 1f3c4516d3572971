# SPDX-License-Identifier: GPL-3.0-or-later
"""Rigs whose limbs hang on IK follow the performer by their controls; hands of other proportions reach as his do."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


@pytest.fixture
def ik_rig(add_on, make):
    armature = make.ik_armature(add_on, seed=1, angle=-1.5708)
    add_on.context.view_layer.objects.active = armature
    return armature


def started_on(add_on, film, until, **fields):
    from mimic.addon.runtime import runtime

    for name, value in fields.items():
        setattr(add_on.context.scene.mimic, name, value)
    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().sessions.required()
    until(lambda: running.count > 10)
    return running


def apart(add_on, make, running, armature):
    """Degrees between the arms as Blender has them and as the bones would point without their constraints."""
    from mimic.retarget.rig.rig import RigMotion
    from mimic.retarget.transfer.skeleton import Skeleton

    pose, rig = running.shown.poses[0], running.target.rig
    kept = [row for row, bone in enumerate(pose.bones) if bone.startswith("mixamorig:")]
    motion = RigMotion(
        tuple(pose.bones[row] for row in kept), pose.rotations[None, kept], pose.root, pose.location[None]
    )
    heads = Skeleton(rig).pose(motion).heads
    bones = make.posed(add_on, armature, add_on.context.scene.frame_current)
    found = []
    for start, end in (("LeftArm", "LeftForeArm"), ("LeftForeArm", "LeftHand"), ("RightLeg", "RightFoot")):
        first, last = (heads[f"mixamorig:{joint}"][0] for joint in (start, end))
        seen = np.array(bones[f"mixamorig:{end}"].head - bones[f"mixamorig:{start}"].head)
        found.append(float(np.degrees(rot.angle(rot.between(seen, last - first)))))
    return max(found)


def test_session_by_ik_moves_the_limbs_by_their_controls(add_on, make, ik_rig, film, until):
    from mimic.addon.runtime import runtime

    running = started_on(add_on, film, until, ik=True)
    assert runtime().notices.info("live").startswith("Arms and legs are led by IK, on IK LeftHand, IK RightHand,")
    assert "Constraints act on" not in runtime().notices.info("live")
    assert apart(add_on, make, running, ik_rig) < 0.1
    target = ik_rig.pose.bones["IK LeftHand"]
    assert target.location.length > 0.05
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.pose_reset()
    assert target.location.length == 0.0
    assert ik_rig.pose.bones["Pole LeftHand"].location.length == 0.0


def test_session_without_ik_on_a_rig_with_ik_holds_the_limbs_and_says_so(add_on, make, ik_rig, film, until):
    from mimic.addon.runtime import runtime

    running = started_on(add_on, film, until)
    assert "choose IK Controls (--ik) to move IK LeftHand" in runtime().notices.info("live")
    assert apart(add_on, make, running, ik_rig) > 10.0


def test_session_by_ik_on_a_rig_without_ik_moves_the_bones_and_says_so(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    started_on(add_on, film, until, ik=True)
    assert "has no IK controls that Mimic can move; its bones are moved instead" in runtime().notices.info("live")


def test_session_uses_reach_and_limits_of_the_panel(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    running = started_on(add_on, film, until, reach=True, limits=False)
    live = running.settings.live
    assert live.reach
    assert not live.limits
    assert runtime().session is running

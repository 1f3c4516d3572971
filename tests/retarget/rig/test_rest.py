# SPDX-License-Identifier: GPL-3.0-or-later
"""The body's axes in a rig, and the turn from one rest pose into the other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import alignment, body_axes, joint_positions

Y_UP = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))
LYING = rot.multiply(Y_UP, rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(90.0)))


def apart(a, b):
    return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))


@pytest.mark.parametrize("space", [rot.identity(), Y_UP, LYING, rot.conjugate(Y_UP)])
@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0])
def test_body_axes_of_upright_turned_and_lying_rigs_are_exact(body, t_pose, space, scale):
    for points in (body.rest, t_pose):
        assert apart(body_axes(rot.rotate(space, points) * scale), space) < 1e-5


@given(seed=st.integers(0, 2**32 - 1))
def test_body_axes_of_a_leaning_rig_stay_upright(seed):
    from mimic.models.body.model import neutral_body

    rng = np.random.default_rng(seed)
    lean = rot.from_axis_angle(rot.unit(rng.normal(size=3)), np.radians(rng.uniform(0.0, 20.0)))
    assert apart(body_axes(rot.rotate(lean, neutral_body().rest)), rot.identity()) < 1e-5


def test_body_axes_of_a_rig_askew_in_its_space_follow_the_rig(body):
    askew = rot.from_axis_angle(rot.unit([1.0, 2.0, 0.5]), np.radians(50.0))
    upright = rot.rotate(rot.conjugate(body_axes_unsnapped(body.rest)), body.rest)
    assert apart(body_axes(rot.rotate(askew, upright)), askew) < 1e-5


def body_axes_unsnapped(points):
    """The same frame as `body_axes`, found without its shortcut: turn the points far from any axes, turn back."""
    askew = rot.from_axis_angle(rot.unit([1.0, 2.0, 0.5]), np.radians(50.0))
    return rot.multiply(rot.conjugate(askew), body_axes(rot.rotate(askew, points)))


def test_alignment_of_equal_rest_poses_is_identity(body, rigs):
    rig = rigs.build(body.rest)
    aligned = alignment(joint_positions(rig, map_rig(rig)), body.rest, rot.identity())
    assert rot.angle(aligned).max() < 1e-7


def test_alignment_of_the_trunk_is_identity(body, t_pose):
    bent = t_pose.copy()
    bent[INDEX["Head"]] += [0.0, -0.2, 0.0]
    aligned = alignment(bent, body.rest, rot.identity())
    trunk = [INDEX[name] for name in ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head", "LeftShoulder")]
    np.testing.assert_array_equal(aligned[trunk], rot.identity(len(trunk)))


def test_alignment_of_feet_turns_about_the_vertical_only(body):
    heeled = body.rest.copy()
    foot, toe = INDEX["LeftFoot"], INDEX["LeftToeBase"]
    outward = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(30.0))
    heeled[toe] = heeled[foot] + rot.rotate(outward, heeled[toe] - heeled[foot])
    heeled[foot] += [0.0, 0.0, 0.08]
    aligned = alignment(heeled, body.rest, rot.identity())
    for joint in (foot, toe):
        assert apart(aligned[joint], rot.conjugate(outward)) < 1e-5


def test_alignment_of_hands_lays_the_palms_on_the_bodys(body, t_pose):
    aligned = alignment(t_pose, body.rest, rot.identity())
    for side in ("Left", "Right"):
        hand = INDEX[f"{side}Hand"]
        for finger in ("Index", "Middle", "Ring", "Pinky"):
            knuckle = INDEX[f"{side}Hand{finger}1"]
            turned = rot.rotate(aligned[hand], t_pose[knuckle] - t_pose[hand])
            np.testing.assert_allclose(turned, body.rest[knuckle] - body.rest[hand], atol=1e-9)


def test_alignment_of_a_hand_without_fingers_follows_the_forearm(body, t_pose):
    points = t_pose.copy()
    points[[INDEX[name] for name in JOINTS if name.startswith("LeftHand") and name != "LeftHand"]] = np.nan
    aligned = alignment(points, body.rest, rot.identity())
    assert np.isfinite(aligned).all()
    assert apart(aligned[INDEX["LeftHand"]], aligned[INDEX["LeftForeArm"]]) < 1e-5


def test_alignment_of_a_twisted_hand_is_shared_by_the_forearm(body, t_pose):
    """Palms turned a quarter about the forearm: the wrist must not take it all."""
    points = t_pose.copy()
    hand, forearm = INDEX["LeftHand"], INDEX["LeftForeArm"]
    fingers = [INDEX[name] for name in JOINTS if name.startswith("LeftHand") and name != "LeftHand"]
    quarter = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0))
    points[fingers] = points[hand] + rot.rotate(quarter, points[fingers] - points[hand])
    before, after = (alignment(p, body.rest, rot.identity()) for p in (t_pose, points))
    assert apart(before[forearm], after[forearm]) == pytest.approx(45.0, abs=1.0)
    assert apart(before[hand], after[hand]) == pytest.approx(90.0, abs=1e-5)

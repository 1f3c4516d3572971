# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up, from people who stand, walk, sit, lie or stand on their hands before tilted cameras."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.camera_tilt import angles_of, slope_change, slope_of, up_of
from mimic.models.body.joints import INDEX
from mimic.models.body.motion import BodyMotion, Vertical
from mimic.retarget.errors import InvalidOption
from mimic.retarget.motion.gravity.estimate import estimated
from mimic.retarget.motion.gravity.evidence import Evidence
from mimic.retarget.motion.gravity.gravity import UNKNOWN, gravity_of, joint_gravity
from mimic.retarget.motion.options import MotionOptions
from mimic.retarget.motion.upright import rotate_motion

TILTS = [(0.0, 0.0), (25.0, 0.0), (-10.0, 8.0), (38.0, -20.0), (12.0, 24.0)]


def filmed(motion: BodyMotion, pitch: float, roll: float = 0.0, *, heading: float = 40.0) -> BodyMotion:
    """The motion as a camera sees it that looks down and is rolled by degrees, 4 m away."""
    yaw = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(heading))
    camera = rot.multiply(
        rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(roll)), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(pitch))
    )
    turned = rotate_motion(motion, yaw)
    return rotate_motion(replace(turned, root=turned.root + np.array([0.0, 4.0, -1.0])), camera)


def posed(motion: BodyMotion, **degrees: float) -> BodyMotion:
    """The motion with joints of both sides, or in the middle, bent about the sideways axis."""
    turns = motion.rotations.copy()
    for name, angle in degrees.items():
        for joint in [INDEX[name]] if name in INDEX else [INDEX[f"{side}{name}"] for side in ("Left", "Right")]:
            turns[:, joint] = rot.multiply(turns[:, joint], rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(angle)))
    return replace(motion, rotations=turns)


def off(gravity, pitch: float, roll: float) -> float:
    """Degrees between what was found and the truth."""
    return float(np.degrees(np.arccos(np.clip(np.dot(gravity.up, up_of(np.radians([pitch, roll]))), -1.0, 1.0))))


def strides(still) -> BodyMotion:
    """Someone who walks along -Y."""
    motion = still(120)
    swing = 22.0 * np.sin(2.0 * np.pi * motion.time / 1.1)
    turns = motion.rotations.copy()
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        turns[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(sign * swing))
        turns[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(np.maximum(0.0, sign * swing)))
    way = motion.time[:, None] * [0.0, -1.0, 0.0]
    return replace(motion, rotations=turns, root=motion.root + way)


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_gravity_of_someone_who_stands_is_within_four_degrees(body, still, pitch, roll):
    found = gravity_of(filmed(posed(still(90), Spine=2.0), pitch, roll), body)
    assert off(found, pitch, roll) < 4.0
    assert {each.source for each in found.evidence} >= {"legs", "trunk"}


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_gravity_of_someone_who_walks_is_within_four_degrees(body, still, pitch, roll):
    found = gravity_of(filmed(strides(still), pitch, roll), body)
    assert off(found, pitch, roll) < 4.0


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_gravity_of_noisy_depth_is_within_seven_degrees(body, still, pitch, roll):
    """One camera errs in how far people lean towards it, slowly, and in where they are."""
    motion = filmed(strides(still), pitch, roll)
    rng = np.random.default_rng(4)
    lean = np.radians(3.0 + 4.0 * np.sin(2.0 * motion.time))
    turns = motion.rotations.copy()
    turns[:, 0] = rot.multiply(rot.from_axis_angle([1.0, 0.0, 0.0], lean), turns[:, 0])
    root = motion.root * (1.0 + 0.02 * rng.standard_normal((len(lean), 1)))
    assert off(gravity_of(replace(motion, rotations=turns, root=root), body), pitch, roll) < 7.0


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
@pytest.mark.parametrize("heading", [0.0, 90.0, 200.0])
def test_gravity_of_someone_who_lies_or_does_a_handstand_is_unknown(body, still, pitch, roll, heading):
    for about, angle in (([1.0, 0.0, 0.0], 90.0), ([1.0, 0.0, 0.0], -90.0), ([0.0, 1.0, 0.0], 180.0)):
        turn = rot.from_axis_angle(about, np.radians(angle))
        found = gravity_of(filmed(rotate_motion(still(90), turn), pitch, roll, heading=heading), body)
        assert off(found, pitch, roll) <= off(UNKNOWN, pitch, roll) + 2.0


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_gravity_of_someone_who_sits_or_kneels_is_unknown(body, still, pitch, roll):
    for pose in ({"UpLeg": -85.0, "Leg": 85.0}, {"UpLeg": -85.0}, {"Leg": 100.0}):
        assert gravity_of(filmed(posed(still(90), **pose), pitch, roll), body) is UNKNOWN


def test_gravity_of_someone_who_bows_is_that_of_the_legs(body, still):
    motion = posed(still(150), Spine=2.0)
    bent = posed(motion, UpLeg=-80.0, Hips=80.0)
    both = replace(motion, rotations=np.where((motion.time > 2.0)[:, None, None], bent.rotations, motion.rotations))
    assert off(gravity_of(filmed(both, 20.0, 5.0), body), 20.0, 5.0) < 5.0


def test_gravity_of_someone_unseen_or_seen_shortly_is_unknown(body, still):
    motion = filmed(still(90), 15.0)
    assert gravity_of(replace(motion, confidence=np.zeros_like(motion.confidence)), body) is UNKNOWN
    assert gravity_of(filmed(still(8), 15.0), body) is UNKNOWN


def test_gravity_of_a_camera_beyond_likely_tilts_is_unknown(body, still):
    assert gravity_of(filmed(still(90), 70.0), body) is UNKNOWN
    assert gravity_of(filmed(still(90), 0.0, 60.0), body) is UNKNOWN


def test_gravity_of_a_climb_is_that_of_the_body(body, still):
    walk = strides(still)
    stairs = replace(walk, root=walk.root + walk.time[:, None] * [0.0, 0.0, 0.8])
    assert off(gravity_of(filmed(stairs, 10.0), body), 10.0, 0.0) < 5.0


def test_gravity_with_lines_of_the_room_is_surer_and_nearer(body, still):
    motion = filmed(rotate_motion(still(90), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(7.0))), 20.0, 10.0)
    alone = gravity_of(motion, body)
    up = tuple(up_of(np.radians([20.0, 10.0])))
    found = gravity_of(replace(motion, verticals=(Vertical("lines", up, np.radians(1.5)),)), body)
    assert found.doubt < alone.doubt
    assert off(found, 20.0, 10.0) < min(2.0, off(alone, 20.0, 10.0))
    assert "lines of the room" in found.sentence


def test_lines_of_the_room_count_against_a_body_whose_signs_err_together():
    body = [
        Evidence(source, np.radians([pitch, roll]), np.diag(np.radians([error, error]) ** 2))
        for source, pitch, roll, error in (
            ("legs", 24.0, 0.0, 6.0),
            ("trunk", 18.0, -1.0, 8.0),
            ("floor", 22.0, 2.0, 7.0),
        )
    ]
    lines = Evidence("lines", np.radians([8.0, 0.0]), np.eye(2) * np.radians(1.4) ** 2)
    found = estimated([*body, lines])
    assert found is not None
    assert lines in found.used
    np.testing.assert_allclose(np.degrees(found.angles), [8.0, 0.0], atol=2.5)


def test_gravity_of_someone_who_lies_in_a_room_is_that_of_its_lines(body, still):
    lying = filmed(rotate_motion(still(90), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0))), 30.0, -8.0)
    lines = Vertical("lines", tuple(up_of(np.radians([30.0, -8.0]))), np.radians(2.0))
    found = gravity_of(replace(lying, verticals=(lines,)), body)
    assert off(found, 30.0, -8.0) < 1.5


def test_gravity_of_contradicting_evidence_drops_the_less_sure(body, still):
    wrong = Vertical("lines", tuple(up_of(np.radians([5.0, -35.0]))), np.radians(12.0))
    found = gravity_of(replace(filmed(posed(still(90), Spine=2.0), 20.0, 10.0), verticals=(wrong,)), body)
    assert [each.source for each in found.dropped] == ["lines"]
    assert off(found, 20.0, 10.0) < 4.0


def test_gravity_that_is_given_is_taken(body, still):
    motion = filmed(posed(still(90), Spine=2.0), 20.0, 10.0, heading=0.0)
    found = gravity_of(motion, body, MotionOptions(camera_pitch=-5.0, camera_roll=3.0))
    assert (found.pitch, found.roll) == pytest.approx((-5.0, 3.0))
    assert found.sentence == (
        "The camera looks up by 5 and is rolled by 3 degrees (from what you said; sure to 1 degree)."
    )
    pitch_only = gravity_of(motion, body, MotionOptions(camera_pitch=12.0))
    assert pitch_only.pitch == pytest.approx(12.0)
    assert pitch_only.roll == pytest.approx(10.0, abs=3.0)
    nobody = replace(motion, confidence=np.zeros_like(motion.confidence))
    roll_only = gravity_of(nobody, body, MotionOptions(camera_roll=7.0))
    assert (roll_only.pitch, roll_only.roll) == pytest.approx((0.0, 7.0))
    with pytest.raises(InvalidOption):
        MotionOptions(camera_pitch=100.0)


def test_gravity_of_several_people_is_one_and_surer(body, still):
    one, other = filmed(still(90), 20.0, 5.0), filmed(strides(still), 20.0, 5.0, heading=-70.0)
    lying = filmed(rotate_motion(still(90), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0))), 20.0, 5.0)
    found = joint_gravity([one, other, lying], [body] * 3)
    assert off(found, 20.0, 5.0) < 4.0
    assert found.doubt < min(gravity_of(each, body).doubt for each in (one, other))


def test_gravity_says_what_was_found_and_how_sure(body, still):
    found = gravity_of(filmed(posed(still(90), Spine=2.0), 22.0, -12.0), body)
    assert found.sentence.startswith("The camera looks down by 2")
    assert "and is rolled by 1" in found.sentence
    assert "from the legs" in found.sentence
    assert "sure to" in found.sentence
    assert "level" in gravity_of(filmed(posed(still(90), Spine=2.0), 0.0), body).sentence
    assert "looks up" in gravity_of(filmed(still(90), -15.0), body).sentence
    assert "Nothing shows" in UNKNOWN.sentence


def test_turn_of_gravity_keeps_the_heading(body, still):
    found = gravity_of(filmed(still(90), 25.0, 10.0), body)
    ahead = rot.rotate(found.turn, [0.0, 1.0, 0.0])
    assert np.degrees(np.abs(np.arctan2(ahead[0], ahead[1]))) < 5.0


def test_camera_angles_and_verticals_are_inverse():
    angles = np.radians([[0.0, 0.0], [30.0, 20.0], [-40.0, -25.0], [60.0, 35.0]])
    np.testing.assert_allclose(angles_of(up_of(angles)), angles, atol=1e-12)
    np.testing.assert_allclose(slope_of(angles[0]), [0.0, 0.0], atol=1e-12)
    near = angles[1] + 1e-3
    np.testing.assert_allclose(slope_of(near) - slope_of(angles[1]), slope_change(angles[1]) @ [1e-3, 1e-3], atol=1e-5)


def test_estimate_of_weak_evidence_stays_near_level():
    weak = estimated([Evidence("legs", np.radians([4.0, 2.0]), np.eye(2) * np.radians(6.0) ** 2)])
    assert weak is not None
    assert np.degrees(np.linalg.norm(weak.angles)) < 4.0
    sure = estimated([Evidence("lines", np.radians([4.0, 2.0]), np.eye(2) * np.radians(0.7) ** 2)])
    assert sure is not None
    assert np.degrees(np.linalg.norm(sure.angles)) == pytest.approx(np.hypot(4.0, 2.0), abs=0.7)
    assert estimated([]) is None


@pytest.mark.parametrize(("pitch", "roll"), TILTS)
def test_gravity_of_someone_who_stands_on_one_leg_is_that_of_the_standing_leg(body, still, pitch, roll):
    motion = posed(still(90), Spine=-2.0)
    turns = motion.rotations.copy()
    turns[:, INDEX["LeftUpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(55.0))
    turns[:, INDEX["LeftLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(20.0))
    # Leaning to the side of the standing foot, and forwards, keeps the balance.
    lean = rot.multiply(
        rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(-7.0)), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(7.0))
    )
    turns[:, 0] = rot.multiply(lean, turns[:, 0])
    assert off(gravity_of(filmed(replace(motion, rotations=turns), pitch, roll), body), pitch, roll) < 6.0


@pytest.mark.parametrize(
    ("about", "angle"),
    [([1.0, 0.0, 0.0], 90.0), ([1.0, 0.0, 0.0], -90.0), ([0.0, 1.0, 0.0], 180.0)],
    ids=["on the back", "on the belly", "handstand"],
)
def test_someone_who_lies_or_does_a_handstand_is_not_stood_up_and_that_is_said(body, still, about, angle):
    motion = rotate_motion(still(90), rot.from_axis_angle(about, np.radians(angle)))
    found = gravity_of(motion, body)
    assert found.sentence == (
        "Nothing shows how the camera was tilted, so it is taken to be level: nobody stands or walks in view."
    )
    np.testing.assert_allclose(found.turn, [1.0, 0.0, 0.0, 0.0], atol=1e-9)

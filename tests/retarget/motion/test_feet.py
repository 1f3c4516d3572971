# SPDX-License-Identifier: GPL-3.0-or-later
"""Standing feet stay where they were put, above the floor, without pops and without knees that flip."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import Body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.contacts import HEEL_OFF, find_contacts
from mimic.retarget.motion.limits import bend, hinge_axis
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.plants import find_plants
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.soles import PosedSoles
from mimic.retarget.motion.two_bone_ik import STRETCH, two_bone_ik

LOCKED = MotionOptions(upright=False)
SIDES = ("Left", "Right")


def march(body: Body, *, seconds: float = 6.0, fps: float = 30.0, pace: float = 0.6, drift: float = 0.0) -> BodyMotion:
    """Walks along -Y: one foot stands while the other swings; a camera that misjudges the way drifts along.

    The standing leg turns about its ankle as a stilt, so its foot stands exactly when `drift` (metres a second) is 0.
    """
    time = np.arange(0.0, seconds, 1.0 / fps)
    phase = (time / pace) % 2.0
    rotations = rot.identity(len(time), len(JOINTS))
    swing = np.radians(20.0) * np.where(phase < 1.0, 1.0 - 2.0 * phase, 2.0 * phase - 3.0)
    lift = np.radians(50.0) * np.sin(np.pi * (phase % 1.0)) ** 2
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        flying = (phase < 1.0) if sign < 0.0 else (phase >= 1.0)
        hip, knee = -sign * swing, np.where(flying, lift, 0.0)
        for name, angle in (("UpLeg", hip - knee * 0.5), ("Leg", knee), ("Foot", -hip - knee * 0.5)):
            rotations[:, INDEX[side + name]] = rot.from_axis_angle([1.0, 0.0, 0.0], angle)
    joints = body.positions(rotations, np.zeros((len(time), 3)))
    standing = np.where((phase < 1.0)[:, None], joints[:, INDEX["LeftFoot"]], joints[:, INDEX["RightFoot"]])
    other = np.where((phase < 1.0)[:, None], joints[:, INDEX["RightFoot"]], joints[:, INDEX["LeftFoot"]])
    # Where the weight changes feet, the next print is where the other foot came down.
    place, root = np.zeros(3), np.empty_like(standing)
    for i, left in enumerate(phase < 1.0):
        if i and left != (phase[i - 1] < 1.0):
            place = place + other[i - 1] - standing[i - 1]
        root[i] = place - standing[i]
    root[:, 1] += drift * time
    root[:, 2] = -standing[:, 2] + body.rest[INDEX["LeftFoot"], 2]
    return BodyMotion(time, rotations, root + np.array([0.0, 4.0, 0.0]), np.empty(0), np.ones((len(time), len(JOINTS))))


def slides(body: Body, motion: BodyMotion, stands: np.ndarray) -> np.ndarray:
    """Speeds in metres a second of the balls of the feet between frames in which they stand."""
    balls = PosedSoles.of(body, motion.rotations, motion.root).ball[..., :2]
    speed = np.linalg.norm(np.diff(balls, axis=0), axis=-1) / np.diff(motion.time)[:, None]
    return speed[stands[1:] & stands[:-1]]


def standing(body: Body, motion: BodyMotion) -> np.ndarray:
    """Frames (n, 2) well inside each stance of `march`."""
    phase = (motion.time / 0.6) % 2.0
    left = (phase > 0.15) & (phase < 0.85)
    right = (phase > 1.15) & (phase < 1.85)
    return np.stack([left, right], axis=1)


def shaken(motion: BodyMotion, seed: int = 0) -> BodyMotion:
    """With joints off by 1.5 degrees and a place off by 2 cm."""
    rng = np.random.default_rng(seed)
    shake = rng.normal(scale=np.radians(1.5) / 2.0, size=motion.rotations.shape)
    place = np.cumsum(rng.normal(scale=0.01, size=motion.root.shape), axis=0)
    return replace(motion, rotations=rot.unit(motion.rotations + shake), root=motion.root + 0.3 * place)


@pytest.mark.parametrize("drift", [0.0, 0.15])
def test_foot_lock_on_a_noisy_walk_slides_less_than_a_centimetre_a_second(body, drift):
    walk = shaken(march(body, drift=drift))
    stands = standing(body, walk)
    before = slides(body, polish(walk, body, AS_SOLVED), stands)
    after = slides(body, polish(walk, body, LOCKED), stands)
    assert before.mean() > 0.1
    assert after.mean() < 0.01


def test_foot_contacts_of_a_walk_are_found_where_the_feet_stand(body):
    walk = march(body)
    motion = polish(walk, body, AS_SOLVED)
    found = find_contacts(walk.time, PosedSoles.of(body, motion.rotations, motion.root), "auto").foot
    stands = standing(body, walk)
    assert found[stands].mean() > 0.95
    swings = np.roll(stands, int(0.6 * 30), axis=0)
    assert found[swings & ~stands].mean() < 0.35
    assert not find_contacts(walk.time, PosedSoles.of(body, motion.rotations, motion.root), "off").foot.any()


def test_foot_contact_of_a_heel_that_rises_over_the_ball_ends(body, still):
    motion = still(60)
    soles = PosedSoles.of(body, motion.rotations, motion.root)
    rise = np.clip((np.arange(60) - 30) * 0.004, 0.0, 0.08)
    heel = soles.heel.copy()
    heel[:, 0, 2] += rise
    contacts = find_contacts(motion.time, replace(soles, heel=heel), "auto")
    assert contacts.ball.all()
    np.testing.assert_array_equal(contacts.heel[:, 0], rise <= HEEL_OFF)
    assert contacts.heel[:, 1].all()


def test_foot_plant_that_drifts_off_at_the_end_lasts_until_the_drift(body, still):
    """A slow, low drift at the end shortens the plant; the step before it stays planted."""
    motion = still(60)
    soles = PosedSoles.of(body, motion.rotations, motion.root)
    drift = np.clip((np.arange(60) - 50) * 0.02, 0.0, 1.0)[:, None] * [0.0, -1.0, 0.0]
    moved = {name: getattr(soles, name).copy() for name in ("ankle", "heel", "ball", "tip")}
    for points in moved.values():
        points[:, 0] += drift
    soles = replace(soles, **moved)
    plants = find_plants(motion.time, soles, find_contacts(motion.time, soles, "auto"), body)
    assert [(plant.foot, plant.start) for plant in plants] == [(0, 0), (1, 0)]
    assert 52 <= plants[0].end <= 56
    assert plants[1].end == 60


def test_foot_lock_on_a_noisy_walk_keeps_the_soles_above_the_floor(body):
    result = polish(shaken(march(body)), body, LOCKED)
    assert PosedSoles.of(body, result.rotations, result.root).lowest.min() > -0.01


def test_foot_lock_on_a_noisy_walk_adds_no_jolt(body):
    walk = shaken(march(body))
    joints = [
        body.positions(m.rotations, m.root)
        for m in (polish(walk, body, replace(LOCKED, feet="off")), polish(walk, body, LOCKED))
    ]
    jerk = [np.linalg.norm(np.diff(j, 2, axis=0), axis=-1).max(axis=0) * 900.0 for j in joints]
    feet = [INDEX[f"{side}{part}"] for side in SIDES for part in ("Foot", "ToeBase")]
    # A foot that is stopped where it slid through is stopped harder; but no harder than a heel strike stops one.
    assert jerk[1][feet].max() < max(2.5 * jerk[0][feet].max(), 80.0)
    assert jerk[1][INDEX["Head"]] < 15.0


def test_foot_lock_on_a_noisy_walk_bends_knees_forwards_only(body):
    result = polish(shaken(march(body)), body, LOCKED)
    for side in SIDES:
        assert bend(body, result.rotations, f"{side}UpLeg", f"{side}Leg").min() > np.radians(-3.5)


def test_foot_lock_of_a_still_pose_changes_nothing(body, still):
    motion = still(60)
    result = polish(motion, body, MotionOptions(upright=False))  # The rest pose leans back a little.
    apart = rot.angle(rot.multiply(rot.conjugate(result.rotations), motion.rotations))
    assert np.degrees(apart.max()) < 1.0
    np.testing.assert_allclose(result.root, np.tile(body.rest[0], (60, 1)), atol=2e-3)


def test_foot_lock_of_a_jump_lets_the_feet_rise(body, still):
    motion = still(90)
    height = np.where((np.arange(90) > 30) & (np.arange(90) < 48), 0.5, 0.0)
    height = 0.5 * np.clip(1.0 - ((np.arange(90) - 39) / 9.0) ** 2, 0.0, None)
    jump = replace(motion, root=motion.root + height[:, None] * [0.0, 0.0, 1.0])
    result = polish(jump, body, LOCKED)
    soles = PosedSoles.of(body, result.rotations, result.root)
    assert soles.lowest[39].min() > 0.3
    assert soles.lowest[:25].max() < 0.02


def test_foot_lock_of_a_side_step_lets_the_foot_move(body, still):
    motion = still(90)
    turns = motion.rotations.copy()
    aside = np.clip((np.arange(90) - 40) / 10.0, 0.0, 1.0)
    turns[:, INDEX["LeftUpLeg"]] = rot.from_axis_angle([0.0, -1.0, 0.0], np.radians(25.0) * aside)
    turns[:, INDEX["LeftFoot"]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(25.0) * aside)
    result = polish(replace(motion, rotations=turns), body, LOCKED)
    ankle = PosedSoles.of(body, result.rotations, result.root).ankle[:, 0, 0]
    between = ankle - PosedSoles.of(body, result.rotations, result.root).ankle[:, 1, 0]
    assert between[-5] - between[5] > 0.25
    assert np.abs(np.diff(between)).max() < 0.06


def test_feet_always_keeps_both_feet_flat_on_a_wobble_unlike_auto(body, still):
    motion = still(120)
    rng = np.random.default_rng(3)
    turns = motion.rotations.copy()
    wobble = np.radians(5.0) * np.sin(6.0 * motion.time)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        turns[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], -0.3 + sign * wobble)
        turns[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], 0.3 + np.abs(wobble))
    shake = rng.normal(scale=0.01, size=turns.shape)
    motion = replace(motion, rotations=rot.unit(turns + shake))
    wander = {}
    for mode in ("auto", "always"):
        result = polish(motion, body, replace(LOCKED, feet=mode))
        soles = PosedSoles.of(body, result.rotations, result.root)
        wander[mode] = max(
            np.ptp(point[:, foot], axis=0).max() for point in (soles.heel, soles.ball) for foot in (0, 1)
        )
    assert wander["auto"] > 0.02
    assert wander["always"] < 0.002
    assert max(soles.heel[..., 2].max(), soles.ball[..., 2].max()) < 0.002


def test_feet_always_allows_jumps_and_side_steps(body, still):
    motion = still(120)
    aside = np.clip((np.arange(120) - 50) / 10.0, 0.0, 1.0)
    turns = motion.rotations.copy()
    turns[:, INDEX["LeftUpLeg"]] = rot.from_axis_angle([0.0, -1.0, 0.0], np.radians(30.0) * aside)
    turns[:, INDEX["LeftFoot"]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(30.0) * aside)
    height = 0.6 * np.clip(1.0 - ((np.arange(120) - 90) / 9.0) ** 2, 0.0, None)
    motion = replace(motion, rotations=turns, root=motion.root + height[:, None] * [0.0, 0.0, 1.0])
    result = polish(motion, body, replace(LOCKED, feet="always"))
    soles = PosedSoles.of(body, result.rotations, result.root)
    assert soles.ankle[-1, 0, 0] - soles.ankle[0, 0, 0] > 0.25
    assert soles.lowest[90].min() > 0.3


@settings(max_examples=40, deadline=None)
@given(
    st.floats(0.3, 1.1),
    st.floats(-1.0, 1.0),
    st.floats(-1.0, 1.0),
    st.floats(0.0, 2.0),
    st.floats(-0.8, 0.8),
)
def test_leg_reach_puts_the_ankle_on_the_target_or_at_full_stretch(body, far, aside, ahead, knee, turn):  # noqa: PLR0917
    hip, mid, end = (body.rest[INDEX[f"Left{name}"]] for name in ("UpLeg", "Leg", "Foot"))
    bones, hinge = (mid - hip, end - mid), hinge_axis(body, "LeftUpLeg", "LeftLeg")
    thigh = rot.from_axis_angle([0.0, 0.0, 1.0], np.array([turn]))
    shank = rot.multiply(thigh, rot.from_axis_angle(hinge, np.array([knee])))
    length = sum(np.linalg.norm(bone) for bone in bones)
    target = hip + far * length * rot.unit([[aside, ahead, -1.5]])
    new_thigh, new_shank = two_bone_ik(thigh, shank, hip[None], target, bones=bones, hinge=hinge)
    ankle = hip + rot.rotate(new_thigh, bones[0]) + rot.rotate(new_shank, bones[1])
    reached = hip + (target - hip) * min(1.0, STRETCH / far)
    np.testing.assert_allclose(ankle, reached, atol=1e-6)
    local = np.tile(rot.identity(len(JOINTS)), (1, 1, 1))
    local[:, INDEX["LeftLeg"]] = rot.multiply(rot.conjugate(new_thigh), new_shank)
    assert bend(body, local, "LeftUpLeg", "LeftLeg")[0] > -1e-6


def test_leg_reach_of_the_present_ankle_changes_nothing(body):
    hip, mid, end = (body.rest[INDEX[f"Left{name}"]] for name in ("UpLeg", "Leg", "Foot"))
    hinge = hinge_axis(body, "LeftUpLeg", "LeftLeg")
    thigh, shank = rot.identity(1), rot.from_axis_angle(hinge, np.array([0.7]))
    ankle = hip + (mid - hip) + rot.rotate(shank, end - mid)
    found = two_bone_ik(thigh, shank, hip[None], ankle, bones=(mid - hip, end - mid), hinge=hinge)
    for turn, before in zip(found, (thigh, shank), strict=True):
        assert rot.angle(rot.multiply(rot.conjugate(before), turn))[0] < 1e-6

# SPDX-License-Identifier: GPL-3.0-or-later
"""From the solver's motion to the one that is keyed: upright, on the floor, cut, mirrored, as joints can do it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.retarget.errors import InvalidOption, NothingLeft
from mimic.retarget.motion.edits import swap_sides, trimmed
from mimic.retarget.motion.limits import FULL_BEND, HINGES, OVEREXTENSION, bend, hinge_axis, limited
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.resample import resample
from mimic.retarget.motion.root import GroundedMotion, ground
from mimic.retarget.motion.upright import rotate_motion, upright
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.transfer.plan import RetargetPlan
from mimic.retarget.transfer.proportions import with_proportions


def standing(still, *, tilt=0.0, roll=0.0, frames=90, sway=1.0):
    """Someone who stands and sways a little, before a camera that looks down by `tilt` and hangs by `roll` degrees."""
    motion = still(frames)
    motion = replace(motion, root=motion.root + np.array([0.0, 4.0, -1.0]))
    lean = np.radians(sway) * np.sin(motion.time * 5.0)
    turns = motion.rotations.copy()
    turns[:, 0] = rot.from_axis_angle([0.0, 1.0, 0.0], lean)
    camera = rot.multiply(
        rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(roll)), rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(tilt))
    )
    return rotate_motion(replace(motion, rotations=turns), camera)


@pytest.mark.parametrize(("tilt", "roll"), [(20.0, 0.0), (-12.0, 5.0), (8.0, -14.0)])
def test_upright_option_levels_a_motion_from_a_tilted_camera(body, still, tilt, roll):
    motion = standing(still, tilt=tilt, roll=roll)
    result = polish(motion, body, MotionOptions())
    up = rot.rotate(result.rotations[:, 0], [0.0, 0.0, 1.0])
    assert np.degrees(np.arccos(np.median(up[:, 2]))) < 4.0
    left = polish(motion, body, replace(MotionOptions(), upright=False))
    assert np.degrees(np.arccos(np.median(rot.rotate(left.rotations[:, 0], [0.0, 0.0, 1.0])[:, 2]))) > 5.0


def test_upright_option_takes_what_is_said_of_the_camera(body, still):
    motion = standing(still, tilt=25.0, roll=10.0)
    result = polish(motion, body, replace(MotionOptions(), camera_pitch=25.0, camera_roll=10.0))
    up = rot.rotate(result.rotations[:, 0], [0.0, 0.0, 1.0])
    assert np.degrees(np.arccos(np.median(up[:, 2]))) < 1.5  # As much as the performer sways.


def test_upright_of_a_motion_that_shows_no_vertical_changes_nothing(body, still):
    motion = standing(still, tilt=15.0)
    unseen = replace(motion, confidence=np.zeros_like(motion.confidence))
    assert upright([unseen], [body]) == [unseen]


def test_grounded_motion_is_not_grounded_again(body, rigs):
    motion = polish(rigs.motion(1, frames=30, size=0.05), body, AS_SOLVED)
    assert isinstance(motion, GroundedMotion)
    again = resample(motion, np.linspace(0.0, 0.5, 7))
    assert isinstance(again, GroundedMotion)
    np.testing.assert_array_equal(ground(motion, body), motion.root)


def test_polish_as_solved_grounds_the_motion_and_changes_nothing_else(body, rigs):
    motion = rigs.motion(2, frames=30, size=0.05)
    result = polish(motion, body, AS_SOLVED)
    np.testing.assert_array_equal(result.rotations, motion.rotations)
    np.testing.assert_allclose(result.root, ground(motion, body), atol=1e-9)


def test_root_option_in_place_and_horizontal_limits_travel(body, rigs, still):
    motion = rigs.motion(3, frames=60, size=0.0)
    options = replace(AS_SOLVED, root="in-place")
    result = polish(motion, body, options)
    np.testing.assert_allclose(result.root[:, :2], np.tile(body.rest[0, :2], (60, 1)), atol=1e-12)
    np.testing.assert_allclose(result.root[:, 2], polish(motion, body, AS_SOLVED).root[:, 2], atol=1e-9)

    rise = np.where(np.arange(60) > 45, 0.4, 0.0)[:, None] * [0.0, 0.0, 1.0]
    walk = replace(still(60), root=still(60).root + rise + np.linspace(0.0, 1.0, 60)[:, None] * [1.0, 0.0, 0.0])
    flat = polish(walk, body, replace(AS_SOLVED, root="horizontal"))
    np.testing.assert_allclose(flat.root[:, 2], body.rest[0, 2], atol=1e-9)
    np.testing.assert_allclose(flat.root[-1, 0] - flat.root[0, 0], 1.0, atol=1e-9)


def test_polish_of_a_motion_without_root_places_is_finite(body, rigs):
    motion = rigs.motion(4, frames=40, size=0.05)
    result = polish(replace(motion, root=np.full((40, 3), np.nan)), body, MotionOptions())
    assert np.isfinite(result.root).all()
    assert np.isfinite(result.rotations).all()


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["full", "horizontal", "in-place"]), st.sampled_from(["auto", "always"]))
def test_polish_of_any_motion_with_losses_is_finite_and_unit(body, rigs, seed, root, feet):
    rng = np.random.default_rng(seed)
    motion = rigs.motion(seed, frames=int(rng.integers(1, 40)), size=float(rng.uniform(0.01, 0.6)))
    lost = rng.uniform(size=motion.confidence.shape) < 0.2
    motion = replace(
        motion,
        time=np.cumsum(rng.uniform(0.005, 0.2, len(motion.time))),
        rotations=np.where(lost[..., None], np.nan, motion.rotations),
        root=np.where(rng.uniform(size=(len(lost), 1)) < 0.3, np.nan, motion.root),
        confidence=np.where(lost, 0.0, motion.confidence),
    )
    result = polish(motion, body, MotionOptions(root=root, feet=feet))
    np.testing.assert_allclose(np.linalg.norm(result.rotations, axis=-1), 1.0, atol=1e-9)
    assert np.isfinite(result.root).all()


def test_limited_knees_and_elbows_bent_backwards_are_straightened(body, still):
    for upper, lower in HINGES:
        motion = still(4)
        turns = motion.rotations.copy()
        straight = -bend(body, turns, upper, lower)[0]
        angles = straight + np.radians([-40.0, 0.0, 60.0, 170.0])
        turns[:, INDEX[lower]] = rot.from_axis_angle(hinge_axis(body, upper, lower), angles)
        found = bend(body, limited(turns, body), upper, lower)
        np.testing.assert_allclose(found, [-OVEREXTENSION, 0.0, np.radians(60.0), FULL_BEND], atol=1e-9)


def test_limited_rotations_within_the_limits_are_unchanged(body, still):
    turns = still(3).rotations
    np.testing.assert_array_equal(limited(turns, body), turns)


def test_mirrored_motion_swaps_sides_and_mirrored_twice_is_the_same(body, rigs):
    motion = rigs.motion(5, frames=6)
    twice = swap_sides(swap_sides(motion))
    assert np.abs(np.sum(twice.rotations * motion.rotations, axis=-1)).min() > 1.0 - 1e-12
    np.testing.assert_array_equal(twice.root, motion.root)
    once = swap_sides(motion)
    joints, other = body.positions(motion.rotations, motion.root), body.positions(once.rotations, once.root)
    left, right = INDEX["LeftHand"], INDEX["RightHand"]
    # The body is as good as symmetric.
    np.testing.assert_allclose(other[:, right], joints[:, left] * [-1.0, 1.0, 1.0], atol=5e-3)


def test_trimmed_motion_keeps_the_asked_seconds_or_is_refused(rigs):
    motion = rigs.motion(6, frames=31)
    late = replace(motion, time=motion.time + 50.0)
    part = trimmed(late, 0.2, 0.5)
    np.testing.assert_allclose(part.time, 50.0 + np.arange(6, 16) / 30.0)
    np.testing.assert_array_equal(part.rotations, motion.rotations[6:16])
    assert trimmed(late, None, None) is late
    assert len(trimmed(late, None, 0.5).time) == 16
    with pytest.raises(NothingLeft, match=r"^The motion has no frames between 5 s and 6 s: it is 1.00 s long\. Choose"):
        trimmed(late, 5.0, 6.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"smoothing": 1.5},
        {"smoothing_arms": -0.1},
        {"smoothing_arms": "calm"},
        {"root": "sideways"},
        {"feet": "yes"},
        {"upright": "no"},
        {"trim_start": 2.0, "trim_end": 1.0},
        {"trim_start": -1.0},
        {"loop_blend": float("nan")},
    ],
)
def test_motion_options_with_meaningless_values_are_refused(wrong):
    with pytest.raises(InvalidOption, match=r"^[A-Z0-9].*\.$"):
        MotionOptions(**wrong)


def test_polish_with_the_rigs_proportions_keeps_the_rigs_feet_still(body, rigs, t_pose):
    points = t_pose.copy()
    for side in ("Left", "Right"):
        # Short thighs, long shanks, big feet.
        hip, knee, ankle, toe = (INDEX[f"{side}{name}"] for name in ("UpLeg", "Leg", "Foot", "ToeBase"))
        thigh, shank, foot = (t_pose[b] - t_pose[a] for a, b in ((hip, knee), (knee, ankle), (ankle, toe)))
        points[knee] = points[hip] + 0.8 * thigh
        points[ankle] = points[knee] + 1.2 * shank
        points[toe] = points[ankle] + 1.3 * foot
    rig = rigs.build(points, scale=2.0, seed=3)
    rig_map = map_rig(rig)
    shape = with_proportions(body, rig, rig_map)

    time = np.arange(90) / 30.0
    turns = rot.identity(90, len(JOINTS))
    dip = np.radians(30.0) * (1.0 - np.cos(2.0 * time))
    for side in ("Left", "Right"):
        for name, share in (("UpLeg", -1.0), ("Leg", 2.0), ("Foot", -1.0)):
            turns[:, INDEX[side + name]] = rot.from_axis_angle([1.0, 0.0, 0.0], share * dip)
    squat = replace(rigs.motion(1, frames=90, size=0.0), rotations=turns, root=np.full((90, 3), np.nan), time=time)

    def wander(polished):
        posed = rigs.evaluate(rig, RetargetPlan(body, rig, rig_map).motion(polished))
        feet = posed[:, [rig.names.index(f"mixamorig:{side}Foot") for side in ("Left", "Right")]]
        return np.ptp(feet[..., :3, 3], axis=0).max()

    assert wander(polish(squat, shape, MotionOptions())) < 0.002
    assert wander(polish(squat, body, MotionOptions())) > 0.05


def test_with_proportions_of_a_rig_like_the_body_is_the_body(body, rigs):
    rig = rigs.build(body.rest, scale=100.0)
    shape = with_proportions(body, rig, map_rig(rig))
    np.testing.assert_allclose(shape.rest, body.rest, atol=1e-9)
    np.testing.assert_allclose(shape.landmarks[[29, 30]], body.landmarks[[29, 30]], atol=1e-9)


@pytest.mark.parametrize("higher", [0.12, 0.0, -0.06])
def test_polish_for_a_rig_with_higher_or_lower_hips_keeps_feet_on_the_floor(body, rigs, still, t_pose, higher):
    points = t_pose.copy()
    points[0, 2] += higher
    rig = rigs.build(points, scale=2.0, seed=1)
    rig_map = map_rig(rig)
    for options in (AS_SOLVED, MotionOptions()):
        posed = rigs.evaluate(
            rig,
            RetargetPlan(body, rig, rig_map).motion(polish(still(60), with_proportions(body, rig, rig_map), options)),
        )
        for side in ("Left", "Right"):
            foot = rig.names.index(f"mixamorig:{side}Foot")
            np.testing.assert_allclose(posed[:, foot, 2, 3], rig.rest[foot, 2, 3], atol=0.002)


def test_polish_leaves_the_path_of_a_motion_that_several_cameras_located(body, still):
    motion = standing(still, frames=240, sway=0.0)
    away = 0.06 * np.sin(motion.time * (2.0 * np.pi / 4.0))
    slides = replace(motion, root=motion.root + away[:, None] * [1.0, 0.0, 0.0])

    def left_over(motion):
        """How much of the way is left."""
        path = polish(motion, body, MotionOptions(smoothing=0.0)).root[:, 0]
        return np.ptp(path) / np.ptp(away)

    assert left_over(slides) < 0.5  # feet that stand say that nobody moved
    assert left_over(replace(slides, located=True)) > 0.8

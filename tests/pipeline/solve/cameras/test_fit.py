# SPDX-License-Identifier: GPL-3.0-or-later
"""The body fitted to the landmarks of several views."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.pipeline.solve.cameras.fitting import fit
from mimic.pipeline.solve.cameras.fitting.fit import bridged, fit_body
from mimic.pipeline.solve.cameras.fitting.hinges import Hinges
from mimic.pipeline.takes.geometry import Clock

LIMBS = [f"{side}{name}" for side in ("Left", "Right") for name in ("Arm", "ForeArm", "UpLeg", "Leg")]
LANDMARKS_OF_RIGHT_ARM = [14, 16, 18, 20, 22, *range(54, 75)]


@pytest.fixture
def scene(stage):
    """A motion, two cameras at 70 degrees, and what they see."""
    motion = stage.motion()
    cameras = [stage.camera(0.0), stage.camera(70.0)]
    return motion, cameras, [stage.view(motion, camera) for camera in cameras]


def positions(stage, motion):
    return stage.body.positions(motion.rotations, motion.root)


def test_rotations_and_path_are_recovered_from_a_wrong_seed(stage, scene):
    motion, cameras, views = scene
    seed = stage.disturbed(motion, ("Hips", *LIMBS))
    found = fit_body(views, cameras, motion.time, seed, stage.body)
    assert np.linalg.norm(positions(stage, seed) - positions(stage, motion), axis=-1).mean() > 0.1
    assert stage.degrees_off(found, motion, LIMBS).mean() < stage.degrees_off(seed, motion, LIMBS).mean()
    assert np.linalg.norm(positions(stage, found) - positions(stage, motion), axis=-1).mean() < 0.012
    assert np.linalg.norm(found.root - motion.root, axis=-1).max() < 0.03


def test_a_right_seed_stays_as_it_is(stage, scene):
    motion, cameras, views = scene
    found = fit_body(views, cameras, motion.time, motion, stage.body)
    assert stage.degrees_off(found, motion, LIMBS).max() < 0.5


def test_a_limb_that_no_camera_sees_keeps_its_seed_relative_to_the_trunk(stage, scene):
    motion, cameras, views = scene
    hidden = []
    for view in views:
        weight = view.weight.copy()
        weight[:, LANDMARKS_OF_RIGHT_ARM] = 0.0
        hidden.append(replace(view, weight=weight))
    seed = stage.disturbed(motion, ("RightArm",), 25.0)
    found = fit_body(hidden, cameras, motion.time, seed, stage.body)
    assert stage.degrees_off(found, seed, ("RightArm", "RightForeArm")).max() < 1.5


def test_frames_without_landmarks_are_bridged(stage, scene):
    motion, cameras, views = scene
    gone = []
    for view in views:
        pixels = view.pixels.copy()
        pixels[18:21] = np.nan
        gone.append(replace(view, pixels=pixels))
    seed = stage.disturbed(motion, LIMBS)
    found = fit_body(gone, cameras, motion.time, seed, stage.body)
    off = stage.degrees_off(found, motion, LIMBS)
    assert np.isfinite(found.rotations).all()
    assert off[18:21].mean() < off[10:18].mean() + 2.0


def test_a_view_with_another_clock_is_read_at_the_right_times(stage):
    motion = stage.motion()
    cameras = [stage.camera(0.0), stage.camera(70.0, clock=Clock(-0.7, 1.001))]
    views = [stage.view(motion, camera) for camera in cameras]
    found = fit_body(views, cameras, motion.time, stage.disturbed(motion, LIMBS), stage.body)
    assert np.linalg.norm(positions(stage, found) - positions(stage, motion), axis=-1).mean() < 0.012


def test_a_view_that_ends_early_leaves_the_rest_to_the_other(stage, scene):
    motion, cameras, views = scene
    short = replace(views[1], **{name: getattr(views[1], name)[:20] for name in ("time", "pixels", "weight")})
    found = fit_body([views[0], short], cameras, motion.time, motion, stage.body)
    assert stage.degrees_off(found, motion, LIMBS).max() < 1.0


def test_exchanged_points_of_one_landmark_do_not_pull_the_body(stage, scene):
    motion, cameras, views = scene
    pixels = views[0].pixels.copy()
    pixels[:, 15] += 300.0
    found = fit_body([replace(views[0], pixels=pixels), views[1]], cameras, motion.time, motion, stage.body)
    assert stage.degrees_off(found, motion, LIMBS).max() < 4.0


def test_chunks_give_the_same_as_the_whole(stage, scene, monkeypatch):
    _, cameras, _ = scene
    motion = stage.motion(90)
    views = [stage.view(motion, camera, noise=4.0) for camera in cameras]
    seed = stage.disturbed(motion, LIMBS)
    whole = fit_body(views, cameras, motion.time, seed, stage.body)
    monkeypatch.setattr(fit, "_CHUNK", 25)
    monkeypatch.setattr(fit, "_MARGIN", 25)
    parts = fit_body(views, cameras, motion.time, seed, stage.body)
    assert stage.degrees_off(parts, whole, LIMBS).max() < 0.5


def test_the_twist_of_an_upper_arm_follows_the_bend_of_the_elbow(stage, scene):
    motion, cameras, views = scene
    arm = INDEX["LeftArm"]
    along = rot.unit(stage.body.rest[INDEX["LeftForeArm"]] - stage.body.rest[arm])
    rotations = motion.rotations.copy()
    rotations[:, arm] = rot.multiply(rotations[:, arm], rot.from_axis_angle(along, np.radians(25.0)))
    lower = INDEX["LeftForeArm"]
    rotations[:, lower] = rot.multiply(rot.from_axis_angle(along, np.radians(-25.0)), rotations[:, lower])
    seed = replace(motion, rotations=rotations)
    found = fit_body(views, cameras, motion.time, seed, stage.body)
    assert stage.degrees_off(seed, motion, ("LeftArm",)).mean() > 24.0
    assert stage.degrees_off(found, motion, ("LeftArm",)).mean() < 12.0


def test_an_arm_that_is_beside_its_hinge_is_left_where_it_is_seen(stage, scene):
    motion, cameras, _ = scene
    arm, lower = INDEX["LeftArm"], INDEX["LeftForeArm"]
    limb = rot.unit(stage.body.rest[lower] - stage.body.rest[arm])
    hinges = Hinges.of(stage.body, error=1.0, backward=1.0)
    aside = rot.from_axis_angle(rot.unit(rot.cross(limb, hinges.axes[0])), np.radians(15.0))
    rotations = motion.rotations.copy()
    rotations[:, lower] = rot.multiply(aside, rot.from_axis_angle(hinges.axes[0], np.radians(10.0)))
    true = replace(motion, rotations=rotations)
    views = [stage.view(true, camera) for camera in cameras]
    found = fit_body(views, cameras, motion.time, true, stage.body)
    wrists = [positions(stage, each)[:, INDEX["LeftHand"]] for each in (found, true)]
    assert np.linalg.norm(wrists[0] - wrists[1], axis=1).mean() < 0.0003


def test_a_face_that_networks_find_too_low_hardly_turns_the_head(stage, scene):
    motion, cameras, views = scene
    low = []
    for view in views:
        pixels = view.pixels.copy()
        pixels[:, [0, 9, 10], 1] += 5.0
        pixels[:, [7, 8], 1] -= 5.0
        low.append(replace(view, pixels=pixels))
    found = fit_body(low, cameras, motion.time, motion, stage.body)
    assert stage.degrees_off(found, motion, ("Head",)).mean() < 1.5


def test_an_elbow_does_not_bend_backward(stage, scene):
    motion, cameras, _ = scene
    lower = INDEX["LeftForeArm"]
    hinges = Hinges.of(stage.body, error=1.0, backward=1.0)
    straight = np.arccos((hinges.above[0] * hinges.below[0]).sum())
    rotations = motion.rotations.copy()
    rotations[:, lower] = rot.from_axis_angle(hinges.axes[0], -straight - np.radians(12.0))
    backward = replace(motion, rotations=rotations)
    views = [stage.view(backward, camera) for camera in cameras]
    found = fit_body(views, cameras, motion.time, backward, stage.body)
    turn = rot.to_vector(found.rotations[:, lower]) @ hinges.axes[0]
    assert np.degrees(-turn - straight).mean() < 9.0


def test_fingers_and_toes_keep_their_rotations(stage, scene):
    motion, cameras, views = scene
    seed = stage.disturbed(motion, (*LIMBS, "LeftHandIndex1", "RightToeBase"))
    found = fit_body(views, cameras, motion.time, seed, stage.body)
    kept = [INDEX["LeftHandIndex1"], INDEX["RightToeBase"]]
    assert np.allclose(np.abs((found.rotations[:, kept] * seed.rotations[:, kept]).sum(axis=-1)), 1.0)


def test_a_seed_of_another_length_is_refused(stage, scene):
    motion, cameras, views = scene
    with pytest.raises(ValueError, match="40 frames"):
        fit_body(views, cameras, motion.time[:10], motion, stage.body)


def test_a_path_with_gaps_is_interpolated():
    path = np.array([[0.0, 3.0, 0.0], [np.nan] * 3, [2.0, 5.0, 0.0]])
    assert np.allclose(bridged(np.array([0.0, 1.0, 2.0]), path)[1], [1.0, 4.0, 0.0])


def test_a_path_that_is_nowhere_known_is_in_front_of_the_camera():
    assert np.allclose(bridged(np.arange(2.0), np.full((2, 3), np.nan)), [0.0, 3.0, 0.0])

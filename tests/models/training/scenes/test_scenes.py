# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes: where a tilted camera sees what stands in a room, and what people in it do."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.pictures.views import Camera
from mimic.models.training.scenes import actions, crossings, exercises, film, plans
from mimic.models.training.scenes.actions import Section
from mimic.models.training.scenes.film import Actor, Plan, Truth
from mimic.models.training.scenes.room import Decor, furnished
from mimic.models.training.scenes.tilted import TiltedCamera, framed, tilt

from .conftest import renderer_of

LENS = Camera(640, 480, 550.0)
TIME = np.arange(50) / 25.0


def angle(one, other):
    return np.degrees(np.arccos(np.clip(one @ other, -1.0, 1.0)))


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (40.0, 0.0), (-10.0, 5.0), (0.0, 25.0)])
def test_the_vertical_of_a_camera_is_as_far_off_as_it_is_tilted(pitch, roll):
    up = TiltedCamera(LENS, tilt(pitch, roll), np.zeros(3)).up
    expected = np.degrees(np.arccos(np.cos(np.radians(pitch)) * np.cos(np.radians(roll))))
    assert angle(up, np.array([0.0, 0.0, 1.0])) == pytest.approx(expected, abs=1e-6)


def test_a_camera_that_looks_down_sees_what_stands_lean_towards_it():
    assert TiltedCamera(LENS, tilt(30.0, 0.0), np.zeros(3)).up[1] < -0.4


def test_a_camera_that_is_rolled_sees_what_stands_lean_to_the_right():
    camera = TiltedCamera(LENS, tilt(0.0, 20.0), np.zeros(3))
    foot, head = camera.project(np.array([[0.0, 4.0, -1.0], [0.0, 4.0, 1.0]]))
    assert np.degrees(np.arctan2(head[0] - foot[0], foot[1] - head[1])) == pytest.approx(20.0, abs=1e-6)


def test_verticals_of_the_room_meet_where_the_true_vertical_vanishes():
    camera = framed(LENS, tilt(30.0, 12.0), np.array([[-1.0, 0.0, 0.0], [1.0, 1.0, 1.8]]))
    vanishing = LENS.project(camera.up * np.sign(camera.up[1]))
    for x, y in ((-1.0, 2.0), (0.5, 3.0), (2.0, 1.5)):
        low, high = camera.project(np.array([[x, y, 0.0], [x, y, 2.0]]))
        a, b = (high - low) / np.linalg.norm(high - low), (vanishing - low) / np.linalg.norm(vanishing - low)
        assert abs(a[0] * b[1] - a[1] * b[0]) < 1e-6


@pytest.mark.parametrize("turn", [tilt(0.0, 0.0), tilt(35.0, 20.0), tilt(-10.0, -5.0)])
def test_a_framed_camera_sees_all_points_in_the_middle_of_its_picture(turn):
    points = np.random.default_rng(1).uniform([-0.6, -0.4, 0.0], [0.6, 0.4, 1.8], (60, 3))
    pixels = framed(LENS, turn, points, fill=0.8).project(points)
    low, high = pixels.min(axis=0), pixels.max(axis=0)
    assert np.abs(0.5 * (low + high) - [320.0, 240.0]).max() < 12.0
    assert ((high - low) / [640.0, 480.0]).max() == pytest.approx(0.8, abs=0.05)


@pytest.mark.parametrize("seed", range(4))
def test_a_room_is_around_people_and_camera_and_stands_on_the_floor(seed):
    points = np.random.default_rng(seed).uniform([-2.0, 0.0, 0.0], [2.0, 2.0, 1.8], (30, 3))
    camera = np.array([0.2, -4.0, 2.9])
    room = furnished(Decor(yaw=20.0, seed=seed), points, camera)
    assert np.isfinite(room.corners).all()
    assert room.corners[..., 2].min() == pytest.approx(0.0, abs=1e-9)
    assert room.corners[..., 2].max() > camera[2]
    assert len(room.colours) == len(room.corners) > 30
    back = rot.rotate(rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(-20.0)), points)[:, 1].max()
    own = rot.rotate(rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(-20.0)), room.picture)
    assert (own[:, 1] > back).all()


def test_a_room_without_lines_has_no_furniture():
    points, camera = np.array([[-1.0, 0.0, 0.0], [1.0, 1.0, 1.8]]), np.array([0.0, -4.0, 1.5])
    bare, full = (furnished(Decor(lines=lines), points, camera) for lines in (0, 2))
    assert len(bare.corners) < len(full.corners)


def test_a_captured_section_stands_on_the_floor_and_begins_at_the_origin_towards_the_camera(motion):
    body = neutral_body()
    shown = actions.captured(motion, Section("bvh_iclone__007_02"), body, TIME)
    points = body.landmark_positions(shown.rotations, shown.path)
    assert np.percentile(points[..., 2].min(axis=1), 3.0) == pytest.approx(0.0, abs=1e-9)
    assert np.abs(shown.path[0, :2]).max() < 1e-9
    assert shown.path[-1, 1] < -1.0


def test_a_captured_section_that_is_too_short_is_refused(motion):
    with pytest.raises(ValueError, match="ends after"):
        actions.captured(motion, Section("idle-listening"), neutral_body(), TIME)


def test_a_captured_section_that_nobody_has_is_refused(motion):
    with pytest.raises(ValueError, match="no motion capture"):
        actions.captured(motion, Section("juggling"), neutral_body(), TIME)


def test_a_walk_follows_its_route_and_looks_where_it_goes(motion):
    time = np.arange(100) / 25.0
    shown = actions.walked(motion, [(0.0, -1.0, 2.0), (4.0, 1.0, 2.0)], neutral_body(), time)
    assert np.abs(shown.path[[0, -1], 0] - [-1.0, 1.0]).max() < 0.1
    assert np.abs(shown.path[:, 1] - 2.0).max() < 1e-6
    ahead = rot.rotate(shown.rotations[50, 0], np.array([0.0, -1.0, 0.0]))
    assert ahead[0] > 0.95


def test_turning_on_the_spot_turns_by_as_much_as_is_said(motion):
    shown = actions.turning(motion, neutral_body(), TIME, degrees=np.linspace(0.0, 180.0, len(TIME)))
    ahead = rot.rotate(shown.rotations[:, 0], np.array([0.0, -1.0, 0.0]))
    assert ahead[0, 1] < -0.99
    assert ahead[-1, 1] > 0.99


def test_an_aimed_arm_points_where_it_is_aimed():
    body = neutral_body()
    poses = actions.aimed(body, rot.identity(3, 52), "LeftArm", np.array([0.0, -1.0, 0.0]))
    joints = body.positions(poses, np.zeros((3, 3)))
    bone = rot.unit(joints[:, INDEX["LeftForeArm"]] - joints[:, INDEX["LeftArm"]])
    assert np.abs(bone - [0.0, -1.0, 0.0]).max() < 1e-6


def test_whoever_lies_by_mistake_of_the_capture_is_put_right():
    turned, path = actions.lain(rot.identity(2, 52), np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]]))
    assert np.allclose(path[0], [1.0, 0.0, 0.0])
    assert np.allclose(rot.rotate(turned[0, 0], np.array([0.0, 0.0, 1.0])), [1.0, 0.0, 0.0])


@pytest.mark.parametrize("exercise", [exercises.squats, exercises.crossing_arms, exercises.crossing_legs])
def test_exercises_keep_the_lowest_point_on_the_floor(motion, exercise):
    body = neutral_body()
    shown = exercise(motion, body, TIME)
    lowest = body.landmark_positions(shown.rotations, shown.path)[..., 2].min(axis=1)
    assert np.abs(lowest).max() < 1e-9


def test_crossing_arms_puts_the_wrists_on_each_others_side(motion):
    body = neutral_body()
    shown = exercises.crossing_arms(motion, body, np.arange(100) / 25.0)
    points = body.landmark_positions(shown.rotations, shown.path)
    beside = points[:, 15, 0] - points[:, 16, 0]
    assert beside.max() > 0.5
    assert beside.min() < -0.1


def test_a_handstand_has_the_feet_above_the_head(motion):
    body = neutral_body()
    shown = exercises.handstand(motion, body, TIME)
    points = body.landmark_positions(shown.rotations, shown.path)
    assert (points[:, 27, 2] > points[:, 0, 2] + 1.0).all()


def test_an_action_after_another_begins_where_that_ended_and_towards_where_it_looked(motion):
    body, time = neutral_body(), np.arange(100) / 25.0
    walk = plans.route((0.0, -1.0, 0.5), (1.5, 1.0, 0.5), (2.0, 1.0, 0.5))
    shown = plans.then(walk, plans.section("idle-listening", loop=True), 2.0)(motion, body, time)
    assert np.abs(shown.path[60:, :2] - [1.0, 0.5]).max() < 0.05
    assert np.linalg.norm(np.diff(shown.path, axis=0), axis=-1).max() < 0.12
    assert np.abs(np.diff(shown.rotations[45:, 0], axis=0)).max() < 0.05
    ahead = rot.rotate(shown.rotations[[40, 99], 0], np.array([0.0, -1.0, 0.0]))
    assert (ahead[:, 0] > 0.9).all()


def plan_of(*actors, **options):
    return Plan("test", "standing", actors, 0.4, **options)


def test_truth_says_where_joints_are_in_the_picture_and_which_way_is_up(person, motion):
    still = plans.section("idle-listening", loop=True)
    plan = plan_of(Actor(0, still), Actor(0, plans.rule(still, 90.0, (0.8, 0.5))), pitch=20.0, roll=10.0)
    set_up = film.staged(plan, [person], motion)
    truth, camera = set_up.truth, set_up.camera
    assert truth.rotations.shape == (2, 10, 52, 4)
    assert truth.joints.shape == (2, 10, 52, 2)
    for number, shown in enumerate(set_up.performances):
        joints = person.body.positions(shown.rotations, shown.path)
        assert np.allclose(camera.project(joints), truth.joints[number])
        assert np.allclose(camera.inward(shown.path), truth.root[number])
    assert np.allclose(camera.lens.project(person.body.positions(truth.rotations, truth.root)), truth.joints)
    assert truth.up == pytest.approx(camera.up)


def test_truth_is_read_as_it_was_written(tmp_path, person, motion):
    truth = film.staged(plan_of(Actor(0, plans.section("idle-listening", loop=True))), [person], motion).truth
    truth.write(tmp_path / "clip.npz")
    same = Truth.read(tmp_path / "clip.npz")
    assert same.kind == "standing"
    for name in ("time", "rotations", "root", "up", "joints", "points", "focal", "size", "person"):
        assert np.array_equal(getattr(same, name), getattr(truth, name))


@pytest.mark.parametrize("clips", [plans.sides, plans.gravity, crossings.people])
def test_clips_have_names_of_their_own_and_need_not_many_people(clips):
    made = clips()
    assert len({plan.name for plan in made}) == len(made)
    assert all(1 <= len(plan.actors) <= 4 for plan in made)


def test_clips_for_gravity_reach_from_looking_up_to_looking_down_and_askew():
    made = plans.gravity()
    assert min(plan.pitch for plan in made) == -10.0
    assert max(plan.pitch for plan in made) == 40.0
    assert max(abs(plan.roll) for plan in made) == 25.0
    assert {"standing", "walking", "dancing", "exercise", "floor", "handstand"} == {plan.kind for plan in made}


def test_there_are_twelve_crossings_two_of_them_of_twins():
    kinds = [plan.kind for plan in crossings.people() if plan.kind.startswith("crossing")]
    assert len(kinds) == 12
    assert sum("twins" in kind for kind in kinds) == 2


def drawn(plan, folk, motion):
    set_up = film.staged(plan, folk, motion)
    return set_up, list(film.film(plan, folk, motion, renderer_of(folk)))


def test_people_are_drawn_where_their_joints_are(somebody, motion):
    still = plans.section("idle-listening", loop=True)
    shown = Actor(0, still, shirt=(1.0, 0.0, 0.0))
    plan = plan_of(shown, pitch=15.0, roll=-10.0, noise=0.0, blur=0.0, decor=Decor(wall=0.01))
    set_up, frames = drawn(plan, [somebody], motion)
    for name in ("Hips", "Head", "LeftHand", "RightFoot"):
        x, y = set_up.truth.joints[0, 0, INDEX[name]].astype(int)
        red, green, blue = frames[0][y, x].astype(int)
        assert red > green + 60
        assert red > blue + 60


@pytest.mark.parametrize("nearer", [0, 1])
def test_whoever_is_nearer_hides_who_is_behind_in_whatever_order_they_are_drawn(somebody, motion, nearer):
    places = [(0.0, 0.0), (0.0, 1.0)] if nearer == 0 else [(0.0, 1.0), (0.0, 0.0)]
    still = plans.section("idle-listening", loop=True)
    colours = [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)]
    actors = [Actor(0, plans.rule(still, 0.0, at), shirt=c) for at, c in zip(places, colours, strict=True)]
    plan = plan_of(*actors, noise=0.0, blur=0.0, decor=Decor(wall=0.01))
    set_up, frames = drawn(plan, [somebody], motion)
    x, y = set_up.truth.joints[nearer, 0, INDEX["Spine2"]].astype(int)
    assert int(frames[0][y, x, 2 * nearer]) > int(frames[0][y, x, 2 - 2 * nearer]) + 60


def test_a_clip_that_is_coarse_has_less_detail(somebody, motion):
    still = Actor(0, plans.section("idle-listening", loop=True))
    plan = plan_of(still, noise=0.0, blur=0.0)
    fine, coarse = (drawn(replace(plan, detail=detail), [somebody], motion)[1][0] for detail in (1.0, 0.2))
    edges = [np.abs(np.diff(image.astype(float), axis=1)).max(axis=2) for image in (fine, coarse)]
    assert np.percentile(edges[1], 99.5) < 0.7 * np.percentile(edges[0], 99.5)


def test_a_film_is_written_with_as_many_frames_as_its_truth(tmp_path, somebody, motion):
    cv2 = pytest.importorskip("cv2")
    still = Actor(0, plans.section("idle-listening", loop=True))
    video = film.make(plan_of(still), tmp_path, [somebody], motion, renderer_of([somebody]))
    capture = cv2.VideoCapture(str(video))
    assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == len(Truth.read(video.with_suffix(".npz")).time) == 10
    assert {path.suffix for path in tmp_path.iterdir()} == {".mp4", ".npz"}

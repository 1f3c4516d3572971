# SPDX-License-Identifier: GPL-3.0-or-later
"""Several cameras that film one performance: what is true of each agrees with what is true of the others."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.training.scenes import library, plans, stages
from mimic.models.training.scenes.film import Actor, Truth
from mimic.models.training.scenes.room import Decor, furnished
from mimic.models.training.scenes.several import CamerasPlan, CamerasTruth, Eye, cameras_truth, make_cameras, reels

from .conftest import renderer_of

WALK = Actor(0, plans.route((0.0, -0.6, 0.4), (1.5, 0.6, 0.0), (2.0, 0.6, 0.0)))
FRONT = Eye(-10.0, 8.0, 0.0, 62.0, rate=25.0)
SIDE = Eye(60.0, 15.0, 4.0, 80.0, (480, 848), rate=50.0, start=0.31, pace=1.01)
PLAN = CamerasPlan("test", "walking", (WALK,), (FRONT, SIDE), seconds=2.0)


def by_first(truth: CamerasTruth, camera: int, points: np.ndarray) -> np.ndarray:
    return rot.rotate(truth.rotation[camera], points) + truth.position[camera]


def test_the_same_person_is_at_the_same_place_for_all_cameras(person, motion):
    filmed = reels(PLAN, [person], motion)
    truth = cameras_truth(PLAN, filmed, [person])
    a, b = (reel.truth for reel in filmed)
    time = truth.offset[1] + truth.rate[1] * b.time
    hips = by_first(truth, 1, b.root[0])
    expected = np.stack([np.interp(time, a.time, a.root[0, :, axis]) for axis in range(3)], axis=-1)
    inside = time <= a.time[-1]
    assert inside.sum() > 60
    assert np.abs(hips - expected)[inside].max() < 0.006  # linear between the first one's frames
    assert truth.offset == pytest.approx([0.0, 0.31])
    assert truth.rate == pytest.approx([1.0, 1.01])


def test_rotations_of_both_cameras_are_those_of_one_body(person, motion):
    eyes = (replace(FRONT, start=0.5), replace(SIDE, start=0.5, pace=1.0, rate=25.0))
    plan = replace(PLAN, eyes=eyes)
    filmed = reels(plan, [person], motion)
    truth = cameras_truth(plan, filmed, [person])
    a, b = (reel.truth for reel in filmed)
    hips = rot.multiply(truth.rotation[1], b.rotations[0, :, 0])
    assert np.degrees(rot.angle(rot.multiply(rot.conjugate(hips), a.rotations[0, :, 0]))).max() < 1e-4
    assert np.abs(a.rotations[0, :, 1:] - b.rotations[0, :, 1:]).max() < 1e-9
    assert rot.rotate(truth.rotation[1], b.up) == pytest.approx(a.up)


def test_a_camera_that_stands_at_an_angle_is_turned_by_it(person, motion):
    level = Eye(0.0, 0.0, 0.0)
    plan = replace(PLAN, eyes=(level, replace(level, around=70.0)))
    truth = cameras_truth(plan, reels(plan, [person], motion), [person])
    assert np.degrees(rot.angle(truth.rotation[1])) == pytest.approx(70.0)
    assert truth.position[1, 0] > 1.0  # to the left of somebody who looks into the first camera


def test_frames_are_by_each_cameras_own_clock(person, motion):
    a, b = (reel.truth for reel in reels(PLAN, [person], motion))
    assert len(a.time) == 50
    assert len(b.time) == int((2.0 - 0.31) / 1.01 * 50)
    assert np.diff(b.time) == pytest.approx(0.02)


def test_a_camera_that_ends_early_has_fewer_frames(person, motion):
    plan = replace(PLAN, eyes=(FRONT, replace(FRONT, seconds=0.8)))
    assert [len(reel.truth.time) for reel in reels(plan, [person], motion)] == [50, 20]


def test_a_camera_that_is_moved_has_the_truth_of_each_moment(person, motion):
    plan = replace(PLAN, eyes=(FRONT, replace(FRONT, moved=(1.0, 40.0))))
    still, moved = (reel.truth for reel in reels(plan, [person], motion))
    assert len(moved.time) == len(still.time)
    assert np.abs(moved.root - still.root)[:, :25].max() < 1e-9
    turned = rot.multiply(rot.conjugate(moved.rotations[0, 30:, 0]), still.rotations[0, 30:, 0])
    assert np.degrees(rot.angle(turned)).min() > 40.0


def test_a_camera_before_which_nobody_is_has_a_truth_without_people(person, motion):
    plan = replace(PLAN, eyes=(FRONT, replace(SIDE, actors=())))
    _, empty = (reel.truth for reel in reels(plan, [person], motion))
    assert empty.root.shape == (0, len(empty.time), 3)
    assert empty.rotations.shape == (0, len(empty.time), 52, 4)


def test_another_performance_before_the_second_camera_is_another_truth(person, motion):
    other = Actor(0, plans.section("idle-listening", loop=True))
    plan = replace(PLAN, eyes=(FRONT, replace(FRONT, actors=(other,))))
    a, b = (reel.truth for reel in reels(plan, [person], motion))
    assert np.ptp(a.root[0], axis=0).max() > 0.5
    assert np.ptp(b.root[0], axis=0).max() < 0.1


def test_a_closed_room_has_a_wall_also_behind_the_camera():
    points, camera = np.array([[-1.0, 0.0, 0.0], [1.0, 1.0, 1.8]]), np.array([0.0, -4.0, 1.5])
    rooms = (furnished(Decor(0.0), points, camera, closed=closed) for closed in (False, True))
    walls = [(np.ptp(room.corners[..., 1], axis=1) < 1e-6) & (room.corners[:, 0, 1] < camera[1]) for room in rooms]
    assert not walls[0].any()
    assert walls[1].sum() > 1


def test_truth_of_cameras_is_read_as_it_was_written(tmp_path, person, motion):
    truth = cameras_truth(PLAN, reels(PLAN, [person], motion), [person])
    truth.write(tmp_path / "cameras.npz")
    same = CamerasTruth.read(tmp_path / "cameras.npz")
    assert same.kind == "walking"
    for name in ("rotation", "position", "focal", "size", "offset", "rate", "fps", "body", "shape", "rest"):
        assert np.array_equal(getattr(same, name), getattr(truth, name))


def test_clips_are_as_various_as_what_people_film():
    made = stages.cameras()
    eyes = [eye for plan in stages.solvable() for eye in plan.eyes]
    assert len({plan.name for plan in made}) == len(made)
    assert {len(plan.eyes) for plan in made} == {2, 3}
    assert {eye.rate for eye in eyes} == {24.0, 30.0, 60.0}
    assert min(eye.view for eye in eyes) >= 50.0
    assert max(eye.view for eye in eyes) <= 90.0
    assert {eye.size[0] > eye.size[1] for eye in eyes} == {True, False}
    assert sum(len(plan.actors) == 2 for plan in made) == 2


def test_cameras_that_are_used_again_have_not_moved():
    made = {plan.name: plan for plan in stages.cameras()}
    for plan in made.values():
        if plan.cameras_of is not None:
            names = list(made)
            assert names.index(plan.cameras_of) < names.index(plan.name)
            places = [
                [(e.around, e.pitch, e.roll, e.view, e.size, e.stage) for e in p.eyes]
                for p in (plan, made[plan.cameras_of])
            ]
            assert places[0] == places[1]
            assert all(eye.stage is not None for eye in plan.eyes)


def test_clips_that_cannot_be_solved_are_told_by_their_name():
    assert all(plan.name.startswith(stages.UNSOLVABLE) for plan in stages.unsolvable())
    assert not any(plan.name.startswith(stages.UNSOLVABLE) for plan in stages.solvable())


def test_videos_of_all_cameras_are_written_with_their_truth(tmp_path, somebody, motion):
    cv2 = pytest.importorskip("cv2")
    short = replace(PLAN, seconds=0.4, eyes=(FRONT, replace(SIDE, start=0.0, actors=())))
    videos = make_cameras(short, tmp_path, [somebody], motion, renderer_of([somebody]))
    assert [video.name for video in videos] == ["a.mp4", "b.mp4"]
    for video, reel in zip(videos, reels(short, [somebody], motion), strict=True):
        capture = cv2.VideoCapture(str(video))
        assert int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) == len(Truth.read(video.with_suffix(".npz")).time)
        assert capture.get(cv2.CAP_PROP_FPS) == pytest.approx(reel.eye.rate)
    assert CamerasTruth.read(tmp_path / "cameras.npz").fps.tolist() == [25.0, 50.0]


def test_a_mirrored_camera_shows_what_the_other_shows_the_other_way_round(tmp_path, somebody, motion):
    cv2 = pytest.importorskip("cv2")
    plan = replace(PLAN, name="x", seconds=0.1, eyes=(FRONT, replace(FRONT, mirrored=True)))
    videos = make_cameras(plan, tmp_path, [somebody], motion, renderer_of([somebody]))
    plain, mirrored = (cv2.VideoCapture(str(video)).read()[1].astype(float) for video in videos)
    smooth = [cv2.GaussianBlur(image - image.mean(), (0, 0), 4.0) for image in (plain, mirrored[:, ::-1], mirrored)]
    assert np.corrcoef(smooth[0].ravel(), smooth[1].ravel())[0, 1] > 0.98
    assert np.corrcoef(smooth[0].ravel(), smooth[2].ravel())[0, 1] < 0.95


def test_making_clips_that_are_there_does_nothing(tmp_path):
    for plan in (*stages.cameras(), stages.angles()):
        folder = library.camera_folder(tmp_path, plan)
        folder.mkdir(parents=True)
        (folder / "cameras.npz").touch()
    assert list(library.make_cameras(tmp_path, tmp_path)) == []

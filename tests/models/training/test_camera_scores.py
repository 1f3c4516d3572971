# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of clips of several cameras, with truths that are made up."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.models.training.evaluation.camera_scores import Filmed, body_score, camera_scores, owners
from mimic.models.training.pictures.views import Camera
from mimic.models.training.scenes.film import Truth
from mimic.models.training.scenes.several import CamerasTruth
from mimic.pipeline.takes.geometry import CameraGeometry, Clock

BODY = neutral_body()
TURN = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(70.0))
CLOCK = Clock(0.4, 1.01)
PLACE = np.array([3.0, 2.0, 0.2])
"""Of the second camera in the first one's axes."""


def root_at(time):
    """Somebody who walks to the right by 0.3 m a second."""
    return np.column_stack([0.3 * time, np.full(len(time), 4.0), np.zeros(len(time))])


def truth_of(time, places, turn):
    """The truth of people before a camera at times of its own clock; `places` (p, n, 3) in its axes."""
    rotations = np.repeat(rot.identity(1, 52)[None], len(places), axis=0).repeat(len(time), axis=1)
    rotations[..., 0, :] = turn
    points = np.stack([BODY.landmark_positions(*each)[:, :33] for each in zip(rotations, places, strict=True)])
    lens, none = Camera(848, 480, 700.0), np.zeros(3)
    return Truth(
        time=time,
        rotations=rotations,
        root=places,
        up=none,
        joints=lens.project(points),
        points=points,
        focal=np.array([700.0]),
        size=np.array([848, 480]),
        kind="walking",
        person=np.arange(len(places)),
    )


def filmed_of(people=1):
    """Two cameras; the second one began 0.4 s later and runs slow."""
    first, second = np.arange(60) / 30.0, np.arange(70) / 50.0
    by_first = 0.4 + 1.01 * second
    back = rot.conjugate(TURN)
    aside = np.array([1.2, 0.3, 0.0])
    places = [np.stack([root_at(time) - person * aside for person in range(people)]) for time in (first, by_first)]
    views = (
        truth_of(first, places[0], rot.identity(1)[0]),
        truth_of(second, rot.rotate(back, places[1] - PLACE), back),
    )
    cameras = CamerasTruth(
        rotation=np.stack([rot.identity(1)[0], TURN]),
        position=np.stack([np.zeros(3), PLACE]),
        focal=np.array([700.0, 600.0]),
        size=np.array([[848, 480], [848, 480]]),
        offset=np.array([0.0, 0.4]),
        rate=np.array([1.0, 1.01]),
        fps=np.array([30.0, 50.0]),
        body=np.arange(people),
        shape=np.full((people, 6), 0.5),
        rest=np.repeat(BODY.rest[None], people, axis=0),
        kind="walking",
    )
    return Filmed(cameras, views)


def motion_of(time, root):
    count = len(time)
    return BodyMotion(time, rot.identity(count, 52), root, np.zeros(0), np.ones((count, 52)))


def geometry(turn=TURN, place=PLACE, focal=600.0, clock=CLOCK):
    first = CameraGeometry(focal=700.0, size=(848, 480))
    return first, CameraGeometry(tuple(map(float, turn)), tuple(map(float, place)), focal, (848, 480), clock)


def test_truth_of_all_cameras_is_one_in_the_first_ones_axes_and_clock():
    filmed = filmed_of()
    time = np.linspace(0.05, 1.75, 40)
    expected = BODY.landmark_positions(rot.identity(40, 52), root_at(time))[:, :33]
    assert filmed.points(0, time) == pytest.approx(expected, abs=1e-6)


def test_truth_is_unknown_when_no_camera_films():
    points = filmed_of().points(0, np.array([-0.2, 1.0, 2.5]))
    assert np.isnan(points[[0, 2]]).all()
    assert np.isfinite(points[1]).all()


def test_cameras_that_are_as_they_are_have_no_errors():
    first, second = camera_scores(geometry(), filmed_of())
    assert vars(first) == pytest.approx({"rotation": 0, "apart": 0, "place": 0, "focal": 0, "time": 0}, abs=1e-6)
    assert second.apart == pytest.approx(70.0)
    assert (second.rotation, second.place, second.focal, second.time) == pytest.approx((0, 0, 0, 0), abs=1e-5)


def test_errors_of_a_camera_are_in_degrees_percent_and_its_own_frames():
    wrong = rot.multiply(TURN, rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(3.0)))
    place = PLACE * 1.1
    _, second = camera_scores(geometry(wrong, place, 630.0, Clock(0.41, 1.01)), filmed_of())
    assert second.rotation == pytest.approx(3.0)
    assert second.place == pytest.approx(10.0)
    assert second.focal == pytest.approx(5.0)
    assert second.time == pytest.approx(0.5)


def test_a_clock_that_drifts_is_as_wrong_as_at_its_worst():
    _, second = camera_scores(geometry(clock=Clock(0.4, 1.0)), filmed_of())
    assert second.time == pytest.approx(0.01 * 69 / 50 * 50, rel=0.05)


def test_a_body_that_is_true_has_no_errors():
    time = np.arange(50) / 30.0
    score = body_score(motion_of(time, root_at(time)), BODY, filmed_of(), 0)
    assert score.frames == 50
    assert (score.limbs, score.millimetres, score.absolute, score.path, score.distance) == pytest.approx(
        (0, 0, 0, 0, 0), abs=1e-3
    )


def test_a_body_that_is_too_small_and_too_near_is_put_right_by_one_scale():
    time = np.arange(50) / 30.0
    small = replace(BODY, rest=0.9 * BODY.rest, landmarks=0.9 * BODY.landmarks, ends=0.9 * BODY.ends)
    score = body_score(motion_of(time, 0.9 * root_at(time)), small, filmed_of(), 0)
    assert score.millimetres > 20.0
    assert score.scaled == pytest.approx(0.0, abs=1e-6)
    assert score.absolute > 300.0
    assert score.distance == pytest.approx(-10.0, abs=0.5)
    true = body_score(motion_of(time, 0.9 * root_at(time)), BODY, filmed_of(), 0, scale=1.0 / 0.9)
    assert true.absolute == pytest.approx(0.0, abs=1e-3)


def test_a_path_that_sways_along_the_line_of_sight_is_told_from_one_that_sways_aside():
    time = np.arange(60) / 30.0
    sway = 0.1 * np.sqrt(2.0) * np.sin(2.0 * np.pi * time)
    scores = []
    for axis in (1, 0):
        root = root_at(time)
        root[:, axis] += sway
        scores.append(body_score(motion_of(time, root), BODY, filmed_of(), 0))
    assert [score.path for score in scores] == pytest.approx([100.0, 100.0], rel=0.02)
    assert scores[0].along == pytest.approx(100.0, rel=0.02)
    assert scores[1].along == pytest.approx(0.0, abs=1e-3)


def test_frames_without_a_place_are_not_compared():
    time = np.arange(50) / 30.0
    root = root_at(time)
    root[10:20] = np.nan
    assert body_score(motion_of(time, root), BODY, filmed_of(), 0).frames == 40


def test_numbers_belong_to_whoever_is_where_they_are_in_each_camera():
    filmed = filmed_of(people=2)
    for view in filmed.views:
        middle = 0.5 * view.size
        pixels = middle + 700.0 * view.points[..., [0, 2]] * [1.0, -1.0] / view.points[..., 1:2]
        assert owners(pixels, view) == [0, 1]
        assert owners(pixels[::-1], view) == [1, 0]

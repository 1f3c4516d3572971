# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of rendered clips, with landmarks and truths that are made up."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation import people_scores
from mimic.models.training.evaluation.exchanges import Mending, mending, shown, trunk_size
from mimic.models.training.evaluation.gravity_scores import GravityScore, degrees_between, kinds
from mimic.models.training.evaluation.people_scores import NOBODY, PeopleScore
from mimic.models.training.evaluation.scene_tables import gravity_tables, people_tables, sides_tables
from mimic.models.training.evaluation.side_scores import RealScore, SideScore, injected_states, restored
from mimic.models.training.pictures.views import Camera
from mimic.models.training.poses.motion_capture import track_of
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged_track

CAMERA = Camera(640, 480, 550.0)


def standing(x=0.0, count=10):
    """Pixels (n, 33, 2) of somebody who faces the camera, x metres aside."""
    points = neutral_body().landmark_positions(rot.identity(1, 52), np.array([[x, 4.0, 0.0]]))[:, :33]
    return np.repeat(CAMERA.project(points), count, axis=0)


def test_sides_in_order_are_not_exchanged():
    true = standing()
    found = shown(true + 3.0, true, trunk_size(true))
    assert not found.exchanged.any()
    assert found.ordered.all()


def test_exchanged_sides_are_seen_in_every_part_of_the_body():
    true = standing()
    found = shown(true[:, list(POSE_MIRROR)], true, trunk_size(true))
    assert found.exchanged.all()
    assert found.any_exchanged.all()


def test_exchanged_legs_are_not_exchanged_arms():
    true = standing()
    image = true.copy()
    image[:, 25:33] = true[:, list(POSE_MIRROR)][:, 25:33]
    assert shown(image, true, trunk_size(true)).exchanged[0].tolist() == [False, False, True]


def test_somebody_seen_from_the_side_shows_neither():
    true = standing()
    true[..., 0] = 320.0
    found = shown(true[:, list(POSE_MIRROR)], true, trunk_size(true))
    assert not found.exchanged.any()
    assert not found.ordered.any()


def test_points_that_are_nowhere_near_are_no_exchange():
    true = standing()
    assert not shown(true[:, list(POSE_MIRROR)] + 200.0, true, trunk_size(true)).exchanged.any()


def test_a_frame_without_a_person_shows_nothing():
    true = standing()
    image = np.full_like(true, np.nan)
    found = shown(image, true, trunk_size(true))
    assert not (found.exchanged | found.ordered).any()


def test_mending_counts_what_is_left_and_what_is_spoilt():
    true = standing(count=4)
    other = true[:, list(POSE_MIRROR)]
    size, seen = trunk_size(true), np.array([True, True, True, False])
    before = shown(np.stack([other[0], other[1], true[2], true[3]]), true, size)
    after = shown(np.stack([true[0], other[1], other[2], other[3]]), true, size)
    counted = mending(before, after, seen)
    assert counted == Mending(frames=3, exchanged=2, left=1, spoilt=1)
    assert counted.undone == 50.0
    assert counted.spoilt_per_thousand == pytest.approx(333.3, abs=0.1)


def test_mendings_add_up():
    assert Mending(10, 4, 2, 1) + Mending(20, 0, 0, 0) == Mending(30, 4, 2, 1)


def test_nothing_exchanged_has_no_share_undone():
    assert np.isnan(Mending(10, 0, 0, 0).undone)


def test_the_size_of_a_person_is_about_the_trunk_also_when_bending():
    true = standing()
    assert trunk_size(true)[0] == pytest.approx(np.linalg.norm(true[0, 11] - true[0, 23]), rel=0.35)


@pytest.fixture
def track():
    points = neutral_body().landmark_positions(rot.identity(80, 52), np.tile([0.0, 4.0, 0.0], (80, 1)))[:, :33]
    made = track_of(points, np.arange(80) / 25.0)
    return replace(made, pose_image=np.concatenate([CAMERA.project(points), points[..., 1:2]], axis=-1))


def test_exchanges_made_on_purpose_are_all_kinds_and_leave_most_frames_alone():
    states = injected_states(100)
    assert {int(state) for state in states} == {Exchange.NONE, Exchange.WHOLE, Exchange.ARMS, Exchange.LEGS}
    assert (states == Exchange.NONE).mean() > 0.6


def test_exchanges_that_are_left_alone_count_as_left(track):
    states, seen = injected_states(80), np.ones(80, bool)
    wrong = exchanged_track(track, states)
    made = int((states != Exchange.NONE).sum())
    assert restored(track, wrong, states, seen) == Mending(80, made, made, 0)
    assert restored(track, track, states, seen) == Mending(80, made, 0, 0)


def test_frames_exchanged_without_reason_count_as_spoilt(track):
    nothing, all_wrong = np.zeros(80, int), np.full(80, int(Exchange.WHOLE))
    spoilt = restored(track, exchanged_track(track, all_wrong), nothing, np.ones(80, bool))
    assert spoilt == Mending(80, 0, 0, 80)


def test_gravity_is_off_by_the_angle_between_the_verticals():
    assert degrees_between([0, 0, 1], [0, -np.sin(0.5), np.cos(0.5)]) == pytest.approx(np.degrees(0.5))
    assert degrees_between([0, 0, 2], [0, 0, 0.1]) == 0.0


def gravity(name="a", kind="standing", none=20.0, found=3.0, lines=np.nan):
    return GravityScore(name, kind, none, found, lines, found, 5.0, ("legs",))


@pytest.mark.parametrize(
    ("score", "good"),
    [
        (gravity(), True),
        (gravity(found=5.0), False),
        (gravity(kind="floor", found=5.0), True),
        (gravity(kind="floor", found=6.0, none=1.0), False),
    ],
)
def test_gravity_is_good_by_the_limit_of_its_kind_and_if_it_does_no_harm(score, good):
    assert score.good == good


def test_gravity_that_is_worse_than_nothing_is_harmful():
    assert not gravity(none=1.0, found=3.5).harmless
    assert gravity(none=1.0, found=2.5).harmless


def test_scores_of_gravity_are_sorted_by_kind():
    found = kinds([gravity("a"), gravity("b", kind="floor"), gravity("c")])
    assert [score.name for score in found["standing"]] == ["a", "c"]


def test_numbers_are_matched_to_whoever_is_where_they_are():
    true = np.stack([standing(-0.8), standing(0.8)])
    who, near = people_scores.matched(true[::-1] + 2.0, true)
    assert (who == [[1] * 10, [0] * 10]).all()
    assert near.all()


def test_whoever_is_behind_somebody_cannot_be_told_from_them():
    true = np.stack([standing(0.0), standing(0.05)])
    who, near = people_scores.matched(true, true)
    assert (who == NOBODY).all()
    assert near.all()


def test_a_picture_on_the_wall_is_nobody():
    true = standing(0.0)[None]
    who, near = people_scores.matched(np.stack([true[0], standing(1.5)]), true)
    assert (who[0] == 0).all()
    assert (who[1] == NOBODY).all()
    assert not near[1].any()


def test_a_number_that_is_not_found_shows_nobody():
    true = np.stack([standing(-0.8), standing(0.8)])
    who, near = people_scores.matched(np.full((1, 10, 33, 3), np.nan), true)
    assert (who == NOBODY).all()
    assert not near.any()


def test_two_numbers_that_exchange_each_other_count_once():
    who = np.array([[0, 0, 0, 1, 1, 1], [1, 1, NOBODY, NOBODY, 0, 0]])
    assert people_scores.exchanges(who, [0, 1], np.arange(6) / 25.0) == (1, 3)


def test_exchanges_at_different_times_count_each():
    who = np.zeros((1, 200), int)
    who[0, 50:60] = who[0, 150:160] = 1
    assert people_scores.exchanges(who, [0], np.arange(200) / 25.0) == (2, 20)


def test_numbers_that_stay_with_whom_they_show_are_not_exchanged():
    who = np.array([[0, NOBODY, 0], [NOBODY, 1, 1]])
    assert people_scores.exchanges(who, [people_scores.owner(row) for row in who], np.arange(3.0)) == (0, 0)


def test_distances_are_off_by_the_share_they_are_off():
    true = np.array([[[0.0, 4.0, 0.0]] * 5, [[2.0, 4.0, 0.0]] * 5])
    roots, who = true * [1.1, 1.0, 1.0], np.array([[0] * 5, [1] * 5])
    assert people_scores.distance_error(roots, true, who, [0, 1]) == pytest.approx((10.0, 10.0))


def test_one_person_has_no_distance():
    one = np.zeros((1, 5, 3))
    assert np.isnan(people_scores.distance_error(one, one, np.zeros((1, 5), int), [0])[0])


def test_people_beside_the_picture_are_not_in_it():
    true = np.stack([standing(0.0), standing(5.0)])
    assert people_scores.in_picture(true, np.array([640, 480])).all(axis=1).tolist() == [True, False]


UNDONE = Mending(100, 10, 0, 0)


def side_score(take=UNDONE):
    return SideScore("dancing", take, Mending(100, 10, 5, 1), 3, 4, 5, (20.0, 15.0), (18.0, 12.0))


def test_the_table_of_sides_says_whether_targets_are_met():
    made = Mending(60, 28, 0, 0)
    real = {"squats": RealScore(60, 0, 0, made, made)}
    good = sides_tables({"salsa": side_score()}, real)
    assert "| salsa (dancing) | 100 | 10 | 0 | 0 | 5 | 1 | 20.0 | 15.0 | 18.0 | 12.0 |" in good
    assert "| exchanged frames undone, take | 90 % | 100 % | yes |" in good
    assert "| frames of real clips changed | 0 | 0 | yes |" in good
    bad = sides_tables({"salsa": side_score(Mending(100, 10, 8, 2))}, {})
    assert "| exchanged frames undone, take | 90 % | 20 % | **no** |" in bad
    assert "| frames made wrong of 1000, take | 0 | 20.0 | **no** |" in bad


def test_clips_without_exchanges_share_a_row_of_the_table_of_sides():
    calm = replace(side_score(), take=Mending(100, 0, 0, 0), live=Mending(100, 0, 0, 0))
    text = sides_tables({"salsa": side_score(), "turning": calm, "walking": calm}, {})
    assert "| 2 clips without any | 200 | 0 | 0 | 0 | 0 | 0 | 20.0 | 15.0 | 18.0 | 12.0 |" in text
    assert "turning" not in text


def test_the_table_of_gravity_has_means_and_largest_by_kind():
    text = gravity_tables([gravity("a", found=2.0), gravity("b", found=4.0, lines=1.0), gravity("c", kind="floor")])
    assert "| standing | 2 | 20.0 (20.0) | 3.0 (4.0) | 1.0 (1.0, 1 clips) | 3.0 (4.0) |" in text
    assert "| clips within 4 (standing, walking) or 7 degrees | 3 | 3 | yes |" in text


def test_the_table_of_people_counts_the_exchanges_of_crossings_only():
    crossing = PeopleScore("crossing, behind", 2, 2, 90.0, 2, 5, 0.0, (4.0, 6.0))
    other = PeopleScore("somebody enters halfway", 2, 3, 90.0, 3, 9, 1.0, (np.nan, np.nan))
    text = people_tables({"a": crossing, "b": other})
    assert "| a (crossing, behind) | 2 | 2 | 90 | 2 (5) | 0 | 4 (6) |  |" in text
    assert "| identities exchanged in 1 crossings | at most 1 | 2 | **no** |" in text
    assert "| distances off, worst clip | 15 % | 4 % | yes |" in text

# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of clips of several cameras, of scores that are made up."""

from dataclasses import replace

import pytest

from mimic.models.training.evaluation.camera_clips import ClipScore
from mimic.models.training.evaluation.camera_scores import BodyScore, CameraScore
from mimic.models.training.evaluation.camera_sides import SidesScore
from mimic.models.training.evaluation.camera_tables import camera_tables, targets
from mimic.models.training.evaluation.exchanges import Mending

ONE = BodyScore(12.0, 80.0, 70.0, 300.0, 100.0, 90.0, 5.0, 200)
BOTH = BodyScore(6.0, 40.0, 35.0, 100.0, 40.0, 20.0, 2.0, 210)
FIRST = CameraScore(0.0, 0.0, 0.0, 2.0, 0.0)
SECOND = CameraScore(1.5, 70.0, 5.0, -3.0, 0.1)
SIDES = SidesScore(Mending(200, 8, 6, 0), Mending(200, 6, 1, 0), Mending(200, 20, 1, 0))
GOOD = ClipScore("walking", 1, 1, (FIRST, SECOND), (ONE,), (BOTH,), (SIDES,), "The cameras were found.")


def row(text, beginning):
    return next(line for line in text.splitlines() if line.startswith(f"| {beginning}"))


def met(scores, what, with_two=None):
    return next(each.met for each in targets(scores, with_two or {}) if each.what.startswith(what))


def test_a_table_shows_every_person_from_one_camera_and_from_all():
    two = replace(GOOD, people=2, matched=2, one=(ONE, ONE), several=(BOTH, replace(BOTH, limbs=7.0)))
    text = camera_tables({"walk": GOOD, "pair": two}, {}, {})
    assert "12.0 → 6.0" in row(text, "walk (walking)")
    assert "12.0 → 7.0" in row(text, "pair (walking), person 2")
    assert "12.0 → 6.3" in row(text, "**mean**")


def test_a_clip_whose_cameras_were_not_found_has_no_result_from_all_and_is_told():
    refused = replace(GOOD, cameras=(), several=(), matched=0, said="Nobody moves.")
    text = camera_tables({"walk": GOOD, "still": refused, "fail_nobody": refused}, {}, {})
    assert "12.0 →  |" in row(text, "still (walking)")
    assert "Nobody moves." in row(text, "still | ")
    assert "the first camera" in row(text, "nobody")
    assert not any(line.startswith("| fail_") for line in text.splitlines())


def test_pairs_of_cameras_are_shown_by_their_angle_beside_one_camera():
    text = camera_tables({"walk": GOOD}, {}, {20: replace(GOOD, cameras=(), several=()), 90: GOOD})
    assert "12.0" in row(text, "one camera")
    assert "6.0" in row(text, "90")


def test_three_cameras_are_shown_beside_two_and_one():
    text = camera_tables({"three": GOOD}, {"three": replace(GOOD, several=(ONE,))}, {})
    assert "12.0 | 12.0 | 6.0" in row(text, "three | 12.0")


def test_exchanged_sides_are_counted_as_found_alone_and_with_the_others():
    text = camera_tables({"walk": GOOD, "again": replace(GOOD, sides=(SIDES, SIDES))}, {}, {})
    assert "| 8 | 6 | 1 | 0 | 20 | 1 | 0 |" in row(text, "walk | 8")
    assert "| 24 | 18 | 3 | 0 | 60 | 3 | 0 |" in row(text, "**all**")


@pytest.mark.parametrize(
    ("score", "missed"),
    [
        (replace(GOOD, several=(replace(BOTH, limbs=8.5),)), "limb directions"),
        (replace(GOOD, several=(replace(BOTH, millimetres=46.0),)), "distance of joints"),
        (replace(GOOD, cameras=(FIRST, replace(SECOND, rotation=3.5))), "cameras turned"),
        (replace(GOOD, cameras=(replace(FIRST, focal=-9.0), SECOND)), "focal lengths"),
        (replace(GOOD, cameras=(FIRST, replace(SECOND, time=0.3))), "clocks"),
        (replace(GOOD, people=2), "everyone matched"),
        (replace(GOOD, sides=(replace(SIDES, purpose=Mending(200, 20, 5, 0)),)), "frames exchanged on purpose"),
        (replace(GOOD, cameras=(), several=()), "cameras found"),
    ],
)
def test_a_target_that_is_missed_is_said_to_be(score, missed):
    assert met({"walk": GOOD}, missed)
    assert not met({"walk": score}, missed)


def test_three_cameras_that_are_no_better_than_two_miss_their_target():
    assert met({"three": GOOD}, "three cameras", {"three": replace(GOOD, several=(ONE,))})
    assert not met({"three": GOOD}, "three cameras", {"three": GOOD})

# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertical from lines in drawn pictures of rooms, whose vanishing points are known."""

from dataclasses import replace
from math import radians, tan

import cv2
import numpy as np
import pytest

from mimic.models.body.motion import Vertical
from mimic.pipeline.landmarks.data import Landmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.room_lines import ASSUMED_VIEW, PICTURES, RoomLines, with_view

WIDTH, HEIGHT = 960, 720


def up_of(pitch: float, roll: float) -> np.ndarray:
    """The vertical before a camera that looks down and is rolled by degrees."""
    p, r = np.radians([pitch, roll])
    return np.array([np.cos(p) * np.sin(r), -np.sin(p), np.cos(p) * np.cos(r)])


def room(pitch: float, roll: float, *, view: float = ASSUMED_VIEW, posts: int = 7, rails: int = 0) -> np.ndarray:
    """A picture of upright posts, and of rails that lead away over the floor."""
    focal = 0.5 * WIDTH / tan(radians(0.5 * view))
    up = up_of(pitch, roll)
    right = np.cross([0.0, 1.0, 0.0], up)
    right /= np.linalg.norm(right)
    ahead = np.cross(up, right)
    picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)

    def line(first: np.ndarray, last: np.ndarray, colour: int) -> None:
        ends = [(round(0.5 * WIDTH + focal * x / y), round(0.5 * HEIGHT - focal * z / y)) for x, y, z in (first, last)]
        cv2.line(picture, *ends, (colour,) * 3, 5, cv2.LINE_AA)

    for n, aside in enumerate(np.linspace(-1.4, 1.4, posts)):
        foot = np.array([0.0, 3.2 + 0.3 * (n % 2), 0.0]) + aside * right
        line(foot - 0.7 * up, foot + 0.7 * up, 30 if n % 2 else 200)
    for n, aside in enumerate(np.linspace(-1.5, 1.5, rails)):
        place = np.array([0.0, 3.2, 0.0]) + aside * right - 0.8 * up
        line(place - 0.8 * ahead, place + 3.0 * ahead, 220 if n % 2 else 20)
    return picture


def found_in(pictures: list[np.ndarray]) -> tuple[Vertical, ...]:
    lines = RoomLines(len(pictures))
    for index, picture in enumerate(pictures):
        lines.picture(index, picture)
    return lines.verticals(moved=lines.moved())


def off(vertical: Vertical, pitch: float, roll: float) -> float:
    return float(np.degrees(np.arccos(np.clip(np.dot(vertical.up, up_of(pitch, roll)), -1.0, 1.0))))


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (20.0, 0.0), (-10.0, 8.0), (35.0, -20.0), (12.0, 25.0)])
def test_vertical_of_posts_in_a_picture_is_within_a_degree(pitch, roll):
    found = found_in([room(pitch, roll)] * 3)
    assert len(found) == 1
    assert found[0].source == "lines"
    assert off(found[0], pitch, roll) < 1.0
    assert found[0].doubt < np.radians(6.0)


def test_vertical_of_posts_among_rails_is_among_those_found():
    found = found_in([room(28.0, 6.0, rails=9)] * 3)
    assert min(off(each, 28.0, 6.0) for each in found) < 1.5


def test_vertical_of_another_field_of_view_is_that_after_conversion():
    (found,) = found_in([room(25.0, 10.0, view=45.0)] * 2)
    assert off(found, 25.0, 10.0) > 5.0
    assert off(with_view(found, 45.0), 25.0, 10.0) < 1.0
    calibration = Vertical("calibration", (0.0, 0.0, 1.0), 0.1)
    assert with_view(calibration, 45.0) is calibration


def test_vertical_of_few_or_no_lines_is_not_found():
    plain = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    assert found_in([plain] * 3) == ()
    assert found_in([room(20.0, 0.0, posts=1)] * 3) == ()
    assert found_in([]) == ()
    noise = np.random.default_rng(2).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    assert found_in([noise] * 2) == ()


def test_vertical_of_a_camera_that_moves_is_not_found():
    assert found_in([room(pitch, roll) for pitch, roll in ((-10, -20), (0, 0), (12, 12), (25, 22), (38, -5))]) == ()


def test_vertical_of_a_camera_that_was_rolled_once_is_not_found_though_most_pictures_agree():
    plates = np.random.default_rng(5).integers(0, 200, (4, 5, 3), dtype=np.uint8)
    wall = cv2.resize(plates, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)
    still = np.minimum(room(10.0, 0.0), wall)
    turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 12.0, 1.0)
    rolled = cv2.warpAffine(still, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
    assert found_in([still] * 4) != ()
    lines = RoomLines(4)
    for index, picture in enumerate([still, still, still, rolled]):
        lines.picture(index, picture)
    assert lines.moved()
    assert lines.verticals(moved=lines.moved()) == ()


def test_lines_on_people_do_not_count():
    picture = room(15.0, 5.0)
    points = np.array([[x, y] for x in np.linspace(40, WIDTH - 40, 11) for y in (60, HEIGHT // 2, HEIGHT - 60)], float)
    pose = PoseLandmarks(
        np.column_stack([points, np.zeros(33)]), np.zeros((33, 3)), np.ones(33), np.ones(33), 1.0, Region(0, 0, 1, 1, 0)
    )
    lines = RoomLines(1)
    lines.picture(0, picture)
    lines.people([Landmarks(time=0.0, index=0, size=(WIDTH, HEIGHT), pose=pose)])
    assert lines.verticals(moved=lines.moved()) == ()

    nowhere = replace(pose, image=np.full((33, 3), np.inf))
    lines.people([Landmarks(time=0.0, index=0, size=(WIDTH, HEIGHT), pose=nowhere)])
    assert off(lines.verticals(moved=lines.moved())[0], 15.0, 5.0) < 1.0


def test_few_pictures_are_kept_of_long_and_endless_sources():
    small = np.zeros((8, 8, 3), np.uint8)
    for expected in (400, None):
        lines = RoomLines(expected)
        for index in range(4000):
            lines.picture(index, small)
        assert len(lines._pictures) <= PICTURES
        assert lines._pictures[-1][0] >= 195

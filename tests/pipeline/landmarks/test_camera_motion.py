# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras that move, told from people who do, in drawn pictures of a room."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks.camera_motion import Scene, moved

WIDTH, HEIGHT = 640, 480
ROOM = (1200, 1000)


@dataclass(frozen=True)
class View:
    """A part of the room: its left and upper edge in pixels, degrees of roll, and where the person stands in it."""

    x: float = 200.0
    y: float = 200.0
    roll: float = 0.0
    person: float | None = None
    height: float = 300.0


def room() -> np.ndarray:
    """A picture of a wall with a door, shelves and books."""
    picture = np.full((ROOM[1], ROOM[0]), 150, np.uint8)
    random = np.random.default_rng(4)
    for _ in range(60):
        left, top = random.integers(0, ROOM[0]), random.integers(0, ROOM[1])
        wide, high = random.integers(15, 160, 2)
        shade = int(random.integers(60, 220))
        cv2.rectangle(picture, (left, top), (left + wide, top + high), shade, -1 if random.random() < 0.5 else 3)
    return picture


def scene(view: View, *, wall: np.ndarray | None = None, posed: bool = True) -> Scene:
    """What a camera sees, with grain, and a person in a checked shirt."""
    turn = cv2.getRotationMatrix2D((view.x + WIDTH / 2, view.y + HEIGHT / 2), view.roll, 1.0)
    turn[:, 2] -= [view.x, view.y]
    picture = cv2.warpAffine(room() if wall is None else wall, turn, (WIDTH, HEIGHT))
    poses = []
    if view.person is not None:
        top, wide = HEIGHT - view.height, 0.2 * view.height
        across, down = np.meshgrid(np.linspace(-1.0, 1.0, 3), np.linspace(0.0, 1.0, 11))
        poses = [np.stack([view.person + wide * across.ravel(), top + view.height * down.ravel()], axis=1)]
        for n in range(100):
            x, y = view.person + wide * (n % 10 - 5) / 5, top + view.height * (n // 10) / 10
            corner = round(x + wide / 5), round(y + view.height / 10)
            cv2.rectangle(picture, (round(x), round(y)), corner, 40 + 150 * ((n + n // 10) % 2), -1)
    grain = np.random.default_rng(round(view.x)).normal(0.0, 3.0, picture.shape)
    return Scene(np.clip(picture + grain, 0, 255).astype(np.uint8), poses if posed else [])


def seen(*views: View, posed: bool = True) -> list[Scene]:
    return [scene(view, posed=posed) for view in views]


@pytest.mark.parametrize(
    "views",
    [
        [View(200), View(215), View(230)],
        [View(200), View(200), View(200), View(330, 240)],
        [View(200), View(200, roll=4.0)],
        [View(200, person=150.0), View(240, person=330.0), View(300, person=500.0)],
        [View(200, person=320.0), View(260, person=320.0)],
    ],
    ids=["slowly", "once", "rolled", "with a walker", "after a walker"],
)
def test_camera_that_moves_is_found(views: list[View]) -> None:
    assert moved(seen(*views))


@pytest.mark.parametrize(
    "views",
    [
        [View(200)] * 4,
        [View(200), View(202), View(199, 201)],
        [View(200, person=100.0), View(200, person=300.0), View(200, person=520.0)],
        [View(200, person=320.0, height=2000.0), View(200, person=300.0, height=2100.0)],
        [View(200)],
        [],
    ],
    ids=["empty room", "trembles", "walker", "person who fills the picture", "one picture", "no picture"],
)
def test_camera_that_stands_still_is_not_said_to_move(views: list[View]) -> None:
    assert not moved(seen(*views))


def test_camera_before_a_plain_wall_is_not_said_to_move_when_a_person_does() -> None:
    plain = np.full((ROOM[1], ROOM[0]), 150, np.uint8)
    assert not moved([scene(View(person=x), wall=plain) for x in (120.0, 320.0, 500.0)])


def test_camera_that_stands_still_before_a_walker_who_is_not_followed_is_not_said_to_move() -> None:
    assert not moved(seen(*(View(person=x, height=420.0) for x in (100.0, 300.0, 520.0)), posed=False))


def test_camera_that_turns_to_another_room_is_left_open() -> None:
    other = cv2.flip(room(), 0)
    assert not moved([scene(View()), scene(View(), wall=other)])

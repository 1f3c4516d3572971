# SPDX-License-Identifier: GPL-3.0-or-later
"""Views and pictures of people."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.lifter import scenery, views
from mimic.models.lifter.pairs import draw_region
from mimic.models.lifter.poses import draw

BODY = neutral_body()


def test_most_people_are_in_the_picture_and_before_the_camera():
    rng = np.random.default_rng(0)
    inside = []
    for pose in draw(rng, 60, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations:
        seen = views.facing(pose, views.draw_turn(rng, 0))
        camera, root = views.place(rng, BODY, seen)
        points = BODY.landmark_positions(seen, root)[:33]
        pixels = camera.project(points)
        assert points[:, 1].min() > 0.2
        inside.append(((pixels > 0) & (pixels < [camera.width, camera.height])).all(axis=1).mean())
    assert np.median(inside) == 1.0
    assert np.mean(inside) > 0.8


def test_ordinary_people_face_the_camera_mostly():
    rng = np.random.default_rng(1)
    ahead = [rot.rotate(views.draw_turn(rng, 0), np.array([0.0, -1.0, 0.0]))[1] for _ in range(300)]
    assert (np.array(ahead) < -0.5).mean() > 0.6


def test_a_region_holds_the_person():
    rng = np.random.default_rng(2)
    pixels = views.Camera(400, 400, 400.0).project(BODY.landmarks[:33] + np.array([0.0, 3.0, -0.9]))
    for _ in range(30):
        region = draw_region(rng, pixels)
        assert np.hypot(*(pixels - [region.cx, region.cy]).T).max() < 0.75 * region.width
        assert abs(region.rotation) < 0.3


def test_a_picture_keeps_the_person_and_fills_the_rest():
    person = np.full((60, 80, 3), 250, np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    mask[20:40, 30:50] = 255
    made = scenery.compose(np.random.default_rng(6), person, mask, background=3)
    assert made.shape == (60, 80, 3)
    assert made.dtype == np.uint8
    assert made[22:38, 32:48].mean() > made[:10].mean()


def test_the_renderer_draws_where_the_camera_projects(person):
    pytest.importorskip("moderngl", reason="needs moderngl, which is not installed here")
    from mimic.models.lifter.render import Renderer

    corner = 0.05 * np.array([[-1, 0, -1], [1, 0, -1], [0, 0, 1]]) + BODY.rest[0]
    triangle = replace(
        person,
        vertices=corner.astype(np.float32),
        triangles=np.array([[0, 1, 2]], np.int32),
        materials=np.zeros(3, np.uint8),
        weight_joints=np.zeros((3, 4), np.uint8),
        weights=np.tile(np.float32([1, 0, 0, 0]), (3, 1)),
    )
    try:
        renderer = Renderer([triangle])
    except Exception as fault:  # noqa: BLE001 (moderngl raises nothing finer where there is no EGL)
        pytest.skip(f"needs OpenGL over EGL: {fault}")
    camera, root = views.Camera(128, 96, 120.0), np.array([0.3, 2.0, 0.2])
    look = replace(views.draw_look(np.random.default_rng(0)), stripes=np.zeros(4))
    picture, mask = renderer.draw(0, rot.identity(52), root, camera, look)
    rows, columns = np.nonzero(mask)
    at = camera.project(root)
    assert picture.shape == (96, 128, 3)
    assert abs(columns.mean() - at[0]) < 1.5
    assert abs(rows.mean() - at[1]) < 2.0

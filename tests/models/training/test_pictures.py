# SPDX-License-Identifier: GPL-3.0-or-later
"""Views and pictures of people."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.pairs.pairs import draw_region
from mimic.models.training.pictures import scenery, views
from mimic.models.training.poses.poses import draw

BODY = neutral_body()


def test_placed_people_are_mostly_inside_the_picture_and_before_the_camera():
    rng = np.random.default_rng(0)
    inside = []
    for pose in draw(rng, 60, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations:
        seen = views.rotate_poses(pose, views.draw_turn(rng, 0))
        camera, root = views.place(rng, BODY, seen)
        points = BODY.landmark_positions(seen, root)[:33]
        pixels = camera.project(points)
        assert points[:, 1].min() > 0.2
        inside.append(((pixels > 0) & (pixels < [camera.width, camera.height])).all(axis=1).mean())
    assert np.median(inside) == 1.0
    assert np.mean(inside) > 0.8


def test_drawn_turns_face_the_camera_mostly():
    rng = np.random.default_rng(1)
    ahead = [rot.rotate(views.draw_turn(rng, 0), np.array([0.0, -1.0, 0.0]))[1] for _ in range(300)]
    assert (np.array(ahead) < -0.5).mean() > 0.6


def test_drawn_region_holds_the_person():
    rng = np.random.default_rng(2)
    pixels = views.Camera(400, 400, 400.0).project(BODY.landmarks[:33] + np.array([0.0, 3.0, -0.9]))
    for _ in range(30):
        region = draw_region(rng, pixels)
        assert np.hypot(*(pixels - [region.cx, region.cy]).T).max() < 0.75 * region.width
        assert abs(region.rotation) < 0.3


def scene_with_a_person():
    person = np.zeros((60, 80, 3), np.uint8)
    mask = np.zeros((60, 80), np.uint8)
    person[20:40, 30:50], mask[20:40, 30:50] = 250, 255
    return replace(scenery.draw_scene(np.random.default_rng(6), (60, 80), background=3), before=()), person, mask


def test_composed_picture_keeps_the_person_and_fills_the_background():
    scene, person, mask = scene_with_a_person()
    made = scenery.compose(scene, person, mask)
    assert (made[20:40, 30:50] == 250).all()
    assert np.array_equal(made[mask == 0], scene.behind[mask == 0])
    taken = scenery.simulate_camera(np.random.default_rng(0), scene, made, blur=0.0)
    assert taken.shape == (60, 80, 3)
    assert taken.dtype == np.uint8
    assert taken[22:38, 32:48].mean() > taken[:10].mean()


def test_occluder_hides_the_person_in_pictures_and_windows():
    scene, person, mask = scene_with_a_person()
    scene = replace(scene, before=(((30.0, 20.0, 40.0, 40.0), (1, 2, 3)),))
    assert (scenery.compose(scene, person, mask)[20:40, 30:40] == [1, 2, 3]).all()
    window = views.Window(30.0, 20.0, 40, 40, 2.0)
    inside = np.full((40, 40), 255, np.uint8)
    seen = scenery.compose_window(scene, np.full((40, 40, 3), 250, np.uint8), inside, window)
    assert (seen[:, :20] == [1, 2, 3]).all()
    assert (seen[:, 20:] == 250).all()


def test_composed_window_shows_the_background_of_its_place():
    scene, _, _ = scene_with_a_person()
    nothing = np.zeros((24, 32), np.uint8)
    window = views.Window(10.0, 30.0, 32, 24, 1.0)
    seen = scenery.compose_window(scene, np.zeros((24, 32, 3), np.uint8), nothing, window)
    np.testing.assert_allclose(seen, scene.behind[30:54, 10:42], atol=1)


def test_window_points_inward_and_outward_are_inverse():
    window, points = views.Window(12.0, 7.0, 200, 150, 2.5), np.random.default_rng(1).uniform(0, 90, (5, 3))
    assert np.allclose(window.outward(window.inward(points)), points)
    assert np.allclose(window.inward(np.array([12.0, 7.0])), 0.0)


def drawn_triangle(person):
    pytest.importorskip("moderngl", reason="needs moderngl, which is not installed here")
    from mimic.models.training.pictures.render import Renderer

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
    appearance = replace(views.draw_appearance(np.random.default_rng(0)), stripes=np.zeros(4))
    return renderer, renderer.draw(0, rot.identity(52), root, camera, appearance), camera, root


def test_renderer_draws_where_the_camera_projects(person):
    _, (picture, mask), camera, root = drawn_triangle(person)
    rows, columns = np.nonzero(mask)
    at = camera.project(root)
    assert picture.shape == (96, 128, 3)
    assert abs(columns.mean() - at[0]) < 1.5
    assert abs(rows.mean() - at[1]) < 2.0


def test_rendered_window_is_the_picture_enlarged(person):
    renderer, (_, mask), camera, _ = drawn_triangle(person)
    window = views.Window(70.0, 20.0, 160, 120, 4.0)
    _, larger = renderer.draw_window(camera, window)
    rows, columns = np.nonzero(mask)
    inward = window.inward(np.stack([columns.mean() + 0.5, rows.mean() + 0.5]))
    rows, columns = np.nonzero(larger)
    assert np.allclose([columns.mean() + 0.5, rows.mean() + 0.5], inward, atol=2.0)
    assert (larger > 0).sum() == pytest.approx(16 * (mask > 0).sum(), rel=0.12)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The sheet on which eyes compare pictures and bodies."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.training.anny.materials import Material
from mimic.models.training.evaluation import contact_sheet
from mimic.models.training.pictures.views import Camera


def test_contact_sheet_tile_is_cut_around_the_person():
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[190:210, 290:310] = 255
    points = np.full((33, 3), 300.0)
    points[:, 1] = np.linspace(150.0, 250.0, 33)
    tile = contact_sheet._crop(picture, contact_sheet.window_around(points, np.array([640.0, 480.0])))
    assert tile.shape == (contact_sheet.TILE, contact_sheet.TILE, 3)
    rows, columns = np.nonzero(tile[..., 0] > 128)
    assert np.mean(rows) == pytest.approx(contact_sheet.TILE / 2, abs=2.0)
    assert np.mean(columns) == pytest.approx(contact_sheet.TILE / 2, abs=2.0)
    assert np.ptp(rows) == pytest.approx(20 * contact_sheet.TILE / 135.0, abs=3.0)


def test_contact_sheet_window_ignores_landmarks_outside_the_picture():
    points = np.full((33, 3), 100.0)
    points[:, 1] = np.linspace(20.0, 2000.0, 33)
    window = contact_sheet.window_around(points, np.array([200.0, 200.0]))
    assert contact_sheet.TILE / window.scale < 300.0


def test_contact_sheet_jpeg_fits_into_the_size_limit():
    noise = np.random.default_rng(0).integers(0, 255, (12 * contact_sheet.TILE, 4 * contact_sheet.TILE, 3), np.uint8)
    data = contact_sheet.jpeg(cv2.GaussianBlur(noise, (0, 0), 2.0))
    assert len(data) <= contact_sheet.LARGEST
    assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == noise.shape


def test_contact_sheet_draws_the_body_where_the_person_stood(person):
    pytest.importorskip("moderngl", reason="needs moderngl (the train extra), which is not installed here")
    box = np.array([[x, y, z] for x in (-0.2, 0.2) for y in (-0.1, 0.1) for z in (0.8, 1.4)], np.float32)
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    dressed = replace(
        person,
        vertices=box,
        triangles=np.array([t for a, b, c, d in sides for t in ((a, b, c), (a, c, d))], np.int32),
        materials=np.full(8, Material.SHIRT, np.uint8),
        weight_joints=np.zeros((8, 4), np.uint8),
        weights=np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (8, 1)),
    )
    camera, root = Camera(400, 400, 400.0), np.array([[0.5, 3.0, 0.0], [np.nan] * 3])
    whole = contact_sheet.Window(0.0, 0.0, contact_sheet.TILE, contact_sheet.TILE, contact_sheet.TILE / 400.0)
    strip = contact_sheet.Strip(
        title="made up",
        pictures=[np.zeros((400, 400, 3), np.uint8)] * 2,
        cameras=[camera] * 2,
        windows=[whole] * 2,
        poses={"one": (rot.identity(2, 52), root)},
    )
    drawn = contact_sheet.draw([strip], dressed)
    assert drawn.shape == (2 * contact_sheet.TILE, 2 * contact_sheet.TILE, 3)
    body = drawn[contact_sheet.TILE + 30 :].astype(int)  # below the label
    rows, columns = np.nonzero(body[..., 2] - body[..., 0] > 40)
    assert len(rows)
    assert np.mean(columns) == pytest.approx((200.0 + 400.0 * 0.5 / 3.0) * whole.scale, abs=5.0)

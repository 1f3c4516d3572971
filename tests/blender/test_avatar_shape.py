# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in avatar with the proportions of other people: bones where their joints are, flesh around the bones."""

import numpy as np
import pytest

from mimic.models.body.model import Body
from mimic.models.body.shape import PARAMETERS

TALL = [0.2, 2 / 3, 0.6, 0.5, 0.9, 0.5]
CHILD = [0.5, 1 / 3, 0.5, 0.5, 0.5, 0.5]
HEAVY = [0.3, 1.0, 0.4, 1.0, 0.5, 0.2]
LIGHT = [*HEAVY[:3], 0.0, *HEAVY[4:]]


@pytest.fixture
def avatar(bpy):
    from mimic.addon.character.avatar import built_in

    return built_in()


def shaped(avatar, shape):
    from mimic.addon.character.avatar_shape import shaped as of_shape

    return of_shape(avatar, shape)


def test_avatar_of_no_known_shape_is_the_avatar(avatar):
    same = shaped(avatar, [np.nan] * len(PARAMETERS))
    assert np.abs(same.vertices - avatar.vertices).max() < 0.004
    assert np.abs(same.bone_heads - avatar.bone_heads).max() < 0.02
    assert np.abs(same.key_moves.astype(float) - avatar.key_moves).max() * float(avatar.key_unit) < 3e-4


@pytest.mark.parametrize("shape", [TALL, CHILD, HEAVY], ids=["tall", "child", "heavy"])
def test_avatar_of_a_shape_has_that_bodys_joints_and_stands_on_the_floor(avatar, shape):
    fitted = shaped(avatar, shape)
    body = Body.of_shape(shape)
    # The soles say where the floor is, which moves the whole body by some millimetres.
    between = fitted.bone_heads[:52] - body.rest
    assert np.abs(between - between.mean(axis=0)).max() < 1e-6
    assert np.abs(between).max() < 0.03
    assert fitted.vertices[:, 2].min() == pytest.approx(float(avatar.vertices[:, 2].min()), abs=1e-5)
    crown = body.ends[list(avatar.bone_names).index("mixamorig:Head"), 2]
    assert fitted.vertices[:, 2].max() == pytest.approx(crown, abs=0.06)


def test_avatar_of_a_heavy_person_is_wider_with_the_same_topology(avatar):
    heavy, light = shaped(avatar, HEAVY), shaped(avatar, LIGHT)
    waist = (np.abs(avatar.vertices[:, 2] - 1.05) < 0.05) & (np.abs(avatar.vertices[:, 0]) < 0.1)
    assert np.ptp(heavy.vertices[waist, 1]) > 1.25 * np.ptp(light.vertices[waist, 1])
    for name in ("faces", "weights", "weights_joint", "key_vertices", "bone_names", "bone_parents"):
        assert getattr(heavy, name) is getattr(avatar, name)


@pytest.mark.parametrize("shape", [TALL, CHILD], ids=["tall", "child"])
def test_eyes_of_a_shaped_avatar_stay_balls_and_its_face_still_moves(avatar, shape):
    fitted = shaped(avatar, shape)
    ball = avatar.weights_joint[:, 0] == 52
    size = np.ptp(fitted.vertices[ball], axis=0) / np.ptp(avatar.vertices[ball], axis=0)
    assert size == pytest.approx(np.full(3, size[0]), rel=1e-3)
    jaw = dict(fitted.shapes())["jawOpen"] - fitted.vertices[: fitted.head]
    before = dict(avatar.shapes())["jawOpen"] - avatar.vertices[: avatar.head]
    assert np.abs(jaw).max() == pytest.approx(size[0] * np.abs(before).max(), rel=0.25)

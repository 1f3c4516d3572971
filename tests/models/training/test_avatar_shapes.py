# SPDX-License-Identifier: GPL-3.0-or-later
"""The maps by which the avatar's flesh goes with the shape of a body, against Anny's own skin."""

from importlib import resources

import numpy as np
import pytest

pytest.importorskip("anny", reason="needs Anny")

from mimic.models import body as body_data
from mimic.models.body.joints import JOINTS
from mimic.models.body.shape import PARAMETERS, shape_space
from mimic.models.training.anny.anny_body import AnnyBody, load
from mimic.models.training.anny.avatar_shapes import joint_maps
from mimic.models.training.anny.export import ADULT

OTHERS = [
    {"gender": 1.0, "age": 1 / 3, "height": 0.5},
    {"gender": 0.0, "age": 2 / 3, "muscle": 1.0, "weight": 0.5, "height": 1.0},
    {"gender": 0.0, "age": 1.0, "muscle": 0.5, "weight": 1.0, "height": 0.0},
]


def mapped(body: AnnyBody, other: AnnyBody, maps: np.ndarray) -> np.ndarray:
    """The skin of a body, mapped to another one."""
    skin = body.groups["body"]
    joints = body.weight_joints[skin]
    away = body.vertices[skin][:, None] - body.heads[joints]
    moved = other.heads[joints] + np.einsum("vkij,vkj->vki", maps[joints], away)
    return (body.weights[skin][..., None] * moved).sum(axis=1)


def test_joint_maps_of_a_body_to_itself_change_nothing():
    body = load(ADULT)
    assert np.abs(joint_maps(body, body) - np.eye(3)).max() < 1e-9


@pytest.mark.parametrize("other", OTHERS, ids=["girl", "athlete", "old man"])
def test_joint_maps_to_another_body_give_its_skin_within_a_centimetre(other):
    body, other = load(ADULT), load(other)
    away = np.linalg.norm(mapped(body, other, joint_maps(body, other)) - other.vertices[body.groups["body"]], axis=1)
    assert away.mean() < 0.008
    assert np.percentile(away, 95) < 0.025


def test_avatar_file_holds_the_maps_of_all_anchors():
    with resources.as_file(resources.files(body_data) / "avatar.npz") as path, np.load(path) as data:
        stored = data["fit_mean"] + data["fit_nodes"].astype(float) @ data["fit_basis"].astype(float)
    space = shape_space()
    last = dict(zip(PARAMETERS, (float(anchors[-1]) for anchors in space.anchors), strict=True))
    maps = joint_maps(load(ADULT), load(last))
    assert stored.shape == (np.prod([len(anchors) for anchors in space.anchors]), len(JOINTS) * 9)
    assert np.abs(stored[-1].reshape(maps.shape) - maps).mean() < 0.01

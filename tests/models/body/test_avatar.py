# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in avatar: a clean, fully weighted mesh on the body's own joints."""

from importlib import resources
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models import body as body_package
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body

Arrays = dict[str, NDArray[Any]]


@pytest.fixture(scope="module")
def avatar() -> Arrays:
    with resources.as_file(resources.files(body_package) / "avatar.npz") as path, np.load(path) as data:
        return dict(data)


def test_avatar_bones_are_the_bodys_joints(avatar: Arrays) -> None:
    assert [str(name) for name in avatar["bone_names"]] == ["mixamorig:" + name for name in JOINTS]
    assert np.array_equal(avatar["bone_heads"], neutral_body().rest)
    assert np.array_equal(avatar["bone_tails"], neutral_body().ends)
    along = avatar["bone_tails"] - avatar["bone_heads"]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    # A bone can only be rolled towards a direction that is not its own.
    assert np.abs(np.sum(along * avatar["bone_z"], axis=1)).max() < 0.9
    assert np.allclose(np.linalg.norm(avatar["bone_z"], axis=1), 1.0)


def test_avatar_vertices_are_all_used_and_weighted_to_joints(avatar: Arrays) -> None:
    count = len(avatar["vertices"])
    faces = avatar["faces"]
    assert np.array_equal(np.unique(faces[faces >= 0]), np.arange(count))
    assert (faces[:, :3] >= 0).all()
    assert avatar["weights_joint"].max() < len(JOINTS)
    assert np.allclose(avatar["weights"].astype(float).sum(axis=1), 1.0, atol=2e-3)
    assert (np.diff(avatar["weights"].astype(float), axis=1) <= 0.0).all()


def test_avatar_faces_have_an_area_and_a_material(avatar: Arrays) -> None:
    corners = avatar["vertices"].astype(float)[avatar["faces"][:, :3]]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert np.mean(np.linalg.norm(normals, axis=1) < 1e-10) < 0.01
    assert set(np.unique(avatar["face_material"])) == set(range(len(avatar["material_names"])))
    assert len(avatar["material_colors"]) == len(avatar["material_roughness"]) == len(avatar["material_names"])


def test_avatar_stands_on_the_floor_and_is_as_tall_as_the_body(avatar: Arrays) -> None:
    heights = avatar["vertices"][:, 2]
    crown = neutral_body().ends[INDEX["Head"], 2]
    assert heights.min() == pytest.approx(0.0, abs=0.002)
    assert crown < heights.max() < crown + 0.05


def test_avatar_vertices_of_a_side_follow_joints_of_that_side(avatar: Arrays) -> None:
    main = avatar["weights_joint"][:, 0]
    left = np.isin(main, [i for i, name in enumerate(JOINTS) if name.startswith("Left")])
    right = np.isin(main, [i for i, name in enumerate(JOINTS) if name.startswith("Right")])
    x = avatar["vertices"][:, 0]
    assert (x[left] > -0.02).all()
    assert (x[right] < 0.02).all()
    assert abs(left.sum() - right.sum()) < 0.05 * left.sum()

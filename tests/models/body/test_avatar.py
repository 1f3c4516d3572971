# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in avatar: a clean, fully weighted mesh on the body's own joints."""

from importlib import resources
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models import body as body_package
from mimic.models.body.expressions import EXPRESSIONS, MIRROR
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import neutral_body

Arrays = dict[str, NDArray[Any]]


BONES = (*JOINTS, "LeftEye", "RightEye")


@pytest.fixture(scope="module")
def avatar() -> Arrays:
    with resources.as_file(resources.files(body_package) / "avatar.npz") as path, np.load(path) as data:
        return dict(data)


def moves(avatar: Arrays) -> NDArray[np.float64]:
    """(52, head, 3) metres by which each key moves the head's vertices."""
    result = np.zeros((len(EXPRESSIONS), int(avatar["head"]), 3))
    key = np.repeat(np.arange(len(EXPRESSIONS)), avatar["key_counts"])
    result[key, avatar["key_vertices"]] = avatar["key_moves"] * avatar["key_unit"]
    return result


def test_avatar_bones_are_the_bodys_joints_and_the_eyes(avatar: Arrays) -> None:
    assert [str(name) for name in avatar["bone_names"]] == ["mixamorig:" + name for name in BONES]
    assert avatar["bone_parents"].tolist() == [*PARENTS, INDEX["Head"], INDEX["Head"]]
    np.testing.assert_allclose(avatar["bone_heads"][: len(JOINTS)], neutral_body().rest, atol=1e-12)
    np.testing.assert_allclose(avatar["bone_tails"][: len(JOINTS)], neutral_body().ends, atol=1e-12)
    left, right = avatar["bone_heads"][len(JOINTS) :]
    assert left == pytest.approx(right * [-1.0, 1.0, 1.0])
    assert left[0] > 0.0
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
    assert avatar["weights_joint"].max() < len(BONES)
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
    assert heights[: int(avatar["head"])].min() > neutral_body().rest[INDEX["Spine2"], 2]
    crown = neutral_body().ends[INDEX["Head"], 2]
    assert heights.min() == pytest.approx(0.0, abs=0.002)
    assert crown < heights.max() < crown + 0.05


def test_avatar_vertices_of_a_side_follow_joints_of_that_side(avatar: Arrays) -> None:
    main = avatar["weights_joint"][:, 0]
    left = np.isin(main, [i for i, name in enumerate(BONES) if name.startswith("Left")])
    right = np.isin(main, [i for i, name in enumerate(BONES) if name.startswith("Right")])
    x = avatar["vertices"][:, 0]
    assert (x[left] > -0.02).all()
    assert (x[right] < 0.02).all()
    assert abs(left.sum() - right.sum()) < 0.05 * left.sum()


def test_avatar_file_is_smaller_than_a_megabyte_and_a_half() -> None:
    with resources.as_file(resources.files(body_package) / "avatar.npz") as path:
        assert path.stat().st_size < 1_500_000


def test_avatar_faces_are_of_the_head_or_of_the_body(avatar: Arrays) -> None:
    of_head = (avatar["faces"] < int(avatar["head"])) | (avatar["faces"] < 0)
    assert (of_head.all(axis=1) | ~of_head[:, :3].any(axis=1)).all()


def test_avatar_has_a_shape_key_for_every_expression_that_moves_a_part_of_the_head(avatar: Arrays) -> None:
    assert tuple(avatar["key_names"].tolist()) == EXPRESSIONS
    far = np.linalg.norm(moves(avatar), axis=2).max(axis=1)
    gaze = np.array(["eyeLookIn" in name or "eyeLookOut" in name for name in EXPRESSIONS])
    assert far[gaze].min() > 0.0004
    assert far[~gaze].min() > 0.0015
    assert far.max() < 0.05


def test_avatar_shape_keys_of_both_sides_are_mirror_images(avatar: Arrays) -> None:
    far = np.linalg.norm(moves(avatar), axis=2)
    assert far.max(axis=1) == pytest.approx(far[list(MIRROR)].max(axis=1), abs=0.001)
    mean = np.abs(moves(avatar)).sum(axis=1)
    assert np.abs(mean / mean[list(MIRROR)] - 1.0).max() < 0.05


def test_avatar_eyeballs_turn_with_eye_bones_and_not_with_shape_keys(avatar: Arrays) -> None:
    named = np.array([str(name) in ("Eye white", "Iris", "Pupil") for name in avatar["material_names"]])
    balls = np.unique(avatar["faces"][named[avatar["face_material"]]])
    balls = balls[balls >= 0]
    assert np.isin(avatar["weights_joint"][balls, 0], [len(JOINTS), len(JOINTS) + 1]).all()
    assert not moves(avatar)[:, balls].any()
    centres = avatar["bone_heads"][avatar["weights_joint"][balls, 0]]
    assert np.linalg.norm(avatar["vertices"][balls] - centres, axis=1) == pytest.approx(0.0143, abs=2e-4)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies of other shapes: numpy has them where Anny has them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body.joints import INDEX, JOINTS, mirrored
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.shape import PARAMETERS, shape_space

MIRROR = [INDEX[mirrored(name)] for name in JOINTS]
MIDDLE = dict(zip(PARAMETERS, shape_space().neutral, strict=True))
CROWN = INDEX["Head"]
FEET = [29, 30, 31, 32]  # heels and toes are vertices of the mesh, now this one and then its neighbour
shapes = st.lists(st.floats(-0.5, 1.5), min_size=6, max_size=6)


def body(**parameters: float) -> Body:
    return Body.of_shape([*(MIDDLE | parameters).values()])


def height(of: Body) -> float:
    return float(of.ends[CROWN, 2])


def test_body_of_the_neutral_shape_is_the_neutral_body() -> None:
    for made in (body(), Body.of_shape(np.full(6, np.nan))):
        assert np.abs(made.rest - neutral_body().rest).max() < 0.002
        assert np.delete(np.abs(made.landmarks - neutral_body().landmarks), FEET, axis=0).max() < 0.004
        assert np.array_equal(made.landmark_joints, neutral_body().landmark_joints)


def test_shape_parameters_height_and_age_change_height_and_head() -> None:
    assert height(body(height=0.9)) > height(body(height=0.2)) + 0.2
    child = body(age=1.0 / 3.0)
    assert 0.9 < height(child) < 1.4
    assert height(body()) - height(child) > 0.3
    head = [height(of) - of.rest[INDEX["Neck"], 2] for of in (child, body())]
    assert head[0] / height(child) > head[1] / height(body())


@given(shapes)
def test_body_of_any_shape_is_whole_and_symmetric(shape: list[float]) -> None:
    made = Body.of_shape(shape)
    for points in (made.rest, made.ends):
        assert np.isfinite(points).all()
        assert np.abs(points - points[MIRROR] * [-1.0, 1.0, 1.0]).max() < 0.002
    assert np.linalg.norm(made.ends - made.rest, axis=1).min() > 0.002
    assert made.rest[INDEX["Head"], 2] > made.rest[INDEX["Hips"], 2] > made.rest[INDEX["LeftLeg"], 2] > 0.05


def test_shape_space_of_many_shapes_equals_the_bodies_one_by_one() -> None:
    many = np.random.default_rng(0).random((2, 3, 6))
    points = shape_space().points(many)
    assert points.rest.shape == (2, 3, 52, 3)
    assert points.landmarks.shape == (2, 3, 75, 3)
    assert np.allclose(points.landmarks[1, 2], Body.of_shape(many[1, 2]).landmarks)


@pytest.mark.parametrize("shape", [(0.9, 0.45, 0.3, 0.6, 0.4, 0.8), (0.2, 0.75, 0.6, 0.3, 0.45, 0.3)])
def test_body_of_a_shape_agrees_with_annys_body(shape: tuple[float, ...]) -> None:
    pytest.importorskip("anny", reason="needs anny (the train extra), which is not installed here")
    from mimic.models.training.anny.anny_body import load
    from mimic.models.training.anny.landmark_points import landmark_points

    theirs = load(dict(zip(PARAMETERS, shape, strict=True)))
    ours = Body.of_shape(shape)
    assert np.linalg.norm(ours.rest - theirs.heads, axis=1).max() < 0.003
    assert np.linalg.norm(ours.landmarks - landmark_points(theirs)[0], axis=1).mean() < 0.003

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rotations: each function against its definition, over all rotations and not only the easy ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.models.body import rotations as rot

numbers = st.floats(-1.0, 1.0, allow_nan=False)
vectors = arrays(float, 3, elements=numbers).filter(lambda v: np.linalg.norm(v) > 1e-3)
quaternions = arrays(float, 4, elements=numbers).filter(lambda q: np.linalg.norm(q) > 1e-3).map(rot.unit)


def same(a, b, tolerance=1e-7):
    """Equal as rotations: q and -q are one."""
    return rot.angle(rot.multiply(rot.conjugate(a), b)).max() < tolerance


@given(quaternions, quaternions, vectors)
def test_product_turns_by_the_right_factor_first(a, b, v):
    np.testing.assert_allclose(rot.rotate(rot.multiply(a, b), v), rot.rotate(a, rot.rotate(b, v)), atol=1e-12)


@given(quaternions, vectors)
def test_matrix_and_quaternion_turn_alike(q, v):
    np.testing.assert_allclose(rot.to_matrix(q) @ v, rot.rotate(q, v), atol=1e-12)


@given(quaternions)
def test_quaternion_to_matrix_and_back_is_the_same_rotation(q):
    assert same(rot.from_matrix(rot.to_matrix(q)), q)


@pytest.mark.parametrize("axis", np.vstack([np.eye(3), -np.eye(3), rot.unit([[1.0, 1.0, 0.0]])]))
def test_half_turn_to_matrix_and_back_is_the_same_rotation(axis):
    q = rot.from_axis_angle(axis, np.pi)
    assert same(rot.from_matrix(rot.to_matrix(q)), q)


@given(vectors, vectors)
def test_between_turns_one_direction_into_the_other(a, b):
    np.testing.assert_allclose(rot.rotate(rot.between(a, b), rot.unit(a)), rot.unit(b), atol=1e-7)


@pytest.mark.parametrize("short", [0.0, 1e-9, 3e-8, 1e-7, 1e-6, 1e-5, 1e-4])
def test_between_nearly_opposite_directions_is_right(short):
    """They are so many radians short of half a turn apart."""
    a = rot.unit(np.random.default_rng(1).normal(size=(50, 3)))
    aside = rot.unit(np.cross(a, [0.3, -0.5, 0.8]))
    b = -np.cos(short) * a + np.sin(short) * aside
    np.testing.assert_allclose(rot.rotate(rot.between(a, b), a), b, atol=1e-7)


@given(vectors)
def test_between_opposite_directions_is_half_a_turn(v):
    q = rot.between(v, -v)
    assert rot.angle(q) == pytest.approx(np.pi)
    np.testing.assert_allclose(rot.rotate(q, rot.unit(v)), -rot.unit(v), atol=1e-7)


@given(quaternions, vectors)
def test_swing_and_twist_multiply_to_the_whole_rotation(q, v):
    axis = rot.unit(v)
    swing, twist = rot.swing_twist(q, axis)
    assert same(rot.multiply(swing, twist), q, 1e-6)
    np.testing.assert_allclose(rot.rotate(twist, axis), axis, atol=1e-7)
    # The swing turns about an axis square to the twist's, unless the whole is half a turn of swing.
    assert abs(np.dot(swing[1:], axis)) < 1e-6


@given(quaternions, quaternions)
def test_slerp_from_end_to_end_turns_evenly(a, b):
    assert same(rot.slerp(a, b, 0.0), a, 1e-6)
    assert same(rot.slerp(a, b, 1.0), b, 1e-6)
    half = rot.slerp(a, b, 0.5)
    whole = rot.angle(rot.multiply(rot.conjugate(a), b))
    assert rot.angle(rot.multiply(rot.conjugate(a), half)) == pytest.approx(whole / 2, abs=1e-6)


@given(arrays(float, (20, 3, 4), elements=numbers).filter(lambda q: (np.linalg.norm(q, axis=-1) > 1e-3).all()))
def test_continuous_quaternions_differ_in_signs_only(values):
    q = rot.unit(values)
    smooth = rot.continuous(q)
    np.testing.assert_allclose(np.abs(smooth), np.abs(q))
    assert (np.sum(smooth[1:] * smooth[:-1], axis=-1) >= -1e-12).all()


@given(vectors, vectors)
def test_frame_is_a_rotation_along_its_first_vector(a, b):
    if np.linalg.norm(np.cross(rot.unit(a), rot.unit(b))) < 1e-3:
        return
    m = rot.frame(a, b)
    np.testing.assert_allclose(m @ m.T, np.eye(3), atol=1e-7)
    assert np.linalg.det(m) == pytest.approx(1.0)
    np.testing.assert_allclose(m[:, 1], rot.unit(a), atol=1e-12)
    assert m[:, 2] @ b > 0


def test_missing_vectors_and_matrices_give_missing_rotations():
    nothing = np.full(3, np.nan)
    assert np.isnan(rot.unit(nothing)).all()
    assert np.isnan(rot.unit(np.zeros(3))).all()
    assert np.isnan(rot.between(nothing, [0.0, 0.0, 1.0])).all()
    assert np.isnan(rot.frame([0.0, 1.0, 0.0], [0.0, 1.0, 0.0])[:, 0]).all()
    assert np.isnan(rot.from_matrix(np.full((3, 3), np.nan))).all()


@given(quaternions, quaternions, st.floats(-0.5, 1.5))
def test_slerp_by_a_part_equals_that_power_of_the_step(a, b, part):
    step = rot.multiply(rot.conjugate(a), b)
    step = -step if step[0] < 0.0 else step
    np.testing.assert_allclose(rot.slerp(a, b, part), rot.multiply(a, rot.power(step, part)), atol=1e-6)


@given(quaternions, quaternions)
def test_apart_of_two_rotations_is_the_angle_of_the_turn_between(a, b):
    assert rot.apart(a, b) == pytest.approx(rot.angle(rot.multiply(rot.conjugate(a), b)), abs=1e-7)


@given(arrays(float, (2, 5, 3), elements=numbers))
def test_cross_of_many_vectors_equals_numpys(pair):
    np.testing.assert_allclose(rot.cross(*pair), np.cross(*pair), atol=1e-15)
    np.testing.assert_allclose(rot.cross(pair[0], pair[0]), 0.0, atol=1e-15)


@given(arrays(float, (9, 2, 4), elements=numbers).map(rot.unit).filter(lambda q: np.isfinite(q).all()))
def test_continuous_joints_keep_their_first_frame_and_flip_signs_only(q):
    smooth = rot.continuous(q)
    assert (np.sum(smooth[1:] * smooth[:-1], axis=-1) >= -1e-12).all()
    np.testing.assert_array_equal(np.abs(smooth), np.abs(q))
    np.testing.assert_array_equal(smooth[0], q[0])


def test_missing_quaternions_stay_missing_in_products_and_matrices():
    q = rot.identity(3)
    q[1, 2] = np.nan
    assert np.isnan(rot.multiply(q, rot.identity())).all(axis=-1).tolist() == [False, True, False]
    assert np.isnan(rot.from_matrix(rot.to_matrix(q))).all(axis=-1).tolist() == [False, True, False]
    assert np.isnan(rot.slerp(q, rot.identity(), 0.5)).all(axis=-1).tolist() == [False, True, False]
    assert rot.multiply(np.empty((0, 2, 4)), np.empty((0, 2, 4))).shape == (0, 2, 4)
    assert rot.from_matrix(np.empty((0, 2, 3, 3))).shape == (0, 2, 4)

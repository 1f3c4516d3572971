# SPDX-License-Identifier: GPL-3.0-or-later
"""The head's frame: found from a mesh, whatever its place, size and turn."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.face.head_frame import HeadFrame, head_points

ANGLES = st.floats(-1.2, 1.2)


def _mesh(seed: int = 0) -> np.ndarray:
    """Points (478, 3) of a face in pixels, nothing like a real one, but solid."""
    return np.random.default_rng(seed).normal(0.0, 40.0, (478, 3)) + np.array([300.0, 200.0, 0.0])


@given(yaw=ANGLES, pitch=ANGLES, scale=st.floats(0.2, 30.0), along=st.floats(-500.0, 500.0))
def test_head_points_of_a_moved_head_are_unchanged(yaw: float, pitch: float, scale: float, along: float) -> None:
    mesh = axes.to_blender(_mesh())
    turn = rot.multiply(rot.from_axis_angle([0.0, 0.0, 1.0], yaw), rot.from_axis_angle([1.0, 0.0, 0.0], pitch))
    moved = axes.from_blender(rot.rotate(turn, mesh) * scale + along)
    np.testing.assert_allclose(head_points(moved), head_points(_mesh()), atol=1e-6)


def test_turn_of_a_head_turned_to_its_left_is_positive_about_z() -> None:
    mesh = _mesh()
    rest = HeadFrame.of(mesh)
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], 0.4)
    turned = HeadFrame.of(axes.from_blender(rot.rotate(turn, axes.to_blender(mesh))))
    assert rot.apart(turned.turn, rot.multiply(turn, rest.turn)) < 1e-6


def test_head_points_of_one_face_equal_those_of_many() -> None:
    faces = np.stack([_mesh(seed) for seed in range(4)])
    np.testing.assert_allclose(head_points(faces)[2], head_points(faces[2]), atol=1e-9)


def test_head_points_of_missing_or_flat_face_are_nan() -> None:
    faces = np.stack([np.full((478, 3), np.nan), np.full((478, 3), 7.0), _mesh()])
    found = head_points(faces)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2]).all()

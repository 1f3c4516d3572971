# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaze: the direction of synthetic eyes is found at any turn of the head, and both eyes belong together."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.pipeline.solve.face.gaze import LOOK_NAMES, angles_of, eye_rotations, joint_gaze, looks
from mimic.pipeline.solve.face.observation import FaceTrack

from .conftest import MakeFace


@pytest.mark.parametrize("head", [(0.0, 0.0), (30.0, 0.0), (-30.0, 10.0), (10.0, -25.0)])
@pytest.mark.parametrize("gaze", [(0.0, 0.0), (20.0, 5.0), (-15.0, -20.0), (0.0, 15.0)])
def test_gaze_of_projected_eyes_is_found_within_two_degrees(
    make_face: MakeFace, head: tuple[float, float], gaze: tuple[float, float]
) -> None:
    track = FaceTrack.of([make_face(head=head, gaze=gaze)])
    np.testing.assert_allclose(np.degrees(track.gaze[0]), np.broadcast_to(gaze, (2, 2)), atol=2.0)
    np.testing.assert_allclose(np.degrees(track.head[0]), head, atol=1.0)


@given(left=st.floats(-0.6, 0.6), up=st.floats(-0.5, 0.5))
def test_eye_rotation_turns_the_eye_from_straight_ahead_to_its_angles(left: float, up: float) -> None:
    turn = eye_rotations(np.array([left, up]))
    assert turn @ turn == pytest.approx(1.0)
    np.testing.assert_allclose(angles_of(rot.rotate(turn, [0.0, -1.0, 0.0])), [left, up], atol=1e-9)
    assert turn[2] == pytest.approx(0.0)  # No torsion: the axis lies across the line of sight.


def test_pair_of_eyes_looks_the_same_way_and_follows_the_better_one() -> None:
    gaze = np.radians([[[10.0, 3.0], [30.0, -9.0]]])
    both, sure = joint_gaze(gaze, np.array([[1.0, 0.02]]))
    np.testing.assert_allclose(np.degrees(both[0]), [[10.0, 3.0], [10.0, 3.0]], atol=0.3)
    assert sure[0] == 1.0


def test_pair_of_eyes_crosses_only_where_it_clearly_does() -> None:
    trust = np.ones((3, 2))
    gaze = np.radians([[[-3.0, 0.0], [3.0, 0.0]], [[-20.0, 0.0], [20.0, 0.0]], [[20.0, 0.0], [-20.0, 0.0]]])
    both = np.degrees(joint_gaze(gaze, trust)[0][..., 0])
    np.testing.assert_allclose(both[0], [0.0, 0.0], atol=1e-6)
    np.testing.assert_allclose(both[1], [-16.0, 16.0], atol=1e-6)
    np.testing.assert_allclose(both[2], [0.0, 0.0], atol=1e-6)  # Eyes do not diverge.


def test_eyes_beyond_their_limits_stay_at_them_and_hidden_ones_look_ahead() -> None:
    far = np.radians([[[80.0, -70.0], [80.0, -70.0]]])
    np.testing.assert_allclose(np.degrees(joint_gaze(far, np.ones((1, 2)))[0][0, 0]), [36.0, -32.0])
    np.testing.assert_allclose(joint_gaze(far, np.zeros((1, 2)))[0], 0.0)


def test_looks_are_out_of_the_eye_that_turns_outward_and_in_of_the_other() -> None:
    values = dict(zip(LOOK_NAMES, looks(np.radians([[15.0, -13.0], [15.0, -13.0]])), strict=True))
    seen = {name: round(value, 6) for name, value in values.items() if value > 0.0}
    assert seen == {
        "eyeLookOutLeft": 0.5,
        "eyeLookInRight": 0.5,
        "eyeLookDownLeft": 0.5,
        "eyeLookDownRight": 0.5,
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""A camera that is tilted and stands aside must not matter after calibration."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.calibration import rotate_pose, upright_turn
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body

angles = st.floats(-1.4, 1.4)


@given(yaw=angles, pitch=angles, roll=angles)
def test_upright_turn_of_a_tilted_camera_restores_rotations_and_root(yaw: float, pitch: float, roll: float) -> None:
    body = neutral_body()
    camera = rot.multiply(
        rot.from_axis_angle([0.0, 0.0, 1.0], yaw),
        rot.multiply(rot.from_axis_angle([1.0, 0.0, 0.0], pitch), rot.from_axis_angle([0.0, 1.0, 0.0], roll)),
    )
    standing = rot.identity(5, len(JOINTS))
    standing[:, INDEX["LeftArm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], 0.7)
    seen, _ = rotate_pose(standing, np.zeros((5, 3)), camera)
    turn = upright_turn(seen, body)
    upright, place = rotate_pose(seen, rot.rotate(camera, np.array([0.3, 2.0, -0.1])), turn)
    apart = rot.angle(rot.multiply(rot.conjugate(upright), standing))
    assert np.degrees(apart.max()) < 1e-3
    np.testing.assert_allclose(place, [0.3, 2.0, -0.1], atol=1e-6)


def test_upright_turn_of_an_upright_body_is_identity() -> None:
    turn = upright_turn(rot.identity(1, len(JOINTS)), neutral_body())
    assert rot.angle(turn) < 1e-9

# SPDX-License-Identifier: GPL-3.0-or-later
"""What the list of takes says of the cameras of a take."""

from mimic.addon.takes.words import cameras_said
from mimic.models.body import rotations as rot
from mimic.pipeline.takes.format import TakeInfo
from mimic.pipeline.takes.geometry import CameraGeometry


def camera(angle, focal=1000.0, residual=2.0):
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], angle * 3.14159265 / 180.0)
    return CameraGeometry(rotation=tuple(turn.tolist()), focal=focal, size=(1280, 720), residual=residual)


def test_cameras_that_were_found_are_said_with_angles_views_and_residual():
    info = TakeInfo("a.mp4", (1280, 720), 30.0, cameras=(camera(0.0), camera(75.0, focal=800.0, residual=3.14)))
    assert cameras_said(info) == (
        "2 cameras, 75 degrees from the first one; fields of view 65 and 77 degrees; landmarks agree within 3.1 pixels."
    )
    alike = TakeInfo("a.mp4", (1280, 720), 30.0, cameras=(camera(0.0), camera(60.0), camera(-110.0)))
    assert cameras_said(alike) == (
        "3 cameras, 60 and 110 degrees from the first one; fields of view 65 degrees each; landmarks agree within 2.0 "
        "pixels."
    )


def test_cameras_that_were_not_found_are_said_to_be_unknown_and_why():
    info = TakeInfo("a.mp4", (1280, 720), 30.0, cameras_said="Nobody moves: film somebody who walks about.")
    assert cameras_said(info) == "Nobody moves: film somebody who walks about."
    assert "has not been found yet" in cameras_said(TakeInfo("a.mp4", (1280, 720), 30.0))

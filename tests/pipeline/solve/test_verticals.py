# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures show of the vertical goes with the motion of a take, as its camera and its calibration have it."""

from pathlib import Path

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion, Vertical
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import CALIBRATION, FIELD_OF_VIEW, Take
from mimic.pipeline.takes.writer import TakeWriter
from mimic.retarget.motion.gravity.gravity import gravity_of

LINES = Vertical("lines", (0.0, -np.sin(np.radians(20.0)), np.cos(np.radians(20.0))), np.radians(2.0))


def solved(path: Path, verticals=(LINES,), **settings) -> BodyMotion:
    """The motion of a take without anybody in it."""
    with TakeWriter(path, source="camera", size=(640, 480), fps=30.0, settings=settings) as writer:
        for index in range(5):
            writer.add(Landmarks(time=index / 30.0, index=index, size=(640, 480)))
        writer.set_verticals(verticals)
    with Take.open(path) as take:
        return solve_take(take, solver="analytic")


def test_verticals_of_a_take_are_those_of_its_motion(tmp_path: Path):
    (vertical,) = solved(tmp_path / "a.take").verticals
    assert vertical.up == pytest.approx(LINES.up)
    assert vertical.doubt == pytest.approx(LINES.doubt)


def test_verticals_of_a_take_with_a_field_of_view_are_those_that_it_shows(tmp_path: Path):
    (narrow,) = solved(tmp_path / "a.take", **{FIELD_OF_VIEW: 40.0}).verticals
    pitch = np.degrees(np.arctan2(-narrow.up[1], narrow.up[2]))
    expected = np.degrees(np.arctan(np.tan(np.radians(20.0)) * np.tan(np.radians(32.5)) / np.tan(np.radians(20.0))))
    assert pitch == pytest.approx(expected)


def test_calibrated_take_is_not_turned_upright_twice(tmp_path: Path):
    turn = rot.between(LINES.up, [0.0, 0.0, 1.0])
    motion = solved(tmp_path / "a.take", **{CALIBRATION: turn.tolist()})
    assert [each.source for each in motion.verticals] == ["calibration", "lines"]
    np.testing.assert_allclose(motion.verticals[1].up, [0.0, 0.0, 1.0], atol=1e-9)
    assert np.degrees(rot.angle(gravity_of(motion, neutral_body()).turn)) < 0.5

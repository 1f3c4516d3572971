# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a stream: like that of a take, without the future."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.pipeline.solve.face.gaze import angles_of
from mimic.pipeline.solve.face.neutral import Neutral
from mimic.pipeline.solve.face.solver import FaceSolver

from .conftest import MakeFace

SMILE = EXPRESSION_INDEX["mouthSmileLeft"]
BLINK = EXPRESSION_INDEX["eyeBlinkLeft"]
JAW = EXPRESSION_INDEX["jawOpen"]
BROW = EXPRESSION_INDEX["browDownLeft"]


def test_stream_without_a_face_leaves_the_face_alone(make_face: MakeFace) -> None:
    pose = FaceSolver().update(replace(make_face(), face=None))
    assert np.isnan(pose.expressions).all()
    assert np.isnan(pose.eyes).all()


def test_calibrated_rest_becomes_zero_and_straight_ahead(make_face: MakeFace) -> None:
    solver = FaceSolver()
    rest = {"browDownLeft": 0.4, "mouthSmileLeft": 0.1}
    for i in range(60):
        solver.update(make_face(i / 30, gaze=(6.0, -9.0), values=rest))
    assert solver.calibrate()
    for i in range(60, 150):
        pose = solver.update(make_face(i / 30, gaze=(6.0, -9.0), values=rest))
    assert pose.expressions.max() < 0.08
    np.testing.assert_allclose(np.degrees(angles_of(rot.rotate(pose.eyes, [0.0, -1.0, 0.0]))), 0.0, atol=1.0)
    assert FaceSolver(solver.neutral).neutral.expressions[BROW] == pytest.approx(0.4)


def test_calibration_without_a_face_is_refused(make_face: MakeFace) -> None:
    solver = FaceSolver()
    assert not solver.calibrate()
    solver.update(replace(make_face(), face=None))
    assert not solver.calibrate()


def test_live_blink_of_two_frames_closes_the_lids(make_face: MakeFace) -> None:
    solver = FaceSolver()
    found = []
    for i in range(60):
        values = {"eyeBlinkLeft": 0.55, "eyeBlinkRight": 0.5} if i in (50, 51) else {}
        found.append(solver.update(make_face(i / 30, values=values)).expressions[BLINK])
    assert max(found[50:52]) == 1.0
    assert found[49] < 0.05
    assert found[-1] < 0.1


def test_lost_face_is_held_relaxes_and_comes_back_without_a_jump(make_face: MakeFace) -> None:
    solver = FaceSolver()
    found = []
    for i in range(150):
        frame = make_face(i / 30, values={"mouthSmileLeft": 0.8})
        seen = i < 60 or i >= 110
        found.append(solver.update(frame if seen else replace(frame, face=None)).expressions[SMILE])
    assert found[62] > 0.6
    assert found[109] < 0.02
    assert found[-1] > 0.6
    assert np.abs(np.diff(found)).max() < 0.2


@pytest.mark.parametrize("name", ["browInnerUp", "jawOpen", "mouthSmileLeft", "eyeSquintLeft"])
def test_trembling_at_rest_is_smoothed_to_a_tenth_of_its_acceleration(make_face: MakeFace, name: str) -> None:
    raw = np.clip(np.random.default_rng(0).normal(0.2, 0.03, 300), 0.0, 1.0)
    solver = FaceSolver()
    solver.update(make_face())
    found = [solver.update(make_face((i + 1) / 30, values={name: value})).expressions for i, value in enumerate(raw)]
    smooth = np.array(found)[150:, EXPRESSION_INDEX[name]]
    assert np.abs(np.diff(smooth, 2)).mean() < 0.1 * np.abs(np.diff(raw[150:], 2)).mean()


def test_speech_keeps_its_peaks_and_does_not_lag(make_face: MakeFace) -> None:
    time = np.arange(150) / 30.0
    raw = 0.4 * np.sin(2.0 * np.pi * 3.0 * time) ** 2
    solver = FaceSolver(Neutral())
    found = [
        solver.update(make_face(t, values={"jawOpen": v})).expressions[JAW] for t, v in zip(time, raw, strict=True)
    ]
    late, said = np.array(found)[60:], raw[60:]
    assert late.max() > 0.75 * said.max()
    lag = max(range(5), key=lambda step: float(np.corrcoef(late[step:], said[: len(said) - step])[0, 1]))
    assert lag <= 1


def test_frame_that_is_not_later_repeats_the_last_face(make_face: MakeFace) -> None:
    solver = FaceSolver()
    solver.update(make_face(0.0))
    first = solver.update(make_face(0.1, values={"mouthSmileLeft": 0.4}))
    assert solver.update(make_face(0.1, values={"mouthSmileLeft": 1.0})) is first


def test_face_that_is_gone_after_a_pause_is_at_rest(make_face: MakeFace) -> None:
    solver = FaceSolver()
    for i in range(60):
        pose = solver.update(make_face(i / 30, gaze=(15.0, 0.0), values={"mouthSmileLeft": 0.8}))
    assert pose.expressions[SMILE] > 0.6
    pose = solver.update(replace(make_face(10.0), face=None))
    np.testing.assert_allclose(pose.expressions, 0.0, atol=1e-3)
    np.testing.assert_allclose(pose.eyes, rot.identity(2), atol=1e-3)


def test_face_that_is_seen_after_a_pause_is_what_it_does_then(make_face: MakeFace) -> None:
    solver = FaceSolver(Neutral())
    for i in range(60):
        solver.update(make_face(i / 30, values={"mouthSmileLeft": 0.8}))
    pose = solver.update(make_face(10.0, values={"jawOpen": 0.5}))
    assert pose.expressions[SMILE] < 0.05
    assert pose.expressions[JAW] == pytest.approx(0.5, abs=0.02)


def test_reset_forgets_the_face_but_not_the_calibration(make_face: MakeFace) -> None:
    solver = FaceSolver()
    for i in range(40):
        solver.update(make_face(i / 30, values={"browDownLeft": 0.4}))
    assert solver.calibrate()
    solver.reset()
    assert solver.neutral.expressions[BROW] == pytest.approx(0.4)
    assert np.isnan(solver.update(replace(make_face(0.0), face=None)).expressions).all()

# SPDX-License-Identifier: GPL-3.0-or-later
"""Observing faces: chunk by chunk, from takes with and without coefficients, and from real pictures."""

from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.models.networks import files
from mimic.pipeline.landmarks import coefficients
from mimic.pipeline.landmarks.data import FaceLandmarks, Landmarks
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve.face.gaze import angles_of
from mimic.pipeline.solve.face.observation import FaceObserver, FaceTrack
from mimic.pipeline.solve.face.solving import solve_face
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

from .conftest import MakeFace

JAW = EXPRESSION_INDEX["jawOpen"]


def _older(frame: Landmarks) -> Landmarks:
    """The frame as a take from before coefficients has it."""
    assert frame.face is not None
    return replace(frame, face=replace(frame.face, coefficients=None))


def _picture(path: Path) -> Frame:
    import cv2

    return Frame(np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1]), 0.0, 0)


def test_faces_observed_in_chunks_equal_those_observed_at_once(make_face: MakeFace) -> None:
    frames = [make_face(i / 30, head=(0.2 * i, 0.0), seed=i) for i in range(150)]
    frames[70] = replace(frames[70], face=None)
    observer = FaceObserver()
    for frame in frames:
        observer.add(frame)
    once, parts = FaceTrack.of(frames), observer.track()
    for item in fields(FaceTrack):
        np.testing.assert_allclose(getattr(parts, item.name), getattr(once, item.name), atol=1e-9)
    assert np.isnan(parts.gaze[70]).all()


def test_expressions_are_the_networks_in_the_order_of_arkit_and_the_tongue_is_in(make_face: MakeFace) -> None:
    track = FaceTrack.of([make_face(values={"jawOpen": 0.4, "browDownLeft": 0.7})])
    assert track.expressions[0, JAW] == pytest.approx(0.4)
    assert track.expressions[0, 0] == pytest.approx(0.7)
    assert track.expressions[0, EXPRESSION_INDEX["tongueOut"]] == 0.0


def test_coefficients_are_computed_only_for_frames_without_them(
    make_face: MakeFace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []

    def computed(points: np.ndarray) -> np.ndarray:
        asked.append(len(points))
        return np.full((len(points), 52), 0.6)

    monkeypatch.setattr(coefficients, "coefficients_of", computed)
    (tmp_path / "there.onnx").touch()
    monkeypatch.setattr(files, "onnx_path", lambda _name: tmp_path / "there.onnx")
    frames = [make_face(0.0, values={"jawOpen": 0.2}), _older(make_face(0.1)), _older(make_face(0.2))]
    assert FaceTrack.of(frames).expressions[:, JAW].tolist() == pytest.approx([0.2, 0.6, 0.6])
    assert asked == [2]


def test_face_without_coefficients_and_without_their_network_still_looks(
    make_face: MakeFace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(files, "onnx_path", lambda _name: tmp_path / "gone.onnx")
    motion = solve_face([_older(make_face(i / 30, gaze=(10.0, 0.0))) for i in range(5)])
    assert np.isnan(motion.expressions).all()
    assert np.isfinite(motion.eyes).all()


def test_solved_take_has_the_face_of_its_frames(make_face: MakeFace, tmp_path: Path) -> None:
    frames = [make_face(i / 30, values={"jawOpen": 0.5 if i >= 60 else 0.0}) for i in range(90)]
    with TakeWriter(tmp_path / "a.take", source="film", size=(640, 480), fps=30.0) as writer:
        for frame in frames:
            writer.add(frame)
    with Take.open(tmp_path / "a.take") as take:
        motion = solve_take(take, solver="analytic")
    expected = solve_face(frames)
    np.testing.assert_allclose(motion.expressions, expected.expressions, atol=1e-3)
    assert rot.apart(motion.eyes, expected.eyes).max() < 1e-3
    assert motion.expressions[70:, JAW].min() > 0.45


@pytest.mark.parametrize(
    "path",
    [
        "groundtruth/face-landmarks-detection/test_data/portrait.jpg",
        "media/mediapipe-samples/holistic_landmarker__business-person.png",
    ],
)
def test_real_portrait_smiles_with_open_eyes_that_look_ahead(networks: Path, shared_data: Path, path: str) -> None:
    holistic = Holistic(HolisticSettings(static=True, smooth=False, hands=False), threads=1)
    found = holistic.process(_picture(shared_data / path))
    assert isinstance(found.face, FaceLandmarks)
    motion = solve_face([found])
    smile = motion.expressions[0, [EXPRESSION_INDEX["mouthSmileLeft"], EXPRESSION_INDEX["mouthSmileRight"]]]
    lids = motion.expressions[0, [EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]]]
    assert smile.min() > 0.5
    assert lids.max() < 0.4
    gaze = np.degrees(angles_of(rot.rotate(motion.eyes[0], [0.0, -1.0, 0.0])))
    assert np.abs(gaze).max() < 15.0

# SPDX-License-Identifier: GPL-3.0-or-later
"""The corrector of expressions: what it does to a face at rest, to its mirror image, and to faces without a rest."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, MIRROR
from mimic.pipeline.solve.face import correction
from mimic.pipeline.solve.face.neutral import Neutral, RunningNeutral, features_at_rest, learn_neutral
from mimic.pipeline.solve.face.solver import FaceSolver
from mimic.pipeline.solve.face.solving import solve_track

SHIPPED = Path(correction.__file__).resolve().parents[3] / "models" / "networks" / "face_corrector.npz"


@pytest.fixture(scope="module")
def corrector() -> correction.Corrector:
    return correction.read_corrector(SHIPPED)


def test_shipped_corrector_is_small_and_complete(corrector: correction.Corrector) -> None:
    assert SHIPPED.stat().st_size < 300_000
    assert corrector.basis.shape == (478 * 3, len(corrector.flips))
    assert corrector.share.shape == corrector.limit.shape == (52,)
    assert (corrector.share >= 0.0).all()
    assert corrector.share[EXPRESSION_INDEX["browDownLeft"]] > 0.0
    assert corrector.share[EXPRESSION_INDEX["eyeBlinkLeft"]] == 0.0, "lids are left alone"


def test_nothing_is_found_in_a_face_at_rest(corrector: correction.Corrector) -> None:
    read = corrector.read(np.zeros((1, len(corrector.flips))), np.zeros((1, 2)))
    np.testing.assert_allclose(read, 0.0, atol=2e-3)  # of half precision
    np.testing.assert_array_equal(corrector.correct(np.zeros((1, 52)), read), 0.0)


def corrected_value(corrector: correction.Corrector, name: str, *, said: float, shown: float) -> float:
    """Return what becomes of an expression that MediaPipe says and the points show."""
    values, read = np.zeros((1, 52)), np.zeros((1, 52))
    values[0, EXPRESSION_INDEX[name]], read[0, EXPRESSION_INDEX[name]] = said, shown
    return float(corrector.correct(values, read)[0, EXPRESSION_INDEX[name]])


@pytest.mark.parametrize("name", ["mouthPucker", "browOuterUpLeft", "jawRight", "mouthDimpleRight", "eyeSquintLeft"])
def test_expression_that_the_points_do_not_show_is_taken_away(corrector: correction.Corrector, name: str) -> None:
    assert corrected_value(corrector, name, said=0.6, shown=0.0) < 0.1
    assert corrected_value(corrector, name, said=0.6, shown=-0.2) < 0.1
    assert corrected_value(corrector, name, said=0.6, shown=0.6) == pytest.approx(0.6)


def test_real_smile_that_the_points_hardly_show_is_kept(corrector: correction.Corrector) -> None:
    for side in ("Left", "Right"):
        assert corrected_value(corrector, f"mouthSmile{side}", said=0.52, shown=0.12) == pytest.approx(0.52)


def test_jaw_that_both_see_opens_as_the_one_that_sees_more(corrector: correction.Corrector) -> None:
    assert corrected_value(corrector, "jawOpen", said=0.7, shown=0.6) == pytest.approx(0.7)
    assert 0.5 < corrected_value(corrector, "jawOpen", said=0.1, shown=0.6) <= 0.6


def test_noise_of_the_points_is_not_an_expression(corrector: correction.Corrector) -> None:
    assert corrected_value(corrector, "cheekPuff", said=0.0, shown=0.03) == 0.0
    assert corrected_value(corrector, "cheekPuff", said=0.0, shown=0.5) > 0.4


def test_blinks_are_believed_whatever_the_points_show(corrector: correction.Corrector) -> None:
    assert corrected_value(corrector, "eyeBlinkLeft", said=0.6, shown=0.0) == pytest.approx(0.6)
    assert corrected_value(corrector, "eyeBlinkLeft", said=0.0, shown=0.6) == 0.0


def test_mirrored_face_is_read_mirrored(corrector: correction.Corrector) -> None:
    rng = np.random.default_rng(1)
    features, head = rng.normal(size=(5, len(corrector.flips))), rng.normal(0.0, 0.3, (5, 2))
    read = corrector.read(features, head)
    mirrored = corrector.read(features * corrector.flips, head * [-1.0, 1.0])
    np.testing.assert_allclose(mirrored, read[:, list(MIRROR)], atol=1e-5)


def test_corrected_values_stay_in_range(corrector: correction.Corrector) -> None:
    rng = np.random.default_rng(2)
    read = corrector.read(rng.normal(0.0, 30.0, (50, len(corrector.flips))), np.zeros((50, 2)))
    corrected = corrector.correct(rng.random((50, 52)), read)
    assert np.isfinite(corrected).all()
    assert corrected.min() >= 0.0
    assert corrected.max() <= 1.0


def test_looks_of_both_eyes_give_the_angles_they_were_made_from() -> None:
    read = np.zeros((1, 52))
    for name in ("eyeLookOutLeft", "eyeLookInRight"):
        read[0, EXPRESSION_INDEX[name]] = 0.5
    for name in ("eyeLookUpLeft", "eyeLookUpRight"):
        read[0, EXPRESSION_INDEX[name]] = 1.0
    np.testing.assert_allclose(np.degrees(correction.angles_of_looks(read)), [[15.0, 22.0]])


def test_small_face_is_not_corrected(corrector: correction.Corrector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(correction, "FILE", SHIPPED)
    correction.corrector_of_mimic.cache_clear()
    count = len(corrector.flips)
    features = np.random.default_rng(3).normal(size=(2, count))
    neutral = Neutral(features=np.zeros(count))
    found = correction.Correction.of(features, np.zeros((2, 2)), np.array([2.0, 12.0]), neutral)
    assert found is not None
    values = found.expressions(np.full((2, 52), 0.1))
    np.testing.assert_array_equal(values[0], 0.1)
    assert np.abs(values[1] - 0.1).max() > 0.01
    np.testing.assert_array_equal(found.gaze(np.zeros((2, 2, 2)))[0], 0.0)


def test_face_whose_rest_is_unknown_is_not_corrected() -> None:
    assert correction.Correction.of(np.zeros((3, 2)), np.zeros((3, 2)), np.full(3, 12.0), Neutral()) is None


def test_features_at_rest_are_those_of_resting_frames() -> None:
    n = 200
    values, features = np.zeros((n, 52)), np.zeros((n, 3))
    speaking = np.arange(n) >= 60
    values[speaking, EXPRESSION_INDEX["jawOpen"]] = 0.6
    features[speaking] = 5.0
    found = learn_neutral(
        np.arange(n) / 30.0,
        values,
        np.zeros((n, 2, 2)),
        np.zeros((n, 2)),
        np.ones(n, dtype=bool),
        features=features,
    ).features
    np.testing.assert_array_equal(found, 0.0)
    assert features_at_rest(Neutral(), np.full((2, 52), np.nan), features[:2]) is None


def test_running_rest_learns_features_while_the_face_rests() -> None:
    running = RunningNeutral()
    values, gaze = np.zeros(52), np.zeros((2, 2))
    running.learn(0.0, values, gaze, np.zeros(3))
    assert running.features is None, "too early"
    for _ in range(90):
        running.learn(1 / 30, values, gaze, np.ones(3))
    assert running.features is not None
    np.testing.assert_allclose(running.features, 1.0, atol=0.1)
    values[EXPRESSION_INDEX["jawOpen"]] = 1.0
    for _ in range(30):
        running.learn(1 / 30, values, gaze, np.full(3, 9.0))
    assert running.features.max() < 1.2


def test_calibration_from_settings_learns_what_settings_do_not_keep(make_track, make_face) -> None:  # type: ignore[no-untyped-def]
    kept = Neutral.of_numbers(Neutral(features=np.ones(2)).numbers)
    assert kept.features is None
    solver = FaceSolver(kept)
    for frame in range(80):
        solver.update(replace(make_face(), time=frame / 30.0))
    assert solver.neutral.features is not None
    np.testing.assert_array_equal(solver.neutral.expressions, kept.expressions)
    solved = solve_track(make_track(np.arange(80) / 30.0), kept)
    assert np.isfinite(solved.expressions).all()


def test_written_corrector_is_the_one_read(corrector: correction.Corrector, tmp_path: Path) -> None:
    correction.write_corrector(corrector, tmp_path / "again.npz")
    again = correction.read_corrector(tmp_path / "again.npz")
    np.testing.assert_array_equal(again.basis, corrector.basis)
    np.testing.assert_array_equal(again.limit, corrector.limit)
    assert len(again.layers) == len(corrector.layers)

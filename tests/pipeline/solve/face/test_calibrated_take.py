# SPDX-License-Identifier: GPL-3.0-or-later
"""A take whose performer was calibrated is solved with the face that rested then."""

from pathlib import Path

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.pipeline.solve.face.neutral import NUMBERS, Neutral
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import NEUTRAL_FACE, Take
from mimic.pipeline.takes.writer import TakeWriter

SMILE = EXPRESSION_INDEX["mouthSmileLeft"]


def solved(path: Path, make_face, neutral: Neutral | None) -> np.ndarray:
    """Expressions of a take of one second with half a smile."""
    settings = {} if neutral is None else {NEUTRAL_FACE: list(neutral.numbers)}
    with TakeWriter(path, source="camera", size=(640, 480), fps=30.0, settings=settings) as writer:
        for index in range(30):
            writer.add(make_face(index / 30.0, values={"mouthSmileLeft": 0.5}))
    with Take.open(path) as take:
        return solve_take(take, solver="analytic").expressions


def test_take_with_a_calibrated_face_is_relative_to_it(tmp_path: Path, make_face):
    rest = np.zeros(len(EXPRESSION_INDEX))
    rest[SMILE] = 0.4
    plain = solved(tmp_path / "plain.take", make_face, None)
    calibrated = solved(tmp_path / "calibrated.take", make_face, Neutral(expressions=rest))
    middle = len(plain) // 2
    assert plain[middle, SMILE] > 0.4
    assert calibrated[middle, SMILE] == pytest.approx((plain[middle, SMILE] - 0.4) / 0.6, abs=0.08)


def test_neutral_is_the_same_after_numbers():
    rng = np.random.default_rng(0)
    neutral = Neutral(rng.random(52), rng.normal(size=(2, 2)))
    again = Neutral.of_numbers(neutral.numbers)
    np.testing.assert_array_equal(again.expressions, neutral.expressions)
    np.testing.assert_array_equal(again.gaze, neutral.gaze)


@pytest.mark.parametrize("numbers", [[], [0.0] * (NUMBERS - 1), [float("nan")] * NUMBERS])
def test_numbers_that_are_no_neutral_are_refused(numbers):
    with pytest.raises(ValueError, match="56 finite numbers"):
        Neutral.of_numbers(numbers)

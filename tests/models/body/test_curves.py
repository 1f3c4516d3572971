# SPDX-License-Identifier: GPL-3.0-or-later
"""The curves that everything goes by: right, and written down once."""

import re
from pathlib import Path

import numpy as np
import pytest

import mimic
from mimic.models.body.curves import sigmoid, smoothstep

PACKAGE = Path(mimic.__file__).parent
FOLDERS = ("addon", "models", "pipeline", "retarget")
FORMULAS = {
    "smoothstep": r"\(3(\.0)? - 2(\.0)? \*",
    "sigmoid": r"1(\.0)? / \(1(\.0)? \+ (np\.|math\.)?exp",
    "One-Euro": r"abs\(.*speed\)",
}


def test_smoothstep_is_level_at_both_ends_and_runs_both_ways() -> None:
    x = np.linspace(-1.0, 4.0, 101)
    t = np.clip((x - 1.0) / 2.0, 0.0, 1.0)
    np.testing.assert_allclose(smoothstep(x, 1.0, 3.0), t * t * (3.0 - 2.0 * t), atol=1e-12)
    np.testing.assert_allclose(smoothstep(x, 3.0, 1.0), 1.0 - smoothstep(x, 1.0, 3.0), atol=1e-12)
    np.testing.assert_allclose(smoothstep(np.array([-1.0, 0.0, 0.5, 1.0, 2.0])), [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-12)
    assert np.isnan(smoothstep(np.array([np.nan]))).all()


def test_sigmoid_keeps_precision_and_never_overflows() -> None:
    x = np.linspace(-30.0, 30.0, 61)
    np.testing.assert_allclose(sigmoid(x), 1.0 / (1.0 + np.exp(-x)), atol=1e-12)
    with np.errstate(all="raise"):
        np.testing.assert_allclose(sigmoid(np.array([-1e30, 1e30], np.float32)), [0.0, 1.0], atol=1e-12)
    assert sigmoid(x.astype(np.float32)).dtype == np.float32
    assert float(sigmoid(0.0)) == pytest.approx(0.5)


@pytest.mark.parametrize("name", FORMULAS)
def test_formula_is_written_down_once(name: str) -> None:
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{number}"
        for folder in FOLDERS
        for path in sorted((PACKAGE / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(FORMULAS[name], line)
    ]
    assert len(found) == 1, found

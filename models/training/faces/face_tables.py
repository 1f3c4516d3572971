# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of faces as Markdown tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSIONS
from .face_scores import FaceScores
from .face_sets import TURNS

_STRONG: Final = (
    "browDownLeft",
    "browDownRight",
    "browInnerUp",
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "jawOpen",
    "mouthFunnel",
    "mouthPucker",
    "mouthSmileLeft",
    "mouthSmileRight",
)
STRONG_CORRELATION: Final = 0.9
OTHER_CORRELATION: Final = 0.7
GAZE: Final = 7.0
REST: Final = 0.08
"""What is wanted: correlations of the expressions that matter most and of the others, degrees, leak at rest."""


@dataclass(frozen=True)
class Compared:
    """Scores of one way to read expressions, on Anny's heads and on another maker's (None if there are none)."""

    anny: FaceScores
    others: FaceScores | None


def markdown(results: Mapping[str, Compared], corrected: NDArray[np.bool_] | None = None) -> str:
    """Return all tables: targets, each expression, and the turns of the head.

    Args:
        results: scores by the name of what reads; the last is what Mimic uses.
        corrected: (52,) which expressions Mimic corrects; None without a corrector.
    """
    return "\n".join([*_targets(results), *_expressions(results, corrected), *_turns(results)])


def _targets(results: Mapping[str, Compared]) -> list[str]:
    strong = np.array([name in _STRONG for name in EXPRESSIONS])
    lines = ["### Targets", "", *_head(["", "wanted", *results])]
    worst = {way: one.anny.correlation.min(axis=1) for way, one in results.items()}
    for title, of, least in (
        ("correlation at every turn, of ten that matter most", strong, STRONG_CORRELATION),
        ("correlation at every turn, of the others", ~strong, OTHER_CORRELATION),
    ):
        met = [f"{int((values[of] >= least).sum())} of {int(of.sum())}" for values in worst.values()]
        lines.append(_row([title, f"at least {least:g}", *met]))
    means = [f"{np.mean(one.anny.correlation):.2f}" for one in results.values()]
    lines.append(_row(["mean correlation of all", "", *means]))
    gaze = [f"{one.anny.gaze.max():.1f}°" for one in results.values()]
    lines.append(_row(["gaze, at the worst turn", f"within {GAZE:g}°", *gaze]))
    rest = [f"{one.anny.rest.max():.3f}" for one in results.values()]
    lines.append(_row(["mean value at rest, at the worst turn", f"under {REST:g}", *rest]))
    return [*lines, ""]


def _expressions(results: Mapping[str, Compared], corrected: NDArray[np.bool_] | None) -> list[str]:
    turns = [f"{turn:g}°" for turn in TURNS]
    head = ["expression"]
    for way, one in results.items():
        head += [f"{way}: {turns[0]}", *turns[1:], "gain", "leak", "mostly into"]
        head += ["other maker"] if one.others else []
    lines = ["### Each expression", "", *_head(head)]
    for k, name in enumerate(EXPRESSIONS):
        mark = " \\*" if corrected is not None and corrected[k] else ""
        cells = [name + mark]
        for one in results.values():
            scores = one.anny
            cells += [*(f"{value:.2f}" for value in scores.correlation[k]), f"{scores.gain[k]:.2f}"]
            cells += [f"{scores.leak[k]:.3f}", f"{scores.stray[k][0]} {scores.stray[k][1]:.2f}"]
            cells += [f"{one.others.overall()[k]:.2f}"] if one.others else []
        lines.append(_row(cells))
    return [*lines, ""]


def _turns(results: Mapping[str, Compared]) -> list[str]:
    lines = ["### Turns of the head", "", *_head(["", *(f"{turn:g}°" for turn in TURNS)])]
    for way, one in results.items():
        for heads, scores in (("", one.anny), (", other maker's heads", one.others)):
            if scores is not None:
                lines.append(_row([f"{way}{heads}: mean correlation", *_numbers(scores.correlation.mean(axis=0), 2)]))
    last = list(results.values())[-1]
    lines.append(_row(["gaze, degrees off", *_numbers(last.anny.gaze, 1)]))
    if last.others is not None:
        lines.append(_row(["gaze, other maker's heads, degrees off", *_numbers(last.others.gaze, 1)]))
    for way, one in results.items():
        lines.append(_row([f"{way}: mean value at rest", *_numbers(one.anny.rest, 3)]))
    return [*lines, ""]


def _numbers(values: NDArray[np.float64], digits: int) -> list[str]:
    return [f"{value:.{digits}f}" for value in values]


def _head(cells: list[str]) -> list[str]:
    return [_row(cells), _row(["---"] * len(cells))]


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"

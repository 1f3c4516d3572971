# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores as Markdown tables."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from .evaluate import GROUPS, SEEN, ConfidenceBin, Score
from .targets import Target

Scores = Mapping[str, Mapping[str, Score]]
"""By trial, then by method."""

_LIMBS: Final = ("upper arm", "forearm", "thigh", "shank")
_HEAD: Final = [
    "",
    "MPJPE mm",
    "PA mm",
    "limbs °",
    *(f"{limb}s °" for limb in _LIMBS),
    *(f"{group} turned °" for group in GROUPS),
    *(f"{group} seen, turned °" for group in SEEN),
    "jitter m/s²",
    "ms a frame",
]


def markdown(scores: Scores, reliability: Mapping[str, Sequence[ConfidenceBin]] | None = None) -> str:
    """Return all tables: one for each trial, one for each limb, and one for the reliability of the confidence."""
    lines = []
    for trial, methods in scores.items():
        rows = {method: _numbers(score) for method, score in methods.items()}
        # Omit columns without any values.
        kept = [0, *(i + 1 for i in range(len(_HEAD) - 1) if any(not np.isnan(row[i]) for row in rows.values()))]
        lines += [f"### {trial}", "", *table_head([_HEAD[i] for i in kept])]
        for method, row in rows.items():
            cells = [method, *("" if np.isnan(value) else f"{value:.1f}" for value in row)]
            lines.append(table_row([cells[i] for i in kept]))
        lines.append("")
    return "\n".join([*lines, *_limb_by_limb(scores), *_reliability_table(reliability or {})])


def target_table(reached: Sequence[Target]) -> str:
    """Return a table of targets and results."""
    rows = [
        table_row([target.what, target.wanted, target.found, "yes" if target.met else "**no**"]) for target in reached
    ]
    return "\n".join(["### Targets", "", *table_head(["", "wanted", "found", "met"]), *rows, ""])


def _numbers(score: Score) -> list[float]:
    both = [0.5 * (score.limbs[f"left {limb}"] + score.limbs[f"right {limb}"]) for limb in _LIMBS]
    turns = [*score.turns.values(), *score.seen.values()]
    return [score.mpjpe, score.pa_mpjpe, score.direction, *both, *turns, score.jitter, score.milliseconds]


def _limb_by_limb(scores: Scores) -> list[str]:
    limbs = [f"{side} {limb}" for limb in _LIMBS for side in ("left", "right")]
    lines = ["### Limb by limb, degrees", "", *table_head(["", "", *limbs])]
    for trial, methods in scores.items():
        for method, score in methods.items():
            if not np.isnan(score.direction):
                lines.append(table_row([trial, method, *(f"{score.limbs[limb]:.1f}" for limb in limbs)]))
    return [*lines, ""]


def _reliability_table(reliability: Mapping[str, Sequence[ConfidenceBin]]) -> list[str]:
    if not reliability:
        return []
    bins = next(iter(reliability.values()))
    spans = [f"{b.low:g} to {b.high:g}" for b in bins]
    lines = [
        "### What confidence means: degrees that joints are off (and how many of 100)",
        "",
        *table_head(["", *spans]),
    ]
    for method, method_bins in reliability.items():
        cells = ["" if np.isnan(b.degrees) else f"{b.degrees:.0f} ({b.share:.0f})" for b in method_bins]
        lines.append(table_row([method, *cells]))
    return [*lines, ""]


def table_head(head: Sequence[str]) -> list[str]:
    """Return the first two lines of a table."""
    return [table_row(head), table_row(["---"] * len(head))]


def table_row(cells: Sequence[str]) -> str:
    """Return a line of a table."""
    return "| " + " | ".join(cells) + " |"

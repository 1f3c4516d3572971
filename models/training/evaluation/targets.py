# SPDX-License-Identifier: GPL-3.0-or-later
"""The accuracy targets of a lifter, and whether it meets them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..datasets import CAPTURED, CLIPS, CLIPS_OF_OTHERS, OTHERS
from .comparison import GEOMETRY, RAW, REAL, WINDOW, worse_than_raw
from .evaluate import GROUPS, Score

Scores = Mapping[str, Mapping[str, Score]]


@dataclass(frozen=True)
class Target:
    """One target: the quantity and trial, the required and the measured value in words, and whether it is met."""

    what: str
    wanted: str
    found: str
    met: bool


def targets(scores: Scores, label: str) -> list[Target]:
    """Return the targets that can be checked for the method `label`, and for it with a window of frames."""
    window = WINDOW.format(label)
    wanted: list[tuple[str, Callable[[str], Target]]] = [
        (CAPTURED, lambda trial: _directions(scores[trial], label, trial, limit=16.0)),
        (CLIPS, lambda trial: _directions(scores[trial], window, trial, limit=12.0)),
        (OTHERS, lambda trial: _less_than_raw(scores[trial], label, trial, percent=25.0)),
        (CLIPS_OF_OTHERS, lambda trial: _less_than_raw(scores[trial], window, trial, percent=40.0)),
        (REAL, lambda trial: _directions(scores[trial], label, trial, limit=10.0)),
        (REAL, lambda _: _no_limb_worse(scores, label)),
        (REAL, lambda trial: _aligned(scores[trial], label, trial)),
        (CAPTURED, lambda trial: _turns(scores[trial], label, trial)),
        (REAL, lambda trial: _fast(scores[trial], label)),
    ]
    return [make(trial) for trial, make in wanted if trial in scores]


def _directions(by_method: Mapping[str, Score], method: str, trial: str, *, limit: float) -> Target:
    off = by_method[method].direction
    return Target(f"{method}; {trial}: limb directions", f"at most {limit:g}°", f"{off:.2f}°", off <= limit)


def _less_than_raw(by_method: Mapping[str, Score], method: str, trial: str, *, percent: float) -> Target:
    less = 100.0 * (1.0 - by_method[method].direction / by_method[RAW].direction)
    return Target(f"{method}; {trial}: less error than raw", f"{percent:g} %", f"{less:.0f} %", less >= percent)


def _aligned(by_method: Mapping[str, Score], method: str, trial: str) -> Target:
    off = by_method[method].pa_mpjpe
    return Target(f"{method}; {trial}: joints after Procrustes", "under 55 mm", f"{off:.1f} mm", off < 55.0)


def _no_limb_worse(scores: Scores, method: str) -> Target:
    worse = worse_than_raw(scores, method)
    return Target(f"{method}; {REAL}: limbs worse than raw", "none", ", ".join(worse) or "none", not worse)


def _turns(by_method: Mapping[str, Score], method: str, trial: str) -> Target:
    own, plain = (float(np.mean([by_method[name].turns[group] for group in GROUPS])) for name in (method, GEOMETRY))
    part = 100.0 * own / plain
    what = f"{method}; {trial}: turns, of the analytic solver's error"
    return Target(what, "at most 50 %", f"{part:.0f} %", part <= 50.0)


def _fast(by_method: Mapping[str, Score], method: str) -> Target:
    spent = by_method[method].milliseconds
    return Target(f"{method}: a frame, on one thread", "at most 1 ms", f"{spent:.1f} ms", spent <= 1.0)

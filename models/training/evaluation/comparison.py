# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparison of lifters with raw landmarks and the analytic solver, on all held-out data and on a real video."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from ....pipeline.solve.analytic.solver import AnalyticSolver
from ....pipeline.solve.lifter import network as lifter_network
from ....pipeline.solve.lifter.solver import LifterSolver
from ...body.model import neutral_body
from ..datasets import HELD_OUT, DatasetSettings, SourceData, read_offsets, read_test_clips, read_test_pairs
from ..pairs.clean import clean
from ..pairs.dataset import trained_body
from . import bodypose3d, evaluate, trials
from .evaluate import ConfidenceBin, Method, Score
from .trials import Trial

REAL: Final = "bodypose3d (real video)"
REAL_SECOND_LOOK: Final = f"{REAL}, looked at twice"
CLEAN: Final = "samples without pictures"
TRUTH: Final = "the movement itself"
RAW: Final = "raw landmarks"
GEOMETRY: Final = "analytic solver"
WINDOW: Final = "{}, with a window of frames"
KNOWN_LENS: Final = "{}, were it told the field of view"


def read_trials(
    folder: Path, sources: SourceData, settings: DatasetSettings, *, bodypose3d_folder: Path | None
) -> dict[str, Trial]:
    """Read the test data in a folder, by name, and the real video if its folder is given."""
    offsets = read_offsets(folder)
    found: dict[str, Trial] = {}
    shown = read_test_pairs(folder, sources, settings)
    for name, (pairs, people) in shown.items():
        found[name] = trials.of_pairs(pairs, people, offsets)
    clipped = read_test_clips(folder, sources, settings) if settings.clip_shards else {}
    for name, (clips, people) in clipped.items():
        found[name] = trials.of_clips(clips, people, offsets)
    if bodypose3d_folder is not None:
        video, focal = bodypose3d_folder / bodypose3d.VIDEO, bodypose3d.focal(bodypose3d_folder)
        true = bodypose3d.truth(bodypose3d_folder)
        for name, twice in ((REAL, False), (REAL_SECOND_LOOK, True)):
            found[name] = trials.of_video(video, true, focal=focal, model=settings.model, second_look=twice)
    pairs, people = shown[HELD_OUT]
    found[CLEAN] = trials.of_pairs(clean(pairs, people, offsets), people, offsets)
    return found


def make_methods(lifters: Mapping[str, Path | None]) -> dict[str, Method]:
    """Return the analytic solver and each lifter; the last one also for whole takes, and with the known field of view.

    `lifters` are `.onnx` files by name, None for the one that comes with Mimic.
    """
    found = {GEOMETRY: Method(partial(AnalyticSolver, neutral_body()), neutral_body())}
    for name, path in lifters.items():
        found[name] = _lifter(path)
    for name, path in list(lifters.items())[-1:]:
        found[WINDOW.format(name)] = _lifter(path, live=False)
        found[KNOWN_LENS.format(name)] = _lifter(path, lens=True)
    return found


def compare(found: Mapping[str, Trial], methods: Mapping[str, Method]) -> dict[str, dict[str, Score]]:
    """Return scores by trial, then by method, the raw landmarks first."""
    scores: dict[str, dict[str, Score]] = {}
    for name, trial in found.items():
        scores[name] = {TRUTH: evaluate.score_truth(trial)} if trial.moving else {}
        scores[name][RAW] = evaluate.score_raw(trial)
        usable = {name: method for name, method in methods.items() if method.live or trial.moving}
        for label, method in usable.items():
            scores[name][label] = evaluate.score_method(trial, method)
    return scores


def reliability(scores: Mapping[str, Mapping[str, Score]]) -> dict[str, tuple[ConfidenceBin, ...]]:
    """Return the reliability of the confidence by method, over all trials with pictures and known rotations."""
    names = dict.fromkeys(name for by_method in scores.values() for name in by_method)
    pooled = {
        name: evaluate.pool_reliability(
            {trial: by_method[name] for trial, by_method in scores.items() if trial != CLEAN and name in by_method}
        )
        for name in names
    }
    return {name: bins for name, bins in pooled.items() if bins}


def worse_than_raw(scores: Mapping[str, Mapping[str, Score]], label: str) -> list[str]:
    """Return the limbs in the real video whose directions are worse than the raw landmarks'; there must be none."""
    return evaluate.worse_limbs(scores[REAL][label], scores[REAL][RAW])


def _lifter(path: Path | None, *, lens: bool = False, live: bool = True) -> Method:
    network = lifter_network.load(path)
    start = partial(LifterSolver, neutral_body(), network=network)
    return Method(start, trained_body(network.offsets), lens=lens, live=live)

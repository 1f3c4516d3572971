# SPDX-License-Identifier: GPL-3.0-or-later
"""Lifters beside what they must beat, on everything in a workshop that was held out, and on a real video."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Final

from ....pipeline.solve.analytic.solver import AnalyticSolver
from ....pipeline.solve.lifter import network as lifter_network
from ....pipeline.solve.lifter.solver import LifterSolver
from ...body.model import neutral_body
from ..pairs.clean import clean
from ..pairs.dataset import trained_body
from ..workshop import HELD_OUT, Order, Sources, read_clip_tests, read_offsets, read_tests
from . import bodypose3d, evaluate, trials
from .evaluate import Bin, Method, Score
from .trials import Trial

REAL: Final = "bodypose3d (real video)"
REAL_TWICE: Final = f"{REAL}, looked at twice"
CLEAN: Final = "samples without pictures"
TRUTH: Final = "the movement itself"
RAW: Final = "raw landmarks"
GEOMETRY: Final = "analytic solver"
WINDOW: Final = "{}, with a window of frames"
KNOWN_LENS: Final = "{}, were it told the field of view"


def read_trials(folder: Path, sources: Sources, order: Order, *, bodypose3d_at: Path | None) -> dict[str, Trial]:
    """All that a workshop holds for tests, by name, and the real video if its folder is given."""
    offsets = read_offsets(folder)
    found: dict[str, Trial] = {}
    shown = read_tests(folder, sources, order)
    for name, (pairs, people) in shown.items():
        found[name] = trials.of_pairs(pairs, people, offsets)
    clipped = read_clip_tests(folder, sources, order) if order.clip_shards else {}
    for name, (clips, people) in clipped.items():
        found[name] = trials.of_clips(clips, people, offsets)
    if bodypose3d_at is not None:
        video, focal = bodypose3d_at / bodypose3d.VIDEO, bodypose3d.focal(bodypose3d_at)
        true = bodypose3d.truth(bodypose3d_at)
        for name, twice in ((REAL, False), (REAL_TWICE, True)):
            found[name] = trials.of_video(video, true, focal=focal, model=order.model, second_look=twice)
    pairs, people = shown[HELD_OUT]
    found[CLEAN] = trials.of_pairs(clean(pairs, people, offsets), people, offsets)
    return found


def methods(lifters: Mapping[str, Path | None]) -> dict[str, Method]:
    """The analytic solver and each of the lifters; the last also as it is used for takes, and as if told the lens.

    `lifters` are `.onnx` files by name, None for the one that comes with Mimic.
    """
    found = {GEOMETRY: Method(partial(AnalyticSolver, neutral_body()), neutral_body())}
    for name, path in lifters.items():
        found[name] = _lifter(path)
    for name, path in list(lifters.items())[-1:]:
        found[WINDOW.format(name)] = _lifter(path, live=False)
        found[KNOWN_LENS.format(name)] = _lifter(path, lens=True)
    return found


def compare(found: Mapping[str, Trial], rivals: Mapping[str, Method]) -> dict[str, dict[str, Score]]:
    """Scores by trial, then by method, the raw landmarks first."""
    scores: dict[str, dict[str, Score]] = {}
    for name, trial in found.items():
        scores[name] = {TRUTH: evaluate.truth(trial)} if trial.moving else {}
        scores[name][RAW] = evaluate.raw(trial)
        fit = {rival: method for rival, method in rivals.items() if method.live or trial.moving}
        for rival, method in fit.items():
            scores[name][rival] = evaluate.solved(trial, method)
    return scores


def reliability(scores: Mapping[str, Mapping[str, Score]]) -> dict[str, tuple[Bin, ...]]:
    """What confidence means, by method, over all trials with pictures whose turns are known."""
    names = dict.fromkeys(name for tried in scores.values() for name in tried)
    told = {
        name: evaluate.pooled(
            {trial: tried[name] for trial, tried in scores.items() if trial != CLEAN and name in tried}
        )
        for name in names
    }
    return {name: bins for name, bins in told.items() if bins}


def worse_than_raw(scores: Mapping[str, Mapping[str, Score]], label: str) -> list[str]:
    """Limbs of the real video that a lifter points worse than the raw landmarks do: it must be none."""
    return evaluate.worse_limbs(scores[REAL][label], scores[REAL][RAW])


def _lifter(path: Path | None, *, lens: bool = False, live: bool = True) -> Method:
    network = lifter_network.load(path)
    start = partial(LifterSolver, neutral_body(), network=network)
    return Method(start, trained_body(network.offsets), lens=lens, live=live)

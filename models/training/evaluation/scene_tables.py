# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of rendered clips as Markdown tables."""

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

import numpy as np

from .exchanges import Mending
from .gravity_scores import GravityScore, kinds
from .people_scores import PeopleScore
from .score_tables import table_head, table_row, target_table
from .side_scores import RealScore, SideScore
from .targets import Target

_UNDONE: Final = 90.0
_SPOILT: Final = 0.5
_CROSSING: Final = "crossing"
_DISTANCE: Final = 15.0


def sides_tables(scores: Mapping[str, SideScore], real: Mapping[str, RealScore]) -> str:
    """Return the tables of exchanged sides: by clip, on real clips, and targets."""
    head = [
        "",
        "frames",
        "exchanged",
        "left, take",
        "made wrong, take",
        "left, live",
        "made wrong, live",
        "limbs as found °",
        "mended °",
        "solved without °",
        "solved with °",
    ]
    lines = ["### Rendered clips", "", *table_head(head)]
    for name, score in scores.items():
        if _is_eventful(score):
            lines.append(table_row([f"{name} ({score.kind})", *_counts(score.take, score.live), *_degrees(score)]))
    calm = [score for score in scores.values() if not _is_eventful(score)]
    if calm:
        frames = reduce(add, (score.take for score in calm))
        counts = _counts(frames, reduce(add, (score.live for score in calm)))
        lines.append(table_row([f"{len(calm)} clips without any", *counts, *_mean_degrees(calm)]))
    take, live = (reduce(add, (getattr(s, which) for s in scores.values())) for which in ("take", "live"))
    lines += [table_row(["**all**", *_counts(take, live), *_mean_degrees(list(scores.values()))]), ""]
    return "\n".join([*lines, *_real_table(real), target_table(_side_targets(take, live, real))])


def gravity_tables(scores: Sequence[GravityScore]) -> str:
    """Return the tables of the vertical: by kind of movement, by clip, and targets."""
    lines = ["### The vertical by kind of movement, degrees off: mean (largest)", ""]
    lines += table_head(["", "clips", "no correction", "from the body", "from lines", "from all there is"])
    for kind, own in kinds(scores).items():
        columns = [[getattr(score, name) for score in own] for name in ("none", "body", "lines", "found")]
        lines.append(table_row([kind, str(len(own)), *map(_mean_and_largest, columns)]))
    lines += ["", "### By clip, degrees off", ""]
    lines += table_head(["", "no correction", "body", "lines", "all", "says it is sure to", "made of"])
    for score in scores:
        numbers = [_number(value) for value in (score.none, score.body, score.lines, score.found, score.doubt)]
        lines.append(table_row([score.name, *numbers, ", ".join(score.sources)]))
    return "\n".join([*lines, "", target_table(_gravity_targets(scores))])


def people_tables(scores: Mapping[str, PeopleScore]) -> str:
    """Return the tables of several people, and targets."""
    head = [
        "",
        "people",
        "numbers given",
        "found by their number %",
        "exchanges (frames)",
        "where nobody is %",
        "distances off % (worst pair)",
        "said",
    ]
    lines = ["### Several people", "", *table_head(head)]
    for name, score in scores.items():
        off, worst = score.distance
        distance = "" if np.isnan(off) else f"{off:.0f} ({worst:.0f})"
        numbers = [str(score.people), str(score.numbers), f"{score.found:.0f}", f"{score.exchanges} ({score.wrong})"]
        lines.append(
            table_row([f"{name} ({score.kind})", *numbers, f"{score.strangers:.0f}", distance, score.reported])
        )
    return "\n".join([*lines, "", target_table(_people_targets(scores))])


def _is_eventful(score: SideScore) -> bool:
    """Whether sides are exchanged in a clip, before or after mending."""
    return any((score.take.exchanged, score.take.spoilt, score.live.spoilt))


def _counts(take: Mending, live: Mending) -> list[str]:
    return [str(n) for n in (take.frames, take.exchanged, take.left, take.spoilt, live.left, live.spoilt)]


def _degrees(score: SideScore) -> list[str]:
    return [f"{value:.1f}" for value in (*score.raw, *score.solved)]


def _mean_degrees(scores: Sequence[SideScore]) -> list[str]:
    weights = [score.take.frames for score in scores]
    columns = zip(*((*score.raw, *score.solved) for score in scores), strict=True)
    return [f"{np.average(column, weights=weights):.1f}" for column in columns]


def _real_table(real: Mapping[str, RealScore]) -> list[str]:
    lines = ["### Real clips, and exchanges made in them on purpose", ""]
    head = ["", "frames", "changed, take", "changed, live", "exchanged", "left, take", "made wrong, take"]
    lines += table_head([*head, "left, live", "made wrong, live"])
    for name, score in real.items():
        made, live = score.injected, score.live_injected
        counts = (score.frames, score.changed, score.live, made.exchanged, made.left, made.spoilt)
        lines.append(table_row([name, *map(str, (*counts, live.left, live.spoilt))]))
    return [*lines, ""]


def _side_targets(take: Mending, live: Mending, real: Mapping[str, RealScore]) -> list[Target]:
    changed = sum(score.changed for score in real.values())
    return [
        Target("exchanged frames undone, take", f"{_UNDONE:.0f} %", f"{take.undone:.0f} %", take.undone >= _UNDONE),
        Target("exchanged frames undone, live", f"{_UNDONE:.0f} %", f"{live.undone:.0f} %", live.undone >= _UNDONE),
        _spoilt("take", take),
        _spoilt("live", live),
        Target("frames of real clips changed", "0", str(changed), changed == 0),
    ]


def _spoilt(where: str, found: Mending) -> Target:
    share = found.spoilt_per_thousand
    return Target(f"frames made wrong of 1000, {where}", "0", f"{share:.1f}", share < _SPOILT)


def _gravity_targets(scores: Sequence[GravityScore]) -> list[Target]:
    good, harmless = sum(score.good for score in scores), sum(score.harmless for score in scores)
    count = len(scores)
    return [
        Target("clips within 4 (standing, walking) or 7 degrees", f"{count}", f"{good}", good == count),
        Target("clips not worse by 2 degrees than without", f"{count}", f"{harmless}", harmless == count),
    ]


def _people_targets(scores: Mapping[str, PeopleScore]) -> list[Target]:
    crossings = [score for score in scores.values() if score.kind.startswith(_CROSSING)]
    exchanged = sum(score.exchanges for score in crossings)
    apart = [score.distance[0] for score in scores.values() if np.isfinite(score.distance[0])]
    worst = max(apart, default=0.0)
    return [
        Target(f"identities exchanged in {len(crossings)} crossings", "at most 1", f"{exchanged}", exchanged <= 1),
        Target("distances off, worst clip", f"{_DISTANCE:.0f} %", f"{worst:.0f} %", worst <= _DISTANCE),
    ]


def _mean_and_largest(values: Sequence[float]) -> str:
    known = [value for value in values if np.isfinite(value)]
    if not known:
        return ""
    part = f", {len(known)} clips" if len(known) < len(values) else ""
    return f"{np.mean(known):.1f} ({max(known):.1f}{part})"


def _number(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else ""

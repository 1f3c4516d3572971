# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of clips of several cameras as Markdown tables."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Final

import numpy as np

from ..scenes.stages import UNSOLVABLE
from .camera_clips import ClipScore
from .camera_scores import BodyScore, CameraScore
from .exchanges import Mending
from .score_tables import table_head, table_row, target_table
from .targets import Target

Scores = Mapping[str, ClipScore]

_LIMBS: Final = 8.0
_MILLIMETRES: Final = 45.0
_ROTATION: Final = 3.0
_FOCAL: Final = 8.0
_TIME: Final = 0.25
_UNDONE: Final = 90.0


def camera_tables(scores: Scores, with_two: Scores, by_angle: Mapping[int, ClipScore]) -> str:
    """Return the tables of clips of several cameras, and targets.

    Args:
        scores: by clip, solved from all of its cameras.
        with_two: likewise of the clips of three cameras, solved from the first two of them.
        by_angle: of one performance, solved from pairs of cameras, by the degrees between them.
    """
    solvable = {name: score for name, score in scores.items() if not name.startswith(UNSOLVABLE)}
    refused = {name: score for name, score in scores.items() if name.startswith(UNSOLVABLE)}
    lines = [
        *_body_table(solvable),
        *_path_table(solvable),
        *_camera_table(solvable),
        *_more_table(solvable, with_two),
        *_angle_table(by_angle),
        *_sides_table(solvable),
        *_people_table(solvable),
        *_said_table(refused),
    ]
    return "\n".join([*lines, target_table(targets(solvable, with_two))])


def targets(scores: Scores, with_two: Scores) -> list[Target]:
    """Return the targets of several cameras, and whether they are met."""
    bodies = [body for score in scores.values() for body in score.several]
    cameras = [camera for score in scores.values() for camera in score.cameras[1:]]
    lenses = [camera.focal for score in scores.values() for camera in score.cameras]
    better = [name for name, two in with_two.items() if _mean(scores[name].several) < _mean(two.several)]
    matched = [score for score in scores.values() if score.people > 1]
    right = sum(score.matched == score.people for score in matched)
    found = sum(bool(score.cameras) for score in scores.values())
    return [
        Target("cameras found", f"{len(scores)} clips", str(found), found == len(scores)),
        _least("limb directions, mean of clips", _mean(bodies), _LIMBS, "°"),
        _least("distance of joints, mean of clips", _mean(bodies, lambda b: b.millimetres), _MILLIMETRES, " mm"),
        _least("likewise with people's size known", _mean(bodies, lambda b: b.scaled), _MILLIMETRES, " mm"),
        _within(f"cameras turned within {_ROTATION:g}°", [camera.rotation for camera in cameras], _ROTATION),
        _within(f"focal lengths within {_FOCAL:g} %", [abs(each) for each in lenses], _FOCAL),
        _within(f"clocks within {_TIME:g} frames", [camera.time for camera in cameras], _TIME),
        Target(
            "three cameras better than two", f"{len(with_two)} clips", str(len(better)), len(better) == len(with_two)
        ),
        _purpose(scores),
        Target("everyone matched to themselves", f"{len(matched)} clips", str(right), right == len(matched)),
    ]


def _body_table(scores: Scores) -> list[str]:
    """Return the table of the body, from the first camera alone and from all of them."""
    lines = ["### The body: from the first camera alone → from all", ""]
    lines += table_head(["", "limbs °", "joints mm", "with their size known mm", "where they are mm", "frames"])
    pairs = [(title, one, all_of_them) for title, one, all_of_them in _pairs(scores)]
    for title, one, several in pairs:
        cells = [_change(each, one, several) for each in _OF_BODIES]
        lines.append(table_row([title, *cells, str(several.frames) if several else ""]))
    both = [(one, several) for _, one, several in pairs if several is not None]
    if both:
        means = [
            f"{np.mean([each(one) for one, _ in both]):.1f} → {np.mean([each(all_) for _, all_ in both]):.1f}"
            for each in _OF_BODIES
        ]
        lines.append(table_row(["**mean**", *means, str(sum(several.frames for _, several in both))]))
    return [*lines, ""]


_OF_BODIES: Final[tuple[Callable[[BodyScore], float], ...]] = (
    lambda body: body.limbs,
    lambda body: body.millimetres,
    lambda body: body.scaled,
    lambda body: body.absolute,
)


def _path_table(scores: Scores) -> list[str]:
    lines = ["### The path of the hips: from the first camera alone → from all", ""]
    lines += table_head(["", "off mm", "of that along the lens mm", "distance %"])
    of_path: tuple[Callable[[BodyScore], float], ...] = (lambda b: b.path, lambda b: b.along, lambda b: b.distance)
    for title, one, several in _pairs(scores):
        lines.append(table_row([title, *(_change(each, one, several) for each in of_path)]))
    return [*lines, ""]


def _camera_table(scores: Scores) -> list[str]:
    head = ["", "camera", "apart °", "rotation off °", "place off %", "focal length off %", "time off, frames"]
    lines = ["### The cameras, found from the people alone", "", *table_head(head)]
    for name, score in scores.items():
        for number, camera in enumerate(score.cameras):
            found = _first(camera) if number == 0 else _other(camera)
            lines.append(table_row([name, str(number + 1), *found]))
        if not score.cameras:
            lines.append(table_row([name, score.said, *[""] * 5]))
    return [*lines, ""]


def _first(camera: CameraScore) -> list[str]:
    return ["", "", "", f"{camera.focal:+.1f}", ""]


def _other(camera: CameraScore) -> list[str]:
    numbers = (f"{camera.apart:.0f}", f"{camera.rotation:.1f}", f"{camera.place:.1f}", f"{camera.focal:+.1f}")
    return [*numbers, f"{camera.time:.2f}"]


def _more_table(scores: Scores, with_two: Scores) -> list[str]:
    if not with_two:
        return []
    lines = ["### Three cameras", "", *table_head(["", "limbs °: one", "two", "three", "mm: one", "two", "three"])]
    for name, two in with_two.items():
        rows = [two.one, two.several, scores[name].several]
        cells = [_number(_mean(row)) for row in rows]
        cells += [_number(_mean(row, lambda body: body.millimetres)) for row in rows]
        lines.append(table_row([name, *cells]))
    return [*lines, ""]


def _angle_table(by_angle: Mapping[int, ClipScore]) -> list[str]:
    if not by_angle:
        return []
    head = ["degrees apart", "limbs °", "joints mm", "path of the hips mm", "rotation off °", "focal lengths off %"]
    lines = ["### One performance, by the angle between two cameras", "", *table_head(head)]
    for angle, score in by_angle.items():
        if angle == min(by_angle):
            lines.append(table_row(["one camera", *map(_number, _of_body(score.one)), "", ""]))
        if not score.cameras:
            lines.append(table_row([str(angle), score.said, *[""] * 4]))
            continue
        off = [camera.focal for camera in score.cameras]
        found = [f"{camera.rotation:.1f}" for camera in score.cameras[1:]]
        lenses = " and ".join(f"{each:+.0f}" for each in off)
        lines.append(table_row([str(angle), *map(_number, _of_body(score.several)), *found, lenses]))
    return [*lines, ""]


def _of_body(bodies: Sequence[BodyScore]) -> list[float]:
    return [_mean(bodies, of) for of in (_OF_BODIES[0], _OF_BODIES[1], lambda body: body.path)]


def _sides_table(scores: Scores) -> list[str]:
    head = ["", "exchanged", "left, alone", "left, with the others", "made wrong"]
    head += ["exchanged on purpose in one camera", "left", "made wrong"]
    lines = ["### Exchanged sides: frames of all cameras", "", *table_head(head)]
    rows = {name: score.sides for name, score in scores.items() if score.sides}
    rows["**all**"] = tuple(sides for own in rows.values() for sides in own)
    for name, own in rows.items():
        alone, both, made = (_sum([getattr(each, what) for each in own]) for what in ("alone", "settled", "purpose"))
        counts = (alone.exchanged, alone.left, both.left, both.spoilt, made.exchanged, made.left, made.spoilt)
        lines.append(table_row([name, *map(str, counts)]))
    return [*lines, ""]


def _sum(counted: Sequence[Mending]) -> Mending:
    return reduce(add, counted, Mending(0, 0, 0, 0))


def _people_table(scores: Scores) -> list[str]:
    lines = ["### Several people", "", *table_head(["", "people", "matched to themselves in all cameras"])]
    for name, score in scores.items():
        if score.people > 1:
            lines.append(table_row([name, str(score.people), str(score.matched)]))
    return [*lines, ""]


def _said_table(scores: Scores) -> list[str]:
    lines = ["### What cannot be solved", "", *table_head(["", "what it shows", "what is said", "solved from"])]
    for name, score in scores.items():
        used = f"{len(score.cameras)} cameras" if score.cameras else "the first camera"
        lines.append(table_row([name.removeprefix(UNSOLVABLE), score.kind, score.said, used]))
    return [*lines, ""]


def _pairs(scores: Scores) -> list[tuple[str, BodyScore, BodyScore | None]]:
    """Return the title, the score of the first camera and that of all, of every person in every clip."""
    rows: list[tuple[str, BodyScore, BodyScore | None]] = []
    for name, score in scores.items():
        for person, one in enumerate(score.one):
            title = f"{name} ({score.kind})" if len(score.one) == 1 else f"{name} ({score.kind}), person {person + 1}"
            rows.append((title, one, score.several[person] if person < len(score.several) else None))
    return rows


def _change(each: Callable[[BodyScore], float], one: BodyScore, several: BodyScore | None) -> str:
    return f"{each(one):.1f} → {'' if several is None else f'{each(several):.1f}'}"


def _mean(bodies: Sequence[BodyScore], of: Callable[[BodyScore], float] = lambda body: body.limbs) -> float:
    return float(np.mean([of(body) for body in bodies])) if bodies else np.nan


def _purpose(scores: Scores) -> Target:
    total = _sum([sides.purpose for score in scores.values() for sides in score.sides])
    what = "frames exchanged on purpose in one camera, undone"
    return Target(what, f"{_UNDONE:.0f} %", f"{total.undone:.0f} %", bool(total.undone >= _UNDONE))


def _within(what: str, errors: Sequence[float], wanted: float) -> Target:
    good = sum(error <= wanted for error in errors)
    return Target(what, str(len(errors)), str(good), good == len(errors))


def _least(what: str, found: float, wanted: float, unit: str) -> Target:
    return Target(what, f"at most {wanted:g}{unit}", f"{found:.2g}{unit}", bool(found <= wanted))


def _number(value: float) -> str:
    return f"{value:.1f}" if np.isfinite(value) else ""

# SPDX-License-Identifier: GPL-3.0-or-later
"""A face map as rows of a list, one for each expression and target, and edits of single rows. Does not use bpy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ...models.body.expressions import EXPRESSION_REGIONS, EXPRESSIONS, FaceRegion
from ...retarget.face.edits import Link, eye_bones, links, rebuilt, with_eye, with_link, without_link
from ...retarget.face.face_rig import Eye, FaceMap, FaceRig, FaceTarget, TargetKind
from ...retarget.rig.names import opposite
from ...retarget.rig.twins import twins

EYES: Final[Mapping[str, Eye]] = {"eyeLeft": "left", "eyeRight": "right"}
"""Rows of bones that turn with an eye, and which eye."""

SOURCES: Final[Mapping[str, FaceRegion]] = {
    **dict(zip(EXPRESSIONS, EXPRESSION_REGIONS, strict=True)),
    **dict.fromkeys(EYES, "eyes"),
}
"""What moves targets: the expressions and the eyes, each with its region of the face."""

LEAST_GAIN: Final = 1e-3
"""Smallest gain that a row is given: at 0 it would lose its target."""


@dataclass(frozen=True)
class Row:
    """A row of the list.

    Attributes:
        source: an expression, or one of `EYES`.
        kind: kind of the target.
        name: name of the target; empty if the source moves nothing.
    """

    source: str
    kind: TargetKind = "key"
    name: str = ""


def rows_of(face_map: FaceMap) -> Iterator[Row]:
    """Yield the rows of a map, in the order of the expressions; a source that moves nothing has one row."""
    for expression in EXPRESSIONS:
        moved = links(face_map, expression)
        yield from (Row(expression, link.kind, link.name) for link in moved)
        if not moved:
            yield Row(expression)
    bones = eye_bones(face_map)
    yield from (Row(source, "bone", bones.get(side, "")) for source, side in EYES.items())


def target_of(face_map: FaceMap, row: Row) -> FaceTarget | None:
    """Return the target of a row; None if it has none, or if the map has changed meanwhile."""
    return next((target for target in face_map.targets if _is_of(target, row)), None)


def gain_of(target: FaceTarget, row: Row) -> float:
    """Return how much of the source of a row counts for its target."""
    return target.weights.get(row.source, 1.0)


def names_of(face: FaceRig) -> dict[str, TargetKind]:
    """Return the names of all that can be a target, each with its kind; shape keys go before bones of that name."""
    bones: dict[str, TargetKind] = dict.fromkeys(face.rig.names, "bone")
    keys: dict[str, TargetKind] = {key.name: "key" for key in face.keys}
    vrm: dict[str, TargetKind] = dict.fromkeys(face.vrm, "vrm")
    return {**bones, **vrm, **keys}


def opposites(face: FaceRig) -> dict[str, str]:
    """Return the names of all shape keys, bones and managed expressions with a counterpart on the other side."""
    return {**twins(face.rig), **opposite(face.vrm), **opposite([key.name for key in face.keys])}


def one_sided(face_map: FaceMap, side: str, counterparts: Mapping[str, str]) -> list[str]:
    """Return the names of targets that only expressions of a side ("Left") move, and that have no counterpart."""
    movers: dict[str, set[str]] = {}
    for target in face_map.targets:
        movers.setdefault(target.name, set()).update(target.weights, [target.eye.title()] if target.eye else [])
    return [
        name
        for name, sources in movers.items()
        if name not in counterparts and all(source.endswith(side) for source in sources)
    ]


def with_name(face_map: FaceMap, row: Row, name: str, kind: TargetKind) -> FaceMap:
    """Let the source of a row move the target called `name` instead of the row's own; nothing if it is empty."""
    if row.source in EYES:
        return with_eye(face_map, EYES[row.source], name)
    target = target_of(face_map, row)
    if target is None:
        return with_link(face_map, row.source, Link(kind, name)) if name else face_map
    if name and kind == row.kind and len(target.weights) == 1:
        return with_changes(face_map, row, lambda each: replace(each, name=name))
    without = without_link(face_map, row.source, row.kind, row.name)
    return with_link(without, row.source, Link(kind, name, gain_of(target, row))) if name else without


def with_gain(face_map: FaceMap, row: Row, gain: float) -> FaceMap:
    """Change how much of an expression counts for the target of a row."""
    if row.source in EYES or target_of(face_map, row) is None:
        return face_map
    visible = gain if abs(gain) >= LEAST_GAIN else LEAST_GAIN
    return with_link(face_map, row.source, Link(row.kind, row.name, visible))


def with_changes(face_map: FaceMap, row: Row, change: Callable[[FaceTarget], FaceTarget]) -> FaceMap:
    """Change the target of a row. A bone that the source both turns and moves has two, of which the first changes."""
    target = target_of(face_map, row)
    return rebuilt(face_map, [change(each) if each is target else each for each in face_map.targets])


def _is_of(target: FaceTarget, row: Row) -> bool:
    named = bool(row.name) and target.name == row.name
    if row.source in EYES:
        return named and target.eye == EYES[row.source]
    return named and target.kind == row.kind and row.source in target.weights

# SPDX-License-Identifier: GPL-3.0-or-later
"""Edit maps of faces by hand: an expression moves one or several targets, each with a gain.

A panel shows one row for each expression, with its `links`; and one row for each eye, with its bone (`eye_bones`).
Every function returns a new map; names need not exist in the character.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ...models.body.expressions import EXPRESSIONS, mirrored
from .face_rig import Eye, FaceMap, FaceTarget, TargetKind
from .moves import default_move

BY_HAND: Final = "by hand"
"""Family of a map that was started empty."""

_LOOKS: Final = tuple(f"eyeLook{way}" for way in ("Down", "In", "Out", "Up"))


@dataclass(frozen=True)
class Link:
    """A target that an expression moves.

    Attributes:
        kind: kind of the target.
        name: its name in the character.
        gain: how much of the expression counts; negative the other way.
    """

    kind: TargetKind
    name: str
    gain: float = 1.0


def links(face_map: FaceMap, expression: str) -> tuple[Link, ...]:
    """Return all targets that an expression moves, the strongest first. Bones that turn with an eye are not among them.

    A bone that an expression both turns and moves is one link.
    """
    found: dict[tuple[TargetKind, str], Link] = {}
    for target in face_map.targets:
        gain = target.weights.get(expression, 0.0)
        if gain:
            found.setdefault((target.kind, target.name), Link(target.kind, target.name, gain))
    return tuple(sorted(found.values(), key=lambda link: -abs(link.gain)))


def with_link(face_map: FaceMap, expression: str, link: Link) -> FaceMap:
    """Let an expression move a target, besides what it moves already, or change the gain of a link that exists.

    A bone that the expression does not move yet gets the usual move of that expression (`moves.default_move`).
    """
    changed = [
        _weighted(target, expression, link.gain)
        if (target.kind, target.name) == (link.kind, link.name) and _takes(target, expression)
        else target
        for target in face_map.targets
    ]
    if not any(_takes(target, expression) for target in face_map.targets if _same(target, link)):
        new = FaceTarget(link.kind, link.name, {expression: link.gain})
        if link.kind == "bone":
            move = default_move(expression)
            new = replace(new, axis=move.axis, moves=move.moves)
        changed.append(new)
    return rebuilt(face_map, changed)


def without_link(face_map: FaceMap, expression: str, kind: TargetKind, name: str) -> FaceMap:
    """Let an expression no longer move a target."""
    return rebuilt(
        face_map,
        [
            _weighted(target, expression, 0.0) if (target.kind, target.name) == (kind, name) else target
            for target in face_map.targets
        ],
    )


def with_target(face_map: FaceMap, expression: str, link: Link | None) -> FaceMap:
    """Let an expression move one target alone, or none."""
    bare = without_links(face_map, expression)
    return bare if link is None else with_link(bare, expression, link)


def without_links(face_map: FaceMap, expression: str) -> FaceMap:
    """Let an expression move nothing."""
    return rebuilt(face_map, [_weighted(target, expression, 0.0) for target in face_map.targets])


def eye_bones(face_map: FaceMap) -> dict[Eye, str]:
    """Return the bone that turns or moves with each eye, by side."""
    return {target.eye: target.name for target in face_map.targets if target.eye}


def with_eye(face_map: FaceMap, side: Eye, bone: str) -> FaceMap:
    """Let a bone turn with an eye, instead of the one that did; none if its name is empty."""
    kept = [target for target in face_map.targets if target.eye != side]
    return rebuilt(face_map, [*kept, FaceTarget("bone", bone, eye=side)] if bone else kept)


def with_range(face_map: FaceMap, kind: TargetKind, name: str, limits: tuple[float, float]) -> FaceMap:
    """Change the values that a target has when its expressions are 0 and 1."""
    low, high = limits
    return rebuilt(
        face_map,
        [
            replace(target, low=low, high=high) if (target.kind, target.name) == (kind, name) else target
            for target in face_map.targets
        ],
    )


def mirrored_links(face_map: FaceMap, opposite: Mapping[str, str], *, source: str = "Left") -> FaceMap:
    """Copy the links of one side's expressions to the other side's, and its eye's bone.

    Args:
        face_map: the map.
        opposite: name of a shape key, bone or managed expression -> its name on the other side. A name that is not in
            it is used by both sides.
        source: the side to copy from, "Left" or "Right".
    """
    result = face_map
    for expression in EXPRESSIONS:
        if not expression.endswith(source):
            continue
        other = mirrored(expression)
        result = without_links(result, other)
        for target in face_map.targets:
            if target.weights.get(expression):
                result = _with_twin(result, target, expression, opposite)
    eyes = eye_bones(face_map)
    side, across = _EYES[source]
    return with_eye(result, across, opposite.get(eyes[side], "")) if side in eyes else result


def rebuilt(face_map: FaceMap, targets: list[FaceTarget]) -> FaceMap:
    """Return a map with other targets: those that nothing moves are dropped, and what is missing is found anew."""
    kept = tuple(target for target in targets if target.eye or any(target.weights.values()))
    return replace(face_map, targets=kept, missing=missing_expressions(kept))


def missing_expressions(targets: Iterable[FaceTarget]) -> tuple[str, ...]:
    """Return the expressions that move nothing. Those of looking about are moved by an eye's bone."""
    targets = tuple(targets)
    moved = {name for target in targets for name, weight in target.weights.items() if weight}
    moved |= {f"{look}{target.eye.title()}" for target in targets if target.eye for look in _LOOKS}
    return tuple(name for name in EXPRESSIONS if name not in moved)


_EYES: Final[dict[str, tuple[Eye, Eye]]] = {"Left": ("left", "right"), "Right": ("right", "left")}


def _same(target: FaceTarget, link: Link) -> bool:
    return (target.kind, target.name) == (link.kind, link.name)


def _takes(target: FaceTarget, expression: str) -> bool:
    """Whether a further expression may be a summand of this target: of a bone only one that it follows already."""
    return not target.eye and (target.kind != "bone" or expression in target.weights)


def _weighted(target: FaceTarget, expression: str, gain: float) -> FaceTarget:
    weights = {name: weight for name, weight in target.weights.items() if name != expression}
    return replace(target, weights={**weights, expression: gain} if gain else weights)


def _with_twin(face_map: FaceMap, target: FaceTarget, expression: str, opposite: Mapping[str, str]) -> FaceMap:
    """Let the other side's expression move the target's twin as this side's moves the target."""
    other, name = mirrored(expression), opposite.get(target.name, target.name)
    gain = target.weights[expression]
    if target.kind == "bone":
        x, y, z = target.axis
        axis = (-x, y, z) if target.moves else (x, -y, -z)
        return rebuilt(face_map, [*face_map.targets, replace(target, name=name, weights={other: gain}, axis=axis)])
    changed = with_link(face_map, other, Link(target.kind, name, gain))
    return with_range(changed, target.kind, name, (target.low, target.high))

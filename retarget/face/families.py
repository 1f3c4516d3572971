# SPDX-License-Identifier: GPL-3.0-or-later
"""Families of faces with known names, as data, and matching a character's names against them."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from ...models.body import rotations as rot
from ...models.body.expressions import mirrored
from .face_rig import Eye, FaceRig, FaceTarget, TargetKind, head_width
from .lines import BoneLine, EyeLine, Line, Lines, read_lines
from .moves import Vector
from .names import BARE, Label, NameIndex, frame_around, label_of

_ACROSS: Final[dict[Eye, Eye]] = {"left": "right", "right": "left"}

FIRST: Final = ("face_bones.toml", "arkit.toml")
"""The files of the families that are taken where others fit as well."""


@dataclass(frozen=True)
class FaceFamily:
    """Names of one kind of face, without prefix or suffix, of both sides.

    Attributes:
        name: display name of the family ("ARKit").
        targets: label -> what moves the shape keys and managed expressions of that name, in order.
        bones: label of a bone -> how it moves, once for each expression.
        eyes: side -> labels of the bones that may be that eye's, and of the eye itself if they are what it looks at.
        managed: whether its shape keys' names are also looked for among the expressions that the VRM add-on manages.
        bones_always: whether its bones move even where shape keys move the same expressions, as its shape keys only
            correct what bones do.
    """

    name: str
    targets: tuple[tuple[Label, Line], ...]
    bones: tuple[tuple[Label, BoneLine], ...]
    eyes: Mapping[Eye, tuple[tuple[Label, ...], Label | None]]
    managed: bool = False
    bones_always: bool = False

    @property
    def bone_labels(self) -> tuple[Label, ...]:
        """Labels of all bones that it moves."""
        eyes = (label for labels, _ in self.eyes.values() for label in labels)
        return tuple(dict.fromkeys([*(label for label, _ in self.bones), *eyes]))


@cache
def face_families() -> tuple[FaceFamily, ...]:
    """Read all families from the TOML files in `maps`, the commonest first."""
    folder = resources.files(f"{__package__}.maps")
    files = sorted((file.name for file in folder.iterdir() if file.name.endswith(".toml")), key=_rank)
    return tuple(_family(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")), name) for name in files)


def _rank(file: str) -> tuple[bool, str]:
    return file not in FIRST, file


def _family(table: Mapping[str, Any], where: str) -> FaceFamily:
    """Build a family from its file, which lists the midline and the left side only, where names tell the sides."""
    lines = read_lines(table, where)
    return FaceFamily(
        name=table["family"],
        targets=tuple(_targets_of(lines)),
        bones=tuple(_bones_of(lines)),
        eyes=_eyes_of(lines.eyes),
        managed=table.get("managed", False),
        bones_always=table.get("bones_always", False),
    )


def _targets_of(lines: Lines) -> Iterator[tuple[Label, Line]]:
    known = {(line.kind, label_of(line.name)) for line in lines.targets}
    for line in lines.targets:
        label = label_of(line.name)
        yield label, line
        if label.sides and (line.kind, label.mirrored) not in known:
            other = {mirrored(expression): weight for expression, weight in line.weights.items()}
            yield label.mirrored, replace(line, weights=other)


def _bones_of(lines: Lines) -> Iterator[tuple[Label, BoneLine]]:
    known = {(label_of(line.bone), line.expression) for line in lines.bones}
    for line in lines.bones:
        label = label_of(line.bone)
        yield label, line
        other = mirrored(line.expression)
        if (label.mirrored, other) not in known:
            yield label.mirrored, replace(line, expression=other, move=line.move.mirrored)


def _eyes_of(lines: Iterable[EyeLine]) -> dict[Eye, tuple[tuple[Label, ...], Label | None]]:
    found: dict[Eye, tuple[tuple[Label, ...], Label | None]] = {}
    for line in lines:
        labels = tuple(label_of(bone) for bone in line.bones)
        around = label_of(line.around) if line.around else None
        found[line.side] = labels, around
        other = tuple(label.mirrored for label in labels)
        found.setdefault(_ACROSS[line.side], (other, around.mirrored if around is not None else None))
    return found


@dataclass(frozen=True)
class TargetsMatch:
    """Shape keys, or managed expressions, of a character that one family knows.

    Attributes:
        family: the family.
        kind: what they are.
        targets: what moves them; a name occurs once.
        doubles: pairs of names in one mesh that are spellings of the same; the second is not among the targets.
    """

    family: FaceFamily
    kind: TargetKind
    targets: tuple[FaceTarget, ...]
    doubles: tuple[tuple[str, str, str], ...] = ()

    @property
    def fraction(self) -> float:
        """How much of the family's names the character has."""
        return len(self.targets) / max(len(self.family.targets), 1)


def match_targets(family: FaceFamily, kind: TargetKind, names: Mapping[str, NameIndex]) -> TargetsMatch:
    """Match a character's names against those of a family, with the prefix and suffix that fit most in each mesh.

    Args:
        family: the family.
        kind: "key", or "vrm" for the expressions that the VRM add-on manages.
        names: mesh -> its names.
    """
    lines = [(label, line) for label, line in family.targets if line.kind == kind]
    if kind == "vrm" and family.managed:
        lines += [(label, line) for label, line in family.targets if line.kind == "key"]
    matches = {mesh: index.best(label for label, _ in lines) for mesh, index in names.items()}
    targets: dict[str, FaceTarget] = {}
    doubles: list[tuple[str, str, str]] = []
    moved: set[str] = set()
    for label, line in lines:
        found = {mesh: match[label] for mesh, match in matches.items() if label in match}
        shown = {expression for expression, weight in line.weights.items() if weight > 0.0 or line.signed}
        if not found or (line.otherwise and moved & shown):
            continue
        moved |= shown
        doubles += [(mesh, same[0], other) for mesh, same in found.items() for other in same[1:]]
        for first, *_ in found.values():
            target = FaceTarget(kind, first, line.weights, low=line.low, high=line.high, signed=line.signed)
            targets.setdefault(first, target)
    return TargetsMatch(family, kind, tuple(targets.values()), tuple(doubles))


@dataclass(frozen=True)
class BonesMatch:
    """Bones of a face that one family knows.

    Attributes:
        family: the family.
        eyes: what turns with the eyes.
        targets: what moves with expressions, one for each expression.
    """

    family: FaceFamily
    eyes: tuple[FaceTarget, ...] = ()
    targets: tuple[FaceTarget, ...] = ()


def match_bones(family: FaceFamily, face: FaceRig, index: NameIndex) -> BonesMatch:
    """Match a rig's bones against those of a family: bare, or within what stands around the name of the head's bone.

    Bones that do not turn with their parents are left out, as the head would leave them behind.

    Args:
        family: the family.
        face: the face.
        index: the names of its bones.
    """
    frames = dict.fromkeys([BARE, frame_around(face.head, "head")])
    frame = max(frames, key=lambda each: len(index.in_frame(family.bone_labels, each)))

    def named(label: Label | None) -> str:
        found = [] if label is None else index.in_frame([label], frame).get(label, ())
        return next((bone for bone in found if face.rig.inherit_rotation[face.rig.names.index(bone)]), "")

    pairs = {side: (_first(map(named, labels)), around) for side, (labels, around) in family.eyes.items()}
    width = head_width(face, [FaceTarget("bone", bone, eye=side) for side, (bone, _) in pairs.items() if bone])

    def offset(start: str, end: str) -> Vector | None:
        """Return the way between two bones at rest, in head widths and the axes of the body."""
        places = face.place(start), face.place(end)
        if places[0] is None or places[1] is None:
            return None
        x, y, z = rot.rotate(rot.conjugate(face.axes), places[1] - places[0]) / width
        return float(x), float(y), float(z)

    eyes = []
    for side, (bone, around) in pairs.items():
        ahead = offset(named(around), bone) if around is not None else (0.0, 0.0, 0.0)
        if bone and ahead is not None:
            eyes.append(FaceTarget("bone", bone, axis=ahead, moves=around is not None, eye=side))
    targets = []
    for label, line in family.bones:
        bone = named(label)
        if not bone:
            continue
        axis: Vector | None = line.move.axis
        if line.to:
            other = label_of(line.to)
            way = offset(bone, named(other.mirrored if label != label_of(line.bone) else other))
            axis = None if way is None else (line.part * way[0], line.part * way[1], line.part * way[2])
        if axis is not None:
            targets.append(FaceTarget("bone", bone, {line.expression: line.gain}, axis=axis, moves=line.move.moves))
    return BonesMatch(family, tuple(eyes), tuple(targets))


def _first(names: Iterable[str]) -> str:
    return next(filter(None, names), "")

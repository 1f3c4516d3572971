# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of a face's map as TOML, in files of families and in those that users save alike.

- ``[keys]``: shape key = "expression", or = { expression = weight, ..., low = 0.0, high = 1.0, signed = false }.
- ``[otherwise]``: likewise, for shape keys that count only where no line before them moves any of their expressions.
- ``[vrm]``, ``[vrm_otherwise]``: likewise, for expressions that the VRM add-on manages.
- ``[eyes]``: left = "bone", or a list of possible ones, or { bone = ..., around = "bone of the eye" } for what the eye
  looks at, or { bone = ..., place = [x, y, z] } with its place from the eye in head widths.
- ``[bones.NAME]``: expression = gain of the usual move, or = { turn = [x, y, z] } in degrees or { move = [x, y, z] } in
  head widths, or { to = "bone", part = 0.9 } for a move towards another bone; each with a gain if it is not 1.

An expression without a side that has two ("mouthSmile") means both, half of each.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...models.body.expressions import EXPRESSION_INDEX
from ..errors import PresetUnreadable
from .face_rig import Eye, TargetKind
from .moves import Move, Vector, default_move, is_number, read_move, read_vector

_RANGE: Final = ("low", "high", "signed")

_SECTIONS: Final[dict[str, tuple[TargetKind, bool]]] = {
    "keys": ("key", False),
    "otherwise": ("key", True),
    "vrm": ("vrm", False),
    "vrm_otherwise": ("vrm", True),
}


@dataclass(frozen=True)
class Line:
    """A shape key or managed expression, and what moves it; the attributes are those of `FaceTarget`.

    Attributes:
        otherwise: whether it counts only where no line before it moves any of its expressions.
    """

    kind: TargetKind
    name: str
    weights: Mapping[str, float]
    low: float = 0.0
    high: float = 1.0
    signed: bool = False
    otherwise: bool = False


@dataclass(frozen=True)
class BoneLine:
    """A bone, and how it moves with one expression.

    Attributes:
        bone: its name.
        expression: the expression.
        gain: how much of it counts.
        move: the move; the vector is 0 where the bone goes `to` another.
        to: bone that it moves towards; empty for none.
        part: how far, 1 all the way.
    """

    bone: str
    expression: str
    gain: float
    move: Move
    to: str = ""
    part: float = 1.0


@dataclass(frozen=True)
class EyeLine:
    """A bone of an eye.

    Attributes:
        side: the eye.
        bones: its possible names.
        around: if the bone is what the eye looks at, the bone of the eye itself; else empty.
        place: if so, and that bone is not told, its place from the eye in head widths.
    """

    side: Eye
    bones: tuple[str, ...]
    around: str = ""
    place: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Lines:
    """All lines of a file."""

    targets: tuple[Line, ...]
    bones: tuple[BoneLine, ...]
    eyes: tuple[EyeLine, ...]


def read_lines(table: Mapping[str, Any], where: str) -> Lines:
    """Read the lines of a file.

    Args:
        table: the file's table.
        where: its name in messages.

    Raises:
        PresetUnreadable: a line is not one of the above.
    """
    targets = tuple(
        _line(kind, name, entry, where, otherwise=otherwise)
        for section, (kind, otherwise) in _SECTIONS.items()
        for name, entry in _section(table, section, where).items()
    )
    bones = tuple(
        line
        for bone, entries in _section(table, "bones", where).items()
        for expression, entry in _table(entries, bone, where).items()
        for line in _bone_lines(bone, expression, entry, where)
    )
    eyes = tuple(_eye(side, entry, where) for side, entry in _section(table, "eyes", where).items())
    return Lines(targets, bones, eyes)


def _section(table: Mapping[str, Any], name: str, where: str) -> Mapping[str, Any]:
    return _table(table.get(name, {}), f"[{name}]", where)


def _table(entry: object, name: str, where: str) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise unreadable(name, where)
    return entry


def _line(kind: TargetKind, name: str, entry: object, where: str, *, otherwise: bool) -> Line:
    table = {entry: 1.0} if isinstance(entry, str) else _table(entry, name, where)
    weights: dict[str, float] = {}
    for expression, weight in table.items():
        if expression in _RANGE:
            continue
        for single, share in _expressions(expression, where):
            weights[single] = share * _number(weight, name, where)
    signed = table.get("signed", False)
    if not isinstance(signed, bool) or not weights:
        raise unreadable(name, where)
    low, high = (_number(table.get(end, value), name, where) for end, value in (("low", 0.0), ("high", 1.0)))
    return Line(kind, name, weights, low, high, signed, otherwise)


def _bone_lines(bone: str, expression: str, entry: object, where: str) -> Iterator[BoneLine]:
    for single, share in _expressions(expression, where):
        for each in entry if isinstance(entry, list) else [entry]:
            if isinstance(each, dict):
                gain = share * _number(each.get("gain", 1.0), bone, where)
                yield _bone_line(BoneLine(bone, single, gain, default_move(single)), each, where)
            else:
                yield BoneLine(bone, single, share * _number(each, bone, where), default_move(single))


def _bone_line(line: BoneLine, table: Mapping[str, Any], where: str) -> BoneLine:
    """Replace the usual move of a line by the one that its table tells, if any."""
    if "to" in table:
        if not isinstance(table["to"], str):
            raise unreadable(line.bone, where)
        part = _number(table.get("part", 1.0), line.bone, where)
        return BoneLine(line.bone, line.expression, line.gain, Move((0.0, 0.0, 0.0), moves=True), table["to"], part)
    if "turn" not in table and "move" not in table:
        return line
    try:
        return BoneLine(line.bone, line.expression, line.gain, read_move(table))
    except ValueError as fault:
        raise unreadable(line.bone, where) from fault


def _eye(side: str, entry: object, where: str) -> EyeLine:
    table = entry if isinstance(entry, dict) else {"bone": entry}
    bones, around = table.get("bone"), table.get("around", "")
    if isinstance(bones, str):
        bones = [bones]
    if side not in {"left", "right"} or not isinstance(bones, list) or not all(isinstance(b, str) for b in bones):
        raise unreadable("[eyes]", where)
    try:
        place = read_vector(table, "place") if "place" in table else (0.0, 0.0, 0.0)
    except ValueError as fault:
        raise unreadable("[eyes]", where) from fault
    return EyeLine("left" if side == "left" else "right", tuple(bones), str(around), place)


def _expressions(name: str, where: str) -> list[tuple[str, float]]:
    """Return the expressions that a name stands for, each with its share."""
    if name in EXPRESSION_INDEX:
        return [(name, 1.0)]
    both = [f"{name}{side}" for side in ("Left", "Right")]
    if both[0] not in EXPRESSION_INDEX:
        raise PresetUnreadable(f"{where} has “{name}”, which is not an expression of Mimic: remove that line.")
    return [(single, 0.5) for single in both]


def _number(value: Any, name: str, where: str) -> float:
    if not is_number(value):
        raise unreadable(name, where)
    return float(value)


def unreadable(name: str, where: str) -> PresetUnreadable:
    """Return the error of a line."""
    return PresetUnreadable(f"{where} has a line for “{name}” that Mimic cannot read: correct or remove it.")

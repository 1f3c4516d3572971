# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps of faces as files, to keep and share a map that a user corrected, for any character with the same names.

They are TOML in the format of the families' own files (`lines`), but name both sides and the names as they are. The
writer is hand-made, as that of the bone maps is.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import PresetUnreadable
from ..rig.presets import quoted, table_of
from .edits import BY_HAND, missing_expressions
from .face_rig import FaceMap, FaceRig, FaceTarget, TargetKind
from .lines import BoneLine, Line, read_lines, unreadable
from .notices import left_out, short_ranges

_HEADER: Final = """\
# A face map of Mimic: on the left what moves in the character, on the right the expressions that move it.
"""

_SECTIONS: Final[tuple[tuple[str, TargetKind], ...]] = (("keys", "key"), ("vrm", "vrm"))


def to_text(face_map: FaceMap) -> str:
    """Write a map as TOML."""
    lines = [f"family = {quoted(face_map.family)}"]
    for section, kind in _SECTIONS:
        targets = [target for target in face_map.targets if target.kind == kind]
        if targets:
            lines += ["", f"[{section}]", *(f"{quoted(target.name)} = {_summands(target)}" for target in targets)]
    if not face_map.targets:
        lines += ["", "[keys]"]
    bones = [target for target in face_map.targets if target.kind == "bone" and not target.eye]
    eyes = [target for target in face_map.targets if target.eye]
    if eyes:
        lines += ["", "[eyes]", *(f"{target.eye} = {_eye(target)}" for target in eyes)]
    for bone in dict.fromkeys(target.name for target in bones):
        lines += ["", f"[bones.{quoted(bone)}]", *_moves(target for target in bones if target.name == bone)]
    return _HEADER + "\n" + "\n".join(lines) + "\n"


def _summands(target: FaceTarget) -> str:
    parts = [f"{expression} = {weight!r}" for expression, weight in target.weights.items()]
    if target.low != 0.0:
        parts.append(f"low = {target.low!r}")
    if target.high != 1.0:
        parts.append(f"high = {target.high!r}")
    if target.signed:
        parts.append("signed = true")
    return "{ " + ", ".join(parts) + " }"


def _eye(target: FaceTarget) -> str:
    if not target.moves:
        return quoted(target.name)
    return f"{{ bone = {quoted(target.name)}, place = {_vector(target.axis)} }}"


def _moves(targets: Iterable[FaceTarget]) -> Iterator[str]:
    """Yield a line for each expression that moves a bone, with all of its moves."""
    found: dict[str, list[str]] = {}
    for target in targets:
        for expression, weight in target.weights.items():
            axis = target.axis if target.moves else np.degrees(target.axis)
            gain = weight * (target.high - target.low)
            move = f"{'move' if target.moves else 'turn'} = {_vector(axis)}, gain = {gain!r}"
            found.setdefault(expression, []).append(f"{{ {move} }}")
    for expression, moves in found.items():
        yield f"{expression} = {moves[0]}" if len(moves) == 1 else f"{expression} = [{', '.join(moves)}]"


def _vector(vector: Iterable[float]) -> str:
    return "[" + ", ".join(repr(float(part)) for part in vector) + "]"


def from_text(text: str, *, where: str = "The face map") -> FaceMap:
    """Read a map from TOML, whatever the character has of its names.

    Args:
        text: the output of `to_text`.
        where: the map's name in messages.

    Raises:
        PresetUnreadable: the text is not a face map.
    """
    table = table_of(text, where)
    if not any(section in table for section in ("keys", "vrm", "bones", "eyes")):
        raise PresetUnreadable(f"{where} has no table [keys], [bones], [eyes] or [vrm]: export it again.")
    lines = read_lines(table, where)
    measured = [line.bone for line in lines.bones if line.to] + [str(line.side) for line in lines.eyes if line.around]
    if measured:  # Families' files may tell a move by another bone; it depends on the character.
        raise unreadable(measured[0], where)
    targets = (
        *(_target(line) for line in lines.targets),
        *(_bone(line) for line in lines.bones),
        *(
            FaceTarget("bone", line.bones[0], axis=line.place, moves=any(line.place), eye=line.side)
            for line in lines.eyes
            if line.bones
        ),
    )
    return FaceMap(str(table.get("family", BY_HAND)), targets, missing_expressions(targets))


def _target(line: Line) -> FaceTarget:
    return FaceTarget(line.kind, line.name, line.weights, low=line.low, high=line.high, signed=line.signed)


def _bone(line: BoneLine) -> FaceTarget:
    return FaceTarget("bone", line.bone, {line.expression: line.gain}, axis=line.move.axis, moves=line.move.moves)


def fitted(face_map: FaceMap, face: FaceRig, *, name: str = "The character") -> FaceMap:
    """Return a map for a character: without the names that it lacks, and with the warnings that are its own.

    Args:
        face_map: a map of any character.
        face: the face to move.
        name: the character's name in messages.
    """
    known: dict[TargetKind, set[str]] = {
        "key": {key.name for key in face.keys},
        "bone": set(face.rig.names),
        "vrm": set(face.vrm),
    }
    kept = tuple(target for target in face_map.targets if target.name in known[target.kind])
    gone = dict.fromkeys(target.name for target in face_map.targets if target.name not in known[target.kind])
    warnings = (*left_out(gone, name), *short_ranges(face, kept))
    return replace(face_map, targets=kept, missing=missing_expressions(kept), warnings=warnings)


def save(face_map: FaceMap, path: Path) -> None:
    """Write a map to a file.

    Raises:
        PresetUnreadable: the file cannot be written.
    """
    try:
        path.write_text(to_text(face_map), encoding="utf-8")
    except OSError as fault:
        raise PresetUnreadable(f"“{path}” cannot be written ({fault.strerror}): choose another folder.") from fault


def load(path: Path, face: FaceRig, *, name: str = "The character") -> FaceMap:
    """Read a map from a file, for a character. Names that it lacks are left out, with a warning in the map.

    Args:
        path: a file that `save` wrote.
        face: the face to move.
        name: the character's name in messages.

    Raises:
        PresetUnreadable: the file cannot be read, or is not a face map.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise PresetUnreadable(f"“{path}” cannot be read as a face map: choose a file that Mimic exported.") from fault
    return fitted(from_text(text, where=f"“{path}”"), face, name=name)

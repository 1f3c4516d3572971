# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences about what keeps a character's face from following the performer's."""

from collections.abc import Iterable, Iterator
from typing import Final

from .face_rig import FaceMap, FaceRig, FaceTarget, ShapeKey

_LISTED: Final = 5
"""Names of a map that a sentence lists."""


def face_notices(face: FaceRig, face_map: FaceMap, name: str) -> Iterator[str]:
    """Yield sentences about a face, and about its shape keys that the map moves but that cannot move or be seen.

    Args:
        face: the face.
        face_map: which expressions move what.
        name: name of the character.
    """
    if not face_map.targets:
        yield no_face(face, name)
        return
    yield from face_map.warnings
    mapped = {target.name for target in face_map.targets if target.kind == "key"}
    managed = {target.name for target in face_map.targets if target.kind == "vrm"}
    bound = {(bind.mesh, bind.key) for each in face.bound if each.name in managed for bind in each.binds}
    keys = [key for key in face.keys if key.name in mapped or (key.mesh, key.name) in bound]
    driven = [key for key in keys if key.driven and not key.locked]
    if driven:
        yield f"Drivers set {_some(driven)}, which stay as they are; remove the drivers to animate them."
    linked = [key for key in keys if key.locked == "linked"]
    if linked:
        yield (
            f"The shape keys of {_meshes(linked)} are linked from another file and stay as they are; make the "
            "meshes local to animate them."
        )
    absolute = [key for key in keys if key.locked == "absolute"]
    if absolute:
        yield (
            f"The shape keys of {_meshes(absolute)} are absolute, so that their values do not count; turn on Relative "
            "in the shape keys of the meshes to animate them."
        )
    muted = [key for key in keys if key.muted and not (key.driven or key.locked)]
    if muted:
        yield f"Muted shape keys do not show their expression: {_some(muted)}."


def no_face(face: FaceRig, name: str) -> str:
    """Return the sentence about a character of whose face nothing is known."""
    if face.keys and not any(key.free for key in face.keys):
        return (
            f"All shape keys of {name} are driven, absolute or linked from another file: only the body is animated. "
            "Remove the drivers, turn on Relative, or make the meshes local."
        )
    if face.keys:
        return (
            f"{name} has no shape keys that are named as expressions that Mimic knows: only the body is animated. "
            "Choose them in the face map."
        )
    return f"{name} has no shape keys or bones for a face: only the body is animated."


def doubles(pairs: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Yield sentences about two names in one mesh that are spellings of the same, of which the first is moved.

    Args:
        pairs: mesh, the first name and the other.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for mesh, first, other in pairs:
        found.setdefault(mesh, []).append((first, other))
    for mesh, ((first, other), *more) in found.items():
        if more:
            yield (
                f"{mesh} has shape keys in two spellings for {len(more) + 1} expressions, such as “{first}” and "
                f"“{other}”; Mimic moves the first of each."
            )
        else:
            yield f"{mesh} has “{first}” and “{other}” for the same expression; Mimic moves “{first}”."


def short_ranges(face: FaceRig, targets: Iterable[FaceTarget]) -> Iterator[str]:
    """Yield sentences about shape keys whose range keeps them from showing an expression."""
    highest = {target.name: max(target.low, target.high) for target in targets if target.kind == "key"}
    for key in face.keys:
        if key.free and key.name in highest and key.maximum < 0.5 * highest[key.name]:
            yield (
                f"The shape key {key.name} of {key.mesh} goes up to {key.maximum:g} only, so it shows its expression "
                "in part; raise its maximum."
            )


def left_out(names: Iterable[str], name: str) -> Iterator[str]:
    """Yield a sentence about names of a map that a character lacks."""
    listed = [f"“{each}”" for each in names]
    if listed:
        rest = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        yield f"{name} has no {', '.join(listed[:_LISTED])}{rest}, which the face map asks for; they are left out."


def _some(keys: list[ShapeKey], most: int = 3) -> str:
    """Name a few shape keys: "shape keys A, B and 3 more of Head"."""
    names = list(dict.fromkeys(key.name for key in keys))
    noun = "shape key" if len(names) == 1 else "shape keys"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{noun} {', '.join(names[:most])}{more} of {_meshes(keys)}"


def _meshes(keys: Iterable[ShapeKey]) -> str:
    return ", ".join(dict.fromkeys(key.mesh for key in keys))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences about what keeps a character's face from following the performer's."""

from collections.abc import Iterable, Iterator

from .face_rig import FaceMap, FaceRig, ShapeKey


def face_notices(face: FaceRig, face_map: FaceMap, name: str) -> Iterator[str]:
    """Yield sentences about a face, and about its shape keys that the map moves but that cannot move or be seen.

    Args:
        face: the face.
        face_map: which expressions move what.
        name: name of the character.
    """
    if not face_map.targets:
        yield f"{name} has no shape keys or bones for a face: only the body is animated."
        return
    yield from face_map.warnings
    mapped = {target.name for target in face_map.targets if target.kind == "key"}
    managed = {target.name for target in face_map.targets if target.kind == "vrm"}
    bound = {(bind.mesh, bind.key) for each in face.bound if each.name in managed for bind in each.binds}
    keys = [key for key in face.keys if key.name in mapped or (key.mesh, key.name) in bound]
    driven = [key for key in keys if key.driven and not key.locked]
    if driven:
        yield f"Drivers set {_some(driven)}, which stay as they are; remove the drivers to animate them."
    linked = [key for key in keys if key.locked]
    if linked:
        yield (
            f"The shape keys of {_meshes(linked)} are linked from another file and stay as they are; make a library "
            "override of the mesh to animate them."
        )
    muted = [key for key in keys if key.muted and not (key.driven or key.locked)]
    if muted:
        yield f"Muted shape keys do not show their expression: {_some(muted)}."


def _some(keys: list[ShapeKey], most: int = 3) -> str:
    """Name a few shape keys: "shape keys A, B and 3 more of Head"."""
    names = list(dict.fromkeys(key.name for key in keys))
    noun = "shape key" if len(names) == 1 else "shape keys"
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{noun} {', '.join(names[:most])}{more} of {_meshes(keys)}"


def _meshes(keys: Iterable[ShapeKey]) -> str:
    return ", ".join(dict.fromkeys(key.mesh for key in keys))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys move eyeballs that bones move too: of the keys that look about, some move only the lids."""

from collections.abc import Collection
from dataclasses import replace
from typing import Final, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ...retarget.face.edits import eye_bones
from ...retarget.face.face_mapping import map_face
from ...retarget.face.face_rig import FaceRig

_MOVED: Final = 1e-3
"""Share of a key's largest move from which a vertex counts as moved."""

_OWNED: Final = 0.5
"""Weight from which a vertex belongs to a bone."""


def with_eyeballs(face: FaceRig) -> FaceRig:
    """Return the face with the shape keys marked that move vertices of an eye's bone."""
    found = map_face(face)
    bones = frozenset(eye_bones(found).values())
    looks = {
        target.name
        for target in found.targets
        if target.kind == "key" and all(name.startswith("eyeLook") for name in target.weights)
    }
    if not bones or not looks:
        return face
    return replace(
        face,
        keys=tuple(replace(key, eyeball=key.name in looks and _moves(key.mesh, key.name, bones)) for key in face.keys),
    )


def _moves(name: str, key: str, bones: Collection[str]) -> bool:
    """Whether a shape key of a mesh object moves a vertex that belongs to one of the bones."""
    thing = bpy.data.objects[name]
    groups = {group.index for group in thing.vertex_groups if group.name in bones}
    mesh = cast(bpy.types.Mesh, thing.data)
    if not groups or mesh.shape_keys is None:
        return False
    block = mesh.shape_keys.key_blocks[key]
    moves = np.abs(_places(block) - _places(block.relative_key)).max(axis=1)
    moved = np.flatnonzero(moves > _MOVED * moves.max(initial=0.0))
    return any(
        weight.group in groups and weight.weight > _OWNED
        for vertex in moved.tolist()
        for weight in mesh.vertices[vertex].groups
    )


def _places(block: bpy.types.ShapeKey) -> NDArray[np.float32]:
    """Return the places (n, 3) of a key's vertices."""
    places = np.empty(3 * len(block.data), dtype=np.float32)
    block.data.foreach_get("co", places)
    return places.reshape(-1, 3)

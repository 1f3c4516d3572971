# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the faces of Blender's characters: the shape keys of an armature's meshes, and its bones."""

from collections.abc import Iterator
from typing import Literal

import bpy
import numpy as np

from ...retarget.face.face_rig import FaceRig, ShapeKey
from ...retarget.rig.rest import rest_as_posed
from ..bone_map.store import rig_map_of
from ..character.armature import rig_of
from ..character.shape_keys import shape_keys_of
from .eyeballs import with_eyeballs
from .vrm import vrm_expressions

KeyTraits = tuple[tuple[object, ...], ...]
"""For each mesh object its name, and all that decides whether and how far its shape keys move."""


def face_rig_of(armature: bpy.types.Object) -> FaceRig:
    """Read what of a character's face can move.

    Raises:
        NoArmature, RigUnmapped: see `rig_map_of`.
    """
    rig = rig_of(armature)
    keys = tuple(key for mesh in meshes_of(armature) for key in _keys_of(mesh))
    rig_map = rig_map_of(armature, rig)
    return with_eyeballs(FaceRig.of(keys, rest_as_posed(rig, rig_map), rig_map, vrm_expressions(armature)))


def meshes_of(armature: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Yield the mesh objects that an armature carries: by a modifier, or below it, in order of their names."""
    meshes = (thing for thing in bpy.data.objects if thing.type == "MESH" and _carries(armature, thing))
    # Scenes are searched for an object last, because that takes long in large files.
    yield from sorted((mesh for mesh in meshes if mesh.users_scene), key=lambda each: each.name)


def key_traits(armature: bpy.types.Object) -> KeyTraits:
    """Return the traits of an armature's shape keys, by which a change is noticed much faster than they are read."""
    found = ((mesh.name, shape_keys_of(mesh)) for mesh in meshes_of(armature))
    return tuple((name, *_traits(shapes)) for name, shapes in found if shapes is not None)


def _traits(shapes: bpy.types.Key) -> Iterator[object]:
    blocks = shapes.key_blocks
    yield tuple(blocks.keys())
    yield _driven(shapes)
    yield shapes.library is None, shapes.use_relative
    numbers = np.empty(len(blocks), np.float32)
    for name in ("slider_min", "slider_max", "mute"):
        blocks.foreach_get(name, numbers)
        yield numbers.tobytes()


def _driven(shapes: bpy.types.Key) -> frozenset[str]:
    """Return the data paths of what drivers set."""
    return (
        frozenset(curve.data_path for curve in shapes.animation_data.drivers) if shapes.animation_data else frozenset()
    )


def _carries(armature: bpy.types.Object, mesh: bpy.types.Object) -> bool:
    """Whether an armature carries a mesh: as its parent, directly or over other objects, or by a modifier."""
    above = mesh.parent
    while above is not None and above != armature:
        above = above.parent
    modifiers = (each for each in mesh.modifiers if isinstance(each, bpy.types.ArmatureModifier))
    return above is not None or any(each.object == armature for each in modifiers)


def _keys_of(mesh: bpy.types.Object) -> Iterator[ShapeKey]:
    """Yield the shape keys of a mesh object, without the one that holds its rest shape."""
    shapes = shape_keys_of(mesh)
    if shapes is None:
        return
    driven = _driven(shapes)
    locked: Literal["", "linked", "absolute"] = "" if shapes.use_relative else "absolute"
    if shapes.library is not None:
        locked = "linked"
    for block in shapes.key_blocks:
        if block == shapes.reference_key:
            continue
        path = f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value'
        yield ShapeKey(
            mesh=mesh.name,
            name=block.name,
            minimum=block.slider_min,
            maximum=block.slider_max,
            muted=block.mute,
            driven=path in driven,
            locked=locked,
        )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the faces of Blender's characters: the shape keys of an armature's meshes, and its bones."""

from collections.abc import Iterator
from typing import cast

import bpy

from ...retarget.face.face_rig import FaceRig, ShapeKey
from ...retarget.rig.rest import rest_as_posed
from ..bone_map.store import rig_map_of
from ..character.armature import rig_of
from .vrm import vrm_expressions


def face_rig_of(armature: bpy.types.Object) -> FaceRig:
    """Read what of a character's face can move.

    Raises:
        NoArmature, RigUnmapped: see `rig_map_of`.
    """
    rig = rig_of(armature)
    keys = tuple(key for mesh in meshes_of(armature) for key in _keys_of(mesh))
    rig_map = rig_map_of(armature, rig)
    return FaceRig.of(keys, rest_as_posed(rig, rig_map), rig_map, vrm_expressions(armature))


def meshes_of(armature: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """Yield the mesh objects that an armature carries: by a modifier, or as its children, in order of their names."""
    for thing in sorted(bpy.data.objects, key=lambda each: each.name):
        if thing.type != "MESH" or not thing.users_scene:
            continue
        modifiers = (each for each in thing.modifiers if isinstance(each, bpy.types.ArmatureModifier))
        if thing.parent == armature or any(each.object == armature for each in modifiers):
            yield thing


def _keys_of(mesh: bpy.types.Object) -> Iterator[ShapeKey]:
    """Yield the shape keys of a mesh object, without the one that holds its rest shape."""
    shapes = cast(bpy.types.Mesh, mesh.data).shape_keys
    if shapes is None:
        return
    driven = {curve.data_path for curve in shapes.animation_data.drivers} if shapes.animation_data else set()
    locked = "linked" if shapes.library is not None else ""
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

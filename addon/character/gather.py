# SPDX-License-Identifier: GPL-3.0-or-later
"""More characters beside the one in the open scene: out of rig files, or as copies."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import bpy

from ..stage import current_scene
from .armature import pose_of
from .files import character_of, find_armature, read, select_only


def add_rig(path: Path, armature: str | None = None) -> bpy.types.Object:
    """Add the character of a rig file to the open scene, and return its armature.

    Of a .blend, the armature comes with what belongs to it; the rest of its scene does not.

    Args:
        path: .fbx, .glb, .gltf, .vrm, .bvh or .blend.
        armature: name of the armature object in the file, needed if there are several.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures.
    """
    scene = current_scene()
    if path.suffix.lower() == ".blend":
        found: dict[str, bpy.types.Object] = {}
        read(path, blend=lambda file: found.update(_append_blend(file)))
        character = find_armature(f"“{path}”", found, armature)
        for thing in _belonging(character, found.values()):
            scene.collection.objects.link(thing)
        return character
    before = set(scene.objects)
    read(path)
    added = {_name_in_file(thing): thing for thing in scene.objects if thing not in before}
    return find_armature(f"“{path}”", added, armature)


def duplicate(armature: bpy.types.Object) -> bpy.types.Object:
    """Add a copy of a character of the open scene, with meshes of its own, and return its armature."""
    select_only([armature])
    bpy.ops.object.duplicate(linked=False)
    for thing in bpy.context.selected_objects:
        data = thing.data
        # Whether data are copied too is a preference of Blender's; shape keys of one mesh cannot follow two people.
        if isinstance(data, bpy.types.Mesh) and data.users > 1:
            thing.data = data.copy()
    return cast(bpy.types.Object, bpy.context.object)


def _append_blend(path: str) -> dict[str, bpy.types.Object]:
    """Append all objects of a .blend, without linking them to a scene. Return them by their names in the file."""
    libraries: Any = bpy.data.libraries
    with libraries.load(path, link=False) as (there, here):
        names = list(there.objects)
        here.objects = list(names)
    return {name: thing for name, thing in zip(names, here.objects, strict=True) if thing is not None}


def _belonging(armature: bpy.types.Object, things: Iterable[bpy.types.Object]) -> list[bpy.types.Object]:
    """Return an armature with its parents, its children, the meshes that it deforms and what its constraints aim at."""
    things = list(things)
    parents = []
    above = armature.parent
    while above is not None:
        parents.append(above)
        above = above.parent
    aims = [getattr(each, "target", None) for bone in pose_of(armature).bones for each in bone.constraints]
    wanted = {*parents, *character_of(armature, things), *(aim for aim in aims if aim in things)}
    return [thing for thing in things if thing in wanted]


def _name_in_file(thing: bpy.types.Object) -> str:
    """Return the name of an imported object in its file: Blender adds a number if the scene has one of that name."""
    stem, dot, number = thing.name.rpartition(".")
    return stem if dot and number.isdecimal() and len(number) == 3 else thing.name

# SPDX-License-Identifier: GPL-3.0-or-later
"""The characters of a bake in the open scene: armatures that were chosen, and new avatars for those without one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import bpy

from ...errors import MimicError
from .. import panel_settings
from ..character.avatar import add_avatar, built_in, dressed
from ..character.files import character_of
from ..stage import current_layer, current_scene


@contextmanager
def characters(names: Sequence[str], people: int) -> Iterator[list[bpy.types.Object]]:
    """Give the armature of each person; those without a name get a new avatar, which goes again if the bake fails.

    Raises:
        NoArmature: an armature of a given name is not there any more.
    """
    wanted = [*names[:people], *[""] * (people - len(names))]
    found = [panel_settings.armature(name) if name else None for name in wanted]
    added: list[bpy.types.Object] = []
    try:
        yield [_avatar(number, added) if each is None else each for number, each in enumerate(found)]
    except MimicError:
        for armature in added:
            remove_avatar(armature)
        raise


def _avatar(number: int, added: list[bpy.types.Object]) -> bpy.types.Object:
    """Add an avatar in the clothes of that number, and leave selected and active what was."""
    layer, selected = current_layer(), list(bpy.context.selected_objects)
    active = layer.objects.active
    armature = add_avatar(current_scene(), dressed(built_in(), number))
    added.append(armature)
    armature.select_set(False)
    for thing in selected:
        thing.select_set(True)
    layer.objects.active = armature if active is None else active
    layer.update()
    return armature


def remove_avatar(armature: bpy.types.Object) -> None:
    """Remove an avatar that was added, with its meshes."""
    for thing in character_of(armature):
        data = thing.data
        bpy.data.objects.remove(thing)
        if isinstance(data, bpy.types.Armature):
            bpy.data.armatures.remove(data)
        elif isinstance(data, bpy.types.Mesh):
            bpy.data.meshes.remove(data)

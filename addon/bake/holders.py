# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a character is keyed besides its armature: shape keys of its meshes, and objects that its IK reaches for.

Each is a datablock with animation of its own. From 4.4 on shape keys are keyed in the new action of the armature, in a
slot of their own; until 4.3, and objects always, in an action of their own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ..character.armature import Keyable
from .keys import LAYERED, Channel, Written, add_keys, new_action

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Holder:
    """A datablock that is keyed, by name, as datablocks themselves move in memory.

    Attributes:
        kind: "OBJECT": an object; "KEY": the shape keys of its mesh.
        name: name of the object.
    """

    kind: Literal["OBJECT", "KEY"]
    name: str

    @property
    def datablock(self) -> Keyable:
        """The datablock itself."""
        thing = bpy.data.objects[self.name]
        if self.kind == "KEY":
            return cast(bpy.types.Key, cast(bpy.types.Mesh, thing.data).shape_keys)
        return thing


def key_channels(keys: Mapping[tuple[str, str], Array]) -> dict[Holder, tuple[Channel, ...]]:
    """Return what is keyed of shape keys, given (mesh object, shape key) -> values (n,).

    Objects that share a mesh share its shape keys, which are keyed once.
    """
    found: dict[Holder, dict[str, Channel]] = {}
    first: dict[str, Holder] = {}
    for (mesh, name), values in keys.items():
        own = Holder("KEY", mesh)
        shapes = cast(bpy.types.Key, own.datablock)
        holder = first.setdefault(shapes.name_full, own)
        block = shapes.key_blocks[name]
        reach = max(abs(block.slider_min), abs(block.slider_max))
        full = min(reach, max(1.0, float(np.abs(values).max()))) or 1.0  # A wide range need not be meant to be used.
        path = f"{block.path_from_id()}.value"
        found.setdefault(holder, {})[path] = Channel("", path, values[:, None], full=full)
    return {holder: tuple(channels.values()) for holder, channels in found.items()}


def write_keys(written: Written, holder: Holder, channels: Iterable[Channel], frames: Array) -> Written:
    """Key a datablock that moves with an armature.

    Args:
        written: the armature's new action.
        holder: the datablock.
        channels: what is keyed of it.
        frames: (n,) scene frames of the keys.
    """
    target = holder.datablock
    if LAYERED and holder.kind != "OBJECT":
        return add_keys(written.action, target, channels, frames)
    return new_action(target, channels, frames, name=_own_name(written.action.name, holder))


def base_of(holder: Holder, onto: str) -> str:
    """Return the name of the action with the keys of a datablock that belongs to the action `onto` of the armature."""
    if LAYERED or not onto:
        return onto
    own = _own_name(onto, holder)
    return own if own in bpy.data.actions else ""


def _own_name(action: str, holder: Holder) -> str:
    """Name of the action of a datablock beside that of the armature."""
    return f"{action} {holder.name}"

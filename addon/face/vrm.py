# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the expressions of VRM characters: those that the VRM add-on keeps at their armatures, or those of their files.

The add-on shows an expression by its *preview*, whose setter moves the bound shape keys. Animated previews do so while
the viewport plays, but not in renders, nor in files for others, nor where the add-on is missing. Mimic therefore moves
the bound shape keys themselves, as the add-on would.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import bpy

from ...retarget.face import vrm_file
from ...retarget.face.vrm import EXPRESSION_PRESETS, LOOKING, VRM_0_PRESETS, Bind, VrmExpression

_KEY: Final = "mimic_vrm_expressions"
"""Custom property of an armature object that keeps the expressions of the file that it was imported from."""


def vrm_expressions(armature: bpy.types.Object) -> tuple[VrmExpression, ...]:
    """Return the expressions of an armature that move shape keys: the VRM add-on's, or else those of its file.

    The presets that look somewhere are left out if the character looks with the bones of its eyes. Of expressions with
    the same name the first one counts.
    """
    extension: Any = getattr(armature.data, "vrm_addon_extension", None)
    read = {"0.0": _vrm_0, "1.0": _vrm_1}.get(str(getattr(extension, "spec_version", "")))
    found: dict[str, VrmExpression] = {}
    for each in read(extension) if read is not None else ():
        if each.name and each.binds:
            found.setdefault(each.name, each)
    return tuple(found.values()) or vrm_file.from_text(str(armature.get(_KEY, "[]")))


def expressions_by_file(armature: bpy.types.Object, path: Path) -> None:
    """Keep the expressions of the VRM file that an armature was imported from with it, without the VRM add-on."""
    if path.suffix.lower() != ".vrm":
        return
    meshes: dict[str, list[str]] = {}
    for thing in armature.children_recursive:
        if isinstance(thing.data, bpy.types.Mesh):
            meshes.setdefault(thing.data.name, []).append(thing.name)
    found = [
        replace(
            each, binds=tuple(replace(bind, mesh=name) for bind in each.binds for name in meshes.get(bind.mesh, ()))
        )
        for each in vrm_file.expressions_of(path)
    ]
    if found:
        armature[_KEY] = vrm_file.to_text(found)


def _vrm_1(extension: Any) -> Iterator[VrmExpression]:
    vrm = extension.vrm1
    presets = {name: getattr(vrm.expressions.preset, _snake(name)) for name in EXPRESSION_PRESETS}
    if vrm.look_at.type == "bone":
        presets = {name: each for name, each in presets.items() if name not in LOOKING}
    customs = [(str(each.custom_name), each) for each in vrm.expressions.custom]
    for name, each in [*presets.items(), *customs]:
        holds = tuple(getattr(each, f"override_{part}") in {"block", "blend"} for part in ("mouth", "blink", "look_at"))
        yield VrmExpression(
            name=name,
            binds=tuple(_bind(bind, bind.node) for bind in each.morph_target_binds),
            binary=bool(each.is_binary),
            holds=cast(tuple[bool, bool, bool], holds),
        )


def _vrm_0(extension: Any) -> Iterator[VrmExpression]:
    vrm = extension.vrm0
    by_bones = vrm.first_person.look_at_type_name == "Bone"
    for group in vrm.blend_shape_master.blend_shape_groups:
        name = VRM_0_PRESETS.get(group.preset_name, str(group.name))
        if not (by_bones and name in LOOKING):
            binds: Iterable[Any] = group.binds
            yield VrmExpression(name, tuple(_bind(bind, bind.mesh) for bind in binds), bool(group.is_binary))


def _bind(bind: Any, mesh: Any) -> Bind:
    return Bind(mesh=str(mesh.mesh_object_name), key=str(bind.index), weight=float(bind.weight))


def _snake(name: str) -> str:
    """Return a name in camelCase as the add-on's properties spell it."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters in files: which armature of a rig file is meant, and what of it goes into an output."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from math import pi
from pathlib import Path
from typing import Any, Final, cast

import bpy
from mathutils import Matrix

from ...pipeline.errors import OutputUnwritable
from ...pipeline.outputs import check_output, replacing
from ..errors import NoArmature, SeveralArmatures, UnknownFileType, UnreadableRig
from ..stage import current_layer, current_scene


def new_scene() -> None:
    """Replace the open file by an empty one. Add-ons and preferences stay."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def open_rig(path: Path, armature: str | None = None) -> bpy.types.Object:
    """Replace the open file by a rig file, and find its armature.

    A .blend opens as it is, with its scene; other formats are imported into an empty scene.

    Args:
        path: .fbx, .glb, .gltf, .vrm, .bvh or .blend.
        armature: name of the armature object, where there are several.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(sorted(_READERS))
        raise UnknownFileType(f"“{path}” is no rig file that Mimic knows; give one of these: {known}.")
    if not path.is_file():
        raise UnreadableRig(f"There is no rig file “{path}”: check its path.")
    if path.suffix.lower() != ".blend":
        new_scene()
    try:
        with _quiet():
            reader(str(path.absolute()))
    except RuntimeError as fault:
        reason = str(fault).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
        raise UnreadableRig(f"“{path}” cannot be read as a rig ({reason}): export it again.") from fault
    return find_armature(f"“{path}”", armature)


def find_armature(where: str, name: str | None = None) -> bpy.types.Object:
    """The one armature object of the current scene, or the one called `name`.

    Args:
        where: what to call the scene if it does not have it.
        name: of the object.

    Raises:
        NoArmature, SeveralArmatures.
    """
    armatures = {thing.name: thing for thing in current_scene().objects if thing.type == "ARMATURE"}
    names = ", ".join(f'"{label}"' for label in armatures)
    if not armatures:
        raise NoArmature(f"{where} has no armature: export the character together with its skeleton.")
    if name is not None and name not in armatures:
        raise NoArmature(f'{where} has no armature "{name}"; choose one of these with --armature: {names}.')
    if name is None and len(armatures) > 1:
        raise SeveralArmatures(f"{where} has {len(armatures)} armatures; choose one of these with --armature: {names}.")
    return armatures[name] if name is not None else next(iter(armatures.values()))


def check_target(path: Path, *, force: bool) -> None:
    """Raise a sentence if a character cannot be saved as `path`. Changes nothing.

    Raises:
        UnknownFileType, OutputExists, OutputUnwritable.
    """
    if path.suffix.lower() not in _WRITERS:
        known = ", ".join(sorted(_WRITERS))
        raise UnknownFileType(f"“{path}” is of no type that Mimic can write; end it in one of these: {known}.")
    check_output(path, force=force)


def save_character(armature: bpy.types.Object, path: Path, *, force: bool) -> None:
    """Write a character with its assigned action: a .blend holds the whole scene, other formats it alone.

    Raises:
        UnknownFileType, OutputExists, OutputUnwritable.
    """
    check_target(path, force=force)
    _select_only(armature)
    with replacing(path, force=force) as part:
        part.unlink()  # Blender keeps a backup of what it overwrites, even of an empty file.
        try:
            with _quiet():
                _WRITERS[path.suffix.lower()](str(part))
        except RuntimeError as fault:
            reason = str(fault).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
            raise OutputUnwritable(f"“{path}” cannot be written ({reason}): choose another name or folder.") from fault


def character_of(armature: bpy.types.Object) -> list[bpy.types.Object]:
    """The armature, the meshes that it deforms, and all that hangs on it."""

    def belongs(thing: bpy.types.Object) -> bool:
        return any(isinstance(m, bpy.types.ArmatureModifier) and m.object == armature for m in thing.modifiers)

    deformed = [thing for thing in current_scene().objects if belongs(thing)]
    return list(dict.fromkeys([armature, *armature.children_recursive, *deformed]))


def _select_only(armature: bpy.types.Object) -> None:
    """Select the character, its armature active: what exporters go by."""
    if bpy.context.object is not None and bpy.context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in bpy.context.selected_objects:
        thing.select_set(False)
    layer = current_layer()
    shown = set(layer.objects)
    for thing in character_of(armature):
        if thing in shown:
            thing.select_set(True)
    layer.objects.active = armature


def _read_fbx(path: str) -> None:
    # Its animation would only hide the one to be baked.
    bpy.ops.import_scene.fbx(filepath=path, use_anim=False)


def _read_gltf(path: str) -> None:
    bpy.ops.import_scene.gltf(filepath=path, disable_bone_shape=True)


def _read_bvh(path: str) -> None:
    bpy.ops.import_anim.bvh(filepath=path, rotate_mode="QUATERNION")


def _read_blend(path: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=path, load_ui=False, use_scripts=False)


def _write_blend(path: str) -> None:
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True, check_existing=False, compress=True)


def _write_glb(path: str) -> None:
    bpy.ops.export_scene.gltf(
        filepath=path,
        check_existing=False,
        export_format="GLB",
        use_selection=True,
        export_animation_mode="ACTIVE_ACTIONS",
        export_optimize_animation_size=False,
    )


def _write_fbx(path: str) -> None:
    bpy.ops.export_scene.fbx(
        filepath=path,
        check_existing=False,
        use_selection=True,
        object_types={"ARMATURE", "MESH", "EMPTY"},
        add_leaf_bones=False,
        bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False,
        bake_anim_simplify_factor=0.0,
        path_mode="COPY",
        embed_textures=True,
    )


def _write_bvh(path: str) -> None:
    scene = current_scene()
    armature = cast(bpy.types.Object, bpy.context.object)
    with _upright_in_its_own_space(armature) as scale:
        bpy.ops.export_anim.bvh(
            filepath=path,
            check_existing=False,
            global_scale=scale,
            frame_start=scene.frame_start,
            frame_end=scene.frame_end,
            rotate_mode="NATIVE",
            root_transform_only=True,
        )


@contextmanager
def _upright_in_its_own_space(armature: bpy.types.Object) -> Iterator[float]:
    """Make a copy active whose own space is the world with Y up, and give the scale that is left out of it.

    Blender's BVH exporter writes armature space as it is, but everyone who reads BVH expects Y up. Turning the rest
    pose turns the whole motion with it, because keys are relative to rest.
    """
    layer = current_layer()
    copy = armature.copy()
    data = cast(bpy.types.Armature, cast(bpy.types.ID, armature.data).copy())
    copy.data = data
    current_scene().collection.objects.link(copy)
    world = armature.matrix_world
    data.transform(Matrix.Rotation(-pi / 2.0, 4, "X") @ world.to_quaternion().to_matrix().to_4x4())
    layer.objects.active = copy
    try:
        yield world.median_scale
    finally:
        layer.objects.active = armature
        bpy.data.objects.remove(copy)
        bpy.data.armatures.remove(data)


_READERS: Final[dict[str, Callable[[str], None]]] = {
    ".blend": _read_blend,
    ".bvh": _read_bvh,
    ".fbx": _read_fbx,
    ".glb": _read_gltf,
    ".gltf": _read_gltf,
    ".vrm": _read_gltf,
}

_WRITERS: Final[dict[str, Callable[[str], Any]]] = {
    ".blend": _write_blend,
    ".bvh": _write_bvh,
    ".fbx": _write_fbx,
    ".glb": _write_glb,
}


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what importers and exporters print off standard output, which belongs to the command line's answers."""
    if not bpy.app.background:
        yield
        return
    _flush()
    kept = os.dup(1)
    # Python's own prints and Blender's, which go past Python.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, 1)
            os.close(kept)


def _flush() -> None:
    """Write out what Python and C still hold back for standard output."""
    sys.stdout.flush()
    ctypes.CDLL(None if os.name == "posix" else "ucrtbase").fflush(None)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Read characters from rig files and write them to output files."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

VRM_ANIMATION: Final = ".vrma"
"""The type of file that holds motion without a character."""


def new_scene() -> None:
    """Replace the open file by an empty one, keeping add-ons and preferences."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def open_rig(path: Path, armature: str | None = None) -> bpy.types.Object:
    """Replace the open file by a rig file, and find its armature.

    A .blend is opened with its scene; other formats are imported into an empty scene.

    Args:
        path: .fbx, .glb, .gltf, .vrm, .bvh or .blend.
        armature: name of the armature object, needed if there are several.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures.
    """
    if path.suffix.lower() in _READERS and path.suffix.lower() != ".blend" and path.is_file():
        new_scene()
    read(path)
    return armature_in_scene(path, armature)


def armature_in_scene(path: Path, name: str | None = None) -> bpy.types.Object:
    """Return the armature of a rig file that is the open scene: see `find_armature`."""
    return find_armature(f"“{path}”", {thing.name: thing for thing in current_scene().objects}, name)


def read(path: Path, *, blend: Callable[[str], None] | None = None) -> None:
    """Read a rig file by the reader of its kind.

    Args:
        path: the file.
        blend: reads a .blend, instead of opening it in place of the open file.

    Raises:
        UnknownFileType, UnreadableRig.
    """
    if path.suffix.lower() not in _READERS:
        known = ", ".join(sorted(_READERS))
        raise UnknownFileType(f"“{path}” is not a rig file that Mimic can read; choose one of these types: {known}.")
    if not path.is_file():
        raise UnreadableRig(f"There is no rig file “{path}”: check its path.")
    try:
        with _quiet():
            reader = _READERS[path.suffix.lower()]
            (blend if blend is not None and reader is _read_blend else reader)(str(path.absolute()))
    except (RuntimeError, OSError) as fault:
        reason = str(fault).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
        raise UnreadableRig(f"“{path}” cannot be read as a rig ({reason}): export it again.") from fault


def find_armature(where: str, things: Mapping[str, bpy.types.Object], name: str | None = None) -> bpy.types.Object:
    """Return the only armature object among objects, or the one called `name`.

    Args:
        where: name of the file in messages.
        things: objects by name.
        name: name of the object.

    Raises:
        NoArmature, SeveralArmatures.
    """
    armatures = {label: thing for label, thing in things.items() if thing.type == "ARMATURE"}
    names = ", ".join(f'"{label}"' for label in armatures)
    if not armatures:
        raise NoArmature(f"{where} has no armature: export the character together with its skeleton.")
    if name is not None and name not in armatures:
        raise NoArmature(f'{where} has no armature "{name}"; choose one of these with --armature: {names}.')
    if name is None and len(armatures) > 1:
        raise SeveralArmatures(f"{where} has {len(armatures)} armatures; choose one of these with --armature: {names}.")
    return armatures[name] if name is not None else next(iter(armatures.values()))


def check_target(path: Path, *, force: bool) -> None:
    """Check that a character, or its motion alone, can be saved as `path`, without changing anything.

    Raises:
        UnknownFileType, OutputExists, OutputUnwritable.
    """
    _check_kind(path, [*_WRITERS, VRM_ANIMATION])
    check_output(path, force=force)


def _check_kind(path: Path, kinds: Iterable[str]) -> None:
    if path.suffix.lower() not in kinds:
        known = ", ".join(sorted(kinds))
        raise UnknownFileType(f"“{path}” is not a file type that Mimic can write; use one of these: {known}.")


def save_character(armature: bpy.types.Object, path: Path, *, force: bool) -> None:
    """Write a character with its assigned action: see `save_characters`."""
    save_characters([armature], path, force=force)


def save_characters(armatures: Sequence[bpy.types.Object], path: Path, *, force: bool) -> None:
    """Write characters with their assigned actions: the whole scene to a .blend, the characters alone to other formats.

    A .bvh holds the first one only.

    Raises:
        UnknownFileType, OutputExists, OutputUnwritable.
    """
    _check_kind(path, _WRITERS)
    check_output(path, force=force)
    select_only(armatures)
    with replacing(path, force=force) as part:
        part.unlink()  # Blender would keep a backup of the empty file that it overwrites.
        try:
            with _quiet():
                _WRITERS[path.suffix.lower()](str(part))
        except RuntimeError as fault:
            reason = str(fault).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
            raise OutputUnwritable(f"“{path}” cannot be written ({reason}): choose another name or folder.") from fault


def character_of(
    armature: bpy.types.Object, things: Iterable[bpy.types.Object] | None = None
) -> list[bpy.types.Object]:
    """Return the armature, its children, and the meshes of the scene, or among `things`, that it deforms."""

    def belongs(thing: bpy.types.Object) -> bool:
        return any(isinstance(m, bpy.types.ArmatureModifier) and m.object == armature for m in thing.modifiers)

    around = current_scene().objects if things is None else things
    return list(dict.fromkeys([armature, *armature.children_recursive, *filter(belongs, around)]))


def select_only(armatures: Sequence[bpy.types.Object]) -> None:
    """Select the characters alone, with the armature of the first one active, for the exporters."""
    if bpy.context.object is not None and bpy.context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    for thing in bpy.context.selected_objects:
        thing.select_set(False)
    layer = current_layer()
    shown = set(layer.objects)
    for thing in (thing for armature in armatures for thing in character_of(armature)):
        if thing in shown:
            thing.select_set(True)
    layer.objects.active = armatures[0]


def _read_fbx(path: str) -> None:
    # The file's own animation would only get in the way of the baked one.
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
    data = cast(bpy.types.Object, bpy.context.object).animation_data
    bpy.ops.export_scene.gltf(
        filepath=path,
        check_existing=False,
        export_format="GLB",
        use_selection=True,
        # One animation moves bones and morph targets alike.
        export_animation_mode="ACTIVE_ACTIONS",
        export_nla_strips_merged_animation_name=data.action.name if data is not None and data.action else "Animation",
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
    """Make a copy active whose armature space is the world with Y up, and yield the scale, which it leaves out.

    Blender's BVH exporter writes armature space as it is, but BVH files are expected to have Y up. Rotating the rest
    pose rotates the whole motion with it, because keys are relative to rest.
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
    """Discard what importers and exporters print to standard output, which is reserved for the command line's own."""
    if not bpy.app.background:
        yield
        return
    _flush()
    kept = os.dup(1)
    # Redirect both Python's output and that of Blender's C code.
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        os.dup2(nowhere.fileno(), 1)
        try:
            yield
        finally:
            _flush()
            os.dup2(kept, 1)
            os.close(kept)


def _flush() -> None:
    """Flush the standard output buffers of Python and C."""
    sys.stdout.flush()
    ctypes.CDLL(None if os.name == "posix" else "ucrtbase").fflush(None)

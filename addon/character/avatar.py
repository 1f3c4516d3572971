# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in character: a body with a Mixamo skeleton, for users without a character of their own."""

from collections.abc import Iterator
from colorsys import hsv_to_rgb, rgb_to_hsv
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Final, cast

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...models import body as body_data
from ..stage import current_layer, set_input
from .armature import bones_of

_CLOTHES: Final = frozenset({"Shirt", "Collar", "Shoes"})

_HUE_STEP: Final = 0.382
"""Fraction of the circle of hues between the clothes of one avatar and the next: multiples of it never come close."""


@dataclass(frozen=True)
class Avatar:
    """Meshes, skeleton and materials. Metres; Z up, facing -Y, its left +X, the floor at z = 0.

    Attributes:
        vertices: (v, 3), those of the head first.
        head: number of vertices of the head with its hair, eyes, teeth and tongue: a mesh of its own, as its shape keys
            would hold all vertices of the body too.
        faces: (f, 4) vertex indices of each face, counter-clockwise seen from outside; a triangle ends in -1.
        weights_joint: (v, 4) bones that deform each vertex, as indices into `bone_names`.
        weights: (v, 4) weights of those bones; 0 for none.
        face_material: (f,) material index.
        material_names: m names.
        material_colors: (m, 4) red, green, blue, alpha, linear.
        material_roughness: (m,).
        bone_names: (54,) in the order of the joints `joints.JOINTS`, then the left and the right eye.
        bone_parents: (54,) index of each bone's parent, -1 for none.
        bone_heads, bone_tails: (54, 3) ends of the bones in their rest pose.
        bone_z: (54, 3) direction of each bone's Z axis.
        key_names: (52,) shape keys of the head, in the order of `expressions.EXPRESSIONS`.
        key_counts: (52,) number of vertices that each key moves.
        key_vertices: (n,) those vertices, key after key.
        key_moves: (n, 3) how far each vertex is moved at the value 1, in units of `key_unit`.
        key_unit: metres.
        fit_nodes: (n, k) components of how its flesh goes with the shape of a body, see `avatar_shape`.
        fit_basis: (k, 468) those components.
        fit_mean: (468,) their mean.
    """

    vertices: NDArray[np.float32]
    head: NDArray[np.int32]
    faces: NDArray[np.int32]
    weights_joint: NDArray[np.uint8]
    weights: NDArray[np.float16]
    face_material: NDArray[np.uint8]
    material_names: NDArray[np.str_]
    material_colors: NDArray[np.float32]
    material_roughness: NDArray[np.float32]
    bone_names: NDArray[np.str_]
    bone_parents: NDArray[np.int8]
    bone_heads: NDArray[np.float64]
    bone_tails: NDArray[np.float64]
    bone_z: NDArray[np.float64]
    key_names: NDArray[np.str_]
    key_counts: NDArray[np.int32]
    key_vertices: NDArray[np.uint16]
    key_moves: NDArray[np.int16]
    key_unit: NDArray[np.float64]
    fit_nodes: NDArray[np.float16]
    fit_basis: NDArray[np.float16]
    fit_mean: NDArray[np.float32]

    def shapes(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Yield the name of each shape key, and the head's vertices (head, 3) at its value 1."""
        ends = np.cumsum(self.key_counts)
        for name, start, end in zip(self.key_names.tolist(), ends - self.key_counts, ends, strict=True):
            shape = self.vertices[: self.head].copy()
            shape[self.key_vertices[start:end]] += self.key_moves[start:end] * np.float32(self.key_unit)
            yield name, shape


@cache
def built_in(package: ModuleType = body_data) -> Avatar:
    """Load the avatar from `avatar.npz`, which is stored with the body's data."""
    file = resources.files(package) / "avatar.npz"
    with resources.as_file(file) as path, np.load(path) as data:
        return Avatar(**{name: data[name] for name in Avatar.__dataclass_fields__})


def dressed(avatar: Avatar, number: int) -> Avatar:
    """Return the avatar in clothes of another colour, so that several can be told apart; number 0 is as it is."""
    colors = avatar.material_colors.copy()
    for row, label in enumerate(avatar.material_names.tolist()):
        if label in _CLOTHES:
            hue, saturation, value = rgb_to_hsv(*(float(part) for part in colors[row, :3]))
            colors[row, :3] = hsv_to_rgb((hue + number * _HUE_STEP) % 1.0, saturation, value)
    return replace(avatar, material_colors=colors)


def add_avatar(scene: bpy.types.Scene, avatar: Avatar | None = None, *, name: str = "Avatar") -> bpy.types.Object:
    """Add the character to a scene and make it active.

    Returns:
        The armature object. The meshes of body and head are its children; the head has the shape keys.
    """
    avatar = built_in() if avatar is None else avatar
    armature = _skeleton(scene, avatar, name)
    materials = _materials(avatar)
    head = int(avatar.head)
    _part(armature, avatar, f"{name} Body", slice(head, len(avatar.vertices)), materials)
    face = _part(armature, avatar, f"{name} Head", slice(0, head), materials)
    face.shape_key_add(name="Basis", from_mix=False)
    for label, shape in avatar.shapes():
        key = face.shape_key_add(name=label, from_mix=False)
        key.data.foreach_set("co", shape.ravel())
        key.value = 0.0  # From 5.0 a new key is at 1.
    return armature


def _skeleton(scene: bpy.types.Scene, avatar: Avatar, name: str) -> bpy.types.Object:
    """Add the armature object, select it alone and make it active (edit bones exist only in its edit mode)."""
    if bpy.context.object is not None and bpy.context.object.mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    scene.collection.objects.link(armature)
    for other in bpy.context.selected_objects:
        other.select_set(False)
    armature.select_set(True)
    current_layer().objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = bones_of(armature).edit_bones
    for joint, label in enumerate(avatar.bone_names.tolist()):
        bone = bones.new(label)
        bone.head, bone.tail = Vector(avatar.bone_heads[joint]), Vector(avatar.bone_tails[joint])
        bone.align_roll(Vector(avatar.bone_z[joint]))
        if avatar.bone_parents[joint] >= 0:
            bone.parent = bones[avatar.bone_names[avatar.bone_parents[joint]]]
    bpy.ops.object.mode_set(mode="OBJECT")
    bones_of(armature).display_type = "STICK"
    armature.show_in_front = True
    return armature


def _part(
    armature: bpy.types.Object, avatar: Avatar, name: str, part: slice, materials: list[bpy.types.Material]
) -> bpy.types.Object:
    """Add the mesh object of a part of the vertices, shaded smooth, with its materials and vertex groups."""
    mesh = bpy.data.meshes.new(name)
    chosen = (avatar.faces[:, 0] >= part.start) & (avatar.faces[:, 0] < part.stop)
    faces = [[vertex - part.start for vertex in face if vertex >= 0] for face in avatar.faces[chosen].tolist()]
    mesh.from_pydata(avatar.vertices[part].astype(float).tolist(), [], faces)
    used, slots = np.unique(avatar.face_material[chosen], return_inverse=True)
    for index in used.tolist():
        mesh.materials.append(materials[index])
    mesh.polygons.foreach_set("material_index", slots.astype(np.int32).ravel())
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    mesh.update()
    thing = bpy.data.objects.new(name, mesh)
    for collection in armature.users_collection:
        collection.objects.link(thing)
    thing.parent = armature
    modifier = cast(bpy.types.ArmatureModifier, thing.modifiers.new("Armature", "ARMATURE"))
    modifier.object = armature
    _weigh(thing, avatar, part)
    return thing


def _materials(avatar: Avatar) -> list[bpy.types.Material]:
    looks = zip(avatar.material_names, avatar.material_colors, avatar.material_roughness, strict=True)
    return [_material(str(label), [float(c) for c in color], float(roughness)) for label, color, roughness in looks]


def _material(name: str, color: list[float], roughness: float) -> bpy.types.Material:
    material = bpy.data.materials.new(name)
    set_input(material, "Principled BSDF", "Base Color", color)
    set_input(material, "Principled BSDF", "Roughness", roughness)
    # Colours for solid shading.
    material.diffuse_color = color
    material.roughness = roughness
    return material


def _weigh(mesh: bpy.types.Object, avatar: Avatar, part: slice) -> None:
    """Add the vertex groups of a part of the vertices, one for each bone that deforms any of them."""
    bones, weights = avatar.weights_joint[part], avatar.weights[part]
    for bone, label in enumerate(avatar.bone_names.tolist()):
        vertices, slots = np.nonzero((bones == bone) & (weights > 0.0))
        if not len(vertices):
            continue
        group = mesh.vertex_groups.new(name=label)
        # One call for all vertices of a weight: most have 1.
        values = weights[vertices, slots]
        order = np.argsort(values, kind="stable")
        levels, starts = np.unique(values[order], return_index=True)
        for level, same in zip(levels.tolist(), np.split(vertices[order], starts[1:]), strict=True):
            group.add(same.tolist(), level, "REPLACE")

